package process

import (
	"slices"
	"strconv"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// noMail says on the timeline why a mail to the customer was left out.
const noMail = "the customer cannot or must not be mailed"

// received is the doorbell: the lead gets its track, its answer, its owner and
// its clocks in one step (R1, R2, R4).
func (t *turn) received() {
	track, why := t.w.Policy.Choose(t.w.Subject)
	t.track = track
	s := &t.s
	s.Track, s.Why = track.Name, why
	s.Phase, s.Stage, s.Status = t.w.Policy.Phases[0], lead.New, lead.Open
	s.ReceivedAt = t.w.Subject.ReceivedAt
	s.Measure = Measure{
		Phases: t.w.Policy.Phases, Attempts: track.Attempts.Max, Days: track.Attempts.Days,
		Dayparts: track.Attempts.Dayparts, Voicemails: track.Attempts.Voicemails,
	}
	s.ClockStart = t.w.Policy.Clock(track).NextOpen(s.ReceivedAt)
	if s.ClockStart.IsZero() {
		s.ClockStart = s.ReceivedAt
	}
	s.CycleStart = s.ReceivedAt
	t.own("received", map[string]any{"source": s.Source, "track": s.Track, "why": why, "policy_version": s.PolicyVersion})
	t.answer()
	if owner := t.assign(later(s.ClockStart, t.w.Now)); owner != "" {
		t.give(owner, "rotation")
	}
	t.promiseLive(s.ClockStart)
	t.plan()
	t.schedule(time.Time{})
	t.announce()
}

// answer sends the automatic response. It never counts as the response (R2).
func (t *turn) answer() {
	template := t.track.AutoResponse
	if template == "" {
		return
	}
	if !t.s.Reach.May(lead.Email) {
		t.own("step_skipped", map[string]any{"kind": "auto_response", "why": noMail})
		return
	}
	t.out.Mails = append(t.out.Mails, Mail{Key: "auto_response", Template: template, Channel: lead.Email})
	t.out.Deliver = true
}

// announce tells the owner and the sales managers that there is a lead (R1).
func (t *turn) announce() {
	told := []string{t.s.Owner}
	for _, p := range t.w.Staff {
		if p.Role == lead.RoleSalesManager && p.ID != t.s.Owner && !p.absent(t.s.ClockStart) {
			told = append(told, p.ID)
		}
	}
	for _, id := range told {
		t.alert("new-lead", "new", id, byMailAndScreen, 0, 0, "")
	}
}

// schedule starts the clocks of what is sent or asked beside the calls (R35)
// and lies after an instant.
func (t *turn) schedule(after time.Time) {
	for i, c := range t.track.Contact {
		at := t.w.Policy.ContactAt(t.track, t.s.ClockStart, c)
		if !at.After(after) {
			continue
		}
		t.s.Clocks = append(t.s.Clocks, Clock{Kind: ContactDue, Start: t.s.ClockStart, Due: at, Next: at, At: AtDue, N: i})
	}
}

// contactDue sends or asks what the contact schedule has for now, unless the
// customer was spoken to meanwhile.
func (t *turn) contactDue(c Clock) {
	if c.N >= len(t.track.Contact) || !t.s.Kept.Conversation.IsZero() || t.s.Status != lead.Open {
		return
	}
	what, late := t.track.Contact[c.N], t.late(c.Due)
	if what.Send == policy.Email {
		if !t.mail(what.Template, "contact/"+strconv.Itoa(c.N), "") {
			t.own("step_skipped", map[string]any{"kind": "contact", "template": what.Template, "due_at": c.Due, "late_s": late, "why": noMail})
		}
		return
	}
	t.own("reminded", map[string]any{"kind": "contact", "task": what.Task, "due_at": c.Due, "late_s": late, "staff_id": t.s.Owner})
	t.alert("task", "task/"+strconv.Itoa(c.N), t.s.Owner, byMailAndScreen, 0, 0, what.Task)
}

// linked notes that the same person came in again (R17). A parked lead wakes:
// the customer is asking now.
func (t *turn) linked(l Linked) {
	t.own("duplicate_linked", map[string]any{"lead_id": l.Lead, "source": plain(l.Source), "same_car": l.SameCar})
	t.askedAgain()
}

// resent notes that the provider sent the lead again with more in it.
func (t *turn) resent(r Resent) {
	refused, callable := t.s.Reach.Refused, t.s.Reach.May(lead.Phone)
	t.s.Reach = r.Reach
	t.s.Reach.Refused = refused
	for _, c := range r.Reach.Refused {
		if slices.Contains(lead.RefusableChannels, c) {
			t.respect([]lead.Channel{c})
		}
	}
	changed := make([]string, 0, len(r.Changed))
	for _, field := range r.Changed {
		changed = append(changed, plain(field))
	}
	t.own("message_received", map[string]any{"resend": true, "raw_id": r.Raw, "changed": changed})
	t.askedAgain()
	t.plan()
	if !callable && t.s.Reach.May(lead.Phone) {
		t.fresh() // calls that are possible from now on were not due before
	}
}

func (t *turn) askedAgain() {
	if t.s.Stage == lead.Parked {
		t.resume("customer", t.w.Now)
	}
	if t.s.Status != lead.Closed {
		t.alert("customer-acted", "asked", t.s.Owner, byMailAndScreen, 0, 0, "asked_again")
	}
}
