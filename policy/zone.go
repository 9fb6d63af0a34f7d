package policy

import (
	"math"
	"time"
)

// daySeconds is the length of a day on the wall clock. Real days differ at a
// change of the clocks; that difference lives in instantOf alone.
const daySeconds = 24 * 60 * 60

// offsetSpan is a stretch [from, until) of Unix seconds in which a zone keeps
// one offset from UTC.
type offsetSpan struct {
	from, until, offset int64
}

// offsetAt returns a stretch that contains the instant. It need not be the
// longest such stretch.
func offsetAt(zone *time.Location, unix int64) offsetSpan {
	t := time.Unix(unix, 0).In(zone)
	_, offset := t.Zone()
	span := offsetSpan{from: math.MinInt64, until: math.MaxInt64, offset: int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		span.from = start.Unix()
	}
	if !end.IsZero() {
		span.until = end.Unix()
	}
	// On the last day of a leap year beyond the zone's table Go's bounds end
	// before the instant that was asked about (seen in 1.26). A stretch that does
	// not reach past it would never let a search go on.
	if span.until <= unix {
		span.until = (unix/daySeconds + 1) * daySeconds
	}
	return span
}

// farthestOffset is more than any zone was ever away from UTC, in seconds.
const farthestOffset = 26 * 60 * 60

// instantOf returns the first instant at which the clocks of the zone show
// local or more. local is a wall clock as seconds since 1970-01-01 00:00 of
// that clock. A time that the clocks skip is thus the instant of the jump, and
// a time that they show twice is the first of the two. This makes the mapping
// monotone, so blocks that touch on the wall clock touch in real time.
//
// span is a hint from the caller's last conversion and is kept up to date;
// consecutive days then cost no look-up in the zone's table. exact tells
// whether the clocks show local at that instant.
func instantOf(zone *time.Location, span *offsetSpan, local int64) (unix int64, exact bool) {
	// To find the first of two instants the search starts well before both.
	early := local - farthestOffset
	if early < span.from || early >= span.until {
		*span = offsetAt(zone, early)
	}
	for {
		unix = max(span.from, local-span.offset)
		if unix < span.until {
			return unix, unix == local-span.offset
		}
		*span = offsetAt(zone, span.until)
	}
}

// localDay returns the day on the zone's calendar as days since 1970-01-01.
func localDay(local int64) int64 {
	day := local / daySeconds
	if local%daySeconds < 0 {
		day--
	}
	return day
}

// weekdayOf returns the weekday of a day counted from 1970-01-01, a Thursday.
func weekdayOf(day int64) time.Weekday {
	return time.Weekday(((day+int64(time.Thursday))%7 + 7) % 7)
}

// dayOf returns a date as days since 1970-01-01.
func dayOf(date time.Time) int64 {
	year, month, dom := date.Date()
	return localDay(time.Date(year, month, dom, 0, 0, 0, 0, time.UTC).Unix())
}
