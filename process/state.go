// Package process decides: what a lead becomes when something happens to it,
// what falls due next, who has to know. It is pure. A step takes the state,
// what happened and what the world looks like at that instant, and returns the
// next state, the timeline's events and the messages to send. The workflow
// keeps the state and its one timer, an activity runs the step and writes its
// outcome, and rehearsal and preview run the very same code.
package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// State is the whole process of one lead. It is the workflow's state, its
// continue-as-new input, and (as JSON) the copy in Postgres from which a lost
// workflow is started again. It holds ids, enums, counts and instants, never
// anything personal. Instants are UTC.
type State struct {
	Lead   string `json:"lead"`
	Dealer string `json:"dealer"`
	Source string `json:"source"` // code of the source that the lead came from first
	Step   int64  `json:"step"`   // steps decided so far; the higher state of two is the newer one

	Phase  lead.Phase  `json:"phase"`
	Stage  lead.Stage  `json:"stage"`
	Status lead.Status `json:"status"`
	Test   bool        `json:"test,omitempty"`

	Track         string    `json:"track,omitempty"`
	Why           string    `json:"why,omitempty"` // why this track was chosen
	PolicyVersion int       `json:"policy_version,omitempty"`
	ReasonVersion int       `json:"reason_version,omitempty"`
	Measure       Measure   `json:"measure,omitzero"`
	ReceivedAt    time.Time `json:"received_at,omitzero"`
	ClockStart    time.Time `json:"clock_start,omitzero"` // when the human clocks began: receipt, or the next opening

	AutoRespondedAt   time.Time `json:"auto_responded_at,omitzero"`
	LiveDueAt         time.Time `json:"live_due_at,omitzero"` // the first promise; stays after it was met late
	FirstLiveAt       time.Time `json:"first_live_at,omitzero"`
	FirstConversation time.Time `json:"first_conversation,omitzero"`
	LastLiveAt        time.Time `json:"last_live_at,omitzero"`

	Owner      string     `json:"owner,omitempty"` // staff id
	OwnerSince time.Time  `json:"owner_since,omitzero"`
	Escalation Escalation `json:"escalation,omitzero"`
	Clocks     []Clock    `json:"clocks,omitempty"`

	CycleStart  time.Time    `json:"cycle_start,omitzero"` // the attempts (re)started here; only later ones count
	Attempts    []Attempt    `json:"attempts,omitempty"`
	Mails       Mails        `json:"mails,omitzero"`
	Reach       Reach        `json:"reach"`
	Appointment *Appointment `json:"appointment,omitempty"`
	Kept        Kept         `json:"kept,omitzero"`

	Proposal    *Proposal `json:"proposal,omitempty"` // a closing that waits for the manager
	CloseReason string    `json:"close_reason,omitempty"`
	ClosedAt    time.Time `json:"closed_at,omitzero"`
	ParkedUntil time.Time `json:"parked_until,omitzero"`
}

// Measure is the part of the yardstick that validators need without the
// policy: what "tried enough" means on this lead's track.
type Measure struct {
	Phases     []lead.Phase `json:"phases"`
	Attempts   int          `json:"attempts"`
	Days       int          `json:"days"`
	Dayparts   int          `json:"dayparts"`
	Voicemails int          `json:"voicemails"`
}

// Attempt is one logged attempt to reach the customer.
type Attempt struct {
	ID      string       `json:"id"`
	At      time.Time    `json:"at"`
	By      string       `json:"by,omitempty"`
	Outcome lead.Outcome `json:"outcome"`
	Counted bool         `json:"counted,omitempty"`
	Day     string       `json:"day"`  // local date, CCYY-MM-DD
	Part    string       `json:"part"` // daypart
}

// Mails counts what went out to the customer and was accepted.
type Mails struct {
	Sent         int       `json:"sent,omitempty"` // the auto-response not counted
	PhoneAsks    int       `json:"phone_asks,omitempty"`
	PhoneAskedAt time.Time `json:"phone_asked_at,omitzero"` // the first of them
	Quotes       int       `json:"quotes,omitempty"`
	QuoteAt      time.Time `json:"quote_at,omitzero"` // the first of them
	Bounced      bool      `json:"bounced,omitempty"`
}

