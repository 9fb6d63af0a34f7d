package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// weekdayNames are the days as a policy writes them, in the order of
// time.Weekday.
var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseDays reads "sat", "mon-fri", "mon-sun", "sat-mon" (over the weekend) or
// a list of these with commas. The result is sorted and names each day once.
func parseDays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, err := parseDay(first)
		if err != nil {
			return nil, err
		}
		to, err := parseDay(last)
		if err != nil {
			return nil, err
		}
		for day := from; ; day = (day + 1) % 7 {
			if !slices.Contains(days, day) {
				days = append(days, day)
			}
			if day == to {
				break
			}
		}
	}
	slices.Sort(days)
	return days, nil
}

func parseDay(text string) (time.Weekday, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if at := slices.Index(weekdayNames, name); at >= 0 {
		return time.Weekday(at), nil
	}
	if len(name) > 3 { // monday, tues
		name = name[:3]
	}
	return 0, fmt.Errorf("unknown day%s; write days like sat, mon-fri or mon-sun", suggest(name, weekdayNames))
}

// parseBlock reads "08:30-12:30"; "18:00-02:00" passes midnight and
// "00:00-24:00" is the whole day.
func parseBlock(text string) (block, error) {
	opens, closes, ok := strings.Cut(text, "-")
	if !ok {
		return block{}, errors.New(`write hours like "08:30-12:30"`)
	}
	from, err := parseWallClock(strings.TrimSpace(opens))
	if err != nil {
		return block{}, err
	}
	to, err := parseWallClock(strings.TrimSpace(closes))
	if err != nil {
		return block{}, err
	}
	switch {
	case from == daySeconds:
		return block{}, errors.New("hours cannot begin at 24:00; write 00:00 of the next day")
	case from == to:
		return block{}, errors.New("hours cannot begin and end at the same time; write 00:00-24:00 for a whole day")
	case to < from:
		to += daySeconds
	}
	return block{from: from, to: to}, nil
}

// parseWallClock reads "00:00" to "24:00" as seconds since midnight.
func parseWallClock(text string) (int64, error) {
	hours, minutes, ok := strings.Cut(text, ":")
	hour, okHour := twoDigits(hours)
	minute, okMinute := twoDigits(minutes)
	if !ok || !okHour || !okMinute || len(minutes) != 2 || minute > 59 || hour > 24 || (hour == 24 && minute > 0) {
		return 0, errors.New("write a time of day like 08:30, from 00:00 to 24:00")
	}
	return hour*3600 + minute*60, nil
}

// twoDigits reads a number of one or two digits.
func twoDigits(text string) (int64, bool) {
	if len(text) < 1 || len(text) > 2 {
		return 0, false
	}
	var n int64
	for _, r := range []byte(text) {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int64(r-'0')
	}
	return n, true
}

// wallClock writes seconds since midnight as "08:30"; past midnight it begins
// again at 00:00.
func wallClock(second int64) string {
	if second > daySeconds {
		second -= daySeconds
	}
	return fmt.Sprintf("%02d:%02d", second/3600, second%3600/60)
}

// joinBlocks adds the blocks of one more entry to those of a day, sorted. It
// reports false when two of them overlap.
func joinBlocks(day, more []block) ([]block, bool) {
	joined := slices.Concat(day, more)
	slices.SortFunc(joined, func(a, b block) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(joined); i++ {
		if joined[i].from < joined[i-1].to {
			return joined, false
		}
	}
	return joined, true
}

// String writes the calendar in one line: "Europe/Amsterdam: mon
// 08:30-12:30 13:00-18:00, …", closed and special days last, for previews and
// messages.
func (c *Calendar) String() string {
	var b strings.Builder
	b.WriteString(c.zone.String())
	if c.always {
		return b.String() + ": always"
	}
	b.WriteByte(':')
	write := func(name string, blocks []block) {
		b.WriteByte(' ')
		b.WriteString(name)
		if len(blocks) == 0 {
			b.WriteString(" closed")
		}
		for _, block := range blocks {
			fmt.Fprintf(&b, " %s-%s", wallClock(block.from), wallClock(block.to))
		}
		b.WriteByte(',')
	}
	for i := range weekdayNames {
		day := (i + 1) % len(weekdayNames) // the week begins on Monday
		if len(c.week[day]) > 0 {
			write(weekdayNames[day], c.week[day])
		}
	}
	special := make([]int64, 0, len(c.days))
	for day := range c.days {
		special = append(special, day)
	}
	slices.Sort(special)
	for _, day := range special {
		write(time.Unix(day*daySeconds, 0).UTC().Format(time.DateOnly), c.days[day])
	}
	return strings.TrimSuffix(b.String(), ",")
}
