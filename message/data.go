package message

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

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
	FollowUp    FollowUp  // for FollowUpDue, FollowUpOverdue, LeadAgain and HandOver
	Colleague   Colleague // for StaffPaused, which shows nothing of a lead
	Account     Account   // for AccountInvitation and PasswordReset, which show nothing of a lead
	CallDueAt   time.Time // when the customer is called at the latest; zero when nobody knows
	Links       Links
	CustomerAct string    // what the customer pressed: one of the Act constants; for CustomerActed
	Subject     string    // of a mail a person wrote; only for HandWritten
	Words       string    // what a person wrote, lines and blank lines kept; for HandWritten and Quote
	Now         time.Time // when the mail is written; dates far from it are told in full
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
type Customer struct {
	Name, Phone, Email string
	// Refuses lists the channels on which the customer must not be contacted.
	// Nobody is asked to use them: their number or address is not shown.
	Refuses []lead.Channel
}

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

// FollowUp is what has to happen after a closing, or beside an open lead.
type FollowUp struct {
	Kind        lead.FollowUpKind
	URL         string // under which the API has it; "" leaves it out
	OwnerName   string // who is to do it
	DueAt       time.Time
	ReasonLabel string   // of the closing that it came from, "" when it came from none
	Details     []Detail // of that closing, in the order of the catalogue
	Note        string   // of whoever closed the lead, and of the manager who approved it
	ClosedBy    string   // the name of who closed it
	TradeIn     string   // the car that the customer has now
	ExternalID  string   // the provider's own id of the lead
	PriceCents  int64    // what the lead cost
	Currency    string   // ISO 4217, of PriceCents
	// Received and ClosedAt are of the lead that it came from.
	Received, ClosedAt time.Time
}

// Detail is what a closing says beside its reason.
type Detail struct {
	Name  string          // as the catalogue has it, such as condition
	Kind  lead.DetailKind // how Value is written
	Value string          // a colleague by name, a lead by its address, all else as it was given
}

// Colleague is a member of staff for whom new leads pause, and the figures that
// made them pause (R24).
type Colleague struct {
	Name                   string
	URL                    string // under which the API takes what a manager did about it
	Conversations, Results int
	Norm                   int // per cent of the conversations
	PausedAt               time.Time
}

// Account is the account of a member of staff, to whom the mail goes.
type Account struct {
	Email     string
	InvitedBy string    // the name of who invites him
	URL       string    // where he chooses a password, or signs in; it is his key until then
	Until     time.Time // until when URL may be used
	SignOn    string    // the name of the single sign-on that is used in place of passwords, "" for none
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
