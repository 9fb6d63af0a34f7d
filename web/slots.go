package web

import (
	"time"

	"github.com/doorbell-ilm/doorbell/policy"
)

const (
	slotEvery = 30 * time.Minute
	slotDays  = 10 // days with at least one time to choose
	// slotNotice is how far ahead the first time lies: the dealer has to get
	// the car ready.
	slotNotice = time.Hour
	// slotHorizon is how far ahead times are looked for, however rarely the
	// dealer is open.
	slotHorizon = 100 * 24 * time.Hour
)

// slots returns the times at which an appointment of that length can begin, in
// the calendar's own zone and in order: on the hour and half hour, wholly within
// one opening, on the next days that have any. It is empty when the dealer is
// never open for so long.
func slots(calendar *policy.Calendar, now time.Time, length time.Duration) []time.Time {
	var found []time.Time
	days, last := 0, ""
	for at := now.Add(slotNotice); ; at = at.Add(slotEvery) {
		open := calendar.NextOpen(at)
		if open.IsZero() || open.After(now.Add(slotHorizon)) {
			return found
		}
		at = halfHour(open.In(calendar.Zone()))
		if calendar.IsOpen(at) && calendar.Between(at, at.Add(length)) == length {
			if day := at.Format(time.DateOnly); day != last {
				days, last = days+1, day
			}
			if days > slotDays {
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
