package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxErrors is how many faults, and how many remarks, are told at once.
const maxErrors = 100

// Error is one thing found in a policy file: a fault, which keeps the policy
// from being used, or a remark, which does not. Message says what is wrong and
// what to write instead; it never repeats an e-mail address.
type Error struct {
	Line    int    // from 1
	Column  int    // from 1, in characters
	Key     string // dotted path as tracks.standard.escalate[0].to; "" for the whole file
	Message string
	// Remark is set where the policy works all the same, as with a role that
	// somebody may have tomorrow.
	Remark bool
}

// Error returns "line 3, column 5: key: message", and "line 3, column 5: note:
// key: message" for a remark.
func (e Error) Error() string {
	place := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Remark {
		place += "note: "
	}
	if e.Key != "" {
		place += e.Key + ": "
	}
	return place + e.Message
}

// Errors is everything that Parse or Check found, in the order of the file.
type Errors []Error //nolint:recvcheck // as an error it is a pointer, so that it can be compared

// Faults returns those that keep the policy from being used, in their order;
// nil means that it may be.
func (e Errors) Faults() Errors { return e.only(false) }

// Remarks returns those that somebody should know and may leave, in their order.
func (e Errors) Remarks() Errors { return e.only(true) }

func (e Errors) only(remarks bool) Errors {
	var some Errors
	for _, one := range e {
		if one.Remark == remarks {
			some = append(some, one)
		}
	}
	return some
}

// Error returns all that was found, one a line.
func (e *Errors) Error() string {
	lines := make([]string, len(*e))
	for i, fault := range *e {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// sort puts what was found into the order of the file, drops repeats, which
// aliases make, and the faults and the remarks beyond maxErrors. Remarks never
// crowd out a fault.
func (e *Errors) sort() {
	e.order()
	*e = slices.Compact(*e)
	if len(*e) <= maxErrors {
		return
	}
	*e = slices.Concat(e.Faults().capped(), e.Remarks().capped())
	e.order()
}

func (e *Errors) order() {
	slices.SortStableFunc(*e, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// capped returns the first maxErrors of faults or of remarks, and says where
// the others begin.
func (e Errors) capped() Errors {
	if len(e) <= maxErrors {
		return e
	}
	more := Error{Line: e[maxErrors].Line, Column: e[maxErrors].Column, Message: "and more from here on; mend the faults above first"}
	if e[0].Remark {
		more.Message, more.Remark = "and more remarks from here on", true
	}
	return append(slices.Clip(e[:maxErrors]), more)
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
