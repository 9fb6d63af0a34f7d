package rehearse

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestASmallRehearsalIsReportedAsAlways(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/policy.yaml")
	require.NoError(t, err)
	report := play(t, staffed(t, parse(t, string(text)), 2, 8, 14))
	got, err := json.MarshalIndent(report, "", "  ")
	require.NoError(t, err)
	const file = "testdata/report.golden.json"
	if *update {
		require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
}

func TestTheSameSeedGivesTheSameReport(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 3, 20, 21)
	first := play(t, setup)
	slices.Reverse(setup.Leads) // they may come in any order
	require.Equal(t, first, play(t, setup))
	setup.Seed++
	require.NotEqual(t, first.Closed, play(t, setup).Closed)
}

// Whatever the team and the traffic: no lead gets lost, none is ever open
// without an owner or a next deadline, and every call is counted once.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	policies := []string{
		small + "tracks: {standard: {}}\n",
		strings.Replace(small, "[showroom]", "[bdc, showroom]", 1) + `shifts: {evening: {days: mon-sun, hours: "18:00-21:00", staff: ["eve@dealer.example"]}}
tracks: {standard: {clock: always, assign: {to: [bdc, next_salesperson]}, closing: {approve: always}, contact: [{at: 1h, send: email, template: still-interested}]}}
`,
		small + `earning: {norm: 40%, sample: 5, window: 30d, judge: 2d}
tracks: {standard: {assign: {to: [fewest_open]}, live_response: {due: 5m, escalate: [{after: 0s, to: [team], notify: [screen]}]}}}
`,
	}
	rapid.Check(t, func(t *rapid.T) {
		p := parse(t, rapid.SampledFrom(policies).Draw(t, "policy"))
		many := Headcount{
			lead.RoleBDC: rapid.IntRange(0, 2).Draw(t, "bdc"), lead.RoleSalesperson: rapid.IntRange(1, 4).Draw(t, "salespeople"),
			lead.RoleSalesManager: rapid.IntRange(0, 1).Draw(t, "manager"), lead.RoleGeneralManager: rapid.IntRange(0, 1).Draw(t, "general manager"),
		}
		setup := Setup{Policy: p, Staff: Team(Staffed(p, many)), From: local(t, p, "2026-10-19 00:00"), Days: rapid.IntRange(1, 25).Draw(t, "days"), Seed: rapid.Uint64().Draw(t, "seed")}
		for i := range setup.Staff {
			s := &setup.Staff[i]
			s.Diligence = rapid.Float64Range(0, 1).Draw(t, "diligence")
			s.CallsPerHour = rapid.Float64Range(1, 20).Draw(t, "calls per hour")
			s.Reaction = time.Duration(rapid.IntRange(0, 300).Draw(t, "reaction")) * time.Minute
			s.Capacity = rapid.IntRange(0, 30).Draw(t, "capacity")
			if rapid.IntRange(0, 3).Draw(t, "away") == 0 {
				s.Absent = []process.Period{{From: setup.From.AddDate(0, 0, 3), Until: setup.From.AddDate(0, 0, 10)}}
			}
		}
		setup.Leads = Stream(p, setup.From, setup.Days, rapid.Float64Range(1, 6).Draw(t, "per day"), setup.Seed)
		if len(setup.Leads) == 0 {
			return
		}
		calls, entered := 0, map[string]lead.Status{}
		attempts := map[string]int{}
		setup.seen = func(s process.State) {
			entered[s.Lead] = s.Status
			if s.Status != lead.Closed {
				require.NotNil(t, s.NextDeadline(), "an open lead has a next deadline")
				require.NotEmpty(t, s.Owner, "and an owner")
			}
			if n := len(s.Attempts); n > attempts[s.Lead] {
				calls += n - attempts[s.Lead]
				attempts[s.Lead] = n
			}
		}
		report := play(t, setup)

		open, closed := 0, 0
		for _, status := range entered {
			if status == lead.Closed {
				closed++
			} else {
				open++
			}
		}
		require.Equal(t, len(setup.Leads), report.Leads)
		require.Equal(t, report.Leads+report.Again, open+closed)
		require.Equal(t, open, report.Open.End)
		require.Equal(t, closed, sum(report.Closed))
		require.Equal(t, report.Leads, sum(report.Tracks))
		require.Equal(t, calls, callsOf(report))
		require.Len(t, report.Open.Daily, setup.Days)
		require.Equal(t, report.Open.End, report.Open.Daily[setup.Days-1])
		require.GreaterOrEqual(t, report.Open.Max, slices.Max(report.Open.Daily))
		received := 0
		for _, hours := range report.Received {
			for _, n := range hours {
				received += n
			}
		}
		require.Equal(t, report.Leads, received)
		require.LessOrEqual(t, report.Live.Leads, report.Leads)
		requireShares(t, report)
	})
}

