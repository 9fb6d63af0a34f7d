package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// calendar reads opening hours in a zone; open, closed and special as in a file.
func calendar(tb testing.TB, zone, body string) *policy.Calendar {
	tb.Helper()
	return parse(tb, fmt.Sprintf("timezone: %s\ncountry: NL\ncalendar: {%s}\ntracks: {a: {}}\n", zone, body)).Calendar
}

// local reads a wall clock such as "2026-03-29 02:30" in a zone, or an instant
// with its offset such as "2026-10-25 02:30 +01:00" where the clock alone says
// too little.
func local(tb testing.TB, zone, text string) time.Time {
	tb.Helper()
	location, err := time.LoadLocation(zone)
	require.NoError(tb, err)
	if at, err := time.Parse("2006-01-02 15:04 -07:00", text); err == nil {
		return at.UTC()
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, location)
	require.NoError(tb, err)
	return at.UTC()
}

func duration(tb testing.TB, text string) policy.Duration {
	tb.Helper()
	d, err := policy.ParseDuration(text)
	require.NoError(tb, err)
	return d
}

const (
	amsterdam = "Europe/Amsterdam"
	lordHowe  = "Australia/Lord_Howe" // clocks move by 30 minutes
	stJohns   = "America/St_Johns"    // half an hour off the hour
	kathmandu = "Asia/Kathmandu"      // +05:45, clocks never move
	shop      = `open: {mon-fri: ["08:30-12:30", "13:00-18:00"], sat: "09:00-17:00"}, closed: [2026-12-25, 2026-12-26], special: {2026-12-24: "09:00-13:00", 2026-12-27: "10:00-11:00"}`
	allWeek   = `open: {mon-sun: "00:00-24:00"}`
	nights    = `open: {mon-sun: ["00:00-06:00", "22:00-24:00"]}`
	late      = `open: {fri: "18:00-02:00", sat: "20:00-04:00"}, closed: [2026-11-28]`
)

