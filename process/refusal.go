package process

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/doorbell-ilm/doorbell/lead"
)

// mostFields is more than any lead has fields that a provider may change.
const mostFields = 100

// clockSlack is how far a caller's clock may be ahead of ours.
const clockSlack = 5 * time.Minute

// Check says whether h may happen to a lead in state s, looking at the state
// alone; nil means it may. The workflow's validators call it, so that what is
// refused leaves no trace in the history. now is UTC; zone is the dealer's.
func Check(s State, h Happening, reasons lead.Catalogue, now time.Time, zone *time.Location) *Refusal {
	if s.Step == 0 && h.What != WasReceived && h.What != WasStarted {
		return conflict("the lead was stored this very moment and is not worked yet; try again in a second")
	}
	if r := checkIDs(h); r != nil {
		return r
	}
	switch h.What {
	case DidAttempt:
		return checkAttempt(s, h.Attempt, now)
	case DidMessage:
		return checkMessage(s, h.Message)
	case DidNote:
		return when(h.Note == nil || !lead.IsID(h.Note.ID), invalid("text", "a note needs its text; a signal names a stored note by its id"))
	case DidAppointment:
		return checkAppointment(s, h.Appointment, now)
	case DidAssign:
		if h.Assign == nil || h.Assign.To == "" {
			return invalid("to", "name the colleague who takes the lead by e-mail")
		}
		switch {
		case s.Status == lead.Closed:
			return closed(s)
		case s.Owner == h.Assign.To:
			return conflict("the lead is this colleague's already")
		}
		return nil
	case DidClose:
		return checkClosing(s, h.Close, reasons, now, zone)
	case DidDecide:
		if h.Decide == nil {
			return invalid("approve", "say true or false")
		}
		return when(s.Proposal == nil, conflict("no closing of this lead waits for a decision"))
	case DidReopen:
		if h.Reopen == nil {
			return unreadable()
		}
		return when(s.Status != lead.Closed, conflict("the lead is not closed"))
	case DidCustomer:
		return checkWish(h.Customer)
	case DidTake:
		return checkTake(s)
	case WasReceived:
		return when(s.Step > 0, conflict("the lead is already in the process"))
	case WasLinked:
		return when(h.Linked == nil || !lead.IsID(h.Linked.Lead), unreadable())
	case WasResent:
		return when(h.Resent == nil || !lead.IsID(h.Resent.Raw) || len(h.Resent.Changed) > mostFields, unreadable())
	case WasRepinned:
		return checkRepin(s, h.Repin)
	case WasDue, WasStarted, WasDelivered, WasCancelled:
		return nil
	case DidSettle: // happens to follow-ups
	}
	return invalid("what", fmt.Sprintf("%q is nothing that can happen to a lead", plain(string(h.What))))
}

// checkIDs looks at the ids that are no more than passed on. Only signals can
// bring others than the store's own.
func checkIDs(h Happening) *Refusal {
	var ids []string
	switch {
	case h.What == DidAttempt && h.Attempt != nil:
		ids = []string{h.Attempt.ID, h.Attempt.NoteID}
	case h.What == DidAppointment && h.Appointment != nil:
		ids = []string{h.Appointment.NoteID}
	case h.What == DidAssign && h.Assign != nil:
		ids = []string{h.Assign.NoteID}
	case h.What == DidClose && h.Close != nil:
		ids = []string{h.Close.ID, h.Close.NoteID}
	case h.What == DidDecide && h.Decide != nil:
		ids = []string{h.Decide.NoteID}
	case h.What == DidReopen && h.Reopen != nil:
		ids = []string{h.Reopen.NoteID}
	case h.What == DidCustomer && h.Customer != nil:
		ids = []string{h.Customer.NoteID}
	}
	for _, id := range ids {
		if id != "" && !lead.IsID(id) {
			return invalid("id", "ids are UUIDs in lower case, or left out")
		}
	}
	return nil
}

// refuse adds to Check what only the world can tell: who somebody is.
func (t *turn) refuse() *Refusal {
	if r := Check(t.s, t.h, t.w.Reasons, t.w.Now, t.w.Policy.Zone); r != nil {
		return r
	}
	if r := t.refuseErased(); r != nil {
		return r
	}
	switch t.h.What {
	case DidAssign:
		p := t.person(t.h.Assign.To)
		switch {
		case p == nil:
			return invalid("to", "nobody active has this address; GET /v1/staff lists who can take leads")
		case !p.Role.Sells():
			return invalid("to", "this colleague's role owns no leads; choose a salesperson, somebody of the call centre or a manager")
		case p.absent(t.w.Now):
			return invalid("to", "this colleague is absent now; choose one who is here")
		}
		return nil
	case DidTake:
		return t.refuseTaking()
	case DidDecide:
		return t.refuseDecision()
	case DidReopen:
		return t.refuseUnlessManager("reopen a lead")
	default:
		return nil
	}
}

