package store

import (
	"cmp"
	"regexp"
	"strings"
)

// mostSearchWords bounds a search; more words say nothing more.
const mostSearchWords = 8

var (
	likeSigns = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	phoneSign = regexp.MustCompile(`^[0-9+()./-]+$`)
	notDigit  = regexp.MustCompile(`\D`)
)

// fewestDigits is how many digits a part of a phone number must have to be
// looked for: less is in every number.
const fewestDigits = 4

// SearchPatterns turns what somebody typed into patterns for lead_search, all
// of which must be found. Words of digits that follow each other are one number,
// which is looked for by its digits alone, for so it stands there beside its own
// notation: 06 12 34 56 78, 0031612345678 and +31 (0)6 12345678 all find
// +31612345678.
func SearchPatterns(q string) []string {
	patterns := []string{}
	var number []string
	add := func(pattern string) {
		if len(patterns) < mostSearchWords {
			patterns = append(patterns, pattern)
		}
	}
	flush := func() {
		if len(number) > 0 {
			add(cmp.Or(phonePattern(strings.Join(number, "")), containing(strings.Join(number, " "))))
		}
		number = nil
	}
	// An address may hold what no text of the database does.
	for word := range strings.FieldsSeq(strings.ReplaceAll(strings.ToValidUTF8(q, " "), "\x00", " ")) {
		if phoneSign.MatchString(word) && (len(number) > 0 || strings.ContainsAny(word, "0123456789")) {
			number = append(number, word)
			continue
		}
		flush()
		add(containing(word))
	}
	flush()
	return patterns
}

func containing(word string) string { return "%" + likeSigns.Replace(word) + "%" }

// phonePattern is "" for what is too short to be looked for as a number. It leaves out what only some notations of a number have: a trunk
// zero, in brackets or not, and the zeros before a country code.
func phonePattern(number string) string {
	found := notDigit.ReplaceAllString(strings.ReplaceAll(number, "(0)", ""), "")
	found = strings.TrimLeft(found, "0")
	if len(found) < fewestDigits {
		return ""
	}
	return "%" + found + "%"
}
