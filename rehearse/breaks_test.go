package rehearse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestBreaksAreSaidInPlainSentences(t *testing.T) {
	t.Parallel()
	saturday := func(hour int, due, capacity, people float64) WeekHour {
		return WeekHour{Weekday: 5, Hour: hour, Due: due, Capacity: capacity, People: people}
	}
	growing := make([]int, 80)
	for i := range growing {
		growing[i] = 10 * i
	}
	for name, c := range map[string]struct {
		report Report
		tally  tally
		want   []string
	}{
		"all is well": {report: Report{Leads: 100, Live: LiveResponse{Leads: 100, InTime: 0.9}}},
		"too few people": {
			report: Report{Days: 70, Week: []WeekHour{
				saturday(13, 12, 20, 2), saturday(14, 30, 20, 2), saturday(15, 32, 20, 2), saturday(16, 31, 20, 2), saturday(17, 3, 20, 2), saturday(19, 4, 0, 0),
			}},
			want: []string{
				"On Saturdays from 14 to 17 calls fall due faster (31/h) than two people can make them (20/h).",
				"40 calls fall due when nobody who calls is on duty, most of them on Saturdays (40).",
			},
		},
		"one person": {
			report: Report{Days: 70, Week: []WeekHour{{Weekday: 6, Hour: 9, Due: 7.5, Capacity: 6, People: 1}}},
			want:   []string{"On Sundays from 9 to 10 calls fall due faster (7.5/h) than one person can make them (6/h)."},
		},
		"answers come late": {
			report: Report{Leads: 200, Live: LiveResponse{Leads: 200, InTime: 0.6, P50: 22, P90: 180, Never: 7}},
			want: []string{
				"Only 60 % of the leads get their live response in time; on the clock of their track half of those answered wait 22 min or longer, one in ten 3 h.",
				"7 leads get no response of a person at all.",
			},
		},
		"steps": {
			report: Report{Leads: 500, Tracks: []Count{{"standard", 500}}, Steps: []Step{
				{Track: "standard", Clock: process.CallAttempt, Step: 1, Steps: 2, To: []string{"bdc"}, Skipped: 112},
				{Track: "standard", Clock: process.LiveResponse, Step: 1, Steps: 3, To: []string{"team"}, Taken: 200, Leads: 190, Share: 0.38},
				{Track: "standard", Clock: process.LiveResponse, Step: 2, Steps: 3, To: []string{"sales_manager"}, Taken: 90, Leads: 90, Share: 0.18, Skipped: 60},
				{Track: "standard", Clock: process.LiveResponse, Step: 3, Steps: 3, To: []string{"general_manager"}, Taken: 110, Leads: 110, Share: 0.22},
				{Track: "standard", Clock: process.AppointmentOutcome, Step: 1, Steps: 1, To: []string{"owner"}, Taken: 20, Leads: 20, Share: 0.04},
			}},
			want: []string{
				"Nobody of `bdc` was ever on duty when step 1 of call attempt fired (112 times).",
				"Step 3 of live response is reached by 22 % of the leads (110).",
				"Nobody of `sales_manager` was on duty 40 % of the times that step 2 of live response fired (60 of 150).",
			},
		},
		"steps of several tracks": {
			report: Report{Leads: 50, Tracks: []Count{{"a", 40}, {"b", 10}}, Steps: []Step{{Track: "b", Clock: process.FollowUp, Step: 2, To: []string{"owner"}, Taken: 5, Leads: 5, Share: 0.5}}},
			want:   []string{"Step 2 of follow up on track b is reached by 50 % of the leads (5)."},
		},
		"nobody acts": {
			report: Report{Leads: 50, Tracks: []Count{{"a", 50}}, Daily: []Exhausted{{Track: "a", Clock: process.LiveResponse, Leads: 9, Alerts: 31}}},
			want:   []string{"9 leads get to the end of the escalation of live response and nobody acted; a manager was told 31 times more."},
		},
		"leads for the wrong people": {
			report: Report{Leads: 100},
			tally:  tally{although: map[string]int{"off_duty": 30, "full": 5, "paused": 1}},
			want: []string{
				"30 leads went to somebody who was off duty then, because nobody who may get them was there.",
				"5 leads went to somebody who had as many open leads as he may, because everybody had.",
			},
		},
		"one has too much": {
			report: Report{Leads: 100, Staff: []Worked{{ID: "salesperson 1", Role: lead.RoleSalesperson, Leads: 80, Calls: 300, Load: 0.96}, {ID: "salesperson 2", Role: lead.RoleSalesperson, Load: 0.2}}},
			want:   []string{"salesperson 1 works 96 % of the hours on duty with leads (300 calls)."},
		},
		"all have too much": {
			report: Report{Leads: 100, Staff: []Worked{{ID: "a", Role: lead.RoleBDC, Leads: 50, Load: 0.96}, {ID: "b", Role: lead.RoleBDC, Leads: 50, Load: 1.02}, {ID: "c", Role: lead.RoleBDC}}},
			want:   []string{"Two of 3 with the role bdc work more than 90 % of their hours on duty with leads."},
		},
		"more come than go": {
			report: Report{Leads: 1000, Open: OpenLeads{Daily: growing, End: 790}},
			want:   []string{"More leads come than go: 400 are open after 40 days, 790 at the end."},
		},
		"managers are slow": {
			report: Report{Leads: 100, Approval: Approval{Decided: 50, P90: 11.2}},
			tally:  tally{late: 20},
			want:   []string{"40 % of the closings (20) wait longer for a manager than the policy allows, one in ten 11 h or longer on the clock of its track."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &run{tally: c.tally}
			var got []string
			last := 1 << 30
			for _, b := range r.breaks(&c.report) {
				require.LessOrEqual(t, b.Weight, last, "the worst first")
				last = b.Weight
				got = append(got, b.Sentence)
				require.True(t, strings.HasSuffix(b.Sentence, "."))
			}
			require.Equal(t, c.want, got)
		})
	}
}
