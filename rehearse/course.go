package rehearse

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Course is what would happen to a lead. Instants are UTC; Zone names the
// dealer's own time. People are named by their staff ids.
type Course struct {
	Track      string     `json:"track"`
	Why        string     `json:"why"` // the conditions that chose the track
	Phase      lead.Phase `json:"phase"`
	Owner      string     `json:"owner"` // whoever gets the lead first
	Zone       string     `json:"zone"`
	ReceivedAt time.Time  `json:"received_at"`
	ClockStart time.Time  `json:"clock_start"` // when the clocks of people begin
	LiveDueAt  time.Time  `json:"live_due_at"`
	Until      time.Time  `json:"until"`
	// Cut says that there is more before Until than the plan asked for.
	Cut bool `json:"cut"`
	// Deadlines are those that people see, by the instant at which each is due.
	Deadlines []Deadline `json:"deadlines"`
	// Calls are the instants by which each call would be due if every call was
	// made just then and nobody picked up.
	Calls []Call `json:"calls"`
	// Events are the entries of the timeline, in their order.
	Events []Event `json:"events"`
	// Alerts are what colleagues are told, by the instant at which they are.
	Alerts []Alert `json:"alerts"`
	// Mails are those to the customer.
	Mails []Mail `json:"mails"`
}

// Deadline is an instant by which people have to have acted.
type Deadline struct {
	Kind    process.Kind      `json:"kind"`
	Task    lead.FollowUpKind `json:"task,omitempty"` // set when it is a follow-up's, such as letter
	StartAt time.Time         `json:"start_at"`       // when its clock began
	DueAt   time.Time         `json:"due_at"`
	N       int               `json:"n,omitempty"` // which call
}

// Call is one of the calls that the policy asks for.
type Call struct {
	N     int       `json:"n"`
	DueAt time.Time `json:"due_at"`
}

// Event is an entry of the timeline.
type Event struct {
	At    time.Time      `json:"at"`
	Kind  string         `json:"kind"`
	Actor process.Actor  `json:"actor"`
	Data  map[string]any `json:"data,omitempty"`
}

// Alert is what one colleague is told at one instant about one thing.
type Alert struct {
	At       time.Time         `json:"at"`      // when it was decided
	SentAt   time.Time         `json:"sent_at"` // when he is told: later when it is held back until he works
	Staff    string            `json:"staff"`
	Channels []lead.Channel    `json:"channels"`
	Template string            `json:"template"`
	Task     lead.FollowUpKind `json:"task,omitempty"` // set when it is a follow-up's
	Step     int               `json:"step,omitempty"` // of an escalation, from 1
	Steps    int               `json:"steps,omitempty"`
	Ref      string            `json:"ref,omitempty"` // what it is about, where the template asks
}

// Mail is a mail to the customer.
type Mail struct {
	At       time.Time    `json:"at"`
	Template string       `json:"template"`
	Channel  lead.Channel `json:"channel"`
}

// sent is when a message that is decided now really goes.
func sent(m process.Mail, now time.Time) time.Time {
	if m.NotBefore.After(now) {
		return m.NotBefore
	}
	return now
}

// addAlert adds a message to the alerts of this step, which begin at from. What
// goes to the same person in the same words at the same instant is one alert by
// several channels.
func addAlert(alerts []Alert, from int, m process.Mail, task lead.FollowUpKind, now time.Time) []Alert {
	a := Alert{
		At: now, SentAt: sent(m, now), Staff: m.Staff, Channels: []lead.Channel{m.Channel},
		Template: m.Template, Task: task, Step: m.Step, Steps: m.Steps, Ref: m.Ref,
	}
	for i := from; i < len(alerts); i++ {
		b := &alerts[i]
		if b.Staff == a.Staff && b.Template == a.Template && b.SentAt.Equal(a.SentAt) && b.Step == a.Step && b.Ref == a.Ref {
			b.Channels = append(b.Channels, m.Channel)
			return alerts
		}
	}
	return append(alerts, a)
}

// addDeadline adds a deadline that was not there before.
func addDeadline(list []Deadline, d Deadline) []Deadline {
	if slices.Contains(list, d) {
		return list
	}
	return append(list, d)
}
