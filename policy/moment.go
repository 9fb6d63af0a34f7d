package policy

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Moment is an entry of a schedule, counted from an anchor: either a duration
// after it ("0s", "2h", "+2d"), or a wall clock on the n-th local calendar day
// after it ("+1d 10:00").
type Moment struct {
	After   Duration
	Wall    time.Duration // since local midnight, [0, 24h); only with HasWall
	HasWall bool
}

var errMomentForm = errors.New(`write a moment like 0s, 2h, +2d or "+1d 10:00"`)

// ParseMoment reads "0s", "2h", "+2d" or "+1d 10:00". The plus sign may be
// left out. The error says how a moment is written and never repeats the input.
func ParseMoment(text string) (Moment, error) {
	offset, wall, hasWall := strings.Cut(strings.TrimPrefix(text, "+"), " ")
	after, err := ParseDuration(offset)
	if err != nil {
		if errors.Is(err, errDurationForm) {
			return Moment{}, errMomentForm
		}
		return Moment{}, err
	}
	if !hasWall {
		return Moment{After: after}, nil
	}
	if after.Span != 0 || !strings.HasSuffix(offset, "d") {
		return Moment{}, errors.New(`a time of day goes with whole days only, as in "+1d 10:00"`)
	}
	at, err := parseWallClock(wall)
	if err != nil {
		return Moment{}, err
	}
	if at >= daySeconds {
		return Moment{}, errors.New("24:00 is the next day; write it as 00:00 one day later")
	}
	return Moment{After: after, Wall: time.Duration(at) * time.Second, HasWall: true}, nil
}

// String writes m so that ParseMoment reads the same back: "2h", "+2d",
// "+1d 10:00".
func (m Moment) String() string {
	if m.HasWall {
		return fmt.Sprintf("+%dd %s", m.After.Days, wallClock(int64(m.Wall/time.Second)))
	}
	if m.After.Days > 0 {
		return "+" + m.After.String()
	}
	return m.After.String()
}

// MarshalText writes m as String does, so that a track is readable in JSON.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what ParseMoment reads.
func (m *Moment) UnmarshalText(text []byte) error {
	parsed, err := ParseMoment(string(text))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}
