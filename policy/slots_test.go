package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/policy"
)

// dealerOpen parses a policy with those opening hours.
func dealerOpen(t require.TestingT, zone, hours string) *policy.Calendar {
	p, err := policy.Parse([]byte("timezone: " + zone + "\ncountry: NL\ncalendar: {" + hours + "}\ntracks: {a: {}}\n"))
	require.NoError(t, err)
	return p.Calendar
}

func slotsOn(times []time.Time, day string) string {
	var list []string
	for _, s := range times {
		if s.Format(time.DateOnly) == day {
			list = append(list, s.Format("15:04"))
		}
	}
	return strings.Join(list, " ")
}

func TestSlots(t *testing.T) {
	t.Parallel()
	const week = `open: {mon-fri: ["08:30-12:30", "13:00-18:00"], sat: ["09:00-17:00"]}, closed: ["2026-11-26"], special: {"2026-11-27": ["09:15-10:50"]}`
	for name, c := range map[string]struct {
		zone, calendar, now string
		minutes             int
		want                map[string]string // by day
		days                int
	}{
		"over lunch, a closed day, a special day, Sunday": {
			"Europe/Amsterdam", week, "2026-11-24 14:10", 45,
			map[string]string{
				"2026-11-24": "15:30 16:00 16:30 17:00",
				"2026-11-25": "08:30 09:00 09:30 10:00 10:30 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30 17:00",
				"2026-11-26": "", "2026-11-27": "09:30 10:00", "2026-11-29": "", "2026-12-05": "09:00 09:30 10:00 10:30 11:00 11:30 12:00 12:30 13:00 13:30 14:00 14:30 15:00 15:30 16:00",
				"2026-12-07": "",
			},
			10,
		},
		"exactly until closing":     {"Europe/Amsterdam", week, "2026-11-24 15:00", 60, map[string]string{"2026-11-24": "16:00 16:30 17:00"}, 10},
		"nothing left today":        {"Europe/Amsterdam", week, "2026-11-24 16:31", 30, map[string]string{"2026-11-24": "", "2026-11-25": "08:30 09:00 09:30 10:00 10:30 11:00 11:30 12:00 13:00 13:30 14:00 14:30 15:00 15:30 16:00 16:30 17:00 17:30"}, 10},
		"longer than any opening":   {"Europe/Amsterdam", "open: {mon: [\"09:00-10:00\"]}", "2026-11-24 09:00", 61, nil, 0},
		"once a week":               {"Europe/Amsterdam", "open: {sun: [\"10:00-11:00\"]}", "2026-11-24 09:00", 60, map[string]string{"2026-11-29": "10:00", "2027-01-31": "10:00"}, 10},
		"the clocks skip an hour":   {"Europe/Amsterdam", "open: {sun: [\"01:00-04:00\"]}", "2027-03-27 12:00", 30, map[string]string{"2027-03-28": "01:00 01:30 03:00 03:30"}, 10},
		"the clocks show one twice": {"Europe/Amsterdam", "open: {sun: [\"01:30-03:30\"]}", "2026-10-24 12:00", 30, map[string]string{"2026-10-25": "01:30 02:00 02:30 02:00 02:30 03:00"}, 10},
		"after the change":          {"Europe/Amsterdam", "open: {mon-sun: [\"09:00-10:30\"]}", "2026-10-23 12:00", 60, map[string]string{"2026-10-24": "09:00 09:30", "2026-10-25": "09:00 09:30", "2026-10-26": "09:00 09:30"}, 10},
		"a zone of quarters":        {"Asia/Kathmandu", "open: {mon-sun: [\"09:00-10:30\"]}", "2026-11-24 12:00", 30, map[string]string{"2026-11-25": "09:00 09:30 10:00"}, 10},
	} {
		calendar := dealerOpen(t, c.zone, c.calendar)
		now, err := time.ParseInLocation("2006-01-02 15:04", c.now, calendar.Zone())
		require.NoError(t, err)
		got := calendar.Slots(now.UTC(), time.Duration(c.minutes)*time.Minute, 10)
		seen := map[string]bool{}
		for _, s := range got {
			seen[s.Format(time.DateOnly)] = true
		}
		require.Len(t, seen, c.days, name)
		for day, want := range c.want {
			require.Equal(t, want, slotsOn(got, day), "%s: %s", name, day)
		}
	}
}

func TestSlotsOfADealerWhoNeverCloses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	require.Len(t, policy.AlwaysOpen(time.UTC).Slots(now, time.Hour, 10), 10*48-20, "ten days, the first from ten o'clock")
}

func TestEverySlotCanBeKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		hour := func(name string, from, to int) string {
			return fmt.Sprintf("%02d:%02d", rapid.IntRange(from, to).Draw(rt, name), rapid.SampledFrom([]int{0, 10, 15, 30, 45}).Draw(rt, name+" minute"))
		}
		calendar := dealerOpen(rt, rapid.SampledFrom([]string{"Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns"}).Draw(rt, "zone"),
			`open: {mon-sat: ["`+hour("opens", 0, 9)+"-"+hour("lunch", 10, 12)+`", "`+hour("again", 13, 14)+"-"+hour("closes", 15, 23)+`"]}`)
		now := time.Unix(rapid.Int64Range(1_767_225_600, 1_830_297_600).Draw(rt, "now"), 0) // 2026 and 2027
		length := time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute
		last := now.Add(time.Hour - 1)
		for _, s := range calendar.Slots(now, length, 10) {
			require.True(rt, s.After(last), "in order, and not too soon")
			require.Zero(rt, s.Minute()%30+s.Second()+s.Nanosecond())
			require.Equal(rt, length, calendar.Between(s, s.Add(length)), "open all the time")
			require.True(rt, s.Before(now.AddDate(0, 0, 15)))
			last = s
		}
	})
}
