package policy

import (
	"cmp"
	"slices"
	"time"
)

// weekSeconds is the length of a week on the wall clock.
const weekSeconds = 7 * daySeconds

// weekTimes are stretches of a week on the wall clock, in seconds since the
// midnight at which Sunday begins: sorted, apart from each other, half-open.
type weekTimes []block

// wholeWeek is every time of the week.
var wholeWeek = weekTimes{{from: 0, to: weekSeconds}}

// stretches brings blocks, which may pass the end of the week, into order.
func stretches(blocks []block) weekTimes {
	var cut []block
	for _, b := range blocks {
		if b.to-b.from >= weekSeconds {
			return wholeWeek
		}
		for b.from < 0 {
			b.from, b.to = b.from+weekSeconds, b.to+weekSeconds
		}
		for b.from >= weekSeconds {
			b.from, b.to = b.from-weekSeconds, b.to-weekSeconds
		}
		if b.to > weekSeconds {
			cut = append(cut, block{from: 0, to: b.to - weekSeconds})
			b.to = weekSeconds
		}
		cut = append(cut, b)
	}
	slices.SortFunc(cut, func(a, b block) int { return cmp.Compare(a.from, b.from) })
	var joined weekTimes
	for _, b := range cut {
		if last := len(joined) - 1; last >= 0 && b.from <= joined[last].to {
			joined[last].to = max(joined[last].to, b.to)
			continue
		}
		joined = append(joined, b)
	}
	return joined
}

// union returns the times that are in either.
func (w weekTimes) union(other weekTimes) weekTimes { return stretches(slices.Concat(w, other)) }

// intersect returns the times that are in both.
func (w weekTimes) intersect(other weekTimes) weekTimes {
	var both weekTimes
	for i, j := 0, 0; i < len(w) && j < len(other); {
		if from, to := max(w[i].from, other[j].from), min(w[i].to, other[j].to); from < to {
			both = append(both, block{from: from, to: to})
		}
		if w[i].to < other[j].to {
			i++
		} else {
			j++
		}
	}
	return both
}

// without returns the times that are not in the other.
func (w weekTimes) without(other weekTimes) weekTimes { return w.intersect(other.rest()) }

// rest returns the times of the week that are not among these.
func (w weekTimes) rest() weekTimes {
	var rest weekTimes
	var from int64
	for _, b := range w {
		if b.from > from {
			rest = append(rest, block{from: from, to: b.from})
		}
		from = b.to
	}
	if from < weekSeconds {
		rest = append(rest, block{from: from, to: weekSeconds})
	}
	return rest
}

// onDays returns the whole of some days of the week.
func onDays(days []time.Weekday) weekTimes {
	blocks := make([]block, len(days))
	for i, day := range days {
		blocks[i] = block{from: int64(day) * daySeconds, to: int64(day+1) * daySeconds}
	}
	return stretches(blocks)
}

// daily returns times of day on every day of the week.
func daily(hours []TimeOfDay) weekTimes {
	var blocks []block
	for day := range int64(7) {
		for _, h := range hours {
			blocks = append(blocks, block{from: day*daySeconds + h.From, to: day*daySeconds + h.To})
		}
	}
	return stretches(blocks)
}

// weekly returns the weekly blocks of the calendar. Closed and special days
// are left out.
func (c *Calendar) weekly() weekTimes {
	var blocks []block
	for day, ofDay := range c.week {
		for _, b := range ofDay {
			blocks = append(blocks, block{from: int64(day)*daySeconds + b.from, to: int64(day)*daySeconds + b.to})
		}
	}
	return stretches(blocks)
}

// openTimes returns the times of the week at which the dealer may be open, on
// special days or others.
func (p *Policy) openTimes() weekTimes {
	var blocks []block
	for date, special := range p.Calendar.days {
		midnight := int64(weekdayOf(date)) * daySeconds
		for _, b := range special {
			blocks = append(blocks, block{from: midnight + b.from, to: midnight + b.to})
		}
	}
	return p.Calendar.weekly().union(stretches(blocks))
}

// closedTimes returns the times of the week at which the dealer may be closed.
// A date with hours of its own may close the whole of that day of the week, and
// the morning after, into which its usual hours may reach.
func (p *Policy) closedTimes() weekTimes {
	var blocks []block
	for date := range p.Calendar.days {
		midnight := int64(weekdayOf(date)) * daySeconds
		blocks = append(blocks, block{from: midnight, to: midnight + 2*daySeconds})
	}
	return p.Calendar.weekly().rest().union(stretches(blocks))
}

// within reports whether whoever finds c open finds the other open too. Days
// on which the other is closed must be so in c.
func (c *Calendar) within(other *Calendar) bool {
	if !c.withinWeek(other) {
		return false
	}
	for date, special := range other.days {
		if !coveredBy(c.blocks(date), special) {
			return false
		}
	}
	return true
}

// withinWeek is within for calendars that have the same closed days and no
// special ones, as all shifts of a policy.
func (c *Calendar) withinWeek(other *Calendar) bool {
	for day := range c.week {
		if !coveredBy(c.week[day], other.week[day]) {
			return false
		}
	}
	return true
}

// coveredBy reports whether every second of the blocks of one day is in those
// of another calendar on that day.
func coveredBy(blocks, other []block) bool {
	for _, b := range blocks {
		from := b.from
		for _, o := range other { // sorted
			if o.from <= from && o.to > from {
				from = o.to
			}
		}
		if from < b.to {
			return false
		}
	}
	return true
}

// Years in which the changes of a zone's clocks are looked at.
const (
	firstYear = 2020
	lastYear  = 2060
)

// shownTwice returns the times of the week that the clocks of the zone show
// twice on some day, when they are put back.
func shownTwice(zone *time.Location) []block {
	var folds []block
	end := time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	span := offsetAt(zone, time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	for span.until < end {
		next := offsetAt(zone, span.until)
		if next.offset < span.offset {
			local := span.until + next.offset
			day := localDay(local)
			from := int64(weekdayOf(day))*daySeconds + local - day*daySeconds
			if fold := (block{from: from, to: from + span.offset - next.offset}); !slices.Contains(folds, fold) {
				folds = append(folds, fold)
			}
		}
		span = next
	}
	return folds
}

// shown widens stretches of real time, as a calendar has them, to what a clock
// on the wall may show in them. A stretch that begins in an hour that the
// clocks show twice begins at the first of the two, so the hour's beginning,
// shown for the second time, is in it.
func (w weekTimes) shown(folds []block) weekTimes {
	wide := slices.Clone(w)
	for _, b := range w {
		for _, fold := range folds {
			into := (b.from - fold.from + weekSeconds) % weekSeconds
			if into > 0 && into < fold.to-fold.from {
				wide = append(wide, block{from: b.from - into, to: b.from})
			}
		}
	}
	return stretches(wide)
}
