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
	Agenda

	Lead   string `json:"lead"`
	Dealer string `json:"dealer"`
	Source string `json:"source"` // code of the source that the lead came from first

	Phase  lead.Phase  `json:"phase"`
	Stage  lead.Stage  `json:"stage"`
	Status lead.Status `json:"status"`
	Test   bool        `json:"test,omitempty"`
	// Again says that a follow-up began this run: the customer asked nothing
	// now and is not thanked for it.
	Again bool `json:"again,omitempty"`

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
	AnsweredAt        time.Time `json:"answered_at,omitzero"` // when the customer himself last did something

	// Took lists who claimed the lead during its present escalation: nobody
	// gets his time twice without acting.
	Took []string `json:"took,omitempty"`
	// Contacted lists the templates and tasks of the contact schedule that were
	// sent or asked, in their order.
	Contacted []string `json:"contacted,omitempty"`
	// Tasks lists the follow-ups that run beside the open lead.
	Tasks []lead.FollowUpKind `json:"tasks,omitempty"`

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
	// Recorded says that the telephone system knows the call too.
	Recorded bool   `json:"recorded,omitempty"`
	Day      string `json:"day"`  // local date, CCYY-MM-DD
	Part     string `json:"part"` // daypart
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
	// What is known by more than somebody's word.
	TalkRecorded    bool `json:"talk_recorded,omitempty"`
	RefusalRecorded bool `json:"refusal_recorded,omitempty"`
	WrongRecorded   bool `json:"wrong_recorded,omitempty"`
	ByCustomer      bool `json:"by_customer,omitempty"` // he confirmed an appointment himself
}

// Proposal is a closing that waits for the manager.
type Proposal struct {
	ID      string            `json:"id"`
	Reason  string            `json:"reason"`
	Details map[string]string `json:"details,omitempty"`
	By      string            `json:"by"`
	At      time.Time         `json:"at"`
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
	for _, a := range s.Attempts {
		if s.counts(a) && a.Recorded {
			e.AttemptsRecorded++
		}
	}
	e.ConversationRecorded, e.CallRefusedRecorded = s.Kept.TalkRecorded, s.Kept.RefusalRecorded
	e.WrongNumberRecorded, e.ConfirmedByCustomer = s.Kept.WrongRecorded, s.Kept.ByCustomer
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
	c.Agenda = s.Agenda.clone()
	c.Took, c.Tasks, c.Contacted = slices.Clone(s.Took), slices.Clone(s.Tasks), slices.Clone(s.Contacted)
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
