package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

const twoTracks = `
timezone: Europe/Amsterdam
country: NL
calendar:
  open: {mon-fri: ["08:30-12:30", "13:00-18:00"], sat: "09:00-17:00"}
  closed: [2026-12-25, 2026-12-26]
shifts:
  evening: {days: mon-fri, hours: "18:00-21:00", staff: [Evening@demo.example]}
  night: {days: [fri, sat], hours: ["22:00-02:00", "04:00-05:00"], staff: [evening@demo.example, night@demo.example]}
tracks:
  day: {}
  night: {clock: always, attempts: {schedule: [0s, +2d, "+0d 09:00"], spacing: 1h}}
  slow: {live_response: {due: 2d, remind_before: 1d1h}}
choose: [{track: day}]
`

func TestDeadlines(t *testing.T) {
	t.Parallel()
	p := parse(t, twoTracks)
	day, night, slow := p.Track("day"), p.Track("night"), p.Track("slow")
	at := func(text string) time.Time { return local(t, amsterdam, text) }
	anchor := at("2026-11-20 17:50") // a Friday
	step := day.LiveResponse.Escalate[2]
	var never time.Time
	for name, test := range map[string]struct {
		want string
		got  time.Time
	}{
		"live response over night":    {"2026-11-21 09:05", p.LiveDue(day, anchor)},
		"live response, always":       {"2026-11-20 18:05", p.LiveDue(night, anchor)},
		"live response in days":       {"2026-11-23 08:30", p.LiveDue(slow, anchor)},
		"reminder before closing":     {"2026-11-21 09:00", p.RemindAt(day, anchor, at("2026-11-21 09:05"))},
		"reminder at lunch":           {"2026-11-23 12:28", p.RemindAt(day, at("2026-11-23 12:18"), at("2026-11-23 13:03"))},
		"reminder, always":            {"2026-11-20 18:00", p.RemindAt(night, anchor, at("2026-11-20 18:05"))},
		"reminder in days":            {"2026-11-24 11:00", p.RemindAt(slow, at("2026-11-23 12:00"), at("2026-11-25 12:00"))},
		"step at due":                 {"2026-11-21 09:05", p.StepAt(day, at("2026-11-21 09:05"), day.LiveResponse.Escalate[0], 0)},
		"step later":                  {"2026-11-21 09:50", p.StepAt(day, at("2026-11-21 09:05"), step, 0)},
		"step repeated":               {"2026-11-21 11:20", p.StepAt(day, at("2026-11-21 09:05"), step, 3)},
		"step over the weekend":       {"2026-11-23 08:45", p.StepAt(day, at("2026-11-21 16:30"), step, 0)},
		"first attempt":               {"2026-11-20 17:50", p.AttemptDue(day, anchor, 1, never)},
		"second attempt":              {"2026-11-21 10:50", p.AttemptDue(day, anchor, 2, anchor)},
		"third attempt":               {"2026-11-21 11:20", p.AttemptDue(day, anchor, 3, at("2026-11-21 10:50"))},
		"fourth attempt, Saturday":    {"2026-11-23 08:30", p.AttemptDue(day, anchor, 4, at("2026-11-21 11:20"))},
		"spacing in real time":        {"2026-11-23 13:00", p.AttemptDue(day, anchor, 4, at("2026-11-23 12:05"))},
		"beyond the schedule":         {"2026-11-26 17:30", p.AttemptDue(day, anchor, 7, at("2026-11-25 17:30"))},
		"beyond, into the weekend":    {"2026-11-23 08:30", p.AttemptDue(day, anchor, 9, at("2026-11-21 10:00"))},
		"beyond without previous":     {"2026-11-27 17:30", p.AttemptDue(day, anchor, 8, never)},
		"attempt zero is the first":   {"2026-11-20 17:50", p.AttemptDue(day, anchor, 0, never)},
		"days, always":                {"2026-11-22 17:50", p.AttemptDue(night, anchor, 2, anchor)},
		"same day already over":       {"2026-11-20 17:50", p.AttemptDue(night, anchor, 3, never)},
		"same day, spacing":           {"2026-11-20 18:50", p.AttemptDue(night, anchor, 3, anchor)},
		"anchor after local midnight": {"2026-11-25 10:00", p.AttemptDue(day, at("2026-11-24 00:10"), 3, never)},
		"contact":                     {"2026-11-24 12:00", p.ContactAt(day, at("2026-11-22 20:00"), policy.Contact{At: moment(t, "+2d 12:00")})},
		"contact on Christmas":        {"2026-12-28 08:30", p.ContactAt(day, at("2026-12-24 10:00"), policy.Contact{At: moment(t, "+1d 10:00")})},
		"contact in the lost hour":    {"2026-03-29 03:00", p.ContactAt(night, at("2026-03-28 10:00"), policy.Contact{At: moment(t, "+1d 02:30")})},
		"closing":                     {"2026-11-23 08:30", p.After(day, at("2026-11-21 13:00"), day.Closing.Due)},
	} {
		require.Equal(t, at(test.want), test.got, "%s: got %s", name, test.got.In(p.Zone))
	}
	require.Zero(t, p.RemindAt(day, anchor, anchor.Add(5*time.Minute)), "reminder would be at the start")
	require.Zero(t, p.RemindAt(slow, anchor, at("2026-11-21 12:00")))
	bare := *day
	bare.LiveResponse.RemindBefore = policy.Duration{}
	require.Zero(t, p.RemindAt(&bare, anchor, at("2026-11-21 09:05")))
}

