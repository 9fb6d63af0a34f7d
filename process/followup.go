package process

import (
	"reflect"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// FollowUpStatus says whether a follow-up is still to be done.
type FollowUpStatus string

// The statuses. Dropped is one that nobody did, and somebody or Doorbell said
// why.
const (
	Pending FollowUpStatus = "open"
	Done    FollowUpStatus = "done"
	Dropped FollowUpStatus = "dropped"
)

// FollowUpState is the whole process of one follow-up (R11), as State is of a
// lead: the workflow's state and, as JSON, the copy in Postgres.
type FollowUpState struct {
	Agenda

	ID            string            `json:"id"`
	Lead          string            `json:"lead"`
	Dealer        string            `json:"dealer"`
	Kind          lead.FollowUpKind `json:"kind"`
	Reason        string            `json:"reason"` // code of the closing it came from, or ""
	PolicyVersion int               `json:"policy_version"`
	DueOn         time.Time         `json:"due_on"`             // local date at midnight UTC
	StartsAt      time.Time         `json:"starts_at,omitzero"` // when its clock begins, UTC

	Status    FollowUpStatus `json:"status"`
	Outcome   string         `json:"outcome,omitempty"` // of a refund claim: granted or refused
	Why       string         `json:"why,omitempty"`     // Doorbell's own word when nobody settled it
	SettledAt time.Time      `json:"settled_at,omitzero"`
	Mailed    bool           `json:"mailed,omitempty"`  // handed to a department by mail
	Bounced   bool           `json:"bounced,omitempty"` // which did not arrive: a person has to do it
}

// FollowUpWorld is what a step of a follow-up must know beside the World.
type FollowUpWorld struct {
	World

	LeadOwner  string // staff id
	Colleague  string // staff id to whom the closing hands the customer over, or ""
	Department string // department to which it hands over, or ""
	Reach      Reach  // of the customer, now
	OtherLead  bool   // the customer has an open lead
}

// FollowUpHappening is one thing that happened to a follow-up.
type FollowUpHappening struct {
	ID     string `json:"id,omitempty"`
	What   What   `json:"what"`
	Actor  Actor  `json:"actor,omitempty"`
	Signal bool   `json:"signal,omitempty"`
	TakeUp bool   `json:"take_up,omitempty"` // as in Happening

	Settle    *Settlement `json:"settle,omitempty"`
	Assign    *Assignment `json:"assign,omitempty"`
	Delivered []Delivery  `json:"delivered,omitempty"`
}

// DidSettle is what happens to a follow-up and to no lead. WasReceived,
// WasStarted, WasDue, WasDelivered, WasCancelled and DidAssign happen to both.
const DidSettle What = "settle"

// Settlement is somebody's word that a follow-up was done, or why it is
// dropped.
type Settlement struct {
	Fate    FollowUpStatus `json:"fate"`
	Outcome string         `json:"outcome,omitempty"`
	NoteID  string         `json:"note_id"`
}

// handOver is the mail to a department.
const handOver = "hand-over"

// The outcomes of a refund claim.
const (
	Granted = "granted"
	Denied  = "refused"
)

// FollowUpOutcome is what a step of a follow-up decided.
type FollowUpOutcome struct {
	Written

	State FollowUpState
	// Again asks for a new run of the process for the same customer and car.
	Again   bool
	Refused *Refusal
}

// FollowUpStepped is what a step of a follow-up left behind, as its workflow
// learns it.
type FollowUpStepped struct {
	State   FollowUpState `json:"state"`
	Now     time.Time     `json:"now"`
	Deliver []string      `json:"deliver,omitempty"`
	AtOnce  bool          `json:"at_once,omitempty"` // as in Stepped
	Refused *Refusal      `json:"refused,omitempty"`
}

// followTurn is one step of a follow-up under way.
type followTurn struct {
	watch

	fw  FollowUpWorld
	s   FollowUpState
	h   FollowUpHappening
	how policy.FollowUp
	out FollowUpOutcome
}

// FollowUpStep decides what the follow-up becomes through h, as Step does for a
// lead.
func FollowUpStep(w FollowUpWorld, s FollowUpState, h FollowUpHappening) FollowUpOutcome {
	t := &followTurn{fw: w, s: s, h: h, how: w.Policy.FollowUp(s.Kind)}
	t.s.Agenda = s.clone()
	t.watch = watch{
		w: w.World, a: &t.s.Agenda, to: &t.out.Written, climb: t, actor: h.Actor, prefix: "follow-up/" + s.ID + "/",
		// Follow-ups keep to opening hours, whatever the clock of the lead's track.
		track: &policy.Track{Clock: policy.OpeningHours},
		about: map[string]any{"follow_up_id": s.ID, "follow_up": string(s.Kind)},
	}
	if h.Signal {
		t.tame()
	}
	if r := t.refuse(); r != nil {
		out := FollowUpOutcome{State: s, Refused: r}
		if h.Signal && s.Step > 0 {
			t.event("refused", map[string]any{"what": plain(string(h.What)), "code": string(r.Code), "message": r.Message})
			t.s.Step++
			out.State, out.Written = t.s, t.out.Written
		}
		return out
	}
	t.apply()
	// Nothing acts before the first step has armed the clock.
	if t.s.Status == Pending && (s.Step > 0 || h.What == WasReceived) {
		t.adopt()
		t.tick()
	}
	t.flush(t.s.Status != Pending)
	if len(t.out.Events) > 0 || len(t.out.Mails) > 0 || t.out.Deliver || !reflect.DeepEqual(s, t.s) {
		t.s.Step++
	}
	t.out.State = t.s
	return t.out
}

// tame mends what a signal from Temporal's own tools may bring: actors that are
// nobody, and notes that only the API can store.
func (t *followTurn) tame() {
	if t.person(string(t.h.Actor)) == nil {
		t.h.Actor, t.actor = Operator, Operator
	}
	if d := t.h.Settle; d != nil {
		t.h.Settle = &Settlement{Fate: d.Fate, Outcome: d.Outcome}
	}
	if a := t.h.Assign; a != nil {
		t.h.Assign = &Assignment{To: a.To}
	}
}

func (t *followTurn) apply() {
	switch t.h.What {
	case WasReceived:
		t.begin()
	case DidSettle:
		t.settled(t.h.Settle.Fate, t.h.Settle.Outcome, "", t.h.Settle.NoteID)
	case DidAssign:
		t.give(t.h.Assign.To, "manager")
		t.afresh()
	case WasDelivered:
		t.delivered()
	case WasCancelled:
		t.event("refused", map[string]any{"what": "cancel", "message": "cancelling is not doing; settle the follow-up as done or dropped"})
	default:
		// the clock is looked at in any case
	}
}

// begin arms the clock: the owner is asked when the doors open on the day, and
// has his time from then on.
func (t *followTurn) begin() {
	if t.s.StartsAt.IsZero() {
		on := time.Date(t.s.DueOn.Year(), t.s.DueOn.Month(), t.s.DueOn.Day(), 0, 0, 0, 0, t.w.Policy.Zone)
		t.s.StartsAt = on.UTC()
	}
	start := later(t.s.StartsAt, t.w.Now)
	if at := t.w.Policy.Calendar.NextOpen(start); !at.IsZero() {
		start = at
	}
	t.s.StartsAt = start
	t.adopt()
	due := t.w.Policy.After(t.track, start, t.how.Within)
	t.s.Agenda.start(Clock{Kind: FollowUp, Start: start, Due: due, Next: start, At: AtReminder})
}

// afresh gives a new owner his own time.
func (t *followTurn) afresh() {
	c := t.s.Clock(FollowUp)
	if c == nil {
		return
	}
	n := *c
	n.Start = later(n.Start, t.opening())
	n.Due = t.w.Policy.After(t.track, n.Start, t.how.Within)
	n.Next, n.At, n.Step, n.Rep, n.Nags = n.Start, AtReminder, 0, 0, 0
	t.s.Agenda.start(n)
}

// fire lets a clock of the follow-up act. What Doorbell can do by itself it
// does when the day has come.
func (t *followTurn) fire(c Clock) {
	switch {
	case c.Kind == HeldBack:
		t.drop(c)
		t.out.Deliver = true
	case c.At == AtReminder && t.byItself():
		t.drop(c)
	case c.At == AtReminder:
		t.covered()
		t.ladder(c)
	default:
		t.ladder(c)
	}
}

// byItself does what needs no person, and reports whether it did.
func (t *followTurn) byItself() bool {
	switch t.s.Kind {
	case lead.SoftReminder:
		if !t.fw.Reach.May(lead.Email) {
			t.settled(Dropped, "", noMail, "")
			return true
		}
		t.send(Mail{Key: t.key("soft-reminder"), Template: "soft-reminder", Channel: lead.Email})
		t.settled(Done, "", "mailed", "")
		return true
	case lead.TryAgain, lead.ContactLater:
		switch {
		case !t.fw.Reach.May(lead.Phone) && !t.fw.Reach.May(lead.Email):
			t.settled(Dropped, "", "the customer cannot or must not be contacted", "")
		case t.fw.OtherLead:
			t.settled(Dropped, "", "the customer has an open lead", "")
		default:
			t.out.Again = true
			t.settled(Done, "", "a new run began", "")
		}
		return true
	case lead.HandOver, lead.BuyingDepartment:
		if t.fw.Department == "" || t.s.Mailed {
			return false
		}
		t.send(Mail{Key: t.key("department"), Template: handOver, Channel: lead.Email, Department: t.fw.Department})
		t.s.Mailed = true
		// If its fate never becomes known somebody has to look after it.
		t.s.Agenda.start(t.lookAfter())
		return true
	default:
		return false
	}
}

func (t *followTurn) lookAfter() Clock {
	due := t.w.Policy.After(t.track, t.w.Now, t.how.Within)
	return Clock{Kind: FollowUp, Start: t.w.Now, Due: due, Next: due, At: AtDue}
}

// delivered learns what became of the mail to a department, or to the customer.
func (t *followTurn) delivered() {
	for _, d := range t.h.Delivered {
		data := map[string]any{"message_id": d.Message, "template": d.Template, "at": d.At}
		if d.Fate == Accepted {
			t.own("message_sent", data)
		} else {
			data["fate"], data["code"] = string(d.Fate), d.Code
			t.own("message_failed", data)
		}
		if t.s.Status != Pending || !t.s.Mailed || t.s.Bounced || d.Template != handOver {
			continue
		}
		if d.Fate == Accepted {
			t.settled(Done, "", "handed over by mail", "")
			continue
		}
		// A person has to hand over what the mail could not.
		t.s.Bounced = true
		c := t.lookAfter()
		c.At, c.Next = AtReminder, t.w.Now
		t.s.Agenda.start(c)
	}
}

// settled ends the follow-up.
func (t *followTurn) settled(fate FollowUpStatus, outcome, why, noteID string) {
	t.s.Status, t.s.Outcome, t.s.Why, t.s.SettledAt = fate, outcome, why, t.w.Now
	t.s.Clocks, t.s.Escalation = nil, Escalation{}
	data := map[string]any{"kind": string(t.s.Kind), "fate": string(fate)}
	put(data, "outcome", outcome)
	put(data, "why", why)
	put(data, "note_id", noteID)
	if why != "" {
		t.own("follow_up_done", data)
		return
	}
	t.event("follow_up_done", data)
}

func (t *followTurn) steps(Kind) []policy.Step {
	if len(t.how.Escalate) == 0 {
		return []policy.Step{managerAlert}
	}
	return t.how.Escalate
}

func (t *followTurn) template(_ Kind, m Mark) (name, ref string) {
	if m == AtReminder {
		return "follow-up-due", t.s.ID
	}
	return "follow-up-overdue", t.s.ID
}

// SettledBy is the state of a follow-up that was settled by what happened to
// its lead, at an instant, with the timeline's entry.
func (s FollowUpState) SettledBy(what Settled, now time.Time) (FollowUpState, Event) {
	s.Agenda = s.clone()
	s.Status, s.Why, s.SettledAt = what.Fate, what.Why, now
	s.Clocks, s.Escalation = nil, Escalation{}
	s.Step++
	return s, Event{Kind: "follow_up_done", Actor: System, Data: map[string]any{
		"follow_up_id": s.ID, "follow_up": string(s.Kind), "kind": string(s.Kind), "fate": string(what.Fate), "why": what.Why,
	}}
}
