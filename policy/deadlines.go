package policy

import (
	"cmp"
	"time"
)

// Clock returns the calendar on which the clocks of a track run: the dealer's
// opening hours, or one that never closes in the dealer's time zone.
func (p *Policy) Clock(t *Track) *Calendar { return p.calendar(t.Clock) }

func (p *Policy) calendar(clock Clock) *Calendar {
	if clock == Always {
		return AlwaysOpen(p.Zone)
	}
	return p.Calendar
}

// After returns the instant, in UTC, at which d has passed since start on the
// track's clock. It is inside the hours of that clock and not before start.
//
// A dealer who has written himself closed for more than 400 days in a row has
// no such instant; the clock then runs through, because a lead must never be
// left without a deadline.
func (p *Policy) After(t *Track, start time.Time, d Duration) time.Time {
	return p.running(t.Clock, func(c *Calendar) time.Time { return c.Add(start, d) })
}

// LiveDue returns the instant, in UTC, by which a person must have tried to
// reach the customer when the clock was started at start.
func (p *Policy) LiveDue(t *Track, start time.Time) time.Time {
	return p.After(t, start, t.LiveResponse.Due)
}

// RemindAt returns the instant, in UTC, of the reminder before the live
// response is due, measured back from due on the track's clock. It is the zero
// time when the track has no reminder or when it would not be after start.
func (p *Policy) RemindAt(t *Track, start, due time.Time) time.Time {
	before := t.LiveResponse.RemindBefore
	if before.IsZero() {
		return time.Time{}
	}
	clock := p.Clock(t)
	if before.Days > 0 {
		due = clock.sameClock(due, -before.Days)
	}
	lead := clock.Between(start, due) - before.Span
	if lead <= 0 {
		return time.Time{}
	}
	at := p.After(t, start, Duration{Span: lead})
	if !at.After(start) {
		return time.Time{}
	}
	return at
}

// StepAt returns the instant, in UTC, of a step of an escalation whose clock
// was due at due. Repetition 0 is the step itself, 1 its first repeat. The
// delay counts on the step's own clock when it has one, else on the track's.
func (p *Policy) StepAt(t *Track, due time.Time, s Step, repetition int) time.Time {
	delay := s.After.plus(s.Every.times(repetition))
	return p.running(cmp.Or(s.Clock, t.Clock), func(c *Calendar) time.Time { return c.Add(due, delay) })
}

// AttemptDue returns the instant, in UTC, by which call attempt n (from 1) is
// due. The schedule counts from anchor, the instant at which the human clock
// started. An attempt is never due before previous, the instant of the attempt
// before it, plus the track's spacing in real time; a zero previous means that
// there was none.
//
// Beyond the schedule attempts go on one calendar day after the previous one,
// or after the schedule's last entry when there was none, at the same wall
// clock. Every attempt is due inside the hours of the track's clock.
func (p *Policy) AttemptDue(t *Track, anchor time.Time, n int, previous time.Time) time.Time {
	schedule := t.Attempts.Schedule
	n = max(n, 1)
	var due time.Time
	switch {
	case n <= len(schedule):
		due = p.moment(t, anchor, schedule[n-1])
	case !previous.IsZero():
		due = p.After(t, previous, Duration{Days: 1})
	default:
		if len(schedule) > 0 {
			anchor = p.moment(t, anchor, schedule[len(schedule)-1])
		}
		due = p.After(t, anchor, Duration{Days: n - len(schedule)})
	}
	if previous.IsZero() {
		return due
	}
	earliest := AlwaysOpen(p.Zone).Add(previous, t.Attempts.Spacing)
	if due.Before(earliest) {
		due = p.After(t, earliest, Duration{})
	}
	return due
}

// ContactAt returns the instant, in UTC, of a contact beside the calls,
// counted from the instant at which the human clock started.
func (p *Policy) ContactAt(t *Track, anchor time.Time, c Contact) time.Time {
	return p.moment(t, anchor, c.At)
}

// moment returns the instant of a schedule entry, moved into the hours of the
// track's clock and never before the anchor.
func (p *Policy) moment(t *Track, anchor time.Time, m Moment) time.Time {
	if !m.HasWall {
		return p.After(t, anchor, m.After)
	}
	return p.running(t.Clock, func(c *Calendar) time.Time {
		at := c.at(anchor, m.After.Days, int64(m.Wall/time.Second))
		if at.Before(anchor) {
			at = anchor
		}
		return c.NextOpen(at)
	})
}

// running computes on a clock, and on one that never closes when the clock does
// not open any more.
func (p *Policy) running(clock Clock, compute func(*Calendar) time.Time) time.Time {
	if at := compute(p.calendar(clock)); !at.IsZero() {
		return at
	}
	return compute(AlwaysOpen(p.Zone))
}

// The dayparts over which attempts are spread.
const (
	Morning   = "morning"
	Afternoon = "afternoon"
	Evening   = "evening"
)

// Daypart returns the part of the day of a time that is already local: Morning
// before 12:00, Afternoon before 17:00, else Evening.
func Daypart(local time.Time) string {
	switch hour := local.Hour(); {
	case hour < 12:
		return Morning
	case hour < 17:
		return Afternoon
	default:
		return Evening
	}
}
