package intake

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// Numbers are read from text, never through floating point: an exponent or a
// thousand digits cost nothing and an amount keeps its cents.

var plainDecimal = regexp.MustCompile(`^(\d+)(?:\.(\d+))?$`)

// decimal reads an amount as people and systems write it (31990, 31990.00,
// "€ 31.990,-", 31'990.00) and returns it as a decimal with a point, at most 12
// digits before it and 2 after. A single separator with exactly three digits
// after it separates thousands: nobody prices a car to the tenth of a cent.
func decimal(s string) (string, bool) {
	s, _ = line(s)
	s = strings.Map(func(r rune) rune {
		if r == '\'' || r == '’' || r == ' ' || r == '\u00a0' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimFunc(s, func(r rune) bool {
		return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("€$£¥", r)
	})
	for _, suffix := range []string{",-", ".-", ",–", ".–", ",=", ",--", ".--"} {
		s = strings.TrimSuffix(s, suffix)
	}
	return plainAmount(onePoint(s))
}

// onePoint rewrites separators so that at most the decimal point is left.
func onePoint(s string) string {
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return s
	}
	whole, fraction, mark := s[:last], s[last+1:], s[last:last+1]
	mixed := strings.ContainsAny(whole, ".,") && !strings.Contains(whole, mark)
	thousands := !mixed && (strings.Contains(whole, mark) || len(fraction) == 3 && len(whole) <= 3 && strings.Trim(whole, "0") != "")
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	if thousands {
		return whole + fraction
	}
	return whole + "." + fraction
}

// plainAmount bounds a plain decimal: leading zeros off, fraction cut to cents.
func plainAmount(s string) (string, bool) {
	if len(s) > 64 {
		return "", false
	}
	m := plainDecimal.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	whole := strings.TrimLeft(m[1], "0")
	if whole == "" {
		whole = "0"
	}
	if len(whole) > 12 {
		return "", false
	}
	if m[2] == "" {
		return whole, true
	}
	return whole + "." + m[2][:min(len(m[2]), 2)], true
}

// zero reports an amount of nothing, which a portal sends for "no price known".
func zero(amount string) bool { return strings.Trim(amount, "0.") == "" }

// currencyCode is the ISO 4217 code that was written, else that of the country,
// else empty.
func currencyCode(written, country string) string {
	if unit, err := currency.ParseISO(strings.TrimSpace(written)); err == nil {
		return unit.String()
	}
	switch strings.TrimSpace(written) {
	case "€":
		return "EUR"
	case "£":
		return "GBP"
	}
	if region, err := language.ParseRegion(country); err == nil {
		if unit, ok := currency.FromRegion(region); ok {
			return unit.String()
		}
	}
	return ""
}

// modelYear reads a year of four digits between 1886, when the first car was
// patented, and 2100.
func modelYear(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) != 4 || digits(s) != 4 {
		return 0, false
	}
	year, err := strconv.Atoi(s)
	return year, err == nil && year >= 1886 && year <= 2100
}

// mileage reads a distance up to 9,999,999 as it is written: 88000, 88.000,
// "88.000 km". A fraction is dropped.
func mileage(s string) (int, bool) {
	amount, ok := decimal(s)
	if !ok {
		return 0, false
	}
	whole, _, _ := strings.Cut(amount, ".")
	if len(whole) > 7 {
		return 0, false
	}
	n, err := strconv.Atoi(whole)
	return n, err == nil
}

// kilometres converts miles, rounded to the nearest kilometre.
func kilometres(miles int) int { return (miles*1609344 + 500000) / 1000000 }
