package process

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// What names something that happens to a lead. The first nine are the names of
// the workflow's updates and signals.
type What string

// What may happen.
const (
	DidAttempt     What = "attempt"
	DidMessage     What = "message"
	DidNote        What = "note"
	DidAppointment What = "appointment"
	DidAssign      What = "assign"
	DidClose       What = "close"
	DidDecide      What = "decide"
	DidReopen      What = "reopen"
	DidCustomer    What = "customer"
	DidTake        What = "take" // "I take it"

	WasReceived  What = "received"  // the lead is new
	WasStarted   What = "started"   // the workflow began a run: after continue-as-new, or after it was lost
	WasDue       What = "due"       // the timer fired, or somebody asked to look at the clock
	WasDelivered What = "delivered" // messages to the customer found their end
	WasCancelled What = "cancelled" // somebody asked Temporal to cancel the workflow
	WasLinked    What = "linked"    // another lead of the same person was linked
	WasResent    What = "resent"    // the provider sent the lead again with more
	WasRepinned  What = "repinned"  // a newer policy is applied to the open lead
)

// Actor is who did it: a member of staff by id, or one of the words below.
type Actor string

// The actors that are no member of staff.
const (
	System   Actor = "system"
	Customer Actor = "customer"
	Operator Actor = "operator" // a signal without a staff id, from Temporal UI or its command line
)

// Happening is one thing that happened, with ids, enums, counts and instants
// only. Exactly the payload that belongs to What is set.
type Happening struct {
	// ID is the caller's id of this happening, the same on a retry; "" for
	// those that are harmless to repeat.
	ID    string `json:"id,omitempty"`
	What  What   `json:"what"`
	Actor Actor  `json:"actor,omitempty"`
	// AskedAt is the caller's reading of the one clock, in the dealer's zone. It
	// spares the validators the clock of the workflow, which may be another
	// machine's, and the table of zones.
	AskedAt time.Time `json:"asked_at,omitzero"`
	// Signal marks a happening that nobody waits for: its refusal is written
	// to the timeline.
	Signal bool `json:"signal,omitempty"`
	// TakeUp asks to see to the messages that nobody sees to any more.
	TakeUp bool `json:"take_up,omitempty"`

	Attempt     *AttemptMade       `json:"attempt,omitempty"`
	Message     *MessageAsked      `json:"message,omitempty"`
	Note        *NoteAdded         `json:"note,omitempty"`
	Appointment *AppointmentAction `json:"appointment,omitempty"`
	Assign      *Assignment        `json:"assign,omitempty"`
	Close       *ClosingAsked      `json:"close,omitempty"`
	Decide      *Decision          `json:"decide,omitempty"`
	Reopen      *Reopening         `json:"reopen,omitempty"`
	Customer    *CustomerWish      `json:"customer,omitempty"`
	Delivered   []Delivery         `json:"delivered,omitempty"`
	Linked      *Linked            `json:"linked,omitempty"`
	Resent      *Resent            `json:"resent,omitempty"`
	Repin       *Repin             `json:"repin,omitempty"`
}

// AttemptMade is an attempt to reach the customer.
type AttemptMade struct {
	ID        string         `json:"id"`
	Channel   lead.Channel   `json:"channel"`
	Direction lead.Direction `json:"direction"`
	Outcome   lead.Outcome   `json:"outcome"`
	At        time.Time      `json:"at,omitzero"` // UTC; zero means now
	Seconds   int            `json:"seconds,omitempty"`
	Recorded  bool           `json:"recorded,omitempty"` // the telephone system knows the call
	NoteID    string         `json:"note_id,omitempty"`
}

// MessageAsked is a mail that a person sends to the customer. Its words stand
// in the ledger's row already.
type MessageAsked struct {
	ID       string `json:"id"` // of the ledger's row
	Template string `json:"template"`
}

// NoteAdded is a note whose words are stored.
type NoteAdded struct {
	ID string `json:"id"`
}

// AppointmentVerb says what is done with an appointment.
type AppointmentVerb string

// The verbs.
const (
	SetIt     AppointmentVerb = "set"
	ConfirmIt AppointmentVerb = "confirm"
	MoveIt    AppointmentVerb = "move"
	CancelIt  AppointmentVerb = "cancel"
	OutcomeOf AppointmentVerb = "outcome"
)

// AppointmentAction sets, confirms, moves, cancels an appointment or tells its
// outcome.
type AppointmentAction struct {
	Verb      AppointmentVerb         `json:"verb"`
	ID        string                  `json:"id"`
	Kind      lead.AppointmentKind    `json:"kind,omitempty"`
	StartsAt  time.Time               `json:"starts_at,omitzero"`
	Minutes   int                     `json:"minutes,omitempty"`
	Confirmed bool                    `json:"confirmed,omitempty"`
	Outcome   lead.AppointmentOutcome `json:"outcome,omitempty"`
	NoteID    string                  `json:"note_id,omitempty"`
}

// Assignment gives the lead to another owner.
type Assignment struct {
	To     string `json:"to"` // staff id
	NoteID string `json:"note_id,omitempty"`
}

