package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The longest durations a policy may name. They keep arithmetic over years of
// opening hours bounded and far away from overflow.
const (
	maxDays = 3650
	maxSpan = 8760 * time.Hour
)

// Duration is a length of time as a policy writes it: whole days on the
// calendar and, after them, a span on the clock. A day keeps the wall clock
// (it may have 23, 24 or 25 hours); a span counts only while the clock runs.
type Duration struct {
	Days int
	Span time.Duration
}

var errDurationForm = errors.New("write a duration like 90s, 15m, 2h, 1h30m, 3d or 1d12h")

// ParseDuration reads "90s", "15m", "2h", "1h30m", "3d" or "1d12h": whole
// numbers with the units d, h, m, s, each at most once and largest first; "0"
// alone is zero. It refuses signs, fractions, and more than 3650 days or 8760
// hours. The error says how a duration is written and never repeats the input.
func ParseDuration(text string) (Duration, error) {
	if text == "0" {
		return Duration{}, nil
	}
	if strings.HasPrefix(text, "-") {
		return Duration{}, errors.New("a duration cannot be negative")
	}
	if text == "" {
		return Duration{}, errDurationForm
	}
	var (
		d    Duration
		rest = text
		left = "dhms" // units that may still follow
	)
	for rest != "" {
		digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if digits < 0 {
			return Duration{}, fmt.Errorf("the unit is missing; %w", errDurationForm)
		}
		if digits == 0 || digits > 9 {
			return Duration{}, errDurationForm
		}
		number, err := strconv.Atoi(rest[:digits])
		if err != nil {
			return Duration{}, errDurationForm
		}
		unit := rest[digits]
		at := strings.IndexByte(left, unit)
		if at < 0 {
			return Duration{}, errDurationForm
		}
		left, rest = left[at+1:], rest[digits+1:]
		// Nine digits of hours are more than a time.Duration holds.
		if number > int(maxSpan/time.Second) {
			return Duration{}, errDurationLong
		}
		switch unit {
		case 'd':
			d.Days = number
		case 'h':
			d.Span += time.Duration(min(number, int(maxSpan/time.Hour)+1)) * time.Hour
		case 'm':
			d.Span += time.Duration(number) * time.Minute
		case 's':
			d.Span += time.Duration(number) * time.Second
		}
	}
	if d.Days > maxDays || d.Span > maxSpan {
		return Duration{}, errDurationLong
	}
	return d, nil
}

var errDurationLong = fmt.Errorf("a duration is at most %dd or %dh", maxDays, maxSpan/time.Hour)

// IsZero reports whether d has no length.
func (d Duration) IsZero() bool { return d.Days == 0 && d.Span == 0 }

// String writes d so that ParseDuration reads the same back: "1d12h", "15m",
// "0s". Parts below a second are dropped.
func (d Duration) String() string {
	var b strings.Builder
	write := func(n int64, unit string) {
		if n != 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteString(unit)
		}
	}
	write(int64(d.Days), "d")
	write(int64(d.Span/time.Hour), "h")
	write(int64(d.Span%time.Hour/time.Minute), "m")
	write(int64(d.Span%time.Minute/time.Second), "s")
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// MarshalText writes d as String does, so that a track is readable in JSON.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// times returns n times d, for the n-th repetition of a step.
func (d Duration) times(n int) Duration {
	n = max(n, 0)
	return Duration{Days: d.Days * n, Span: d.Span * time.Duration(n)}
}

// plus returns the sum of two durations.
func (d Duration) plus(e Duration) Duration {
	return Duration{Days: d.Days + e.Days, Span: d.Span + e.Span}
}

// surelyBefore reports whether d ends before e whatever the calendar says.
func (d Duration) surelyBefore(e Duration) bool {
	return d.Days <= e.Days && d.Span <= e.Span && d != e
}