func (t *turn) refuseUnlessManager(what string) *Refusal {
	if t.h.Actor == Operator {
		return nil // whoever may signal workflows may do more than any manager
	}
	p := t.person(string(t.h.Actor))
	return when(p == nil || !p.Role.Manages(), &Refusal{Code: NotAllowed, Field: "actor", Message: "only a sales manager or general manager may " + what})
}

// refuseDecision keeps managers from approving their own proposals. Only where
// the dealer has no other manager at all he may: a lead must not wait for ever.
func (t *turn) refuseDecision() *Refusal {
	if r := t.refuseUnlessManager("decide on a closing"); r != nil {
		return r
	}
	if !t.h.Decide.Approve || string(t.h.Actor) != t.s.Proposal.By {
		return nil
	}
	for _, p := range t.w.Staff {
		if p.Role.Manages() && p.ID != t.s.Proposal.By {
			return &Refusal{Code: NotAllowed, Field: "actor", Message: "nobody approves his own proposal; another manager has to"}
		}
	}
	return nil
}

// refuseTaking keeps a lead from being claimed by who could not own it, and by
// who claimed it before and then did nothing.
func (t *turn) refuseTaking() *Refusal {
	p := t.person(string(t.h.Actor))
	switch {
	case p == nil || !p.Role.Sells():
		return &Refusal{Code: NotAllowed, Field: "actor", Message: "only a salesperson, somebody of the call centre or a manager can take a lead"}
	case p.absent(t.w.Now):
		return &Refusal{Code: NotAllowed, Field: "actor", Message: "whoever is absent takes no leads"}
	case p.Paused && t.s.Owner != p.ID:
		return &Refusal{Code: NotAllowed, Field: "actor", Message: "new leads pause for you until your manager has logged what he does about it"}
	case slices.Contains(t.s.Took, p.ID):
		return conflict("you took this lead before and its customer still waits; call him")
	}
	return nil
}

// checkTake lets a lead be claimed while its escalation is up: that is when
// others were asked to.
func checkTake(s State) *Refusal {
	switch {
	case s.Status == lead.Closed:
		return closed(s)
	case s.Status == lead.Closing:
		return conflict("a closing of this lead waits for the manager; there is nothing to take")
	case s.Escalation.Kind == "":
		return conflict("nobody asks for help with this lead now: somebody took it or acted on it")
	}
	return nil
}

// checkRepin lets only newer versions be applied, and only to leads that run.
func checkRepin(s State, r *Repin) *Refusal {
	switch {
	case r == nil || r.Version < 1:
		return unreadable()
	case s.Status == lead.Closed:
		return closed(s)
	case r.Version <= s.PolicyVersion:
		return conflict("the lead is under this version of the policy, or a newer one, already")
	}
	return nil
}

func checkAttempt(s State, a *AttemptMade, now time.Time) *Refusal {
	switch {
	case a == nil:
		return invalid("outcome", "say how the attempt ended")
	case s.Status == lead.Closed:
		return closed(s)
	case !slices.Contains(lead.Outcomes, a.Outcome):
		return invalid("outcome", "must be one of "+listed(lead.Outcomes))
	case a.Direction != lead.Out && a.Direction != lead.In:
		return invalid("direction", "must be out or in")
	case !slices.Contains(lead.AttemptChannels, a.Channel):
		return invalid("channel", "must be one of "+listed(lead.AttemptChannels))
	case a.Seconds < 0 || a.Seconds > 24*60*60:
		return invalid("duration_s", "must be between 0 and 86400 seconds")
	case a.At.After(now.Add(clockSlack)):
		return invalid("at", "lies in the future; leave it out for now")
	case !a.At.IsZero() && a.At.Before(s.ReceivedAt.Add(-clockSlack)):
		return invalid("at", "lies before the lead was received")
	case a.Direction == lead.Out && a.Channel == lead.Phone && slices.Contains(s.Reach.Refused, lead.Phone):
		return conflict("the customer does not want to be called")
	}
	return nil
}

func checkMessage(s State, m *MessageAsked) *Refusal {
	switch {
	case m == nil || !lead.IsID(m.ID):
		return invalid("template", "name a template, or give subject and text; a signal names a stored message by its id")
	case s.Status == lead.Closed:
		return closed(s)
	case slices.Contains(s.Reach.Refused, lead.Email):
		return conflict("the customer does not want to be mailed")
	case !s.Reach.Email:
		return conflict("no valid e-mail address of the customer is known")
	}
	return nil
}

func checkWish(c *CustomerWish) *Refusal {
	if c == nil || (len(c.Refuses) == 0 && !c.Bounced && c.Mail == nil) {
		return invalid("do_not_contact", "say which channels the customer refuses")
	}
	if c.Mail != nil {
		if r := checkMailNews(c.Mail); r != nil {
			return r
		}
	}
	for _, channel := range c.Refuses {
		if !slices.Contains(lead.RefusableChannels, channel) {
			return invalid("do_not_contact", "must be one or more of "+listed(lead.RefusableChannels))
		}
	}
	return nil
}