// What a sentence of a break says of the leads.
var (
	shareForm = regexp.MustCompile(`(\d+) % of the (?:leads|closings|times)`)
	leadsForm = regexp.MustCompile(`^(\d+) leads? (?:goes|went|gets?)`)
)

// requireShares holds what is counted of the leads against how many there are.
func requireShares(t tester, r Report) {
	t.Helper()
	tracks := map[string]int{}
	for _, c := range r.Tracks {
		tracks[c.Name] = c.Count
	}
	for _, s := range r.Steps {
		require.LessOrEqual(t, s.Leads, tracks[s.Track], "%+v", s)
		require.LessOrEqual(t, s.Leads, s.Taken, "%+v", s)
		require.LessOrEqual(t, s.Share, 1.0, "%+v", s)
	}
	for _, e := range r.Daily {
		require.LessOrEqual(t, e.Leads, tracks[e.Track], "%+v", e)
	}
	for _, most := range []struct {
		of Funnel
		n  int
	}{{r.Funnel, r.Leads}, {r.Renewed, r.Again}} {
		for _, n := range []int{most.of.Conversations, most.of.Visits, most.of.Sales} {
			require.LessOrEqual(t, n, most.n)
		}
	}
	for _, x := range []float64{r.Live.InTime, r.Live.Within5, r.Live.Within15, r.Live.Within60} {
		require.LessOrEqual(t, x, 1.0)
	}
	require.LessOrEqual(t, r.Live.Within5, r.Live.Within15)
	require.LessOrEqual(t, r.Live.Within15, r.Live.Within60)
	require.LessOrEqual(t, sum(r.Closed), r.Leads+r.Again)
	for _, b := range r.Breaks {
		for form, most := range map[*regexp.Regexp]int{shareForm: 100, leadsForm: r.Leads} {
			if found := form.FindStringSubmatch(b.Sentence); found != nil {
				n, err := strconv.Atoi(found[1])
				require.NoError(t, err)
				require.LessOrEqual(t, n, most, b.Sentence)
			}
		}
	}
}

func sum(list []Count) int {
	n := 0
	for _, c := range list {
		n += c.Count
	}
	return n
}

func callsOf(r Report) int {
	n := 0
	for _, s := range r.Staff {
		n += s.Calls
	}
	return n
}

func TestMorePeopleAnswerSooner(t *testing.T) {
	t.Parallel()
	p := standard(t)
	last := -1.0
	for _, people := range []int{1, 3, 9} {
		report := play(t, staffed(t, p, people, 25, 28))
		require.Greater(t, report.Live.InTime, last, "%d salespeople", people)
		last = report.Live.InTime
	}
	require.Greater(t, last, 0.5)
}

