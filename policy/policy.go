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
	Rules    []Rule // `choose` in the file; the last one has no conditions
	Tracks   map[string]*Track
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
}

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
}

// Track is the process of one kind of lead.
type Track struct {
	Name         string
	Clock        Clock
	AutoResponse string // name of the template; "" means no automatic response
	Assign       Recipient
	LiveResponse LiveResponse
	Attempts     Attempts
	Contact      []Contact
	Appointment  Appointment
	Closing      Closing
}

// Clock says when a track's clocks run.
type Clock string

// The clocks of a track.
const (
	OpeningHours Clock = "opening_hours"
	Always       Clock = "always"
)

// Recipient names who is told or assigned: one of the roles below or the
// e-mail address of a member of staff.
type Recipient string

// The recipients that are not an address.
const (
	ToOwner           Recipient = "owner"
	ToNextSalesperson Recipient = "next_salesperson"
	ToTeam            Recipient = "team"
	ToBDC             Recipient = "bdc"
	ToSalesManager    Recipient = "sales_manager"
	ToGeneralManager  Recipient = "general_manager"
	ToCustomerOwner   Recipient = "owner_of_customer" // assign only
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
	Task     string // letter, video; "" for a mail
}

// Appointment holds when a customer is reminded and when the outcome is asked.
type Appointment struct {
	Remind     []Duration // before the start
	OutcomeDue Duration   // after the end
	Escalate   []Step     // when the outcome is not told in time
}

// Closing holds how a closing is approved.
type Closing struct {
	Approve  Approve
	By       Recipient
	Due      Duration
	Escalate []Step
}

// Approve says which closings wait for a manager.
type Approve string

// The ways to approve: as the reason says, every closing, none.
const (
	ByReason Approve = "by_reason"
	Every    Approve = "always"
	Never    Approve = "never"
)
