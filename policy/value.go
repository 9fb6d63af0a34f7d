package policy

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// value is one value of the document on its way into the policy. Its readers
// add a fault and return false when it is not what they want. A value that is
// not in the file has no node; the position is then that of its section.
type value struct {
	doc          *document
	node         ast.Node
	key          string
	line, column int
}

// at returns the value that node holds, following anchors and aliases. The
// place is used for values that are empty.
func (d *document) at(node ast.Node, key string, line, column int) value {
	v := value{doc: d, key: key, line: line, column: column}
	d.reads++
	if d.reads > maxReads {
		if !d.full {
			d.fault(line, column, key, "the aliases make the policy larger than %d values; write it with fewer", maxReads)
			d.full = true
		}
		return v
	}
	for range maxDepth {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			target, ok := d.anchors[n.Value.GetToken().Value]
			if !ok {
				v.line, v.column = position(n)
				v.fault("no anchor has this name; define it with & before")
				return v
			}
			node = target
		case *ast.TagNode:
			v.line, v.column = position(n)
			v.fault("tags have no meaning in a policy; delete the word with !")
			return v
		case nil:
			return v
		default:
			v.node = node
			if _, empty := node.(*ast.NullNode); !empty {
				v.line, v.column = position(node)
			}
			d.marks[key] = mark{v.line, v.column}
			return v
		}
	}
	v.fault("the aliases go round in a circle; write the value out")
	return v
}

// fault adds a fault at the value's place.
func (v value) fault(format string, args ...any) {
	v.doc.fault(v.line, v.column, v.key, format, args...)
}

// present reports whether the file has the value.
func (v value) present() bool { return v.node != nil }

// isScalar reports whether the file has a single value here.
func (v value) isScalar() bool {
	_, ok := v.node.(ast.ScalarNode)
	return ok
}

// text reads a scalar as it is written, without quotes.
func (v value) text() (string, bool) {
	switch n := v.node.(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.NullNode:
		v.fault("has no value; fill it in or delete the line")
	default:
		v.fault("must be a single value, not a list or a section")
	}
	return "", false
}

// list reads a sequence, or one value alone as a list of one.
func (v value) list() []value {
	switch n := v.node.(type) {
	case nil:
		return nil
	case *ast.SequenceNode:
		values := make([]value, 0, len(n.Values))
		for i, item := range n.Values {
			key := fmt.Sprintf("%s[%d]", v.key, i)
			if one := v.doc.at(item, key, v.line, v.column); one.present() {
				values = append(values, one)
			}
		}
		return values
	case *ast.NullNode:
		v.fault("has no value; fill it in or delete the line")
		return nil
	default:
		return []value{v}
	}
}

// emptyList reports whether the file has a list here with nothing in it.
func (v value) emptyList() bool {
	sequence, ok := v.node.(*ast.SequenceNode)
	return ok && len(sequence.Values) == 0
}

// listOf reads every value of a list and refuses repeats and more than most.
func listOf[T comparable](v value, most int, read func(value) (T, bool)) []T {
	values := v.list()
	if len(values) > most {
		v.fault("has %d entries and may have %d; shorten it", len(values), most)
		return nil
	}
	list := make([]T, 0, len(values))
	for _, one := range values {
		t, ok := read(one)
		if !ok {
			continue
		}
		if slices.Contains(list, t) {
			one.fault("is in the list twice; delete one")
			continue
		}
		list = append(list, t)
	}
	return list
}

// oneOf reads one of the known words.
func oneOf[T ~string](known ...T) func(value) (T, bool) {
	words := wordsOf(known)
	return func(v value) (T, bool) {
		text, ok := v.text()
		if !ok {
			return "", false
		}
		if slices.Contains(known, T(text)) {
			return T(text), true
		}
		v.fault("%s is not known%s; write %s", show(text), suggest(text, words), oneWordOf(words))
		return "", false
	}
}

// wordsOf returns named words as plain ones.
func wordsOf[T ~string](named []T) []string {
	words := make([]string, len(named))
	for i, word := range named {
		words[i] = string(word)
	}
	return words
}

// duration reads a duration.
func (v value) duration() (Duration, bool) {
	text, ok := v.text()
	if !ok {
		return Duration{}, false
	}
	d, err := ParseDuration(text)
	if err != nil {
		v.fault("%s", err)
		return Duration{}, false
	}
	return d, true
}

// moment reads an entry of a schedule.
func (v value) moment() (Moment, bool) {
	text, ok := v.text()
	if !ok {
		return Moment{}, false
	}
	m, err := ParseMoment(text)
	if err != nil {
		v.fault("%s", err)
		return Moment{}, false
	}
	return m, true
}

// days reads days of the week.
func (v value) days() []time.Weekday {
	text, ok := v.text()
	if !ok {
		return nil
	}
	days, err := parseDays(text)
	if err != nil {
		v.fault("%s", err)
	}
	return days
}

// integer reads a whole number from least to most.
func (v value) integer(least, most int) (int, bool) {
	text, ok := v.text()
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		v.fault("must be a whole number from %d to %d", least, most)
		return 0, false
	}
	return n, true
}

// flag reads true or false.
func (v value) flag() (on, ok bool) {
	text, ok := v.text()
	if !ok {
		return false, false
	}
	if text != "true" && text != "false" {
		v.fault("must be true or false")
		return false, false
	}
	return text == "true", true
}

// code reads the name of a track, a shift, a source or a template. It is kept
// to letters, digits, - and _ because it travels into places that outlive the
// policy: file names, metrics, search attributes.
func (v value) code() (string, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	if !isCode(text) {
		v.fault("must be a name of at most 64 letters, digits, - and _, beginning with a letter or digit")
		return "", false
	}
	return text, true
}

func isCode(text string) bool {
	for i, r := range text {
		letter := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if !letter && (i == 0 || (r != '-' && r != '_')) {
			return false
		}
	}
	return text != "" && len(text) <= maxCodeChars
}

// words reads a short line of text, as the make of a car.
func (v value) words() (string, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxWordChars || strings.ContainsFunc(text, unicode.IsControl) {
		v.fault("must be one line of 1 to 100 characters")
		return "", false
	}
	return text, true
}

// address reads the e-mail address of a member of staff, in lower case.
func (v value) address() (string, bool) {
	text, ok := v.text()
	if !ok {
		return "", false
	}
	if !isAddress(text) {
		v.fault("must be an e-mail address like name@dealer.example")
		return "", false
	}
	return strings.ToLower(text), true
}

func isAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text && len(text) <= maxMailChars &&
		!strings.ContainsAny(text, "\"<>() \t\r\n")
}

// show quotes what was written, unless it may be an address or is long.
func show(text string) string {
	if strings.Contains(text, "@") || len(text) > 40 || strings.ContainsFunc(text, unicode.IsControl) {
		return "this value"
	}
	return strconv.Quote(text)
}

// oneWordOf lists the words to choose from.
func oneWordOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
