package settings

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// hours are the opening hours of a dealer: blocks such as "08:30-12:30".
type hours struct {
	Week [7][]string         // by weekday, Sunday first
	Days map[string][]string // days with other hours by date; without blocks they are closed
}

// weekdays are the days as a policy writes them, in the order of time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// mondayFirst are the weekdays in the order in which people read them.
var mondayFirst = []int{1, 2, 3, 4, 5, 6, 0}

// item is an entry of a part of the calendar: days of the week or a date, and
// its blocks.
type item struct {
	name   string
	blocks []string
}

// same reports whether the hours are these.
func (h hours) same(o hours) bool {
	for _, part := range []string{"open", "closed", "special"} {
		if !reflect.DeepEqual(h.items(part), o.items(part)) {
			return false
		}
	}
	return true
}

// items are the entries of a part of the calendar, as a person would write
// them: days in a row that have the same hours together, dates in their order.
func (h hours) items(part string) []item {
	var out []item
	if part == "open" {
		for i := 0; i < len(mondayFirst); {
			first, blocks := mondayFirst[i], h.Week[mondayFirst[i]]
			last := first
			for i++; i < len(mondayFirst) && slices.Equal(h.Week[mondayFirst[i]], blocks); i++ {
				last = mondayFirst[i]
			}
			if len(blocks) == 0 {
				continue
			}
			name := weekdays[first]
			if last != first {
				name += "-" + weekdays[last]
			}
			out = append(out, item{name, blocks})
		}
		return out
	}
	for _, date := range slices.Sorted(maps.Keys(h.Days)) {
		switch blocks := h.Days[date]; {
		case part == "special" && len(blocks) > 0:
			out = append(out, item{date, blocks})
		case part == "closed" && len(blocks) == 0:
			out = append(out, item{name: date})
		}
	}
	return out
}

// lines writes all parts of the calendar.
func (h hours) lines(indent string) []string {
	var out []string
	for _, part := range []string{"open", "closed", "special"} {
		if items := h.items(part); len(items) > 0 {
			out = append(append(out, indent+part+":"), linesOf(part, items, indent+"  ")...)
		}
	}
	return out
}

// linesOf writes entries of a part of the calendar.
func linesOf(part string, items []item, indent string) []string {
	out := make([]string, len(items))
	for i, one := range items {
		blocks := `["` + strings.Join(one.blocks, `", "`) + `"]`
		switch part {
		case "open":
			out[i] = indent + one.name + ": " + blocks
		case "closed":
			out[i] = indent + `- "` + one.name + `"`
		default:
			out[i] = indent + `"` + one.name + `": ` + blocks
		}
	}
	return out
}

// is reports whether an entry of a policy says the same.
func (i item) is(e entry) bool {
	if e.name != i.name {
		return false
	}
	var blocks []string
	switch v := e.value.(type) {
	case *ast.SequenceNode:
		for _, one := range v.Values {
			blocks = append(blocks, one.GetToken().Value)
		}
	case *ast.StringNode:
		if v.Value != i.name { // an item of a list is its own value
			blocks = append(blocks, v.Value)
		}
	}
	return slices.Equal(blocks, i.blocks)
}
