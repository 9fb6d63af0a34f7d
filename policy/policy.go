// Package policy is the yardstick: the file in which a dealer writes down his
// process, and the arithmetic that turns it into tracks, duties and deadlines.
// It is pure: no I/O, no clock, no configuration. Every instant it takes or
// returns is absolute; local rules are applied in the policy's own time zone.
package policy

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Policy is one version of a dealer's yardstick, parsed and checked.
// It is immutable after Parse and safe for concurrent use.
type Policy struct {
	Name     string
	Zone     *time.Location
	Country  string // ISO 3166-1 alpha-2, decides how phone numbers are read
	Phases   []lead.Phase
	Calendar *Calendar // the dealer's opening hours
	Shifts   []Shift
	Groups   []Group
	// Departments holds the e-mail addresses of departments that are handed
	// work by mail and are no members of staff, by name: service, buying, …
	Departments map[string]string
	Earning     *Earning // nil: leads need not be earned
	FollowUps   map[lead.FollowUpKind]FollowUp
	Rules       []Rule // `choose` in the file; the last one has no conditions
	Tracks      map[string]*Track

	marks marks // where things stand in the source, for Check
}

// Group is a named group of staff that can be a recipient.
type Group struct {
	Name  string
	Staff []string // e-mail addresses, lower case
}

// Earning says when new leads pause for somebody who makes too little of them
// (R24).
type Earning struct {
	// Result is what a conversation must lead to: appointment, visit or won.
	Result lead.Stage
	Norm   int      // at least so many per cent of the conversations
	Sample int      // of at least so many conversations
	Window Duration // had within this time, counted back from now
	// Judge is how old a conversation must be before one without a result
	// counts against somebody; one whose lead is closed counts at once.
	Judge Duration
}

// FollowUp says who does one kind of follow-up and by when.
type FollowUp struct {
	To       Recipient
	Within   Duration // from the opening of the day on which it is due
	Escalate []Step
}

// Shift is a named period in which the named staff are on duty besides the
// dealer's opening hours.
type Shift struct {
	Name  string
	Hours *Calendar
	Staff []string // e-mail addresses, lower case
}

// Rule picks a track; the first rule whose conditions all hold wins.
// A rule without conditions always holds.
type Rule struct {
	When  When
	Track string
	Line  int // line of the rule in the source, for messages
}

// When holds the conditions of a Rule. An empty field does not restrict.
type When struct {
	Party     []lead.Party
	Source    []string
	Channel   []lead.Channel
	Request   []lead.Request
	Make      []string // compared without case
	Model     []string
	Condition []lead.Condition
	Weekday   []time.Weekday
	Shift     string // name of a shift that is on at the instant of receipt
	Hours     Hours
	Price     PriceRange
	Postcode  []Area
	Customer  Acquaintance
	Language  []string // ISO 639-1, lower case
}

// Hours restricts the local time of receipt.
type Hours struct {
	Word   string      // open or closed: inside or outside the opening hours
	Blocks []TimeOfDay // or one of these
}

// TimeOfDay is a stretch of every day in seconds since local midnight; To is
// not included, and passes 24 hours when the stretch passes midnight.
type TimeOfDay struct{ From, To int64 }

// PriceRange restricts the price of the wanted car, in cents of the currency
// in which it was posted. Below is not included; zero means no bound. A lead
// without a price is in no range.
type PriceRange struct{ From, Below int64 }

// Area is a part of the country by its postal code: one that begins with
// Prefix, or whose leading digits lie from From to To (both included, as many
// digits as they have). Blanks, hyphens and case do not matter.
type Area struct {
	Prefix   string
	From, To string
}

// Acquaintance says whether the person of a lead was one of the dealer's
// customers before.
type Acquaintance string

// The acquaintances.
const (
	KnownCustomer Acquaintance = "known"
	NewCustomer   Acquaintance = "new"
)

// Subject is what a Rule may look at.
type Subject struct {
	Party      lead.Party
	Source     string
	Channel    lead.Channel
	Request    lead.Request
	Make       string
	Model      string
	Condition  lead.Condition
	ReceivedAt time.Time
	Price      int64 // of the wanted car in cents; zero: not said
	Postcode   string
	Known      bool   // the person had a lead here before
	Language   string // of the customer, ISO 639-1; "" when not known
}

// Track is the process of one kind of lead.
type Track struct {
	Name         string
	Clock        Clock
	AutoResponse string // name of the template; "" means no automatic response
	Assign       Assign
	LiveResponse LiveResponse
	Attempts     Attempts
	Contact      []Contact
	Appointment  Appointment
	FollowUp     Decide
	Closing      Closing
}