func TestCalendarAdd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, zone, hours, start, d, want string }{
		// An ordinary week. 2026-11-23 is a Monday.
		{"inside a block", amsterdam, shop, "2026-11-23 10:00", "15m", "2026-11-23 10:15"},
		{"over lunch", amsterdam, shop, "2026-11-23 12:20", "15m", "2026-11-23 13:05"},
		{"in the lunch break", amsterdam, shop, "2026-11-23 12:45", "15m", "2026-11-23 13:15"},
		{"to the minute of closing", amsterdam, shop, "2026-11-23 12:15", "15m", "2026-11-23 13:00"},
		{"at closing time", amsterdam, shop, "2026-11-23 18:00", "0s", "2026-11-24 08:30"},
		{"at opening time", amsterdam, shop, "2026-11-23 08:30", "0s", "2026-11-23 08:30"},
		{"over night", amsterdam, shop, "2026-11-23 17:50", "15m", "2026-11-24 08:35"},
		{"before opening", amsterdam, shop, "2026-11-23 03:00", "15m", "2026-11-23 08:45"},
		{"over the weekend", amsterdam, shop, "2026-11-21 16:50", "15m", "2026-11-23 08:35"},
		{"a whole week of hours", amsterdam, shop, "2026-11-23 08:30", "53h", "2026-11-30 08:30"},
		{"seconds", amsterdam, shop, "2026-11-23 10:00", "90s", "2026-11-23 10:01"},
		// Days keep the wall clock and then move into the hours.
		{"a day later", amsterdam, shop, "2026-11-23 10:00", "1d", "2026-11-24 10:00"},
		{"a day later is Sunday", amsterdam, shop, "2026-11-21 10:00", "1d", "2026-11-23 08:30"},
		{"a day and hours", amsterdam, shop, "2026-11-23 17:00", "1d2h", "2026-11-25 09:30"},
		{"a day later in the lunch break", amsterdam, shop, "2026-11-23 12:45", "1d", "2026-11-24 13:00"},
		// Christmas: a short day, two closed ones, one special Sunday.
		{"special hours", amsterdam, shop, "2026-12-24 12:50", "15m", "2026-12-27 10:05"},
		{"special Sunday ends", amsterdam, shop, "2026-12-27 10:50", "15m", "2026-12-28 08:35"},
		{"on a closed day", amsterdam, shop, "2026-12-25 10:00", "15m", "2026-12-27 10:15"},
		// Blocks over midnight belong to the day on which they start.
		{"over midnight", amsterdam, late, "2026-11-20 23:50", "15m", "2026-11-21 00:05"},
		{"after midnight", amsterdam, late, "2026-11-21 01:30", "45m", "2026-11-21 20:15"},
		{"Friday night into a closed Saturday", amsterdam, late, "2026-11-28 01:00", "30m", "2026-11-28 01:30"},
		{"closed Saturday does not begin", amsterdam, late, "2026-11-28 01:00", "1h", "2026-12-04 18:00"},
		// Amsterdam loses 02:00-03:00 on 2026-03-29 and 2027-03-28.
		{"spring 2026, hour lost", amsterdam, allWeek, "2026-03-29 01:30", "1h", "2026-03-29 03:30"},
		{"spring 2027, hour lost", amsterdam, allWeek, "2027-03-28 01:30", "1h", "2027-03-28 03:30"},
		{"spring 2026, night shift is shorter", amsterdam, nights, "2026-03-28 23:00", "6h", "2026-03-29 22:00"},
		{"spring 2027, night shift is shorter", amsterdam, nights, "2027-03-27 23:00", "6h", "2027-03-28 22:00"},
		{"spring 2026, a day later at 02:30", amsterdam, allWeek, "2026-03-28 02:30", "1d", "2026-03-29 03:00"},
		{"spring 2027, a day later at 02:30", amsterdam, allWeek, "2027-03-27 02:30", "1d", "2027-03-28 03:00"},
		{"spring 2026, a day keeps the wall clock", amsterdam, shop, "2026-03-27 10:00", "3d", "2026-03-30 10:00"},
		{"spring 2027, a day keeps the wall clock", amsterdam, shop, "2027-03-26 10:00", "3d", "2027-03-29 10:00"},
		// It has 02:00-03:00 twice on 2026-10-25 and 2027-10-31.
		{"autumn 2026, lead at the first 02:30", amsterdam, allWeek, "2026-10-25 02:30 +02:00", "1h", "2026-10-25 02:30 +01:00"},
		{"autumn 2026, lead at the second 02:30", amsterdam, allWeek, "2026-10-25 02:30 +01:00", "1h", "2026-10-25 03:30"},
		{"autumn 2027, lead at the first 02:30", amsterdam, allWeek, "2027-10-31 02:30 +02:00", "1h", "2027-10-31 02:30 +01:00"},
		{"autumn 2027, lead at the second 02:30", amsterdam, allWeek, "2027-10-31 02:30 +01:00", "1h", "2027-10-31 03:30"},
		{"autumn 2026, night shift is longer", amsterdam, nights, "2026-10-24 23:00", "8h", "2026-10-25 22:00"},
		{"autumn 2027, night shift is longer", amsterdam, nights, "2027-10-30 23:00", "8h", "2027-10-31 22:00"},
		{"autumn 2026, a day later at 02:30 is the first", amsterdam, allWeek, "2026-10-24 02:30", "1d", "2026-10-25 02:30 +02:00"},
		{"autumn 2026, a day after the second 02:30", amsterdam, allWeek, "2026-10-25 02:30 +01:00", "1d", "2026-10-26 02:30"},
		{"autumn 2026, lead at 02:30 waits for Monday", amsterdam, shop, "2026-10-25 02:30 +01:00", "15m", "2026-10-26 08:45"},
		{"spring 2026, lead in the lost hour waits for Monday", amsterdam, shop, "2026-03-29 03:30 +02:00", "15m", "2026-03-30 08:45"},
		// A block that lies in the lost hour is not there that day; one that
		// begins in it begins at the jump.
		{"block in the lost hour", amsterdam, `open: {sun: "02:00-03:00"}`, "2026-03-29 00:00", "0s", "2026-04-05 02:00"},
		{"block in the repeated hour is two hours", amsterdam, `open: {sun: "02:00-03:00"}`, "2026-10-25 00:00", "1h30m", "2026-10-25 02:30 +01:00"},
		{"block begins in the lost hour", amsterdam, `open: {sun: "02:30-05:00"}`, "2026-03-29 00:00", "1h", "2026-03-29 04:00"},
		{"block ends in the lost hour", amsterdam, `open: {sun: "01:00-02:30"}`, "2026-03-29 01:00", "1h", "2026-04-05 01:00"},
		{"block ends in the repeated hour", amsterdam, `open: {sun: "01:00-02:30"}`, "2026-10-25 01:00", "1h29m", "2026-10-25 02:29 +02:00"},
		// Lord Howe moves by half an hour: forward at 02:00 on 2026-10-04 and
		// 2027-10-03, back at 02:00 on 2026-04-05 and 2027-04-04.
		{"Lord Howe forward 2026", lordHowe, allWeek, "2026-10-04 01:45", "30m", "2026-10-04 02:45"},
		{"Lord Howe forward 2027", lordHowe, allWeek, "2027-10-03 01:45", "30m", "2027-10-03 02:45"},
		{"Lord Howe back 2026", lordHowe, allWeek, "2026-04-05 01:45 +11:00", "30m", "2026-04-05 01:45 +10:30"},
		{"Lord Howe back 2027", lordHowe, allWeek, "2027-04-04 01:45 +11:00", "30m", "2027-04-04 01:45 +10:30"},
		{"Lord Howe, a day later", lordHowe, allWeek, "2026-10-03 02:15", "1d", "2026-10-04 02:30"},
		{"Lord Howe, short night", lordHowe, nights, "2026-10-03 23:00", "6h30m", "2026-10-04 22:00"},
		// St. John's: forward on 2026-03-08 and 2027-03-14, back on 2026-11-01 and 2027-11-07.
		{"St. John's forward 2026", stJohns, allWeek, "2026-03-08 01:45", "30m", "2026-03-08 03:15"},
		{"St. John's forward 2027", stJohns, allWeek, "2027-03-14 01:45", "30m", "2027-03-14 03:15"},
		{"St. John's back 2026", stJohns, allWeek, "2026-11-01 01:45 -02:30", "30m", "2026-11-01 01:15 -03:30"},
		{"St. John's back 2027", stJohns, allWeek, "2027-11-07 01:45 -02:30", "30m", "2027-11-07 01:15 -03:30"},
		{"Kathmandu", kathmandu, shop, "2026-11-23 12:20", "15m", "2026-11-23 13:05"},
		// Clocks of Cairo jump at midnight, so the day begins at 01:00.
		{"day without midnight", "Africa/Cairo", allWeek, "2026-04-23 23:30", "1h", "2026-04-24 01:30"},
		{"a day later at the lost midnight", "Africa/Cairo", allWeek, "2026-04-23 00:00", "1d", "2026-04-24 01:00"},
		// Samoa had no 30 December 2011.
		{"day that never was", "Pacific/Apia", allWeek, "2011-12-29 23:00", "2h", "2011-12-31 01:00"},
		{"a day later is the day that never was", "Pacific/Apia", allWeek, "2011-12-29 10:00", "1d", "2011-12-31 00:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := calendar(t, test.zone, test.hours)
			start, d, want := local(t, test.zone, test.start), duration(t, test.d), local(t, test.zone, test.want)
			if test.name == "seconds" {
				want = want.Add(30 * time.Second)
			}
			got := c.Add(start, d)
			require.Equal(t, want, got, "got %s", got.In(c.Zone()))
			require.True(t, c.IsOpen(got))
			if d.Days == 0 {
				require.Equal(t, d.Span, c.Between(start, got))
			}
		})
	}
}