// A team that does everything at once is told of nothing twice.
func TestAPerfectTeamIsNeverEscalated(t *testing.T) {
	t.Parallel()
	p := parse(t, small+"tracks: {standard: {live_response: {due: 2h}, attempts: {schedule: [0s, 2h, \"+1d 10:00\", \"+1d 15:00\", \"+3d 12:00\", \"+5d 14:00\"]}}}\n")
	setup := staffed(t, p, 8, 10, 21)
	odds := DefaultOdds()
	odds.Appointment = 0 // a customer in the showroom keeps his salesperson from the phone
	for i := range setup.Staff {
		s := &setup.Staff[i]
		s.Diligence, s.Reaction, s.CallsPerHour, s.Odds = 1, 0, 60, odds
	}
	report := play(t, setup)
	require.InDelta(t, 1, report.Live.InTime, 0)
	require.Zero(t, report.Live.Never)
	// A voicemail too many does not count: that call stays due.
	for _, s := range report.Steps {
		require.Equal(t, process.CallAttempt, s.Clock, "%+v", s)
		require.Less(t, s.Share, 0.2)
	}
	for _, e := range report.Daily {
		require.Equal(t, process.CallAttempt, e.Clock)
	}
}

func TestNobodyActsWhereNobodyIsDiligent(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 3, 10, 14)
	for i := range setup.Staff {
		setup.Staff[i].Diligence = 0
	}
	report := play(t, setup)
	require.Zero(t, callsOf(report))
	require.Zero(t, report.Live.InTime)
	require.Equal(t, report.Leads, report.Open.End)
	require.NotEmpty(t, report.Daily, "the manager hears of it every day")
	require.Equal(t, report.Live.Leads, report.Live.Never)
}

// The rules are the real ones: what the team tries against them is refused.
func TestClosingTooSoonIsRefused(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 3, 15, 14)
	odds := DefaultOdds()
	odds.Impatience = 1
	for i := range setup.Staff {
		setup.Staff[i].Odds = odds
	}
	report := play(t, setup)
	i := slices.IndexFunc(report.Refused, func(r Refused) bool { return r.Act == process.DidClose })
	require.Equal(t, Refused{Act: process.DidClose, Reason: "not_reached", Code: process.ClosingRefused, Times: report.Refused[i].Times}, report.Refused[i])
	require.Greater(t, report.Refused[i].Times, report.Leads)
}

func TestLeadsAreEarned(t *testing.T) {
	t.Parallel()
	p := parse(t, small+"earning: {norm: 90%, sample: 5, window: 30d, judge: 1d}\ntracks: {standard: {}}\n")
	report := play(t, staffed(t, p, 3, 15, 30))
	require.Positive(t, report.Pauses)
	require.Zero(t, play(t, staffed(t, parse(t, small+"tracks: {standard: {}}\n"), 3, 15, 30)).Pauses)
}

func TestALostLeadBeginsAgain(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 4, 10, 60)
	odds := DefaultOdds()
	odds.Answers = nil // nobody ever picks up
	for i := range setup.Staff {
		setup.Staff[i].Odds = odds
	}
	report := play(t, setup)
	require.Positive(t, report.Again, "30 days after it was given up")
	require.Zero(t, report.Funnel.Conversations)
	require.Contains(t, names(report.Closed), "not_reached")
	requireShares(t, report)
}