func checkAppointment(s State, a *AppointmentAction, now time.Time) *Refusal {
	if a == nil {
		return invalid("verb", "say what is done with the appointment")
	}
	if r := appointmentState(s, a); r != nil {
		return r
	}
	switch a.Verb {
	case SetIt, MoveIt:
		switch {
		case a.Verb == SetIt && !slices.Contains(lead.AppointmentKinds, a.Kind):
			return invalid("kind", "must be one of "+listed(lead.AppointmentKinds))
		case !a.StartsAt.After(now):
			return invalid("starts_at", "must lie in the future")
		case a.StartsAt.After(now.Add(tooFar)):
			return invalid("starts_at", "must lie within a year")
		case a.Minutes < 0 || a.Minutes > 8*60 || (a.Verb == SetIt && a.Minutes == 0):
			return invalid("duration_min", "must be between 1 and 480 minutes")
		}
	case ConfirmIt, CancelIt:
		return when(!now.Before(s.Appointment.EndsAt()), conflict("the appointment is past; tell its outcome"))
	case OutcomeOf:
		switch {
		case a.Outcome != lead.Came && a.Outcome != lead.NoShow:
			return invalid("outcome", "must be came or no_show")
		case now.Before(s.Appointment.StartsAt):
			return conflict("the appointment has not begun; cancel or move it")
		}
	default:
		return invalid("verb", "must be set, confirm, move, cancel or outcome")
	}
	return nil
}

func appointmentState(s State, a *AppointmentAction) *Refusal {
	switch {
	case s.Status == lead.Closed:
		return closed(s)
	case s.Status == lead.Closing && a.Verb == SetIt:
		return conflict("a closing waits for the manager; have it rejected first")
	case a.Verb == SetIt && !lead.IsID(a.ID):
		return invalid("id", "an appointment needs an id of its own, a UUID in lower case")
	case a.Verb == SetIt && s.Appointment != nil:
		return conflict("the lead has an appointment; move or cancel it")
	case a.Verb != SetIt && (s.Appointment == nil || s.Appointment.ID != a.ID):
		return conflict("this appointment is over or was cancelled")
	}
	return nil
}

func checkClosing(s State, c *ClosingAsked, reasons lead.Catalogue, now time.Time, zone *time.Location) *Refusal {
	valid := reasons.Codes(s.Phase)
	switch {
	case c == nil || c.Reason == "":
		return &Refusal{Code: UnknownReason, Field: "reason", Message: "a closing needs a reason of the catalogue", Valid: valid}
	case s.Status == lead.Closed:
		return closed(s)
	case s.Status == lead.Closing:
		return conflict("a closing of this lead waits for the manager already")
	}
	reason, known := reasons.Find(c.Reason)
	if !known {
		return &Refusal{Code: UnknownReason, Field: "reason", Message: "this is no reason of the catalogue", Valid: valid}
	}
	if !reason.UsableIn(s.Phase) {
		message := reason.Code + " was retired; choose another reason"
		if !reason.Retired {
			message = fmt.Sprintf("%s closes the %s part; this lead is in the %s part", reason.Code, reason.Phase, s.Phase)
		}
		return &Refusal{Code: UnknownReason, Field: "reason", Message: message, Valid: valid}
	}
	y, m, d := now.In(zone).Date()
	if faults := reason.CheckDetails(c.Details, time.Date(y, m, d, 0, 0, 0, 0, time.UTC)); len(faults) > 0 {
		return &Refusal{Code: Invalid, Field: faults[0].Field, Message: "the details of " + reason.Code + " are not complete", Faults: faults}
	}
	if reason.Code == "double" && c.Details["lead_id"] == s.Lead {
		return invalid("details.lead_id", "must name another lead than this one")
	}
	if s.cannotSleep(reason) {
		return conflict("the lead has an appointment; cancel it, or tell its outcome, before the lead sleeps")
	}
	if missing := reason.Lacks(s.Evidence(), now); len(missing) > 0 {
		rules := make([]string, len(missing))
		for i, m := range missing {
			rules[i] = fmt.Sprintf("%s %d of %d", m.Rule, m.Have, m.Need)
		}
		return &Refusal{
			Code: ClosingRefused, Field: "reason", Missing: missing,
			Message: fmt.Sprintf("%s is not proved; the log has %s", reason.Code, strings.Join(rules, ", ")),
		}
	}
	return nil
}

func when(is bool, r *Refusal) *Refusal {
	if is {
		return r
	}
	return nil
}

// unreadable is for a signal whose payload cannot be read.
func unreadable() *Refusal { return invalid("payload", "the payload is missing or cannot be read") }

func conflict(message string) *Refusal { return &Refusal{Code: Conflict, Message: message} }

func invalid(field, message string) *Refusal {
	return &Refusal{Code: Invalid, Field: field, Message: message}
}

func closed(s State) *Refusal {
	return conflict("the lead is closed (" + s.CloseReason + "); a manager can reopen it")
}

// plain makes a word that a signal brought fit for the timeline: without
// control characters, which Postgres refuses, and short.
func plain(word string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, word)
	if runes := []rune(clean); len(runes) > 60 {
		clean = string(runes[:60])
	}
	return clean
}

func listed[S ~string](values []S) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}
