package policy

import "time"

const (
	slotEvery = 30 * time.Minute
	// slotNotice is how far ahead the first time lies: the dealer has to get
	// the car ready.
	slotNotice = time.Hour
	// slotHorizon is how far ahead times are looked for, however rarely the
	// dealer is open.
	slotHorizon = 100 * 24 * time.Hour
)

// Slots returns the times at which an appointment of that length can begin, in
// the calendar's own zone and in order: on the hour and half hour, wholly within
// one opening, not before an hour from now, on the next days that have any, so
// many days at most. It is empty when the dealer is never open for so long.
func (c *Calendar) Slots(now time.Time, length time.Duration, days int) []time.Time {
	var found []time.Time
	seen, last := 0, ""
	for at := now.Add(slotNotice); ; at = at.Add(slotEvery) {
		open := c.NextOpen(at)
		if open.IsZero() || open.After(now.Add(slotHorizon)) {
			return found
		}
		at = halfHour(open.In(c.zone))
		if c.IsOpen(at) && c.Between(at, at.Add(length)) == length {
			if day := at.Format(time.DateOnly); day != last {
				seen, last = seen+1, day
			}
			if seen > days {
				return found
			}
			found = append(found, at)
		}
	}
}

// halfHour moves t forward to the wall clock's next :00 or :30, unless it is
// there. Zones shift by whole half hours, so this holds over a change of the
// clocks.
func halfHour(t time.Time) time.Time {
	past := time.Duration(t.Minute()%30)*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	if past == 0 {
		return t
	}
	return t.Add(slotEvery - past)
}