// A step that has a clock of its own counts on it, whatever the track's is.
func TestStepsCountOnTheirOwnClock(t *testing.T) {
	t.Parallel()
	p := parse(t, twoTracks)
	const friday, saturday = "2026-11-20 17:50", "2026-11-21 16:30"
	for _, test := range []struct {
		track      string
		clock      policy.Clock
		due        string
		repetition int
		want       string
	}{
		{"day", "", friday, 0, "2026-11-21 09:20"},
		{"day", policy.OpeningHours, friday, 0, "2026-11-21 09:20"},
		{"day", policy.Always, friday, 0, "2026-11-20 18:20"},
		{"day", policy.Always, friday, 2, "2026-11-20 20:20"},
		{"day", policy.Always, saturday, 0, "2026-11-21 17:00"},
		{"day", "", saturday, 1, "2026-11-23 09:30"},
		{"night", "", friday, 0, "2026-11-20 18:20"},
		{"night", policy.Always, friday, 1, "2026-11-20 19:20"},
		{"night", policy.OpeningHours, friday, 0, "2026-11-21 09:20"},
		{"night", policy.OpeningHours, saturday, 1, "2026-11-23 09:30"},
		// A night track's due time may lie outside the hours of the step.
		{"night", policy.OpeningHours, "2026-11-21 03:00", 0, "2026-11-21 09:30"},
	} {
		step := policy.Step{Clock: test.clock, After: duration(t, "30m"), Every: duration(t, "1h"), Times: 2}
		at := p.StepAt(p.Track(test.track), local(t, amsterdam, test.due), step, test.repetition)
		require.Equal(t, local(t, amsterdam, test.want), at, "%+v: got %s", test, at.In(p.Zone))
	}
	// A calendar that opens no more gives way to one that never closes.
	gone := parse(t, "timezone: UTC\ncountry: NL\ncalendar: {open: {mon: \"09:00-10:00\"}}\ntracks: {a: {clock: always}}\n")
	due := time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
	require.Equal(t, due.Add(time.Hour), gone.StepAt(gone.Track("a"), due, policy.Step{Clock: policy.OpeningHours, After: duration(t, "1h")}, 0))
}

func moment(tb testing.TB, text string) policy.Moment {
	tb.Helper()
	m, err := policy.ParseMoment(text)
	require.NoError(tb, err)
	return m
}

func TestOnDuty(t *testing.T) {
	t.Parallel()
	p := parse(t, twoTracks)
	for _, test := range []struct {
		who, at string
		on      bool
	}{
		{"anna@demo.example", "2026-11-20 10:00", true},
		{"anna@demo.example", "2026-11-20 12:45", false},
		{"anna@demo.example", "2026-11-20 19:00", false},
		{"anna@demo.example", "2026-12-25 10:00", false},
		{"evening@demo.example", "2026-11-20 10:00", false},
		{"EVENING@demo.example", "2026-11-20 19:00", true},
		{"evening@demo.example", "2026-11-20 21:00", false},
		{"evening@demo.example", "2026-11-20 23:00", true},
		{"evening@demo.example", "2026-11-21 01:59", true},
		{"evening@demo.example", "2026-11-21 02:00", false},
		{"evening@demo.example", "2026-11-21 04:30", true},
		{"night@demo.example", "2026-11-20 19:00", false},
		{"night@demo.example", "2026-11-22 01:00", true},
		{"night@demo.example", "2026-11-22 04:30", false},
		{"evening@demo.example", "2026-12-25 19:00", false},
		{"night@demo.example", "2026-12-26 01:00", false},
	} {
		require.Equal(t, test.on, p.OnDuty(test.who, local(t, amsterdam, test.at)), "%s at %s", test.who, test.at)
	}
}

func TestDaypart(t *testing.T) {
	t.Parallel()
	for clock, want := range map[string]string{
		"00:00": policy.Morning, "11:59": policy.Morning, "12:00": policy.Afternoon,
		"16:59": policy.Afternoon, "17:00": policy.Evening, "23:59": policy.Evening,
	} {
		at, err := time.Parse("15:04", clock)
		require.NoError(t, err)
		require.Equal(t, want, policy.Daypart(at), clock)
	}
}

// BenchmarkDeadlines measures each deadline in the standard policy over
// Christmas, and the live response on a clock that never stops.
func BenchmarkDeadlines(b *testing.B) {
	p := parse(b, string(policy.Standard()))
	track := p.Track("standard")
	start := local(b, amsterdam, "2026-12-24 12:50")
	due := p.LiveDue(track, start)
	step := track.LiveResponse.Escalate[len(track.LiveResponse.Escalate)-1]
	always := *track
	always.Clock = policy.Always
	for name, compute := range map[string]func() time.Time{
		"LiveDue":         func() time.Time { return p.LiveDue(track, start) },
		"LiveDue/always":  func() time.Time { return p.LiveDue(&always, start) },
		"RemindAt":        func() time.Time { return p.RemindAt(track, start, due) },
		"StepAt":          func() time.Time { return p.StepAt(track, due, step, 3) },
		"AttemptDue":      func() time.Time { return p.AttemptDue(track, start, 4, start) },
		"AttemptDue/more": func() time.Time { return p.AttemptDue(track, start, 20, time.Time{}) },
		"ContactAt":       func() time.Time { return p.ContactAt(track, start, track.Contact[0]) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if compute().IsZero() {
					b.Fatal("no deadline")
				}
			}
		})
	}
}
