package policy

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// minutes returns a span of n minutes.
func minutes(n int) Duration { return Duration{Span: time.Duration(n) * time.Minute} }

// DefaultTrack returns the yardstick that a track has where the policy is
// silent, on the clock of the opening hours: an answer at once by the template
// thank-you; the next salesperson in turn; a live response within 15 minutes
// with a reminder 5 minutes before and three steps after; 6 attempts over at
// least 3 days and 2 dayparts, 30 minutes apart, at most 2 voicemails
// counting; no contact beside the calls; appointment reminders 24 and 2 hours
// before and the outcome told within 2 hours; closings approved by the sales
// manager within 4 hours where the reason asks for it.
func DefaultTrack(name string) *Track {
	day := func(n int, wall time.Duration) Moment {
		return Moment{After: Duration{Days: n}, Wall: wall, HasWall: true}
	}
	screen, loud := []Channel{Email, Screen}, []Channel{Email, SMS, Screen}
	return &Track{
		Name:         name,
		Clock:        OpeningHours,
		AutoResponse: "thank-you",
		Assign:       Assign{To: []Recipient{ToNextSalesperson}},
		LiveResponse: LiveResponse{
			Due:          minutes(15),
			RemindBefore: minutes(5),
			Escalate: []Step{
				{To: []Recipient{ToNextSalesperson}, Notify: screen, Reassign: true},
				{After: minutes(15), To: []Recipient{ToTeam, ToSalesManager}, Notify: loud},
				{After: minutes(45), To: []Recipient{ToGeneralManager}, Notify: loud, Every: minutes(30), Times: 3},
			},
		},
		Attempts: Attempts{
			Max: 6, Days: 3, Dayparts: 2, Spacing: minutes(30), Voicemails: 2,
			Schedule: []Moment{
				{}, {After: minutes(120)}, day(1, 10*time.Hour), day(1, 17*time.Hour), day(3, 12*time.Hour), day(5, 17*time.Hour+30*time.Minute),
			},
			Overdue: []Step{{After: minutes(60), To: []Recipient{ToSalesManager}, Notify: screen}},
		},
		Appointment: Appointment{
			Remind:     []Duration{minutes(24 * 60), minutes(120)},
			OutcomeDue: minutes(120),
			Escalate:   []Step{{To: []Recipient{ToSalesManager}, Notify: screen}},
		},
		FollowUp: Decide{Due: Duration{Days: 1}},
		Closing: Closing{
			Approve: ByReason, By: ToSalesManager, Due: minutes(240),
			Escalate: []Step{{To: []Recipient{ToGeneralManager}, Notify: screen}},
		},
	}
}

// defaultStops end a contact beside the calls where the policy is silent.
var defaultStops = []StopOn{OnAnswer, OnConversation, OnAppointment}

// FollowUp returns who does a kind of follow-up and by when: as the policy
// says, else whom the field would ask, within a day, with the sales manager
// told a day later.
func (p *Policy) FollowUp(kind lead.FollowUpKind) FollowUp {
	if f, ok := p.FollowUps[kind]; ok {
		return f
	}
	return defaultFollowUp(kind)
}

func defaultFollowUp(kind lead.FollowUpKind) FollowUp {
	f := FollowUp{
		To: ToOwner, Within: Duration{Days: 1},
		Escalate: []Step{{After: Duration{Days: 1}, To: []Recipient{ToSalesManager}, Notify: []Channel{Email, Screen}}},
	}
	switch kind {
	case lead.TellProvider, lead.RefundClaim, lead.AfterSales:
		f.To = ToMarketer
	case lead.BuyingDepartment, lead.HandOver:
		f.To = ToSalesManager
	default:
	}
	return f
}

// CountsLeads reports whether some track gives new leads to whoever has the
// fewest open ones, so that they have to be counted.
func (p *Policy) CountsLeads() bool {
	//workflowcheck:ignore
	for _, t := range p.Tracks { // any order finds one
		if slices.Contains(t.Assign.To, ToFewestOpen) {
			return true
		}
	}
	return false
}