func TestCalendarWeekClosed(t *testing.T) {
	t.Parallel()
	c := calendar(t, amsterdam, `open: {mon-fri: "09:00-18:00"}, closed: [2026-08-03, 2026-08-04, 2026-08-05, 2026-08-06, 2026-08-07]`)
	start := local(t, amsterdam, "2026-07-31 17:55")
	require.Equal(t, local(t, amsterdam, "2026-08-10 09:10"), c.Add(start, duration(t, "15m")))
	require.Equal(t, 5*time.Minute, c.Between(start, local(t, amsterdam, "2026-08-10 09:00")))
	require.Equal(t, local(t, amsterdam, "2026-08-10 09:00"), c.NextOpen(local(t, amsterdam, "2026-08-05 12:00")))
	require.False(t, c.IsOpen(local(t, amsterdam, "2026-08-05 12:00")))
}

func TestCalendarIsHalfOpen(t *testing.T) {
	t.Parallel()
	c := calendar(t, amsterdam, shop)
	for at, open := range map[string]bool{
		"2026-11-23 08:29": false, "2026-11-23 08:30": true, "2026-11-23 12:29": true,
		"2026-11-23 12:30": false, "2026-11-23 13:00": true, "2026-11-23 18:00": false, "2026-11-22 12:00": false,
	} {
		require.Equal(t, open, c.IsOpen(local(t, amsterdam, at)), at)
	}
	nearly := local(t, amsterdam, "2026-11-23 12:30").Add(-time.Nanosecond)
	require.True(t, c.IsOpen(nearly))
	require.Equal(t, nearly, c.NextOpen(nearly))
	require.Equal(t, local(t, amsterdam, "2026-11-23 13:00"), c.Add(nearly, policy.Duration{Span: 1}))
	require.Equal(t, time.UTC, c.NextOpen(nearly.In(c.Zone())).Location())
}

