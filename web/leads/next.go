package leads

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
)

// stepKind names what the rules propose; leads.next_<kind> says it.
type stepKind string

// What can be proposed.
const (
	callNow    stepKind = "call"        // attempt N of Of is due
	callLater  stepKind = "call_later"  // at At
	askIt      stepKind = "wishes"      // he refused the call: note what he does not want
	makeIt     stepKind = "appointment" // he was spoken to: agree on one
	confirmIt  stepKind = "confirm"     // he has not agreed to the time yet
	keepIt     stepKind = "keep"        // an appointment lies ahead
	tellIt     stepKind = "outcome"     // it has begun: did he come?
	writeIt    stepKind = "mail"        // with Template
	closeIt    stepKind = "close"       // with Reason, whose evidence is there
	closeLater stepKind = "close_later" // with Reason: so much is there
	decideIt   stepKind = "decide"      // by At: say how it goes on
	asleep     stepKind = "parked"      // until At
	waits      stepKind = "waits"       // for the manager
	elsewhere  stepKind = "linked"      // it is worked on another lead
	nothing    stepKind = "closed"
)

// step is something that can be done next.
type step struct {
	Kind     stepKind
	At       time.Time // zero for none
	N, Of    int
	Reason   string
	Template string
}

// proposed is what the rules propose for a lead: the first step, and what else
// may be done. It looks at the lead and its usable reasons alone, so that two
// people who look at the same lead read the same.
func proposed(l *gen.Lead, reasons []gen.LeadReason, now time.Time) []step {
	switch {
	case l.DuplicateOf != nil:
		return []step{{Kind: elsewhere}}
	case l.Status == gen.LeadStatusClosed:
		return []step{{Kind: nothing}}
	case l.Status == gen.LeadStatusClosing:
		return []step{{Kind: waits, At: due(l, gen.DeadlineKindClosingApproval)}}
	case l.Stage == gen.StageParked:
		return []step{{Kind: asleep, At: instant(l.ParkedUntil)}}
	case l.Appointment != nil && l.Appointment.Outcome == nil:
		return aboutAppointment(l, reasons, now)
	case l.Stage == gen.StageVisit:
		return append(closings(reasons, "sold"), howOn(l)...)
	case slices.Contains(l.Customer.DoNotContact, gen.ContactChannelPhone):
		return append(closings(reasons, "refused_call", "no_more_calls"), byMail(l, message.StillInterested)...)
	case l.Stage == gen.StageConversation:
		return append([]step{{Kind: makeIt}}, calls(l, reasons, now)...)
	case number(&l.Customer) == "":
		return withoutNumber(l, reasons)
	}
	if refused := closings(reasons, "refused_call"); len(refused) > 0 {
		return append([]step{{Kind: askIt}}, append(refused, calls(l, reasons, now)...)...)
	}
	return calls(l, reasons, now)
}

// aboutAppointment proposes what an appointment needs that was not kept yet.
func aboutAppointment(l *gen.Lead, reasons []gen.LeadReason, now time.Time) []step {
	a := l.Appointment
	switch {
	case !now.Before(a.StartsAt):
		return []step{{Kind: tellIt, At: a.StartsAt}}
	case !a.Confirmed:
		return []step{{Kind: confirmIt, At: a.StartsAt}}
	}
	return append(closings(reasons, "appointment_"+string(a.Kind)), step{Kind: keepIt, At: a.StartsAt})
}

// closings proposes those of the reasons whose evidence is there.
func closings(reasons []gen.LeadReason, codes ...string) []step {
	var out []step
	for _, code := range codes {
		if r := find(reasons, code); r != nil && r.Usable {
			out = append(out, step{Kind: closeIt, Reason: code})
		}
	}
	return out
}

// withoutNumber proposes to ask a customer for his number, and to wait for it
// once somebody did.
func withoutNumber(l *gen.Lead, reasons []gen.LeadReason) []step {
	out := closings(reasons, "no_phone_number")
	if len(out) == 0 && l.FirstLiveResponseAt == nil {
		out = byMail(l, message.AskForPhone)
	}
	return append(out, howOn(l)...)
}

// byMail proposes a mail, where the customer can be mailed.
func byMail(l *gen.Lead, template string) []step {
	if !mailable(&l.Customer) {
		return howOn(l)
	}
	return []step{{Kind: writeIt, Template: template}}
}

// calls proposes the next call of the schedule, or to close when enough were
// made.
func calls(l *gen.Lead, reasons []gen.LeadReason, now time.Time) []step {
	n := min(l.Attempts.Counted+1, max(l.Attempts.Required, 1))
	tried := notReached(reasons)
	switch at := l.Attempts.NextDueAt; {
	case at == nil && tried != nil && tried.Usable:
		return append([]step{{Kind: closeIt, Reason: tried.Code}}, howOn(l)...)
	case at == nil:
		return howOn(l)
	case at.After(now):
		out := []step{{Kind: callLater, At: *at, N: n, Of: l.Attempts.Required}}
		if tried != nil && !tried.Usable && l.Attempts.Counted > 0 {
			out = append(out, step{Kind: closeLater, Reason: tried.Code, N: l.Attempts.Counted, Of: l.Attempts.Required})
		}
		return out
	default:
		return []step{{Kind: callNow, At: *at, N: n, Of: l.Attempts.Required}}
	}
}

// notReached is the reason for whom nobody reached: the one that asks for
// enough attempts and fits, nil when the dealer has none.
func notReached(reasons []gen.LeadReason) *gen.LeadReason {
	for _, code := range []string{"no_show", "not_reached"} {
		if r := find(reasons, code); r != nil && (r.Usable || code == "not_reached") {
			return r
		}
	}
	i := slices.IndexFunc(reasons, func(r gen.LeadReason) bool { return needs(&r, lead.EnoughAttempts) })
	if i < 0 {
		return nil
	}
	return &reasons[i]
}

// howOn asks how the lead goes on, by its next deadline.
func howOn(l *gen.Lead) []step {
	at := due(l, gen.DeadlineKindFollowUp)
	if at.IsZero() && len(l.Deadlines) > 0 {
		at = l.Deadlines[0].DueAt
	}
	return []step{{Kind: decideIt, At: at}}
}

// due is when something of that kind is due, zero for never.
func due(l *gen.Lead, kind gen.DeadlineKind) time.Time {
	for _, d := range l.Deadlines {
		if d.Kind == kind {
			return d.DueAt
		}
	}
	return time.Time{}
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
