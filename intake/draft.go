// Package intake turns what providers send into lead drafts: JSON as the
// contract describes it and ADF as it is met in the wild.
//
// Everything here is a pure function over bytes: no I/O, no clock, no store.
// The caller keeps the raw message; a draft is a reading of it, never the only
// copy. The package is generous on purpose: a lead with a wrong detail is still
// a customer waiting, so a detail that cannot be read is kept as written, or
// left out and named, and only a message in which nobody can be answered is
// refused.
//
// Cost: both parsers are linear in the size of the message, which is bounded by
// MaxBody, MaxDepth and MaxElements before anything is built.
package intake

import (
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// The bounds of a message. Larger or deeper ones are refused before they are
// taken apart.
const (
	MaxBody      = 256 << 10 // bytes of a message as it was received
	MaxDepth     = 64        // nested elements, objects or lists
	MaxElements  = 20_000    // elements of one ADF document
	MaxProspects = 1_000     // prospects of one ADF document
)

// The bounds of a text, in runes. Longer ones are cut there.
const (
	MaxLine     = 200    // names, cars, codes
	MaxComments = 20_000 // the customer's words
)

// Context is what a reader must know about the dealer that receives.
type Context struct {
	// Country is the dealer's, ISO 3166 alpha-2; phone numbers without a
	// country code are read as numbers of this country.
	Country string
	// Zone is the dealer's; times without a zone are read in it. nil is UTC.
	Zone *time.Location
	// Now is the time of receipt. A claimed time after it is not believed.
	Now time.Time
}

func (c Context) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Draft is everything that a posted lead can say. Its JSON names are those of
// the contract; what only ADF can say carries names of its own and is left out
// when empty. All texts are valid UTF-8 without control characters and within
// MaxLine or MaxComments.
type Draft struct {
	ExternalID string       `json:"external_id"`
	Channel    lead.Channel `json:"channel"`
	Request    lead.Request `json:"request"`
	Campaign   string       `json:"campaign"`
	Test       bool         `json:"test"`
	Customer   Customer     `json:"customer"`
	// Vehicle is the wanted car, nil when the message names none.
	Vehicle *Vehicle `json:"vehicle"`
	// TradeIn is the customer's present car, nil when the message names none.
	TradeIn  *TradeIn `json:"trade_in"`
	Comments string   `json:"comments"`

	// Resend says that the provider sends this lead again: an update of the
	// running one, not a new lead.
	Resend bool `json:"resend,omitempty"`
	// RequestedAt is when the customer asked, as claimed by the provider, in
	// UTC; nil when it was not said, not readable, or later than the receipt.
	// It is for reports only: every clock starts at the receipt.
	RequestedAt *time.Time `json:"requested_at,omitempty"`
	// Lenient says that the message was broken and read with guesses; a person
	// who doubts the result looks at the raw message.
	Lenient bool `json:"lenient,omitempty"`
	// OptOut are the channels on which the customer may not be contacted.
	OptOut []lead.Channel `json:"opt_out,omitempty"`
	// IDs are all identifiers and key/value pairs that came with an ADF lead.
	IDs []ForeignID `json:"ids,omitempty"`
	// Provider is who says to have sent the lead, Vendor which dealer it was
	// meant for. Neither decides anything: the key or the receiving address does.
	Provider string `json:"provider,omitempty"`
	Vendor   string `json:"vendor,omitempty"`
	// Timeframe is when the customer means to buy, in the provider's words.
	Timeframe string `json:"timeframe,omitempty"`
	// MoreVehicles are further wanted cars after Vehicle, in document order.
	MoreVehicles []Vehicle `json:"more_vehicles,omitempty"`
}

// Customer is the person who asks.
type Customer struct {
	FirstName string `json:"first_name"`
	Infix     string `json:"infix"`
	LastName  string `json:"last_name"`
	// FullName is the whole name as the provider wrote it, if it did.
	FullName string `json:"full_name"`
	// Email and Phone are the first of Emails and Phones: normalised when
	// valid, as written otherwise, empty when there is none.
	Email      string `json:"email"`
	Phone      string `json:"phone"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
	// Country is ISO 3166 alpha-2 when it was recognised, else as written.
	Country string `json:"country"`
	// Language is a BCP 47 tag when it was recognised, else as written.
	Language string `json:"language"`
	// PreferredContact is a lead.Channel in lower case when it was recognised,
	// else as written.
	PreferredContact string    `json:"preferred_contact"`
	Consent          []Consent `json:"consent"`
	// Emails and Phones are all that came, the best first: valid before
	// invalid, cellphone before voice before others, a fax last, then in the
	// order of the message.
	Emails []EmailAddress `json:"emails"`
	Phones []PhoneNumber  `json:"phones"`
}

// Consent is one permission that the customer gave.
type Consent struct {
	Purpose string       `json:"purpose"`
	Channel lead.Channel `json:"channel"` // as written in lower case; may be none of the known ones
	Wording string       `json:"wording"`
	At      *time.Time   `json:"at"` // UTC; nil when not said or not readable
}

// EmailAddress is one e-mail address of the customer.
type EmailAddress struct {
	Written string `json:"written"`
	// Normalised is the lower-cased address, empty unless Valid.
	Normalised string `json:"normalised"`
	Valid      bool   `json:"valid"`
}

// PhoneNumber is one phone number of the customer.
type PhoneNumber struct {
	Written string `json:"written"`
	// Normalised is E.164 without extension, empty unless Valid.
	Normalised string `json:"normalised"`
	Valid      bool   `json:"valid"`
	// Kind is what the provider calls it (cellphone, voice, work, fax), in
	// lower case; Time is the time of day the customer likes to be called.
	Kind string `json:"kind,omitempty"`
	Time string `json:"time,omitempty"`
}

// Vehicle is a wanted car.
type Vehicle struct {
	Condition   lead.Condition `json:"condition"` // empty when not said or not recognised
	Make        string         `json:"make"`
	Model       string         `json:"model"`
	Year        int            `json:"year"` // 0 when not known
	Trim        string         `json:"trim"`
	VIN         string         `json:"vin"`
	StockNumber string         `json:"stock_number"`
	Price       *Money         `json:"price"`
	// Status and Interest are the provider's own words for the condition and
	// for what the customer wants with the car.
	Status   string `json:"status,omitempty"`
	Interest string `json:"interest,omitempty"`
}

// Money is an amount in a currency.
type Money struct {
	Amount   string `json:"amount"`   // decimal with a point, at most 12 digits before and 2 after it
	Currency string `json:"currency"` // ISO 4217
}

// TradeIn is the car that the customer offers.
type TradeIn struct {
	Make      string `json:"make"`
	Model     string `json:"model"`
	Year      int    `json:"year"`       // 0 when not known
	MileageKM int    `json:"mileage_km"` // kilometres, 0 when not known
}

// ForeignID is one <id> of an ADF document: an identifier, or a pair whose
// Source is the key.
type ForeignID struct {
	Sequence int    `json:"sequence"` // 0 when not said
	Source   string `json:"source"`
	Value    string `json:"value"`
}

// DisplayName is how a person reads the customer's name: first name, infix and
// last name, else the full name, else empty.
func (d *Draft) DisplayName() string {
	c := &d.Customer
	parts := make([]string, 0, 3)
	for _, part := range []string{c.FirstName, c.Infix, c.LastName} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return c.FullName
	}
	return strings.Join(parts, " ")
}

// Reachable reports whether the draft satisfies the rule of acceptance: it
// names a phone number or an e-mail address, readable or not, or it came in
// person or by a call, where a withheld number is a lead too.
func (d *Draft) Reachable() bool {
	return len(d.Customer.Phones) > 0 || len(d.Customer.Emails) > 0 ||
		d.Channel == lead.Phone || d.Channel == lead.WalkIn
}

// Document is one ADF document as it was read.
type Document struct {
	Prospects []Prospect
	// Lenient says that the document was broken and read with guesses.
	Lenient bool
}

// Prospect is one lead of an ADF document.
type Prospect struct {
	Position int // 1 for the first
	Draft    Draft
	// Reason says why this prospect cannot be a lead; empty when it can. It is
	// a plain sentence without anything from the document.
	Reason string
}

// FieldError is one thing wrong with one field of a JSON lead.
type FieldError struct {
	Field   string `json:"field"`   // dotted path, "body" for the message as a whole
	Message string `json:"message"` // what is wrong and what to do
}

// Invalid is the error of ParseJSON: the fields that keep the message from
// being a lead. It holds nothing of what the fields contained.
type Invalid struct {
	Fields []FieldError
}

// Error names the fields and what to do about each.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + ": " + f.Message
	}
	return strings.Join(parts, "; ")
}

// Unreadable is the error of ParseADF: the whole body cannot be read as ADF and
// belongs into quarantine.
type Unreadable struct {
	// Reason is a plain sentence without anything from the body.
	Reason string
}

// Error is the reason.
func (e *Unreadable) Error() string { return e.Reason }