// Assign says who gets a new lead.
type Assign struct {
	// To is tried in its order; the first that names somebody on duty wins.
	To []Recipient
	// Match prefers, among those whose turn it may be, whoever fits the lead.
	// The last one is given up first.
	Match []Match
}

// Match is a way in which a member of staff fits a lead.
type Match string

// The matches. Somebody with no makes is trained on all of them; everybody
// speaks the dealer's own language.
const (
	MatchMake     Match = "make"
	MatchLanguage Match = "language"
)

// Decide is the clock of a lead for which no call is due: its owner must say
// how it goes on.
type Decide struct {
	Due      Duration
	Escalate []Step // empty: as an overdue attempt
}

// Clock says when a track's clocks run.
type Clock string

// The clocks of a track.
const (
	OpeningHours Clock = "opening_hours"
	Always       Clock = "always"
)

// Recipient names who is told or assigned: one of the roles below, the name of
// a group, or the e-mail address of a member of staff.
type Recipient string

// The recipients that are not an address.
const (
	ToOwner           Recipient = "owner"
	ToNextSalesperson Recipient = "next_salesperson"
	ToTeam            Recipient = "team"
	ToBDC             Recipient = "bdc"
	ToSalesManager    Recipient = "sales_manager"
	ToGeneralManager  Recipient = "general_manager"
	ToMarketer        Recipient = "marketer"
	ToCustomerOwner   Recipient = "owner_of_customer" // assign only
	ToFewestOpen      Recipient = "fewest_open"       // assign only: the salesperson with the fewest open leads
)

// Channel is a way to tell a member of staff.
type Channel string

// The channels of an alert. Screen is the board and the person's own page.
const (
	Email  Channel = "email"
	SMS    Channel = "sms"
	Screen Channel = "screen"
)

// Step is one step of an escalation. After counts from the clock's due time.
type Step struct {
	// Clock says whether the step keeps to opening hours: on always its delay
	// runs through, and whoever is not absent is told at once, on duty or not.
	// "" is the track's own clock for the delay, and duty for the people.
	Clock    Clock
	After    Duration
	To       []Recipient
	Notify   []Channel
	Reassign bool     // the lead goes to the first recipient that is on duty
	Every    Duration // repeat interval; zero means once
	Times    int      // how many repeats after the first time
}

// LiveResponse is the clock until the first live attempt by a person.
type LiveResponse struct {
	Due          Duration
	RemindBefore Duration // zero means no reminder
	Escalate     []Step
}

// Attempts is the schedule of calls and the measure of "tried enough".
type Attempts struct {
	Max        int // counted attempts after which "not reached" may be said
	Days       int // over at least so many different local days
	Dayparts   int // in at least so many different dayparts
	Spacing    Duration
	Voicemails int // at most so many voicemails count
	Schedule   []Moment
	Overdue    []Step // alerts when a due attempt was not made
}

// Contact is something sent or asked beside the calls.
type Contact struct {
	At       Moment
	Send     Channel // Email, or "" for a task
	Template string
	Task     string   // letter, video; "" for a mail
	StopOn   []StopOn // any of these ends it
}

// StopOn is what makes a contact beside the calls needless. A lead that closes
// ends them all.
type StopOn string

// The ends of a contact.
const (
	OnAnswer       StopOn = "answer"       // the customer called, wrote or used his page
	OnConversation StopOn = "conversation" // a real one was had
	OnAppointment  StopOn = "appointment"  // one was made
)

// Appointment holds when a customer is reminded and when the outcome is asked.
type Appointment struct {
	Remind     []Duration // before the start
	OutcomeDue Duration   // after the end
	Escalate   []Step     // when the outcome is not told in time
}

// Closing holds how a closing is approved. Value, Sample and SelfReported ask
// for approval beside what Approve says, unless that is Never.
type Closing struct {
	Approve      Approve
	Value        int64 // cents: closings of leads whose car costs at least this; zero: none
	Sample       int   // per cent of the other closings, drawn by the lead's id
	SelfReported bool  // closings whose every evidence is somebody's own word
	By           Recipient
	Due          Duration
	Escalate     []Step
}

// Approve says which closings wait for a manager.
type Approve string

// The ways to approve: as the reason says, every closing, none.
const (
	ByReason Approve = "by_reason"
	Every    Approve = "always"
	Never    Approve = "never"
)
