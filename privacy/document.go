// Package privacy tells a person everything that a dealer holds about him, in
// one document. What the store has about him and how it is erased stands in
// docs/privacy.md.
package privacy

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Format names the shape of a Document. Fields may be added; none is renamed,
// taken away or given another meaning under the same name.
const Format = "doorbell.customer.v1"

// Document is everything that is held about one person. Instants are UTC.
type Document struct {
	Format       string      `json:"format"`
	At           time.Time   `json:"at"` // when it was read
	Dealer       string      `json:"dealer"`
	Customers    []Customer  `json:"customers"` // one for each time he asked
	DoNotContact []Refusal   `json:"do_not_contact"`
	NotMailed    []NotMailed `json:"not_mailed"`
	Leads        []Lead      `json:"leads"`
	Received     []Received  `json:"received"` // messages as they came in
}

// Customer is who he said he is.
type Customer struct {
	ID               uuid.UUID  `json:"id"`
	Since            time.Time  `json:"since"`
	FirstName        string     `json:"first_name,omitempty"`
	Infix            string     `json:"infix,omitempty"`
	LastName         string     `json:"last_name,omitempty"`
	FullName         string     `json:"full_name,omitempty"`
	PostalCode       string     `json:"postal_code,omitempty"`
	City             string     `json:"city,omitempty"`
	Country          string     `json:"country,omitempty"`
	Language         string     `json:"language,omitempty"`
	PreferredContact string     `json:"preferred_contact,omitempty"`
	ErasedAt         *time.Time `json:"erased_at,omitempty"`
	Contacts         []Contact  `json:"contacts"`
	Consent          []Consent  `json:"consent"`
}

// Contact is a number or an address, as he wrote it and as it was read.
type Contact struct {
	Kind       string `json:"kind"` // phone, email
	Written    string `json:"written"`
	Normalised string `json:"normalised,omitempty"`
	Valid      bool   `json:"valid"`
}

// Consent is an entry of the ledger of consent.
type Consent struct {
	At      time.Time `json:"at"`
	Given   bool      `json:"given"` // false takes it back
	Purpose string    `json:"purpose"`
	Channel string    `json:"channel"`
	Wording string    `json:"wording,omitempty"`
	Origin  string    `json:"origin"` // lead, customer, staff
	By      string    `json:"by,omitempty"`
}

// Refusal is a wish not to be contacted.
type Refusal struct {
	Channel string    `json:"channel"`
	Address string    `json:"address"`
	At      time.Time `json:"at"`
}

// NotMailed is an address that mails come back from, or whose reader said that he
// does not want them.
type NotMailed struct {
	Address string    `json:"address"`
	Reason  string    `json:"reason"` // bounce, spam_report, unsubscribed
	Since   time.Time `json:"since"`
}

// Lead is one enquiry of his and what became of it.
type Lead struct {
	ID           uuid.UUID       `json:"id"`
	CustomerID   uuid.UUID       `json:"customer_id"`
	Source       string          `json:"source"`
	ExternalID   string          `json:"external_id,omitempty"` // under which the source knows it
	Channel      string          `json:"channel"`
	Request      string          `json:"request,omitempty"`
	Campaign     string          `json:"campaign,omitempty"`
	Test         bool            `json:"test,omitempty"`
	ReceivedAt   time.Time       `json:"received_at"`
	RequestedAt  *time.Time      `json:"requested_at,omitempty"` // as the source says
	Comments     string          `json:"comments,omitempty"`
	Vehicle      Vehicle         `json:"vehicle"`
	TradeIn      json.RawMessage `json:"trade_in,omitempty"`
	Phase        string          `json:"phase"`
	Stage        string          `json:"stage"`
	Status       string          `json:"status"`
	Owner        string          `json:"owner,omitempty"`
	CloseReason  string          `json:"close_reason,omitempty"`
	ClosedAt     *time.Time      `json:"closed_at,omitempty"`
	DuplicateOf  *uuid.UUID      `json:"duplicate_of,omitempty"`
	ErasedAt     *time.Time      `json:"erased_at,omitempty"`
	Notes        []Note          `json:"notes"`
	Attempts     []Attempt       `json:"attempts"`
	Appointments []Appointment   `json:"appointments"`
	Messages     []Message       `json:"messages"`
	Closings     []Closing       `json:"closings"`
	FollowUps    []FollowUp      `json:"follow_ups"`
	Timeline     []Event         `json:"timeline"`
}

