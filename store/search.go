package store

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
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

// phonePattern is "" for what is too short to be looked for as a number. It leaves
// out what only some notations of a number have: a trunk zero, in brackets or not,
// and the zeros before a country code.
func phonePattern(number string) string {
	found := notDigit.ReplaceAllString(strings.ReplaceAll(number, "(0)", ""), "")
	found = strings.TrimLeft(found, "0")
	if len(found) < fewestDigits {
		return ""
	}
	return "%" + found + "%"
}

// mostFound is how many leads are few: they are read, sorted and counted as they
// are. Of words that are in more of them whoever goes along a list finds enough
// before he has gone far.
const mostFound = 5_000

// Search returns the leads of a dealer in which all of the patterns are found, in
// no order. When they are not few, there are more than it returns.
func (s *Store) Search(ctx context.Context, dealer uuid.UUID, patterns []string, onlyOpen bool) (ids []uuid.UUID, few bool, err error) {
	return search(ctx, s.Queries, dealer, patterns, onlyOpen)
}

func search(ctx context.Context, q *db.Queries, dealer uuid.UUID, patterns []string, onlyOpen bool) (ids []uuid.UUID, few bool, err error) {
	row, err := q.FoundLeads(ctx, db.FoundLeadsParams{DealerID: dealer, Words: patterns, OnlyOpen: onlyOpen, Most: mostFound})
	if err != nil {
		return nil, false, fmt.Errorf("search: %w", err)
	}
	return row.Ids, row.Few, nil
}
