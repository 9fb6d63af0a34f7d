package settings

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/doorbell-ilm/doorbell/policy"
)

// errNotHere says that the opening hours cannot be changed without touching the
// rest of the policy: it is written in a form that only its editor knows.
var errNotHere = errors.New("the calendar of this policy cannot be changed by itself")

const calendarKey = "calendar"

// rewritten returns the text of a policy with other opening hours. All that
// stands outside of its calendar stays as it is, byte for byte; within it the
// entries that do not change keep their lines and comments. It returns
// errNotHere when that cannot be done.
func rewritten(text string, to hours) (string, error) {
	is, err := hoursOf(text)
	if err != nil {
		return "", err
	}
	s := newSheet(text)
	edits, err := s.calendar(is, to)
	if err != nil {
		return "", err
	}
	after := s.edited(edits)
	return after, unharmed(text, after, to)
}

// hoursOf reads the opening hours of a policy.
func hoursOf(text string) (hours, error) {
	p, err := policy.Parse([]byte(text))
	if err != nil {
		return hours{}, err
	}
	return hours{Week: p.Calendar.Week(), Days: p.Calendar.Days()}, nil
}

// unharmed makes sure that nothing but the calendar has changed, and that it
// says what it should. A policy that is wrong now is refused when it is put.
func unharmed(before, after string, want hours) error {
	was, err := withoutCalendar(before)
	if err != nil {
		return errNotHere
	}
	is, err := withoutCalendar(after)
	if err != nil || !reflect.DeepEqual(was, is) {
		return errNotHere
	}
	if got, err := hoursOf(after); err == nil && !got.same(want) {
		return errNotHere
	}
	return nil
}

func withoutCalendar(text string) (yaml.MapSlice, error) {
	var all yaml.MapSlice
	if err := yaml.UnmarshalWithOptions([]byte(text), &all, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(item yaml.MapItem) bool { return item.Key == calendarKey }), nil
}

// sheet is a text in lines.
type sheet struct {
	lines   []string // with their ends
	newline string
}

func newSheet(text string) *sheet {
	s := &sheet{lines: strings.SplitAfter(text, "\n"), newline: "\n"}
	if strings.Contains(text, "\r\n") {
		s.newline = "\r\n"
	}
	if last := len(s.lines) - 1; s.lines[last] == "" {
		s.lines = s.lines[:last]
	}
	return s
}

// edit puts other lines in the place of [from, to).
type edit struct {
	from, to int
	lines    []string // without their ends
}

// edited returns the text with the edits, which do not overlap.
func (s *sheet) edited(edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out strings.Builder
	at := 0
	write := func(lines []string) {
		for _, line := range lines {
			out.WriteString(line)
		}
	}
	for _, e := range edits {
		write(s.lines[at:e.from])
		if e.from > 0 && !strings.HasSuffix(s.lines[e.from-1], "\n") {
			out.WriteString(s.newline)
		}
		for _, line := range e.lines {
			out.WriteString(strings.TrimRight(line, "\r\n") + s.newline)
		}
		at = e.to
	}
	write(s.lines[at:])
	return out.String()
}

// entry is a key of a block mapping, or an item of a block list, with the lines
// [from, to) that are its own. What comes before from, since the entry before
// it, are its comments.
type entry struct {
	name     string
	from, to int
	value    ast.Node
}

// calendar makes the edits that give the calendar other hours.
func (s *sheet) calendar(is, to hours) ([]edit, error) {
	file, err := parser.ParseBytes([]byte(strings.Join(s.lines, "")), 0)
	if err != nil || len(file.Docs) != 1 {
		return nil, errNotHere
	}
	keys, ok := s.entries(file.Docs[0].Body, len(s.lines))
	if !ok {
		return nil, errNotHere
	}
	i := slices.IndexFunc(keys, func(e entry) bool { return e.name == calendarKey })
	if i < 0 || !strings.HasPrefix(strings.TrimLeft(s.lines[keys[i].from], `"'`), calendarKey) {
		return nil, errNotHere
	}
	whole := keys[i]
	parts, ok := s.entries(whole.value, whole.to)
	if !ok {
		return []edit{{whole.from, whole.to, append([]string{calendarKey + ":"}, to.lines("  ")...)}}, nil
	}
	return s.parts(parts, whole.to, is, to), nil
}