// Reach says by which ways the customer can be contacted, and by which he
// must not.
type Reach struct {
	Phone bool `json:"phone"` // a valid number is known
	Email bool `json:"email"` // a valid address is known
	// Refused lists the channels that the customer does not want.
	Refused []lead.Channel `json:"refused,omitempty"`
}

// May reports whether the customer may and can be contacted by the channel.
func (r Reach) May(c lead.Channel) bool {
	if slices.Contains(r.Refused, c) {
		return false
	}
	switch c {
	case lead.Phone, lead.SMS:
		return r.Phone
	case lead.Email:
		return r.Email
	default:
		return true
	}
}

// Appointment is the appointment that lies ahead, or whose outcome is asked.
type Appointment struct {
	ID        string               `json:"id"`
	Kind      lead.AppointmentKind `json:"kind"`
	StartsAt  time.Time            `json:"starts_at"`
	Minutes   int                  `json:"minutes"`
	Confirmed bool                 `json:"confirmed,omitempty"`
	Sequence  int                  `json:"sequence"` // of the calendar file; rises with each change
}

// EndsAt returns when the appointment is over.
func (a Appointment) EndsAt() time.Time {
	return a.StartsAt.Add(time.Duration(a.Minutes) * time.Minute)
}

// Kept remembers of past appointments what closings need as evidence.
type Kept struct {
	VisitedAt    time.Time `json:"visited_at,omitzero"`      // the first visit
	DidNotComeAt time.Time `json:"did_not_come_at,omitzero"` // zero again once he came
	Conversation time.Time `json:"conversation,omitzero"`    // the latest
	CallRefused  bool      `json:"call_refused,omitempty"`
	WrongNumber  bool      `json:"wrong_number,omitempty"`
	// An appointment to which the customer came is as good as a confirmed one.
	Showroom  bool `json:"showroom,omitempty"`
	TestDrive bool `json:"test_drive,omitempty"`
}

// Proposal is a closing that waits for the manager.
type Proposal struct {
	ID      string            `json:"id"`
	Reason  string            `json:"reason"`
	Details map[string]string `json:"details,omitempty"`
	By      string            `json:"by"`
	At      time.Time         `json:"at"`
}

// Escalation is the highest step that is up and not yet answered.
type Escalation struct {
	Kind  Kind      `json:"kind"`
	Step  int       `json:"step"` // from 1
	Steps int       `json:"steps"`
	At    time.Time `json:"at"`
}

// Kind names a clock. It is the deadline's kind in the API.
type Kind string

// The clocks that people see, then the silent ones.
const (
	LiveResponse        Kind = "live_response"
	CallAttempt         Kind = "call_attempt"
	AppointmentReminder Kind = "appointment_reminder"
	AppointmentOutcome  Kind = "appointment_outcome"
	ClosingApproval     Kind = "closing_approval"
	FollowUp            Kind = "follow_up"

	ContactDue Kind = "contact"   // a mail or task of the contact schedule
	HeldBack   Kind = "held_back" // messages that wait for somebody's working hours
)

// Visible reports whether people see the clock as a deadline.
func (k Kind) Visible() bool { return k != ContactDue && k != HeldBack }

// Clock is one running deadline. Due is what people see; Next is the instant
// at which the process acts by itself, which is the reminder, then Due, then
// each step of the escalation.
type Clock struct {
	Kind  Kind      `json:"kind"`
	Start time.Time `json:"start"`
	Due   time.Time `json:"due"`
	Next  time.Time `json:"next,omitzero"` // zero: nothing more happens by itself
	// Stage of the clock's own life.
	At   Mark `json:"at"`
	Step int  `json:"step,omitempty"` // index of the next escalation step
	Rep  int  `json:"rep,omitempty"`  // its next repetition
	N    int  `json:"n,omitempty"`    // which attempt, reminder or contact
	Nags int  `json:"nags,omitempty"` // daily alerts after the last step
}

// Mark says what a clock does at Next.
type Mark string

