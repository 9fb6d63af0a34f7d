package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// mostAnchors bounds from how many instants of a week a schedule is followed,
// mostWalked over how many days in all: hours of a dealer who opens for minutes
// take centuries. Tracks beyond that are not followed.
const (
	mostAnchors = 56
	mostWalked  = 3_000_000
)

// attempts finds a schedule of calls that does not give what the measures ask
// for, from whichever opening it is followed.
func (c *checker) attempts(t *Track, at spot) {
	if !at.written {
		return
	}
	plain, anchors := c.p.plainWeek(t)
	walked := len(anchors) * plain.walk(t)
	if walked > c.days {
		return
	}
	c.days -= walked
	from := "counted from opening time"
	if t.Clock == Always {
		from = "whenever a lead comes"
	}
	c.spacing(plain, t, at, anchors, from)
	days, parts := plain.spread(t, anchors)
	a := &t.Attempts
	if days < a.Days {
		c.measure(at, "days", "%s, the %d calls of this schedule fall on %s at most and days asks for %d; "+
			"spread the schedule, or write days: %d",
			from, a.Max, count(days, "day"), a.Days, days)
	}
	if len(parts) < a.Dayparts {
		c.measure(at, "dayparts", "%s, the %d calls of this schedule fall in %s at most (%s) and dayparts asks for %d; "+
			"spread the schedule, or write dayparts: %d",
			from, a.Max, count(len(parts), "daypart"), strings.Join(parts, ", "), a.Dayparts, len(parts))
	}
}

// measure tells a fault at the first value of the attempts that the file has
// and that bears on it. Where it has neither measure nor schedule both are the
// default's, and the calls go on after it.
func (c *checker) measure(at spot, name, format string, args ...any) {
	for _, key := range []string{name, "schedule"} {
		if value := at.field(key); value.written {
			c.fault(value, format, args...)
			return
		}
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// plainWeek returns the policy in a zone whose clocks never move, without
// closed and special days, and the instants of one week at which it opens; on a
// clock that runs through, instants all over the week.
func (p *Policy) plainWeek(t *Track) (*Policy, []time.Time) {
	plain := &Policy{Zone: time.UTC, Calendar: &Calendar{zone: time.UTC, week: p.Calendar.week}}
	sunday := time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
	var anchors []time.Time
	if t.Clock == Always {
		for hour := 0; hour < 7*24; hour += 3 {
			anchors = append(anchors, sunday.Add(time.Duration(hour)*time.Hour))
		}
		return plain, anchors
	}
	for _, b := range plain.Calendar.weekly() {
		anchors = append(anchors, sunday.Add(time.Duration(b.from)*time.Second))
	}
	return plain, anchors[:min(len(anchors), mostAnchors)]
}

// walk returns over about how many days the calendar is read to follow the
// schedule of a track from one anchor.
func (p *Policy) walk(t *Track) int {
	const week = 8 // and the day before
	var open int64
	for _, b := range p.Calendar.weekly() {
		open += b.to - b.from
	}
	days := week * t.Attempts.Max
	for _, m := range t.Attempts.Schedule {
		// Each entry is reached once to count, and twice to compare.
		days += 3 * (week + int(7*int64(m.After.Span/time.Second)/max(open, 1)))
	}
	return days
}

// spread returns on how many days and in which dayparts the calls fall that the
// measure asks for, each made when it is due: the most that any anchor gives.
func (p *Policy) spread(t *Track, anchors []time.Time) (days int, parts []string) {
	for _, anchor := range anchors {
		var onDays, inParts []string
		var call time.Time
		for n := range t.Attempts.Max {
			call = p.AttemptDue(t, anchor, n+1, call)
			if day := call.Format(time.DateOnly); !slices.Contains(onDays, day) {
				onDays = append(onDays, day)
			}
			if part := Daypart(call); !slices.Contains(inParts, part) {
				inParts = append(inParts, part)
			}
		}
		days = max(days, len(onDays))
		if len(inParts) > len(parts) {
			parts = inParts
		}
		if days >= t.Attempts.Days && len(parts) >= t.Attempts.Dayparts {
			break
		}
	}
	return days, parts
}

// spacing finds entries of the schedule that come too soon after the one
// before, from whichever opening they are counted. AttemptDue moves such calls
// apart by itself, so this is a remark.
func (c *checker) spacing(plain *Policy, t *Track, at spot, anchors []time.Time, from string) {
	schedule := t.Attempts.Schedule
	entries := at.field("schedule")
	for i := 1; i < len(schedule); i++ {
		near := !slices.ContainsFunc(anchors, func(anchor time.Time) bool {
			before := AlwaysOpen(time.UTC).Add(plain.moment(t, anchor, schedule[i-1]), t.Attempts.Spacing)
			return !plain.moment(t, anchor, schedule[i]).Before(before)
		})
		if !near {
			continue
		}
		place := entries.item(i)
		if !place.written {
			place = at.field("spacing")
		}
		if place.written {
			c.remark(place, "%s, call %d will come %s after call %d at the earliest, later than the schedule says, "+
				"because calls closer together than spacing do not count; move it, or shorten spacing",
				from, i+1, t.Attempts.Spacing, i)
		}
	}
}
