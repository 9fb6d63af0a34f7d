package policy

import "time"

// Week returns the weekly blocks by weekday, Sunday first, as a policy writes
// them: "08:30-12:30". The clock "always" has none.
func (c *Calendar) Week() [7][]string {
	var out [7][]string
	for day, blocks := range c.week {
		out[day] = written(blocks)
	}
	return out
}

// Days returns the days that have other hours than their weekday, by date such
// as "2026-12-25": their blocks, none when the day is closed.
func (c *Calendar) Days() map[string][]string {
	out := make(map[string][]string, len(c.days))
	for day, blocks := range c.days {
		out[time.Unix(day*daySeconds, 0).UTC().Format(time.DateOnly)] = written(blocks)
	}
	return out
}

func written(blocks []block) []string {
	out := make([]string, len(blocks))
	for i, b := range blocks {
		out[i] = wallClock(b.from) + "-" + wallClock(b.to)
	}
	return out
}