// A customer whose lead begins again is one customer, however often it does.
func TestRunsBegunAgainAreWorkAndNoLeads(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks: {standard: {assign: {to: [fewest_open]}, live_response: {due: 1m}}}`+"\n")
	setup := staffed(t, p, 6, 6, 150)
	odds := DefaultOdds()
	odds.Answers = map[string]Answers{policy.Evening: {Reached: 0.3}}
	for i := range setup.Staff {
		setup.Staff[i].Reaction, setup.Staff[i].Odds = 2*time.Hour, odds
	}
	spoken := map[bool]map[string]bool{true: {}, false: {}}
	setup.seen = func(s process.State) {
		if !s.FirstConversation.IsZero() {
			spoken[s.Again][s.Lead] = true
		}
	}
	report := play(t, setup)
	require.Greater(t, report.Again, report.Leads, "most were given up, more than once")
	require.Equal(t, len(spoken[false]), report.Funnel.Conversations)
	require.Equal(t, len(spoken[true]), report.Renewed.Conversations)
	require.NotEmpty(t, spoken[true])
	requireShares(t, report)
	i := slices.IndexFunc(report.Steps, func(s Step) bool { return s.Clock == process.LiveResponse && s.Step == 1 })
	step := report.Steps[i]
	require.Greater(t, step.Share, 0.9, "nobody can be that quick")
	require.Greater(t, step.Taken, report.Leads, "runs begun again are escalated too")
	require.LessOrEqual(t, report.Live.Leads, report.Leads)
}

// In time and within so many minutes are told by one clock: the track's.
func TestLiveResponsesAreMeasuredOnTheirTracksClock(t *testing.T) {
	t.Parallel()
	for _, clock := range []policy.Clock{policy.OpeningHours, policy.Always} {
		p := parse(t, small+"tracks: {standard: {clock: "+string(clock)+", live_response: {due: 60m}}}\n")
		report := play(t, staffed(t, p, 3, 12, 28))
		require.Positive(t, report.Live.InTime, clock)
		require.Less(t, report.Live.InTime, 1.0, clock)
		require.InDelta(t, report.Live.InTime, report.Live.Within60, 0, clock)
		if clock == policy.Always {
			require.Greater(t, report.Live.P90, 10*60.0, "those of the evening wait all night")
		}
	}
}

func TestACustomerWithoutANumberIsAskedForIt(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 3, 10, 14)
	for i := range setup.Leads {
		setup.Leads[i].Reach = process.Reach{Email: true}
	}
	report := play(t, setup)
	require.Contains(t, names(report.Closed), "no_phone_number")
	require.Positive(t, report.Funnel.Conversations, "some give it")
}

func names(list []Count) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}

func TestWhatCannotBeRehearsedIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Setup)
		says   string
	}{
		"no policy":          {func(s *Setup) { s.Policy = nil }, "no policy"},
		"no days":            {func(s *Setup) { s.Days = 0 }, "between 1 and 1100"},
		"nobody":             {func(s *Setup) { s.Staff = nil }, "nobody to work"},
		"no leads":           {func(s *Setup) { s.Leads = nil }, "no leads"},
		"other days":         {func(s *Setup) { s.From = s.From.AddDate(1, 0, 0) }, "choose other days"},
		"twice the same":     {func(s *Setup) { s.Staff[1].ID = s.Staff[0].ID }, "person 2 has no id"},
		"no calls":           {func(s *Setup) { s.Staff[0].CallsPerHour = 0 }, "person 1: calls per hour"},
		"too diligent":       {func(s *Setup) { s.Staff[0].Diligence = 1.5 }, "diligence must be from 0 to 1"},
		"slower than a week": {func(s *Setup) { s.Staff[0].Reaction = 8 * 24 * time.Hour }, "reaction time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			setup := staffed(t, standard(t), 2, 5, 3)
			c.change(&setup)
			_, err := Run(context.Background(), setup)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestARehearsalStopsWhenItIsTold(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	setup := staffed(t, standard(t), 2, 50, 30)
	setup.Progress = func(done, total int) {
		require.Equal(t, 30, total)
		if done == 3 {
			stop()
		}
	}
	_, err := Run(ctx, setup)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLeadsOfOtherDaysAreLeftOut(t *testing.T) {
	t.Parallel()
	setup := staffed(t, standard(t), 2, 10, 10)
	all := len(setup.Leads)
	setup.Days = 5
	days := 0
	setup.Progress = func(done, _ int) { days = done }
	report := play(t, setup)
	require.Equal(t, all, report.Leads+report.LeftOut)
	require.Positive(t, report.LeftOut)
	require.Equal(t, 5, days)
}