// parts edits the parts of the calendar that change, and adds and removes those
// that it does not have, or does not need any more.
func (s *sheet) parts(parts []entry, end int, is, to hours) []edit {
	indent := s.indent(parts[0].from)
	var edits []edit
	for _, name := range []string{"open", "closed", "special"} {
		was, want := is.items(name), to.items(name)
		if reflect.DeepEqual(was, want) {
			continue
		}
		i := slices.IndexFunc(parts, func(e entry) bool { return e.name == name })
		switch {
		case i < 0:
			edits = append(edits, edit{end, end, append([]string{indent + name + ":"}, linesOf(name, want, indent+"  ")...)})
		case len(want) == 0:
			edits = append(edits, edit{parts[i].from, parts[i].to, nil})
		default:
			edits = append(edits, s.part(parts[i], want, indent))
		}
	}
	return edits
}

// part edits one part: entries that are wanted as they are keep their lines.
func (s *sheet) part(p entry, want []item, indent string) edit {
	old, ok := s.entries(p.value, p.to)
	if !ok {
		return edit{p.from, p.to, append([]string{indent + p.name + ":"}, linesOf(p.name, want, indent+"  ")...)}
	}
	indent = s.indent(old[0].from)
	var lines []string
	for _, w := range want {
		i := slices.IndexFunc(old, w.is)
		if i < 0 {
			lines = append(lines, linesOf(p.name, []item{w}, indent)...)
			continue
		}
		from := old[i].from
		if i > 0 {
			from = old[i-1].to // with its comments
		}
		lines = append(lines, s.lines[from:old[i].to]...)
	}
	return edit{old[0].from, old[len(old)-1].to, lines}
}

// entries are those of a mapping or list in block style, which ends before the
// line end. It reports false for everything else, and where they do not stand on
// lines of their own.
func (s *sheet) entries(node ast.Node, end int) ([]entry, bool) {
	var out []entry
	switch n := node.(type) {
	case *ast.MappingNode:
		if n.IsFlowStyle {
			return nil, false
		}
		for _, v := range n.Values {
			out = append(out, entry{name: v.Key.GetToken().Value, from: v.Key.GetToken().Position.Line - 1, value: v.Value})
		}
	case *ast.SequenceNode:
		if n.IsFlowStyle {
			return nil, false
		}
		for _, v := range n.Values {
			out = append(out, entry{name: v.GetToken().Value, from: v.GetToken().Position.Line - 1, value: v})
		}
	}
	if len(out) == 0 {
		return nil, false
	}
	for i := range out {
		to := end
		if i+1 < len(out) {
			to = out[i+1].from
		}
		if out[i].from < 0 || out[i].from >= to || to > len(s.lines) {
			return nil, false
		}
		out[i].to = s.last(out[i].from, to)
	}
	return out, true
}

// last takes off the end of [from, to) what belongs to the entry that follows:
// empty lines, and comments that are not indented deeper than the entry itself.
func (s *sheet) last(from, to int) int {
	indent := len(s.indent(from))
	for ; to > from+1; to-- {
		line := strings.TrimSpace(s.lines[to-1])
		comment := strings.HasPrefix(line, "#") && len(s.indent(to-1)) <= indent
		if line != "" && !comment && line != "..." {
			break
		}
	}
	return to
}

func (s *sheet) indent(line int) string {
	text := s.lines[line]
	return text[:len(text)-len(strings.TrimLeft(text, " "))]
}
