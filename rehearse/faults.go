package rehearse

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a file. Its message says what to write instead and
// never repeats what stands there: that can be anybody's address.
type Fault struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Field   string `json:"field"`  // the column's or key's name, "" for the whole line
	Message string `json:"message"`
}

// Faults are the mistakes of a file in the order of the file.
type Faults []Fault

// mostFaults is how many mistakes are told at once.
const mostFaults = 100

// Error returns all faults, one a line, as "line 3, column 5: price: …".
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = fmt.Sprintf("line %d, column %d: %s", one.Line, one.Column, one.Words())
	}
	return strings.Join(lines, "\n")
}

// Words returns the field and the message.
func (f Fault) Words() string {
	if f.Field == "" {
		return f.Message
	}
	return f.Field + ": " + f.Message
}

// err is the faults in their order as an error, nil when there are none.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	if len(f) > mostFaults {
		f = append(f[:mostFaults:mostFaults], Fault{Line: f[mostFaults].Line, Column: 1, Message: "and more from here on; mend the faults above first"})
	}
	return f
}
