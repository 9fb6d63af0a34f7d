package intake

import (
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates come in more shapes than a list of layouts can name, because their
// faults combine: hours of one digit, zones of three, fractions of any length.
// So a date is read in three pieces, each with its own shapes.

var (
	// yearFirst also reads the compact CCYYMMDD.
	yearFirst  = regexp.MustCompile(`^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|(\d{2})(\d{2}))`)
	monthFirst = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4}|\d{2}\b)`)
	dayFirst   = regexp.MustCompile(`^(\d{1,2})[-.](\d{1,2})[-.](\d{4})`)

	timeOfDay   = regexp.MustCompile(`^[tT, ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,12}))?)?`)
	compactTime = regexp.MustCompile(`^[tT ]+(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,12}))?`)
	halfOfDay   = regexp.MustCompile(`^ *([aApP])\.?[mM]\b\.?`)

	offset    = regexp.MustCompile(`^ *(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{0,2})$`)
	namedZone = regexp.MustCompile(`^ *([a-zA-Z]{1,4})$`)
)

// zoneNames are the abbreviations worth knowing, in hours from UTC. Others are
// ambiguous all over the world and make the date unreadable.
var zoneNames = map[string]int{
	"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "EET": 2,
	"EEST": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

// parseTime reads a date with or without a time of day. A time without a zone is
// one of zone. The result is in UTC; ok is false when it cannot be read or is no
// date of the calendar.
func parseTime(s string, zone *time.Location) (at time.Time, ok bool) {
	s, _ = line(s)
	if len(s) < 6 || len(s) > 80 {
		return time.Time{}, false
	}
	if bracket := strings.IndexAny(s, "[("); bracket > 0 {
		s = strings.TrimSpace(s[:bracket]) // the zone's name after its offset
	}
	date, rest, ok := cutDate(s)
	if !ok {
		// "Wed, 18 Nov 2026 19:42:10 +0100", as in the header of a mail.
		at, err := mail.ParseDate(s)
		return at.UTC(), err == nil && sane(at.Year())
	}
	clock, rest, ok := cutTime(rest)
	if !ok {
		return time.Time{}, false
	}
	loc, ok := readZone(rest, zone)
	if !ok {
		return time.Time{}, false
	}
	at = time.Date(date.year, time.Month(date.month), date.day, clock.hour, clock.minute, clock.second, clock.nanos, loc).UTC()
	return at, sane(at.Year())
}

// sane leaves out what systems send for "no date": the years 1, 1900 and 1970.
func sane(year int) bool { return year >= 2000 && year <= 2199 }

// claimed is a time that a message claims for itself, nil when it cannot be
// read or lies after the receipt.
func (c Context) claimed(s string) *time.Time {
	at, ok := parseTime(s, c.zone())
	if !ok || !c.Now.IsZero() && at.After(c.Now) {
		return nil
	}
	return &at
}

type calendarDate struct{ year, month, day int }

func cutDate(s string) (date calendarDate, rest string, ok bool) {
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		date = calendarDate{number(m[1]), number(m[2] + m[4]), number(m[3] + m[5])}
		return date, s[len(m[0]):], date.exists()
	}
	if m := monthFirst.FindStringSubmatch(s); m != nil {
		date = calendarDate{number(m[3]), number(m[1]), number(m[2])}
		if date.year < 100 {
			date.year += 2000
		}
		if date.month > 12 { // cannot be the American order
			date.month, date.day = date.day, date.month
		}
		return date, s[len(m[0]):], date.exists()
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		date = calendarDate{number(m[3]), number(m[2]), number(m[1])}
		if date.month > 12 {
			date.month, date.day = date.day, date.month
		}
		return date, s[len(m[0]):], date.exists()
	}
	return calendarDate{}, "", false
}

func (d calendarDate) exists() bool {
	if d.month < 1 || d.month > 12 || d.day < 1 {
		return false
	}
	return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() == d.day
}

type clockTime struct{ hour, minute, second, nanos int }

// cutTime reads the time of day; none at all is midnight.
func cutTime(s string) (clock clockTime, rest string, ok bool) {
	if s == "" {
		return clockTime{}, "", true
	}
	m := timeOfDay.FindStringSubmatch(s)
	if m == nil {
		m = compactTime.FindStringSubmatch(s)
	}
	if m == nil {
		return clockTime{}, s, true // a zone may follow the date directly
	}
	clock = clockTime{number(m[1]), number(m[2]), number(m[3]), number((m[4] + "000000000")[:9])}
	rest = s[len(m[0]):]
	if half := halfOfDay.FindStringSubmatch(rest); half != nil {
		rest = rest[len(half[0]):]
		afternoon := half[1] == "p" || half[1] == "P"
		if clock.hour == 12 && !afternoon {
			clock.hour = 0
		} else if clock.hour < 12 && afternoon {
			clock.hour += 12
		}
	}
	midnight := clock == clockTime{hour: 24}
	return clock, rest, midnight || clock.hour < 24 && clock.minute < 60 && clock.second <= 60
}

func readZone(s string, zone *time.Location) (*time.Location, bool) {
	if strings.TrimSpace(s) == "" {
		return zone, true
	}
	if m := namedZone.FindStringSubmatch(s); m != nil {
		hours, known := zoneNames[strings.ToUpper(m[1])]
		return time.FixedZone("", hours*3600), known
	}
	m := offset.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	hours, minutes := number(m[2]), number(m[3])
	if hours > 14 || minutes > 59 {
		return nil, false
	}
	seconds := hours*3600 + minutes*60
	if m[1] == "-" {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// number is the value of a few digits, 0 for none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
