package store

import (
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

// SearchWords turns what somebody typed into patterns, all of which must be
// found. Beside each stands a pattern for phone numbers, "" when the word
// cannot be one: 06 12 34 56 78, 0031612345678 and +31 (0)6 12345678 all find
// +31612345678. Words of digits that follow each other are one number.
func SearchWords(q string) (patterns, digits []string) {
	patterns, digits = []string{}, []string{}
	var number []string
	add := func(word, phone string) {
		if len(patterns) < mostSearchWords {
			patterns, digits = append(patterns, "%"+likeSigns.Replace(word)+"%"), append(digits, phone)
		}
	}
	flush := func() {
		if len(number) > 0 {
			add(strings.Join(number, " "), phonePattern(strings.Join(number, "")))
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
		add(word, "")
	}
	flush()
	return patterns, digits
}

// phonePattern leaves out what only some notations of a number have: a trunk
// zero, in brackets or not, and the zeros before a country code.
func phonePattern(number string) string {
	found := notDigit.ReplaceAllString(strings.ReplaceAll(number, "(0)", ""), "")
	found = strings.TrimLeft(found, "0")
	if len(found) < fewestDigits {
		return ""
	}
	return "%" + found + "%"
}