// The marks.
const (
	AtReminder Mark = "reminder"
	AtDue      Mark = "due"
	AtStep     Mark = "step"
	AtNag      Mark = "nag" // every step was taken and nobody acted
)

// NextDeadline returns the earliest instant at which the process acts by
// itself, and the clock that it belongs to; nil when none runs.
func (s *State) NextDeadline() *Clock {
	var first *Clock
	for i := range s.Clocks {
		c := &s.Clocks[i]
		if c.Next.IsZero() {
			continue
		}
		if first == nil || c.Next.Before(first.Next) {
			first = c
		}
	}
	return first
}

// Clock returns the clock of that kind, nil when none runs.
func (s *State) Clock(k Kind) *Clock {
	for i := range s.Clocks {
		if s.Clocks[i].Kind == k {
			return &s.Clocks[i]
		}
	}
	return nil
}

func (s *State) stop(kinds ...Kind) {
	s.Clocks = slices.DeleteFunc(s.Clocks, func(c Clock) bool { return slices.Contains(kinds, c.Kind) })
	if slices.Contains(kinds, s.Escalation.Kind) {
		s.Escalation = Escalation{}
	}
}

// start puts the clock in the place of any of its kind.
func (s *State) start(c Clock) {
	s.stop(c.Kind)
	s.Clocks = append(s.Clocks, c)
}

// Counted returns how many attempts of the present cycle count, over how many
// local days and in how many dayparts.
func (s *State) Counted() (attempts, days, dayparts int) {
	var seenDays, seenParts []string
	for _, a := range s.Attempts {
		if !s.counts(a) {
			continue
		}
		attempts++
		if !slices.Contains(seenDays, a.Day) {
			seenDays = append(seenDays, a.Day)
		}
		if !slices.Contains(seenParts, a.Part) {
			seenParts = append(seenParts, a.Part)
		}
	}
	return attempts, len(seenDays), len(seenParts)
}

// counts reports whether the attempt counts in the present cycle.
func (s *State) counts(a Attempt) bool { return a.Counted && !a.At.Before(s.CycleStart) }

// Evidence counts the log for the rules of closing.
func (s *State) Evidence() lead.Evidence {
	e := lead.Evidence{
		AttemptsNeeded: s.Measure.Attempts,
		DaysNeeded:     s.Measure.Days,
		DaypartsNeeded: s.Measure.Dayparts,
		Conversation:   s.Kept.Conversation,
		CallRefused:    s.Kept.CallRefused,
		WrongNumber:    s.Kept.WrongNumber,
		Bounced:        s.Mails.Bounced,
		PhoneValid:     s.Reach.Phone,
		EmailKnown:     s.Reach.May(lead.Email),
		PhoneAskedAt:   s.Mails.PhoneAskedAt,
		MailsSent:      s.Mails.Sent,
		QuoteSentAt:    s.Mails.QuoteAt,
		VisitedAt:      s.Kept.VisitedAt,
		DidNotComeAt:   s.Kept.DidNotComeAt,
	}
	e.Attempts, e.Days, e.Dayparts = s.Counted()
	if c := s.Clock(CallAttempt); c != nil {
		e.NextDue = c.Due
	}
	e.ShowroomFixed, e.TestDriveSet = s.Kept.Showroom, s.Kept.TestDrive
	if a := s.Appointment; a != nil && a.Confirmed {
		e.ShowroomFixed = e.ShowroomFixed || a.Kind == lead.InShowroom
		e.TestDriveSet = e.TestDriveSet || a.Kind == lead.DriveTest
	}
	return e
}

// clone copies the state so that a step never changes what it was given.
func (s *State) clone() State {
	c := *s
	c.Clocks = slices.Clone(s.Clocks)
	c.Attempts = slices.Clone(s.Attempts)
	c.Reach.Refused = slices.Clone(s.Reach.Refused)
	if s.Appointment != nil {
		a := *s.Appointment
		c.Appointment = &a
	}
	if s.Proposal != nil {
		p := *s.Proposal
		c.Proposal = &p
	}
	return c
}
