package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxErrors is how many faults Parse tells at once.
const maxErrors = 100

// Error is one fault in a policy file. Message says what is wrong and what to
// write instead; it never repeats an e-mail address.
type Error struct {
	Line    int    // from 1
	Column  int    // from 1, in characters
	Key     string // dotted path as tracks.standard.escalate[0].to; "" for the whole file
	Message string
}

// Error returns "line 3, column 5: key: message".
func (e Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s: %s", e.Line, e.Column, e.Key, e.Message)
}

// Errors is every fault that Parse found, in the order of the file.
type Errors []Error

// Error returns all faults, one a line.
func (e *Errors) Error() string {
	lines := make([]string, len(*e))
	for i, fault := range *e {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// sort puts the faults into the order of the file, drops repeats, which
// aliases make, and the faults beyond maxErrors.
func (e *Errors) sort() {
	slices.SortStableFunc(*e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	*e = slices.Compact(*e)
	if len(*e) > maxErrors {
		last := (*e)[maxErrors]
		*e = append((*e)[:maxErrors], Error{
			Line: last.Line, Column: last.Column,
			Message: "and more from here on; mend the faults above first",
		})
	}
}

// suggest returns ` (did you mean "x"?)` for the known word that is closest to
// the written one, and "" when none is close.
func suggest(written string, known []string) string {
	best, distance := "", 3
	if len(written) < 4 {
		distance = 2
	}
	if len(written) > 40 {
		return ""
	}
	for _, word := range known {
		if d := editDistance(strings.ToLower(written), word); d < distance {
			best, distance = word, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance counts the letters to add, drop, change or swap with their
// neighbour to get from a to b.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
