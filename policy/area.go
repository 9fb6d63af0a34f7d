package policy

import (
	"bytes"
	"strings"
	"unicode"
)

// maxPostcode is the length of the longest postal code in the world, without
// blanks and hyphens, and some more.
const maxPostcode = 12

// area reads a part of the country: the beginning of its postal codes, or a
// range of leading digits. A hyphen makes a range only between two numbers of
// the same length, because many countries write one inside a code.
func (v value) area() (Area, bool) {
	text, ok := v.text()
	if !ok {
		return Area{}, false
	}
	from, to, hyphen := strings.Cut(text, "-")
	from, to = strings.TrimSpace(from), strings.TrimSpace(to)
	if hyphen && areDigits(from) && areDigits(to) && len(from) == len(to) && len(from) <= maxPostcode {
		if from > to {
			v.fault("begins after it ends; write the lower number first")
			return Area{}, false
		}
		return Area{From: from, To: to}, true
	}
	prefix := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return upper(r)
	}, text)
	other := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	if prefix == "" || len(prefix) > maxPostcode || strings.ContainsFunc(prefix, other) {
		v.fault("must be the beginning of a postal code like 38 or SW1, or a range of digits like 1000-1999")
		return Area{}, false
	}
	return Area{Prefix: prefix}, true
}

// String writes the area as a policy does: "1000-1999", or "38…" for every
// code that begins so.
func (a Area) String() string {
	if a.From != "" {
		return a.From + "-" + a.To
	}
	return a.Prefix + "…"
}

// postcode is a postal code without blanks and hyphens and in capitals, as far
// as an area looks at it. It is an array because Choose makes one per lead.
type postcode struct {
	text   [maxPostcode]byte
	length int
}

// plainPostcode brings a code into the form of the areas. A letter that no
// area has stays one that no area has.
func plainPostcode(written string) (code postcode) {
	for _, r := range written {
		if r == '-' || unicode.IsSpace(r) {
			continue
		}
		if code.length == len(code.text) {
			break
		}
		code.text[code.length] = byte(min(upper(r), unicode.MaxLatin1))
		code.length++
	}
	return code
}

// upper makes a capital of the letters that postal codes have.
func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// contains reports whether the area holds the code.
func (a Area) contains(code *postcode) bool {
	text := code.text[:code.length]
	if a.From == "" {
		return a.Prefix != "" && bytes.HasPrefix(text, []byte(a.Prefix))
	}
	if len(text) < len(a.From) {
		return false
	}
	text = text[:len(a.From)]
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return string(text) >= a.From && string(text) <= a.To
}