func TestCalendarBetween(t *testing.T) {
	t.Parallel()
	c := calendar(t, amsterdam, shop)
	at := func(text string) time.Time { return local(t, amsterdam, text) }
	require.Equal(t, 7*time.Minute, c.Between(at("2026-11-23 12:26"), at("2026-11-23 13:03")))
	require.Zero(t, c.Between(at("2026-11-23 12:30"), at("2026-11-23 13:00")))
	require.Zero(t, c.Between(at("2026-11-23 13:03"), at("2026-11-23 12:26")))
	require.Zero(t, c.Between(at("2026-11-23 13:03"), at("2026-11-23 13:03")))
	require.Equal(t, 53*time.Hour, c.Between(at("2026-11-23 00:00"), at("2026-11-30 00:00")))
	night := calendar(t, amsterdam, allWeek)
	require.Equal(t, 23*time.Hour, night.Between(at("2026-03-29 00:00"), at("2026-03-30 00:00")))
	require.Equal(t, 25*time.Hour, night.Between(at("2026-10-25 00:00"), at("2026-10-26 00:00")))
}

// Hours that reach into the next day's are counted once.
func TestCalendarCountsOverlappingNightsOnce(t *testing.T) {
	t.Parallel()
	c := calendar(t, amsterdam, `open: {fri: "18:00-10:00", sat: ["00:00-02:00", "08:00-12:00"]}`)
	require.Equal(t, 18*time.Hour, c.Between(local(t, amsterdam, "2026-11-20 12:00"), local(t, amsterdam, "2026-11-21 20:00")))
	require.Equal(t, local(t, amsterdam, "2026-11-21 11:00"), c.Add(local(t, amsterdam, "2026-11-20 18:00"), duration(t, "17h")))
}

// A policy cannot say "never", but it can close every day that matters.
func TestCalendarClosedForLong(t *testing.T) {
	t.Parallel()
	p := parse(t, closedFrom2026)
	now := local(t, amsterdam, "2026-11-23 10:00")
	require.False(t, p.Calendar.IsOpen(now))
	require.Zero(t, p.Calendar.NextOpen(now))
	require.Zero(t, p.Calendar.Add(now, duration(t, "3d2h")))
	require.Zero(t, p.Calendar.Between(now, now.AddDate(1, 0, 0)))
	require.Positive(t, p.Calendar.Between(now, now.AddDate(5, 0, 0)), "opens again later")

	// A lead keeps its deadlines all the same.
	track := p.Track("a")
	require.Equal(t, now.Add(15*time.Minute), p.LiveDue(track, now))
	require.Equal(t, local(t, amsterdam, "2026-11-24 10:00"), p.AttemptDue(track, now, 3, time.Time{}))
}

