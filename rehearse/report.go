package rehearse

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Report is how a rehearsal went. Shares are from 0 to 1; weekdays begin with
// Monday; hours are those of the dealer's wall clock.
//
// A run that a follow-up began anew is no lead more. It is work, and counted
// among what people do: in the calls, what they were given, the steps taken, the
// closings, the refusals, the open leads. Shares of the leads leave it out.
type Report struct {
	Policy string    `json:"policy"`
	Zone   string    `json:"zone"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Days   int       `json:"days"`
	Seed   uint64    `json:"seed"`

	Leads    int          `json:"leads"`
	LeftOut  int          `json:"left_out"`  // came outside the rehearsed days
	Again    int          `json:"again"`     // runs that a follow-up began
	Received [7][24]int   `json:"received"`  // leads by weekday and hour
	Tracks   []Count      `json:"tracks"`    // leads by track
	Funnel   Funnel       `json:"funnel"`    // how far they got
	Renewed  Funnel       `json:"renewed"`   // and the runs that a follow-up began
	Live     LiveResponse `json:"live"`      // how soon a person tried to reach the customer
	Hours    []Hour       `json:"hours"`     // calls by hour of the day
	Week     []WeekHour   `json:"week"`      // the same by weekday, on average
	Steps    []Step       `json:"steps"`     // of escalations
	Daily    []Exhausted  `json:"exhausted"` // escalations that came to their end
	Staff    []Worked     `json:"staff"`
	Open     OpenLeads    `json:"open"`
	Closed   []Count      `json:"closed"` // leads, and runs begun again, by reason
	Passed   []Count      `json:"passed"` // from the call centre to the showroom, by reason
	Parked   int          `json:"parked"` // closings that put a lead to sleep
	Approval Approval     `json:"approval"`
	Refused  []Refused    `json:"refused"` // by the rules
	Tasks    []Count      `json:"tasks"`   // follow-ups, by kind
	Pauses   int          `json:"pauses"`  // of new leads for somebody who made too little of them
	Breaks   []Break      `json:"breaks"`  // where the process breaks, the worst first
}

// Count is a number under a name.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Funnel counts the leads that got so far. A lead can have an appointment more
// than once.
type Funnel struct {
	Conversations int `json:"conversations"`
	Appointments  int `json:"appointments"`
	Visits        int `json:"visits"`
	Sales         int `json:"sales"`
}

// LiveResponse is how soon a person tried to reach the customers, in minutes
// from when the clock of people began, on the clock of the lead's track: of
// opening hours, or of all hours where the track says always. The shares are of
// all leads whose answer was due, those that were never answered among them.
type LiveResponse struct {
	Leads    int     `json:"leads"`
	Never    int     `json:"never"`
	InTime   float64 `json:"in_time"` // as the policy says
	Within5  float64 `json:"within_5"`
	Within15 float64 `json:"within_15"`
	Within60 float64 `json:"within_60"`
	P50      float64 `json:"p50_minutes"` // of those answered
	P90      float64 `json:"p90_minutes"`
}

// Hour is the calls of one hour of the day, on the days on which there were any
// or somebody was there to make them.
type Hour struct {
	Hour     int     `json:"hour"`
	Due      Spread  `json:"due"`  // fell due
	Made     Spread  `json:"made"` // were made
	Capacity float64 `json:"capacity"`
	People   float64 `json:"people"` // on duty
}

// Spread describes many numbers by three.
type Spread struct {
	Mean float64 `json:"mean"`
	P95  int     `json:"p95"`
	Max  int     `json:"max"`
}

// WeekHour is the mean of one hour of the week. Capacity is the calls that the
// call centre and the salespeople on duty could make.
type WeekHour struct {
	Weekday  int     `json:"weekday"` // 0 is Monday
	Hour     int     `json:"hour"`
	Due      float64 `json:"due"`
	Made     float64 `json:"made"`
	Capacity float64 `json:"capacity"`
	People   float64 `json:"people"`
}

// Step is one step of an escalation.
type Step struct {
	Track   string       `json:"track"`
	Clock   process.Kind `json:"clock"`
	Step    int          `json:"step"` // from 1
	Steps   int          `json:"steps"`
	To      []string     `json:"to"`
	Taken   int          `json:"taken"`   // with its repeats, and in runs begun again
	Leads   int          `json:"leads"`   // that it was taken for, each once
	Share   float64      `json:"share"`   // of the leads on the track
	Skipped int          `json:"skipped"` // because nobody was there
}

// Exhausted counts the leads for which every step was taken and nobody acted,
// and the daily alerts about them.
type Exhausted struct {
	Track  string       `json:"track"`
	Clock  process.Kind `json:"clock"`
	Leads  int          `json:"leads"`
	Alerts int          `json:"alerts"`
}

// Worked is what one person did.
type Worked struct {
	ID     string    `json:"id"`
	Role   lead.Role `json:"role"`
	Leads  int       `json:"leads"` // that he was given
	Open   int       `json:"open"`  // at the end
	Calls  int       `json:"calls"`
	OnDuty float64   `json:"hours_on_duty"`
	Worked float64   `json:"hours_worked"` // with leads
	Load   float64   `json:"load"`         // Worked of OnDuty; above 1 when he had to stay longer
	Busy   *Busiest  `json:"busiest,omitempty"`
}

// Busiest is the hour in which somebody made the most calls.
type Busiest struct {
	At    time.Time `json:"at"`
	Calls int       `json:"calls"`
}

// OpenLeads is how many leads were under way, those that sleep among them.
type OpenLeads struct {
	Max   int       `json:"max"`
	MaxAt time.Time `json:"max_at"`
	End   int       `json:"end"`
	Daily []int     `json:"daily"` // at the end of each day
}

// Approval is how closings waited for a manager, in hours on the clock of the
// lead's track.
type Approval struct {
	Decided  int     `json:"decided"`
	Rejected int     `json:"rejected"`
	Waiting  int     `json:"waiting"` // at the end
	P50      float64 `json:"p50_hours"`
	P90      float64 `json:"p90_hours"`
}

// Refused is what somebody tried and the rules did not let him do.
type Refused struct {
	Act    process.What `json:"act"`
	Reason string       `json:"reason,omitempty"` // of a closing
	Code   process.Code `json:"code"`
	Times  int          `json:"times"`
}

// Break is a place at which the process breaks. Weight is about how many leads
// or calls it concerns.
type Break struct {
	Sentence string `json:"sentence"`
	Weight   int    `json:"weight"`
}