// ClosingAsked asks to close the lead.
type ClosingAsked struct {
	ID      string            `json:"id,omitempty"` // of the stored closing; "" when a signal asks
	Reason  string            `json:"reason"`
	Details map[string]string `json:"details,omitempty"` // words replaced by lead.Kept
	NoteID  string            `json:"note_id,omitempty"`
}

// Decision approves or rejects the closing that waits.
type Decision struct {
	Approve bool   `json:"approve"`
	NoteID  string `json:"note_id,omitempty"`
}

// Reopening puts a closed lead back into the process.
type Reopening struct {
	NoteID string `json:"note_id,omitempty"`
}

// CustomerWish is what the customer said about being contacted, or what
// became known about how he can be.
type CustomerWish struct {
	Refuses []lead.Channel `json:"refuses,omitempty"`
	Bounced bool           `json:"bounced,omitempty"`
	NoteID  string         `json:"note_id,omitempty"`
	// Mail is what the mail provider told about a mail.
	Mail *MailNews `json:"mail,omitempty"`
}

// Fate is how a message ended.
type Fate string

// The fates.
const (
	Accepted   Fate = "accepted"
	Failed     Fate = "failed"
	Suppressed Fate = "suppressed" // do-not-contact was found at the moment of sending
	Unknown    Fate = "unknown"    // sent, perhaps twice, and never answered
)

// Delivery tells the fate of one message to the customer.
type Delivery struct {
	Message  string    `json:"message"`
	Template string    `json:"template"`
	Auto     bool      `json:"auto,omitempty"` // the automatic response
	Hand     bool      `json:"hand,omitempty"` // a person sent it
	By       Actor     `json:"by,omitempty"`
	Fate     Fate      `json:"fate"`
	Code     string    `json:"code,omitempty"` // why it failed, Doorbell's own word
	At       time.Time `json:"at"`
	// CameBack says that the provider told already that it did not arrive; the
	// store knows.
	CameBack bool `json:"came_back,omitempty"`
}

// Linked tells of another lead of the same person.
type Linked struct {
	Lead    string `json:"lead"`
	Source  string `json:"source"`
	SameCar bool   `json:"same_car"`
}

// Resent tells that the provider sent the lead again.
type Resent struct {
	Raw     string   `json:"raw"`     // id of the stored raw message
	Changed []string `json:"changed"` // names of the fields that became known or other
	Reach   Reach    `json:"reach"`   // as it is now
}

// Repin applies a version of the dealer's policy that is newer than the lead.
type Repin struct {
	Version int `json:"version"`
}

// Event is an entry of the timeline to be.
type Event struct {
	Kind  string         `json:"kind"`
	Actor Actor          `json:"actor"`
	Data  map[string]any `json:"data,omitempty"`
}

// Mail is a message that a step asks to send. The ledger's key is made of Key
// so that a step that is run again adds nothing.
type Mail struct {
	Key       string       `json:"key"`
	Template  string       `json:"template"`
	Channel   lead.Channel `json:"channel"`         // email, sms, or Screen
	Staff     string       `json:"staff,omitempty"` // recipient; "" means the customer
	Step      int          `json:"step,omitempty"`
	Steps     int          `json:"steps,omitempty"`
	NotBefore time.Time    `json:"not_before,omitzero"`
	Ref       string       `json:"ref,omitempty"`    // id of the appointment or closing it is about, or what the customer did
	Ledger    string       `json:"ledger,omitempty"` // an existing row to release, in place of a new one
	// Department is the recipient when it is a department that is no member of
	// staff.
	Department string `json:"department,omitempty"`
	// Urgent goes out at once, whoever is on duty.
	Urgent bool `json:"urgent,omitempty"`
}

// Screen is the channel of alerts on the board and the person's own page.
const Screen lead.Channel = "screen"

// Refusal says why something may not happen, so that the caller can mend it.
// It is an error, and it is the answer of an update.
type Refusal struct {
	Code    Code           `json:"code"`
	Field   string         `json:"field,omitempty"`
	Message string         `json:"message"`
	Missing []lead.Missing `json:"missing,omitempty"`
	Valid   []string       `json:"valid,omitempty"`
	Faults  []lead.Fault   `json:"faults,omitempty"`
}

// Code is the class of a refusal.
type Code string

// The classes.
const (
	Conflict       Code = "conflict"        // the lead is not in a state for this
	NotAllowed     Code = "not_allowed"     // this actor may not
	Invalid        Code = "invalid"         // a field is wrong
	ClosingRefused Code = "closing_refused" // evidence is missing
	UnknownReason  Code = "unknown_reason"
)

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

// Stepped is what a step left behind, as the workflow learns it.
type Stepped struct {
	State State `json:"state"`
	// Now is the instant at which the step was decided, UTC: what the timer's
	// duration is counted from.
	Now time.Time `json:"now"`
	// Deliver lists the ids of messages that may be sent now.
	Deliver []string `json:"deliver,omitempty"`
	// AtOnce has the messages tried for the first time within the task of the step.
	// Whoever decides the step says so, so that it stands in the history: a worker
	// of the first releases does not, and has them sent by an activity.
	AtOnce bool `json:"at_once,omitempty"`
	// Spread says which channels the person refuses that other open leads of his
	// must be told; empty where he has none.
	Spread []lead.Channel `json:"spread,omitempty"`
	// Refused says why nothing changed.
	Refused *Refusal `json:"refused,omitempty"`
}
