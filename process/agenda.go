package process

import (
	"slices"
	"time"
)

// Agenda is what a lead and a follow-up have in common: an owner, clocks that
// run against him, and how far an escalation has got.
type Agenda struct {
	// Step counts the steps decided so far; of two states the one with more
	// steps is the newer.
	Step       int64      `json:"step"`
	Owner      string     `json:"owner,omitempty"` // staff id
	OwnerSince time.Time  `json:"owner_since,omitzero"`
	Escalation Escalation `json:"escalation,omitzero"`
	Clocks     []Clock    `json:"clocks,omitempty"`
}

func (a *Agenda) clone() Agenda {
	c := *a
	c.Clocks = slices.Clone(a.Clocks)
	return c
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
	// Hurried says that the step before found nobody, so that the next one does
	// not wait its turn.
	Hurried bool `json:"hurried,omitempty"`
	// Granted says that somebody was given this time, whatever the schedule says.
	Granted bool `json:"granted,omitempty"`
	// Instead says that a mail came back, so that the call is due before its
	// schedule.
	Instead bool `json:"instead,omitempty"`
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
func (a *Agenda) NextDeadline() *Clock {
	var first *Clock
	for i := range a.Clocks {
		c := &a.Clocks[i]
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
func (a *Agenda) Clock(k Kind) *Clock {
	for i := range a.Clocks {
		if a.Clocks[i].Kind == k {
			return &a.Clocks[i]
		}
	}
	return nil
}

func (a *Agenda) stop(kinds ...Kind) {
	a.Clocks = slices.DeleteFunc(a.Clocks, func(c Clock) bool { return slices.Contains(kinds, c.Kind) })
	if slices.Contains(kinds, a.Escalation.Kind) {
		a.Escalation = Escalation{}
	}
}

// start puts the clock in the place of any of its kind.
func (a *Agenda) start(c Clock) {
	a.stop(c.Kind)
	a.Clocks = append(a.Clocks, c)
}