// Vehicle is the car that he asked for.
type Vehicle struct {
	Condition   string `json:"condition,omitempty"`
	Make        string `json:"make,omitempty"`
	Model       string `json:"model,omitempty"`
	Trim        string `json:"trim,omitempty"`
	Year        *int32 `json:"year,omitempty"`
	VIN         string `json:"vin,omitempty"`
	StockNumber string `json:"stock_number,omitempty"`
	Price       string `json:"price,omitempty"`
	Currency    string `json:"currency,omitempty"`
}

// Note is what a colleague wrote about him.
type Note struct {
	ID   uuid.UUID `json:"id"`
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`
	Text string    `json:"text"`
}

// Attempt is a call, or another try to reach him.
type Attempt struct {
	At        time.Time  `json:"at"`
	By        string     `json:"by,omitempty"`
	Channel   string     `json:"channel"`
	Direction string     `json:"direction"`
	Outcome   string     `json:"outcome"`
	Seconds   *int32     `json:"duration_s,omitempty"`
	CallID    string     `json:"call_id,omitempty"` // of the telephone system
	NoteID    *uuid.UUID `json:"note_id,omitempty"`
}

// Appointment is what was agreed with him.
type Appointment struct {
	Kind      string     `json:"kind"`
	StartsAt  time.Time  `json:"starts_at"`
	Minutes   int32      `json:"minutes"`
	Confirmed bool       `json:"confirmed"`
	State     string     `json:"state"`
	NoteID    *uuid.UUID `json:"note_id,omitempty"`
}

// Message is a mail to him. Words are kept of what a person wrote; the others
// are written at the moment of sending from the template that is named.
type Message struct {
	At       time.Time  `json:"at"`
	SentAt   *time.Time `json:"sent_at,omitempty"`
	Channel  string     `json:"channel"`
	Template string     `json:"template"`
	Subject  string     `json:"subject,omitempty"`
	Text     string     `json:"text,omitempty"`
	State    string     `json:"state"`
}

// Closing is how a colleague ended the lead, or asked to.
type Closing struct {
	At             time.Time       `json:"at"`
	By             string          `json:"by,omitempty"`
	Reason         string          `json:"reason"`
	Details        json.RawMessage `json:"details"`
	State          string          `json:"state"`
	NoteID         *uuid.UUID      `json:"note_id,omitempty"`
	DecisionNoteID *uuid.UUID      `json:"decision_note_id,omitempty"`
}

// FollowUp is what is done after the lead.
type FollowUp struct {
	Kind    string     `json:"kind"`
	Reason  string     `json:"reason,omitempty"`
	DueOn   string     `json:"due_on"` // CCYY-MM-DD
	Status  string     `json:"status"`
	Outcome string     `json:"outcome,omitempty"`
	NoteID  *uuid.UUID `json:"note_id,omitempty"`
}

// Event is an entry of the timeline, in words.
type Event struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	By   string    `json:"by"`
	What string    `json:"what"`
}

// Received is a message as it came in. Its body is text, or Base64 where it is
// none. Others may stand in the same message; then it is left out.
type Received struct {
	ID          uuid.UUID  `json:"id"`
	At          time.Time  `json:"at"`
	Source      string     `json:"source"`
	ContentType string     `json:"content_type"`
	Body        string     `json:"body,omitempty"`
	Base64      string     `json:"body_base64,omitempty"`
	Shared      bool       `json:"shared,omitempty"`
	ErasedAt    *time.Time `json:"erased_at,omitempty"`
}
