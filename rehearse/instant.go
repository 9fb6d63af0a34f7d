package rehearse

import (
	"errors"
	"time"
)

// localForms are the ways in which a local time is written.
var localForms = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}

// What is wrong with a time.
var (
	errInstant = errors.New("write a local time like 2026-11-28 16:50, or one with its zone like 2026-11-28T16:50:00+01:00")
	errSkipped = errors.New("the clocks skip this time on that day; choose another")
)

// ParseInstant reads RFC 3339, or a local time of the zone such as "2026-11-28
// 16:50". Of a time that the clocks show twice it takes the first; one that they
// skip is refused. The error never repeats the text.
func ParseInstant(text string, zone *time.Location) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err == nil {
		return at, known(at)
	}
	for _, form := range localForms {
		wall, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		if err := known(wall); err != nil {
			return wall, err
		}
		// The offset of a day before is that from before any change of the clocks.
		for _, about := range []time.Time{wall.AddDate(0, 0, -1), wall.AddDate(0, 0, 1)} {
			_, offset := about.In(zone).Zone()
			at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
			if at.Format(form) == wall.Format(form) {
				return at, nil
			}
		}
		return wall, errSkipped
	}
	return time.Time{}, errInstant
}

// known keeps to years in which time zones and calendars say something.
func known(at time.Time) error {
	if year := at.Year(); year < 1990 || year > 2200 {
		return errors.New("the year must be between 1990 and 2200")
	}
	return nil
}
