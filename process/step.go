package process

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
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
	// Subject is what the choice of a track looks at; for WasReceived only.
	Subject policy.Subject
	// CustomerOwner is the staff id that worked this customer last, or "".
	CustomerOwner string
	// Reach says how the customer can and may be contacted now; for DidReopen
	// only: much may have been said since the lead was closed.
	Reach Reach
	// PaidSource says that the lead's source costs money.
	PaidSource bool
	// DoubleProved says that the lead named in a closing as double has the
	// same phone or e-mail.
	DoubleProved bool
}

// Person is a member of staff as the process sees him.
type Person struct {
	ID     string
	Email  string // lower case; decides on shifts
	Role   lead.Role
	Absent []Period
}

// Period is from (included) until (not included), UTC.
type Period struct{ From, Until time.Time }

// Outcome is what a step decided. Everything in it is written in one
// transaction.
type Outcome struct {
	State  State
	Events []Event
	Mails  []Mail
	// Deliver asks to send what is pending for the lead now.
	Deliver bool
	// Withdraw asks to take back what is pending and was not asked by hand:
	// a closed lead sends nothing more.
	Withdraw bool
	// Assigned is the staff id that goes to the end of the rotation, or "".
	Assigned  string
	FollowUps []Task
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

// Task is a follow-up to be tracked.
type Task struct {
	Kind  lead.FollowUpKind
	DueOn time.Time // local date at midnight UTC
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

// turn is one step under way.
type turn struct {
	w      World
	s      State
	h      Happening
	track  *policy.Track
	out    Outcome
	alerts []Mail
}

// Step decides what the lead becomes through h. It never changes s. When the
// happening is refused, Outcome.Refused says why and the state is as it was,
// but for a signal whose refusal is put on the timeline.
func Step(w World, s State, h Happening) Outcome {
	t := &turn{w: w, s: s.clone(), h: h}
	if h.Signal && !t.knows(h.Actor) {
		t.h.Actor = Operator
	}
	if s.Track != "" {
		t.track = w.Policy.Track(s.Track)
	}
	if r := t.refuse(); r != nil {
		return t.refused(s, r)
	}
	t.apply()
	t.adopt()
	t.tick()
	t.flush()
	// Whatever changed is a step, whether people see it on the timeline or
	// not: only a later step is written over an earlier one.
	if len(t.out.Events) > 0 || len(t.out.Mails) > 0 || t.out.Deliver || !reflect.DeepEqual(s, t.s) {
		t.s.Step++
	}
	t.out.State = t.s
	return t.out
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
	case WasDue, WasStarted:
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
	return Outcome{State: t.s, Events: t.out.Events, Refused: r}
}

// event puts an entry on the timeline, by the actor of what happened.
func (t *turn) event(kind string, data map[string]any) {
	actor := t.h.Actor
	if actor == "" {
		actor = System
	}
	t.out.Events = append(t.out.Events, Event{Kind: kind, Actor: actor, Data: data})
}

// own puts an entry on the timeline that the process itself caused.
func (t *turn) own(kind string, data map[string]any) {
	t.out.Events = append(t.out.Events, Event{Kind: kind, Actor: System, Data: data})
}

// flush turns the collected alerts into mails.
func (t *turn) flush() {
	for _, m := range t.alerts {
		t.hold(m)
	}
}

// alert tells a person something through the channels. It replaces what this
// step was to tell him about the same subject, on every channel, so that an
// outage ends in one message. Nobody is told who is not active: he left, or the
// word in the place of his id, such as operator, stands for no member of staff.
func (t *turn) alert(template, subject, staff string, through []policy.Channel, step, steps int, ref string) {
	if t.person(staff) == nil {
		return
	}
	about := t.key(subject, staff) + "/"
	t.alerts = slices.DeleteFunc(t.alerts, func(o Mail) bool { return strings.HasPrefix(o.Key, about) })
	for _, c := range through {
		t.alerts = append(t.alerts, Mail{
			Key: about + string(c), Template: template, Channel: lead.Channel(c), Staff: staff, Step: step, Steps: steps, Ref: ref,
		})
	}
}

// hold sends the mail now, or, when its recipient is not on duty, at the next
// opening: nobody is woken at midnight. The screen does not disturb.
func (t *turn) hold(m Mail) {
	if p := t.person(m.Staff); p != nil && m.Channel != Screen && !t.onDuty(*p, t.w.Now) {
		if at := t.w.Policy.Calendar.NextOpen(t.w.Now); at.After(t.w.Now) {
			if t.s.Status == lead.Closed {
				return // no clock runs that would send it later; the screen has it
			}
			m.NotBefore = at
			t.wakeFor(at)
		}
	}
	t.out.Mails = append(t.out.Mails, m)
	if m.NotBefore.IsZero() && m.Channel != Screen {
		t.out.Deliver = true
	}
}

// wakeFor makes the process wake up to send what is held back until at.
func (t *turn) wakeFor(at time.Time) {
	for _, c := range t.s.Clocks {
		if c.Kind == HeldBack && c.Next.Equal(at) {
			return
		}
	}
	t.s.Clocks = append(t.s.Clocks, Clock{Kind: HeldBack, Start: t.w.Now, Due: at, Next: at, At: AtDue})
}

// mail sends a template to the customer, if he may be mailed.
func (t *turn) mail(template, purpose, ref string) bool {
	if !t.s.Reach.May(lead.Email) {
		return false
	}
	t.out.Mails = append(t.out.Mails, Mail{Key: t.key(purpose), Template: template, Channel: lead.Email, Ref: ref})
	t.out.Deliver = true
	return true
}

// key names a message within its lead. The number of the step makes it unique:
// a step is decided once, and deciding it again writes the same keys.
func (t *turn) key(parts ...string) string {
	return strconv.FormatInt(t.s.Step+1, 10) + "/" + strings.Join(parts, "/")
}
