package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/policy"
)

// changes are instants at which the clocks of the zones move, and days that a
// calendar may close; the properties look around them more than elsewhere.
var changes = map[string][]string{
	amsterdam: {"2026-03-29 03:00", "2026-10-25 03:00", "2027-03-28 03:00", "2027-10-31 03:00"},
	lordHowe:  {"2026-04-05 02:00", "2026-10-04 02:30", "2027-04-04 02:00", "2027-10-03 02:30"},
	stJohns:   {"2026-03-08 03:00", "2026-11-01 02:00", "2027-03-14 03:00", "2027-11-07 02:00"},
	kathmandu: {"2026-12-25 00:00"},
}

// drawCalendar writes opening hours as a dealer might, blocks over midnight
// included, and reads them. Every second one keeps them around 02:00, where
// clocks move.
func drawCalendar(t *rapid.T) *policy.Calendar {
	zones := []string{amsterdam, lordHowe, stJohns, kathmandu}
	var week []string
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		minutes := rapid.SliceOfNDistinct(rapid.IntRange(0, 24*12-1), 0, 4, rapid.ID[int]).Draw(t, day)
		slices.Sort(minutes)
		var blocks []string
		for i := 0; i+1 < len(minutes); i += 2 {
			blocks = append(blocks, fmt.Sprintf("%q", clock(minutes[i])+"-"+clock(minutes[i+1])))
		}
		if len(minutes)%2 == 1 { // the one left over passes midnight
			blocks = append(blocks, fmt.Sprintf("%q", clock(minutes[len(minutes)-1])+"-"+clock(minutes[0]/2)))
		}
		if day == "sun" {
			blocks = append(blocks[:0], `"01:15-02:15"`, `"02:15-10:00"`)
		}
		week = append(week, day+": ["+strings.Join(blocks, ", ")+"]")
	}
	src := fmt.Sprintf("timezone: %s\ncountry: NL\ncalendar:\n  open: {%s}\n  closed: [2026-10-26, 2026-12-25]\n"+
		"  special: {2026-03-28: [\"12:00-13:00\"], 2027-03-28: [\"02:30-02:45\", \"23:00-01:00\"]}\ntracks: {a: {}}\n",
		rapid.SampledFrom(zones).Draw(t, "zone"), strings.Join(week, ", "))
	p, err := policy.Parse([]byte(src))
	if err != nil { // a block over midnight may begin where another one does
		t.Skip(err)
	}
	return p.Calendar
}

// clock writes a number of five minutes as a time of day.
func clock(five int) string { return fmt.Sprintf("%02d:%02d", five/12, five%12*5) }

// drawInstant draws near a change of the clocks or anywhere in two years, with
// a fraction of a second.
func drawInstant(t *rapid.T, c *policy.Calendar, label string) time.Time {
	texts := changes[c.Zone().String()]
	near, err := time.ParseInLocation("2006-01-02 15:04", rapid.SampledFrom(texts).Draw(t, label+" near"), c.Zone())
	require.NoError(t, err)
	reach := rapid.SampledFrom([]int{3 * 3600, 3 * 86400, 300 * 86400}).Draw(t, label+" reach")
	return near.Add(time.Duration(rapid.IntRange(-reach, reach).Draw(t, label+" seconds"))*time.Second +
		time.Duration(rapid.IntRange(0, 999).Draw(t, label+" ms"))*time.Millisecond).UTC()
}

func TestAddIsOpenAndNeverBeforeStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		start, d := drawInstant(t, c, "start"), drawDuration(t, 20, 60*time.Hour)
		end := c.Add(start, d)
		require.False(t, end.Before(start))
		require.True(t, c.IsOpen(end))
		require.Equal(t, end, c.NextOpen(end))
		require.Equal(t, time.UTC, end.Location())
	})
}

func TestBetweenMeasuresWhatAddConsumed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		start, d := drawInstant(t, c, "start"), drawDuration(t, 0, 60*time.Hour)
		end := c.Add(start, d)
		require.Equal(t, d.Span, c.Between(start, end))
		// It is the first such open instant: nothing open lies between the
		// moment the span was used up and the end.
		if end.After(start) {
			require.Less(t, c.Between(start, end.Add(-time.Nanosecond)), max(d.Span, 1))
		}
		// Time cut anywhere adds up to the whole.
		cut := drawInstant(t, c, "cut")
		if cut.After(start) && cut.Before(end) {
			require.Equal(t, d.Span, c.Between(start, cut)+c.Between(cut, end))
		}
	})
}

func TestAddIsMonotoneInStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		a, b := drawInstant(t, c, "a"), drawInstant(t, c, "b")
		if b.Before(a) {
			a, b = b, a
		}
		d := drawDuration(t, 20, 60*time.Hour)
		// Days keep the wall clock, and in the hour that the clocks show twice
		// the wall clock itself goes back. There alone a later start may have
		// an earlier end, by less than that hour.
		if d.Days > 0 && wallClockOf(b.In(c.Zone())).Before(wallClockOf(a.In(c.Zone()))) {
			d.Days = 0
		}
		require.False(t, c.Add(b, d).Before(c.Add(a, d)))
	})
}

// wallClockOf returns what the clocks show at t in its own zone, as if in UTC.
func wallClockOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

func TestAddIsMonotoneInDuration(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		start, d := drawInstant(t, c, "start"), drawDuration(t, 20, 60*time.Hour)
		longer := policy.Duration{
			Days: d.Days + rapid.IntRange(0, 3).Draw(t, "more days"),
			Span: d.Span + time.Duration(rapid.IntRange(0, 7200).Draw(t, "more seconds"))*time.Second,
		}
		require.False(t, c.Add(start, longer).Before(c.Add(start, d)))
	})
}

// IsOpen is read off the wall clock minute by minute, by another way than the
// calendar's own, on days on which clocks move and around them.
func TestIsOpenAgreesWithTheWallClock(t *testing.T) {
	t.Parallel()
	for zone, days := range changes {
		c := calendar(t, zone, `open: {mon-sun: ["00:00-01:00", "04:00-12:30", "13:00-24:00"]}`)
		for _, change := range days {
			from := local(t, zone, change).Add(-36 * time.Hour).Truncate(time.Minute)
			for at := from; at.Before(from.Add(72 * time.Hour)); at = at.Add(time.Minute) {
				wall := at.In(c.Zone())
				minute := wall.Hour()*60 + wall.Minute()
				open := minute < 60 || (minute >= 240 && minute < 750) || minute >= 780
				require.Equal(t, open, c.IsOpen(at), wall)
			}
		}
	}
}

func TestDeadlinesAreOpenInOrderAndNeverEarly(t *testing.T) {
	t.Parallel()
	p := parse(t, string(policy.Standard()))
	names := []string{"standard", "first-party", "weekend"}
	rapid.Check(t, func(t *rapid.T) {
		track := p.Track(rapid.SampledFrom(names).Draw(t, "track"))
		clock := p.Clock(track)
		anchor := clock.NextOpen(drawInstant(t, p.Calendar, "received"))
		due := p.LiveDue(track, anchor)
		require.True(t, clock.IsOpen(due))
		require.True(t, due.After(anchor))
		if remind := p.RemindAt(track, anchor, due); !remind.IsZero() {
			require.True(t, clock.IsOpen(remind))
			require.True(t, remind.After(anchor))
			require.True(t, remind.Before(due))
		}
		last := due
		for _, step := range track.LiveResponse.Escalate {
			for repetition := range step.Times + 1 {
				at := p.StepAt(track, due, step, repetition)
				require.True(t, clock.IsOpen(at))
				require.False(t, at.Before(last))
				last = at
			}
		}
		var previous time.Time
		for n := range track.Attempts.Max + 3 {
			at := p.AttemptDue(track, anchor, n+1, previous)
			require.True(t, clock.IsOpen(at))
			require.False(t, at.Before(anchor))
			if !previous.IsZero() {
				require.GreaterOrEqual(t, at.Sub(previous), track.Attempts.Spacing.Span)
			}
			// The call may come later than it was due.
			previous = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "late")) * time.Minute)
		}
		for _, contact := range track.Contact {
			at := p.ContactAt(track, anchor, contact)
			require.True(t, clock.IsOpen(at))
			require.True(t, at.After(anchor))
		}
	})
}

// Many goroutines share one calendar; the race detector watches.
func TestCalendarIsSharedByMany(t *testing.T) {
	t.Parallel()
	p := parse(t, string(policy.Standard()))
	start := local(t, amsterdam, "2026-03-28 16:50")
	want := p.Calendar.Add(start, duration(t, "3d5h"))
	var all sync.WaitGroup
	ends := make([]time.Time, 8)
	for i := range ends {
		all.Go(func() {
			for range 100 {
				ends[i] = p.Calendar.Add(start, policy.Duration{Days: 3, Span: 5 * time.Hour})
			}
		})
	}
	all.Wait()
	for _, end := range ends {
		require.Equal(t, want, end)
	}
}

func BenchmarkCalendarAdd(b *testing.B) {
	c := parse(b, string(policy.Standard())).Calendar
	for name, text := range map[string]string{"minutes": "15m", "days": "3d2h", "christmas": "40h"} {
		b.Run(name, func(b *testing.B) {
			start, d := local(b, amsterdam, "2026-12-24 12:50"), duration(b, text)
			b.ReportAllocs()
			for b.Loop() {
				c.Add(start, d)
			}
		})
	}
}
