package message

import "time"

// Data is what the templates may show. Strings may come from anybody: they are
// escaped where they are shown. Empty fields leave their line out.
type Data struct {
	Dealer      Dealer
	Customer    Customer
	Vehicle     string // make and model, as the customer or portal wrote it
	Owner       Owner
	Lead        Lead
	Appointment Appointment
	Closing     Closing
	CallDueAt   time.Time // when the customer is called at the latest; zero when nobody knows
	Links       Links
	Task        string // what the owner is asked to send: letter or video; for Task
	CustomerAct string // what the customer pressed: one of the Act constants; for CustomerActed
	Subject     string // of a mail a person wrote; only for HandWritten
	Words       string // what a person wrote, lines and blank lines kept; for HandWritten and Quote
}

// Dealer is in whose name a mail is written.
type Dealer struct {
	Name     string
	Phone    string
	Address  string
	Colour   string         // of the letterhead, as #rrggbb
	LogoURL  string         // https
	Language string         // used when the customer's has no templates
	Zone     *time.Location // required: every time of day is told in it
}

// Customer is who the lead is about. Templates for customers show none of it.
type Customer struct{ Name, Phone, Email string }

// Owner is the member of staff who has the lead.
type Owner struct{ Name, Phone, Email string }

// Lead holds the figures of the lead.
type Lead struct {
	URL, ID, Source  string
	Received         time.Time
	MinutesWaiting   int
	Step, Steps      int // of the escalation, from 1; 0 when it is none
	AttemptsMade     int
	AttemptsRequired int
	RequestWords     string // what was asked for, the customer's own words included
}

// Appointment is what was agreed with the customer.
type Appointment struct {
	Kind        string // showroom, test_drive, video or phone
	StartsAt    time.Time
	DurationMin int // minutes
	Place       string
}

// Closing is a proposed or decided closing.
type Closing struct {
	ReasonLabel string
	ProposedBy  string    // the name of a member of staff
	Note        string    // of whoever proposed or decided
	DueAt       time.Time // when it has to be decided
}

// Links are the pages for the customer.
type Links struct {
	Customer string // to confirm, move or cancel the appointment, or to ask for a call
	Object   string // to get no more messages
}

// What a customer can press on the pages that our mails link to.
const (
	ActConfirmed  = "confirmed"
	ActMoved      = "moved"
	ActCancelled  = "cancelled"
	ActAskedAgain = "asked_again"
	ActObjected   = "objected"
)