// closedFrom2026 is a dealer who wrote himself closed for three years.
var closedFrom2026 = func() string {
	var dates strings.Builder
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.AddDate(0, 0, 1) {
		dates.WriteString("    - " + day.Format(time.DateOnly) + "\n")
	}
	return "timezone: Europe/Amsterdam\ncountry: NL\ncalendar:\n  open: {mon-sat: \"09:00-18:00\"}\n  closed:\n" +
		dates.String() + "tracks: {a: {}}\n"
}()

// Instants and spans far outside any dealer's life end quickly and in order.
func TestCalendarAtTheEdges(t *testing.T) {
	t.Parallel()
	for _, hours := range []string{shop, allWeek, late} {
		c := calendar(t, amsterdam, hours)
		require.Zero(t, c.Add(time.Unix(1<<55, 0), duration(t, "1h")))
		require.False(t, c.IsOpen(time.Unix(1<<55, 0)))
		require.False(t, c.NextOpen(time.Time{}.Add(time.Hour)).IsZero())
		require.Positive(t, c.Between(time.Time{}, local(t, amsterdam, "2026-11-23 10:00")))
		require.Positive(t, c.Between(time.Unix(-1<<55, 0), local(t, amsterdam, "0300-11-23 10:00")))
		require.False(t, c.Add(local(t, amsterdam, "2026-11-23 10:00"), policy.Duration{Days: -3, Span: -time.Hour}).Before(local(t, amsterdam, "2026-11-23 10:00")))
	}
}

func TestCalendarDays(t *testing.T) {
	t.Parallel()
	for days, want := range map[string]string{
		"sat":               "sat 09:00-10:00",
		"mon-wed":           "mon 09:00-10:00, tue 09:00-10:00, wed 09:00-10:00",
		"sat-mon":           "mon 09:00-10:00, sat 09:00-10:00, sun 09:00-10:00",
		`"Tue, thu - fri"`:  "tue 09:00-10:00, thu 09:00-10:00, fri 09:00-10:00",
		`"sun,sat-sun,sat"`: "sat 09:00-10:00, sun 09:00-10:00",
	} {
		c := calendar(t, "UTC", fmt.Sprintf(`open: {%s: "9:00-10:00"}`, days))
		require.Equal(t, "UTC: "+want, c.String(), days)
	}
	// A day under two keys has the hours of both.
	c := calendar(t, "UTC", `open: {mon-tue: "09:00-10:00", tue: ["18:00-02:00", "10:00-11:00"]}`)
	require.Equal(t, "UTC: mon 09:00-10:00, tue 09:00-10:00 10:00-11:00 18:00-02:00", c.String())
}

func TestAlwaysOpen(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation(amsterdam)
	require.NoError(t, err)
	c := policy.AlwaysOpen(zone)
	at := func(text string) time.Time { return local(t, amsterdam, text) }
	require.True(t, c.IsOpen(at("2026-11-22 03:00")))
	require.Equal(t, at("2026-11-22 03:00"), c.NextOpen(at("2026-11-22 03:00")))
	require.Equal(t, at("2026-03-29 03:30"), c.Add(at("2026-03-29 01:30"), duration(t, "1h")))
	require.Equal(t, at("2026-03-30 01:30"), c.Add(at("2026-03-29 01:30"), duration(t, "1d")))
	require.Equal(t, 23*time.Hour, c.Between(at("2026-03-29 00:00"), at("2026-03-30 00:00")))
	require.Zero(t, c.Between(at("2026-03-30 00:00"), at("2026-03-29 00:00")))
	require.Equal(t, "Europe/Amsterdam: always", c.String())
}
