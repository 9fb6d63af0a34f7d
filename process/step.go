package process

import (
	"reflect"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// World is what a step must know from outside, at one instant.
type World struct {
	Now     time.Time // UTC, from the one clock of the system
	Policy  *policy.Policy
	Reasons lead.Catalogue
	// Staff holds everybody who is active, the least recently assigned first.
	Staff []Person
	// Paused lists the staff ids for whom new leads pause from this step on, so
	// that their manager hears of it (R24).
	Paused []string
	// Subject is what the choice of a track looks at, and what decides who fits
	// the lead.
	Subject policy.Subject
	// Language is the dealer's own, ISO 639-1: everybody speaks it.
	Language string
	// CustomerOwner is the staff id that worked this customer last, or "".
	CustomerOwner string
	// Reach says how the customer can and may be contacted now; for DidReopen
	// and for news of a mail only: much may have been said since the lead was
	// closed, and he may have another address.
	Reach Reach
	// PaidSource says that the lead's source costs money.
	PaidSource bool
	// DoubleProved says that the lead named in a closing as double has the
	// same phone or e-mail.
	DoubleProved bool
	// Erased says that the customer's data were erased: an open lead ends.
	Erased bool
}

// Person is a member of staff as the process sees him.
type Person struct {
	ID        string
	Email     string // lower case; decides on shifts
	Role      lead.Role
	Absent    []Period
	Languages []string // ISO 639-1, beside the dealer's own
	Makes     []string // trained on; none: all
	Capacity  int      // open leads at most; 0: no bound
	Open      int      // open leads; those that sleep are not counted
	Paused    bool     // new leads pause (R24)
}

// Period is from (included) until (not included), UTC.
type Period struct{ From, Until time.Time }

// Outcome is what a step decided. Everything in it is written in one
// transaction.
type Outcome struct {
	Written

	State State
	// Withdraw asks to take back what is pending and was not asked by hand:
	// a closed lead sends nothing more.
	Withdraw bool
	// Assigned is the staff id that goes to the end of the rotation, or "".
	Assigned  string
	FollowUps []Task
	// Settled lists follow-ups of the lead that need not be done any more, or
	// were done by what happened.
	Settled []Settled
	// Spread lists channels that every open lead of this person must respect.
	Spread []lead.Channel
	// Closing tells the stored closing's new fate, nil when nothing changed.
	Closing *ClosingFate
	// Appointment tells how the appointment stands, nil when nothing changed.
	Appointment *AppointmentFate
	// Attempt is the logged attempt, and whether it counts; nil when none was.
	Attempt *Attempt
	// Refused is set when nothing was changed, or nothing but the timeline.
	Refused *Refusal
}

// ClosingFate is what became of a stored closing.
type ClosingFate struct {
	ID    string // "" when a signal asked; the store makes one
	State string // proposed, approved, rejected, final
	Ask   ClosingAsked
	By    Actor
}

// The states of an appointment besides its outcomes.
const (
	AppointmentSet       = "set"
	AppointmentCancelled = "cancelled"
)

// AppointmentFate is how an appointment stands after a step.
type AppointmentFate struct {
	Appointment
	State string // set, cancelled, or the outcome
}

// turn is one step of a lead under way.
type turn struct {
	watch

	s   State
	h   Happening
	out Outcome
}

func newTurn(w World, s State, h Happening) *turn {
	t := &turn{s: s.clone(), h: h}
	t.watch = watch{w: w, a: &t.s.Agenda, to: &t.out.Written, climb: t, actor: h.Actor}
	return t
}

// Step decides what the lead becomes through h. It never changes s. When the
// happening is refused, Outcome.Refused says why and the state is as it was,
// but for a signal whose refusal is put on the timeline.
func Step(w World, s State, h Happening) Outcome {
	t := newTurn(w, s, h)
	if h.Signal && !t.knows(h.Actor) {
		t.h.Actor, t.actor = Operator, Operator
	}
	t.track = w.trackOf(&s)
	if r := t.refuse(); r != nil {
		return t.refused(s, r)
	}
	t.apply()
	if w.Erased && t.s.Status != lead.Closed {
		t.erased()
	}
	t.adopt()
	t.tick()
	t.tellPauses()
	t.flush(t.s.Status == lead.Closed)
	// Whatever changed is a step, whether people see it on the timeline or
	// not: only a later step is written over an earlier one.
	if len(t.out.Events) > 0 || len(t.out.Mails) > 0 || t.out.Deliver || !reflect.DeepEqual(s, t.s) {
		t.s.Step++
	}
	t.out.State = t.s
	return t.out
}

// trackOf returns the track on which the lead is worked, nil before it has one.
// After a restore the database may not have the policy of this track.
func (w *World) trackOf(s *State) *policy.Track {
	if s.Track == "" {
		return nil
	}
	track := w.Policy.Track(s.Track)
	if track == nil {
		track, _ = w.Policy.Choose(w.Subject)
	}
	return track
}

// knows reports whether the actor is one of the words, or a member of staff who
// may have left. A signal can say anything.
func (t *turn) knows(a Actor) bool {
	return a == "" || a == System || a == Customer || a == Operator || lead.IsID(string(a)) || t.person(string(a)) != nil
}

func (t *turn) apply() {
	switch t.h.What {
	case WasReceived:
		t.received()
	case WasDue, WasStarted, DidSettle:
		// tick does it
	case DidAttempt:
		t.attempted(*t.h.Attempt)
	case DidMessage:
		t.messaged(*t.h.Message)
	case DidNote:
		t.event("note_added", map[string]any{"note_id": t.h.Note.ID})
	case DidAppointment:
		t.appointed(*t.h.Appointment)
	case DidAssign:
		t.reassigned(*t.h.Assign)
	case DidTake:
		t.taken()
	case DidClose:
		t.closing(*t.h.Close)
	case DidDecide:
		t.decided(*t.h.Decide)
	case DidReopen:
		t.reopened(*t.h.Reopen)
	case DidCustomer:
		t.customer(*t.h.Customer)
	case WasDelivered:
		t.delivered(t.h.Delivered)
	case WasCancelled:
		t.event("refused", map[string]any{"what": "cancel", "message": "cancelling is not closing; close the lead with a reason"})
	case WasLinked:
		t.linked(*t.h.Linked)
	case WasResent:
		t.resent(*t.h.Resent)
	case WasRepinned:
		t.repinned(*t.h.Repin)
	}
}

// refused leaves the state as it was. A lead whose first step is still to come
// has no timeline of its own yet: a step now would be taken for the first one.
func (t *turn) refused(s State, r *Refusal) Outcome {
	if !t.h.Signal || s.Step == 0 {
		return Outcome{State: s, Refused: r}
	}
	kind, data := "refused", map[string]any{"what": plain(string(t.h.What)), "code": string(r.Code), "message": r.Message}
	if t.h.What == DidClose && t.h.Close != nil {
		kind = "closing_refused"
		data["reason"], data["missing"] = plain(t.h.Close.Reason), r.Missing
	}
	t.event(kind, data)
	t.s.Step++
	return Outcome{State: t.s, Written: Written{Events: t.out.Events}, Refused: r}
}

// mail sends a template to the customer, if he may be mailed.
func (t *turn) mail(template, purpose, ref string) bool {
	if !t.s.Reach.May(lead.Email) {
		return false
	}
	t.send(Mail{Key: t.key(purpose), Template: template, Channel: lead.Email, Ref: ref})
	return true
}
