// Package standing says how a lead stands: which of its deadlines speaks, since
// when or until when, and in which word. It decides nothing; it reads what the
// process has decided, so that the board, the wall and a lead's own page say the
// same.
package standing

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Kind is the word for how a lead stands.
type Kind string

// The kinds, the most urgent first.
const (
	Escalated   Kind = "escalated"   // somebody above was told, and it is still not done
	Late        Kind = "late"        // a deadline passed
	Due         Kind = "due"         // a deadline is near
	New         Kind = "new"         // nobody has answered the customer yet
	Closing     Kind = "closing"     // a proposed closing waits for the manager
	Appointment Kind = "appointment" // the customer comes, or is there
	Waits       Kind = "waits"       // nothing is to be done until an instant
	Parked      Kind = "parked"      // sleeps until the agreed date
	Closed      Kind = "closed"
	Double      Kind = "double" // another lead's process works it
)

// Near is how long before its time a live response is due rather than new, and
// Ahead how long before its time a call is due rather than waiting.
const (
	Near  = 5 * time.Minute
	Ahead = time.Hour
)

// Lead is what decides. Instants that are not known are zero.
type Lead struct {
	Status lead.Status
	Stage  lead.Stage
	// Begun says that the lead's process has begun: a moment after it came in.
	Begun, Double bool
	ReceivedAt    time.Time
	Clocks        []process.Clock
	Escalation    process.Escalation // zero for none
	EscalatedTo   string             // a recipient of the policy, or a role
	ParkedUntil   time.Time
	// An appointment that lies ahead, or whose outcome is not known yet.
	Visit            lead.AppointmentKind
	StartsAt, EndsAt time.Time
	ProposedBy       string // staff id: who proposed the closing that waits
	ClosedAt         time.Time
}

// Viewer is who looks.
type Viewer struct {
	ID      string // staff id
	Manages bool
}

// State is how a lead stands at an instant. While it counts, it changes from
// one kind to the next by itself; a browser does so without asking.
type State struct {
	Kind Kind
	// About is the clock that speaks, "" for none, and N the number of the call
	// that it asks for.
	About process.Kind
	N     int
	// Due is counted down to and, once past, up from; zero counts nothing.
	// Before From the lead waits, and Near before Due it is due.
	Due, From time.Time
	Near      time.Duration
	// Until is told in place of a countdown: when the customer comes, or when a
	// lead wakes.
	Until       time.Time
	Step, Steps int
	To          string // to whom it was escalated
	Visit       lead.AppointmentKind
	Yours       bool // the closing is for the viewer to decide
	Stage       lead.Stage
}

// Tone is how urgent that looks. There are three colours: late, due, done.
type Tone string

// The tones.
const (
	ToneWaits Tone = "waits" // quiet
	ToneCalm  Tone = "calm"
	ToneDue   Tone = "due"
	ToneLate  Tone = "late"
	ToneDone  Tone = "done"
)

// Of says how a lead stands at now for who looks.
func Of(l Lead, who Viewer, now time.Time) State {
	switch {
	case l.Double:
		return State{Kind: Double, Stage: l.Stage}
	case l.Status == lead.Closed:
		return State{Kind: Closed, Until: l.ClosedAt, Stage: l.Stage}
	case !l.Begun:
		return State{Kind: New, Stage: l.Stage}
	}
	c, speaks := l.speaks()
	s := State{About: c.Kind, N: c.N, Due: c.Due, Stage: l.Stage}
	late := speaks && !c.Due.After(now)
	switch {
	case l.Escalation.Kind != "":
		s.Kind, s.Step, s.Steps, s.To = Escalated, l.Escalation.Step, l.Escalation.Steps, l.EscalatedTo
		if up := l.clock(l.Escalation.Kind); up != nil {
			s.About, s.N, s.Due = up.Kind, up.N, up.Due
		}
	case l.Status == lead.Closing:
		s.Kind, s.Yours, s.Near = Closing, who.Manages && who.ID != l.ProposedBy, Ahead
	case l.Stage == lead.Parked && !late:
		s = State{Kind: Parked, Until: l.ParkedUntil, Stage: l.Stage}
	case c.Kind == process.AppointmentOutcome:
		s.Visit, s.Until, s.From, s.Near = l.Visit, l.StartsAt, l.EndsAt, c.Due.Sub(l.EndsAt)
		s.Kind = s.passes(Appointment, Due, now)
	case !speaks:
		s.Kind = Waits
	case c.Kind == process.LiveResponse:
		s.From, s.Until, s.Near = c.Start, c.Start, Near
		s.Kind = s.passes(Waits, New, now)
	default:
		s.From, s.Until, s.Near = c.Due.Add(-Ahead), c.Due, Ahead
		s.Kind = s.passes(Waits, Due, now)
	}
	return s
}

// passes returns the kind of a deadline that is waited for, then runs, then is
// near, then has passed.
func (s State) passes(waiting, running Kind, now time.Time) Kind {
	switch s.Tone(now) {
	case ToneLate:
		return Late
	case ToneDue:
		return Due
	case ToneCalm, ToneDone:
		return running
	case ToneWaits:
		return waiting
	}
	return running
}

// Tone returns the tone at now.
func (s State) Tone(now time.Time) Tone {
	switch s.Kind {
	case Escalated:
		return ToneLate
	case Closed, Double:
		return ToneDone
	case Parked:
		return ToneWaits
	case Late, Due, New, Closing, Appointment, Waits:
	}
	switch {
	case s.Due.IsZero() && s.Kind == New:
		return ToneCalm
	case s.Due.IsZero():
		return ToneWaits
	case !now.Before(s.Due):
		return ToneLate
	case now.Before(s.From):
		return ToneWaits
	case s.Due.Sub(now) <= s.Near:
		return ToneDue
	}
	return ToneCalm
}

// Speaks returns the instant by which something is due next and by which leads
// are sorted: zero when nothing is. The database says the same of a lead's row
// (migration 00012).
func (l Lead) Speaks(now time.Time) time.Time {
	if !l.Begun {
		return l.ReceivedAt
	}
	if l.Status == lead.Open && l.Stage == lead.Appointed && l.StartsAt.After(now) {
		return l.StartsAt
	}
	c, _ := l.speaks()
	return c.Due
}

// Turns returns when the lead's place on the board changes although nothing
// happens to it: when an appointment begins, its outcome is what is due next.
// It is zero when time changes nothing.
func (l Lead) Turns(now time.Time) time.Time {
	if l.Status == lead.Open && l.Stage == lead.Appointed && l.StartsAt.After(now) {
		return l.StartsAt
	}
	return time.Time{}
}

// speaks returns the clock that speaks for the lead. The first call is asked
// for by the clock of the live response as long as that runs, and a reminder to
// the customer is nobody's task.
func (l Lead) speaks() (process.Clock, bool) {
	if l.Status == lead.Closing {
		if c := l.clock(process.ClosingApproval); c != nil {
			return *c, true
		}
	}
	if c := l.clock(process.LiveResponse); c != nil {
		return *c, true
	}
	var first process.Clock
	for _, c := range l.Clocks {
		if !c.Kind.Visible() || c.Kind == process.AppointmentReminder {
			continue
		}
		if first.Kind == "" || c.Due.Before(first.Due) {
			first = c
		}
	}
	return first, first.Kind != ""
}

func (l Lead) clock(k process.Kind) *process.Clock {
	a := process.Agenda{Clocks: l.Clocks}
	return a.Clock(k)
}
