package policy

import (
	"math"
	"time"
)

const (
	// horizonDays is how far ahead an opening is looked for before a calendar
	// counts as one that does not open any more.
	horizonDays = 400
	// firstDay and lastDay, 0001-01-01 and 9999-12-31 as days since
	// 1970-01-01, bound every walk over days whatever instants come in.
	firstDay = -719162
	lastDay  = 2932896
)

// Calendar says when a clock runs: weekly blocks of opening hours in a time
// zone, closed days, and special days that replace the weekly blocks. It is
// immutable, holds no cache and is safe for concurrent use.
//
// A block is written on the wall clock and half-open: at closing time it is
// closed. A block that passes midnight belongs to the day on which it starts,
// also when the next day is closed. At a change of the clocks a block begins
// and ends when the clocks first show its times or, when they skip them, at
// the jump; its length is the real time in between.
type Calendar struct {
	zone   *time.Location
	always bool
	week   [7][]block        // by weekday, sorted, not overlapping within a day
	days   map[int64][]block // closed (no blocks) and special days, as days since 1970-01-01
}

// block is a stretch of one day in seconds since its midnight; to passes
// daySeconds when the block passes midnight.
type block struct {
	from, to int64
}

// AlwaysOpen returns the calendar of the clock "always": every instant is
// open, and days are counted on the calendar of the zone.
func AlwaysOpen(zone *time.Location) *Calendar {
	return &Calendar{zone: zone, always: true}
}

// Zone returns the time zone in which the calendar's wall clock is read.
func (c *Calendar) Zone() *time.Location { return c.zone }

// IsOpen reports whether the clock runs at t.
func (c *Calendar) IsOpen(t time.Time) bool {
	if c.always {
		return true
	}
	o := c.openings(t)
	for {
		from, to, ok := o.next()
		switch {
		case !ok || t.Unix() < from:
			return false
		case t.Unix() < to:
			return true
		}
	}
}

// NextOpen returns t when the calendar is open then, else the next opening.
// It is in UTC, and the zero time when nothing opens within 400 days.
func (c *Calendar) NextOpen(t time.Time) time.Time { return c.Add(t, Duration{}) }

// Add returns the instant at which d has passed since start, in UTC. The days
// of d come first: the same wall clock so many calendar days later (the
// instant of the jump when the clocks skip it, the first of two when they show
// it twice). The span is then consumed as open time. The result is always
// open: an end exactly at closing time moves to the next opening. It is never
// before start. Negative parts count as zero.
//
// The zero time comes back when the calendar stays closed for 400 days in a
// row, or beyond the year 9999.
func (c *Calendar) Add(start time.Time, d Duration) time.Time {
	t := start.Round(0).UTC() // Round drops the monotonic reading
	if d.Days > 0 {
		t = c.sameClock(t, d.Days)
	}
	span := max(d.Span, 0)
	if c.always {
		return t.Add(span)
	}
	o := c.openings(t)
	for {
		from, to, ok := o.next()
		if !ok {
			return time.Time{}
		}
		closes := time.Unix(to, 0).UTC()
		if !closes.After(t) {
			continue
		}
		if opens := time.Unix(from, 0).UTC(); opens.After(t) {
			t = opens
		}
		left := closes.Sub(t)
		if span < left {
			return t.Add(span)
		}
		span -= left
		t = closes
	}
}

// Between returns the open time from a to b, zero when b is not after a and at
// most the longest time.Duration, 292 years.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	a, b = a.Round(0), b.Round(0)
	if !b.After(a) {
		return 0
	}
	if c.always {
		return b.Sub(a)
	}
	o := c.openings(a)
	o.fixedEnd(b)
	var total time.Duration
	for {
		from, to, ok := o.next()
		if !ok || from > b.Unix() {
			return total
		}
		opens, closes := time.Unix(from, 0), time.Unix(to, 0)
		if opens.Before(a) {
			opens = a
		}
		if closes.After(b) {
			closes = b
		}
		if open := closes.Sub(opens); open > 0 {
			if total > math.MaxInt64-open {
				return math.MaxInt64
			}
			total += open
		}
	}
}

// at returns the instant of a wall clock, in seconds since midnight, on the
// n-th local calendar day after the anchor's. It may be a closed one.
func (c *Calendar) at(anchor time.Time, n int, second int64) time.Time {
	span := offsetAt(c.zone, anchor.Unix())
	day := localDay(anchor.Unix() + span.offset)
	unix, _ := instantOf(c.zone, &span, (day+int64(n))*daySeconds+second)
	return time.Unix(unix, 0).UTC()
}

// sameClock returns the instant n calendar days after t at the same wall clock.
func (c *Calendar) sameClock(t time.Time, n int) time.Time {
	span := offsetAt(c.zone, t.Unix())
	local := t.Unix() + span.offset + int64(n)*daySeconds
	unix, exact := instantOf(c.zone, &span, local)
	if !exact {
		return time.Unix(unix, 0).UTC()
	}
	return time.Unix(unix, int64(t.Nanosecond())).UTC()
}

// openings walks the open stretches of a calendar in their order.
type openings struct {
	cal   *Calendar
	span  offsetSpan
	day   int64 // local day whose blocks are read
	block int   // next block of that day
	last  int64 // last day to look at
	reach int64 // last moves so far beyond each day that opens
	until int64 // end of the stretch given last; blocks that reach into it are cut
}

// openings starts a walk at the day before t, whose last block may reach over
// midnight. The first stretches can therefore end before t.
func (c *Calendar) openings(t time.Time) openings {
	span := offsetAt(c.zone, t.Unix())
	day := localDay(t.Unix() + span.offset)
	day = max(day-1, firstDay)
	return openings{
		cal: c, span: span, day: day, reach: horizonDays,
		last: min(day+1+horizonDays, lastDay), until: firstDay * daySeconds,
	}
}

// fixedEnd makes the walk end with the local day of b, however long the
// calendar is closed in between.
func (o *openings) fixedEnd(b time.Time) {
	day := localDay(b.Unix() + farthestOffset)
	o.last, o.reach = min(day, lastDay), 0
}

// next returns the next open stretch [from, to) in Unix seconds.
func (o *openings) next() (from, to int64, ok bool) {
	for ; o.day <= o.last; o.day, o.block = o.day+1, 0 {
		blocks := o.cal.blocks(o.day)
		for o.block < len(blocks) {
			b := blocks[o.block]
			o.block++
			midnight := o.day * daySeconds
			from, _ = instantOf(o.cal.zone, &o.span, midnight+b.from)
			to, _ = instantOf(o.cal.zone, &o.span, midnight+b.to)
			from = max(from, o.until)
			if from >= to {
				continue // skipped by the clocks, or covered by yesterday's last block
			}
			o.until = to
			if o.reach > 0 {
				o.last = min(o.day+o.reach, lastDay)
			}
			return from, to, true
		}
	}
	return 0, 0, false
}

// blocks returns the blocks that start on a day.
func (c *Calendar) blocks(day int64) []block {
	if len(c.days) > 0 {
		if special, ok := c.days[day]; ok {
			return special
		}
	}
	return c.week[weekdayOf(day)]
}
