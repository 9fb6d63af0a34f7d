package intake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// message collects what is wrong with one JSON lead while it is read, so that
// the sender hears of everything at once.
type message struct {
	faults  []FieldError
	ignored []string
}

// maxFaults bounds the answer to a message in which everything is wrong.
const maxFaults = 100

func (m *message) fault(field, text string) {
	if len(m.faults) < maxFaults {
		m.faults = append(m.faults, FieldError{Field: field, Message: text})
	}
}

// object is one JSON object with its place in the message. Reading a member
// takes it out; what is left when the reader is done was not known.
type object struct {
	message *message
	path    string
	members map[string]any
}

func (m *message) object(path string, members map[string]any) *object {
	return &object{message: m, path: path, members: members}
}

func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// take removes and returns a member; absent and null are both nil.
func (o *object) take(key string) any {
	value := o.members[key]
	delete(o.members, key)
	return value
}

func (o *object) leaveOut(key, why string) {
	o.message.ignored = append(o.message.ignored, fmt.Sprintf("%s (%s)", o.at(key), why))
}

// done names the members that nobody read.
func (o *object) done() {
	for key := range o.members {
		name, _ := lineUpTo(key, 100)
		o.message.ignored = append(o.message.ignored, o.at(name))
	}
	o.members = nil
}

// text reads a text of one line.
func (o *object) text(key string) string {
	switch value := o.take(key).(type) {
	case nil:
	case string:
		return o.line(key, value)
	default:
		o.message.fault(o.at(key), "must be a text in quotes")
	}
	return ""
}

func (o *object) line(key, value string) string {
	clean, cut := line(value)
	if cut {
		o.cutAt(key, MaxLine)
	}
	return clean
}

func (o *object) cutAt(key string, limit int) {
	o.leaveOut(key, fmt.Sprintf("cut at %d characters", limit))
}

// literal reads a text or the digits of a number as they were sent.
func (o *object) literal(key string) (text string, isNumber bool) {
	switch value := o.take(key).(type) {
	case nil:
	case string:
		return o.line(key, value), false
	case json.Number:
		return o.line(key, value.String()), true
	default:
		o.message.fault(o.at(key), "must be a text in quotes or a number")
	}
	return "", false
}

// code reads a code of one line that may have been sent as a number.
func (o *object) code(key string) string {
	text, _ := o.literal(key)
	return text
}

// identifier reads a code by which the lead is found again.
func (o *object) identifier(key string) string {
	switch value := o.take(key).(type) {
	case nil:
	case string:
		clean, cut := identifier(value)
		if cut {
			o.cutAt(key, MaxLine)
		}
		return clean
	case json.Number:
		clean, _ := identifier(value.String())
		return clean
	default:
		o.message.fault(o.at(key), "must be a text in quotes")
	}
	return ""
}

// prose reads a text of several lines.
func (o *object) prose(key string) string {
	switch value := o.take(key).(type) {
	case nil:
	case string:
		clean, cut := prose(value)
		if cut {
			o.cutAt(key, MaxComments)
		}
		return clean
	default:
		o.message.fault(o.at(key), "must be a text in quotes")
	}
	return ""
}

func (o *object) flag(key string) bool {
	switch value := o.take(key).(type) {
	case nil:
	case bool:
		return value
	default:
		o.message.fault(o.at(key), "must be true or false")
	}
	return false
}

func (o *object) year(key string) int {
	written, _ := o.literal(key)
	if written == "" {
		return 0
	}
	year, ok := modelYear(written)
	if !ok {
		o.leaveOut(key, "no year that can be read")
	}
	return year
}

// oneOf reads a code that must be among those given; absent is the first.
func oneOf[T ~string](o *object, key string, valid ...T) T {
	written := T(strings.ToLower(o.text(key)))
	if written == "" {
		return valid[0]
	}
	if !slices.Contains(valid, written) {
		names := make([]string, len(valid))
		for i, v := range valid {
			names[i] = string(v)
		}
		o.message.fault(o.at(key), "is not known; send one of "+strings.Join(names, ", "))
	}
	return written
}

// child reads an object, nil when it is absent.
func (o *object) child(key string) *object {
	switch value := o.take(key).(type) {
	case nil:
	case map[string]any:
		return o.message.object(o.at(key), value)
	default:
		o.message.fault(o.at(key), "must be an object in braces")
	}
	return nil
}

// children reads a list of objects; those beyond limit are left out.
func (o *object) children(key string, limit int) []*object {
	var all []*object
	switch value := o.take(key).(type) {
	case nil:
	case []any:
		for i, entry := range value {
			place := fmt.Sprintf("%s[%d]", key, i)
			if i == limit {
				o.leaveOut(place, fmt.Sprintf("cut at %d entries", limit))
				break
			}
			members, ok := entry.(map[string]any)
			if !ok {
				o.message.fault(o.at(place), "must be an object in braces")
				continue
			}
			all = append(all, o.message.object(o.at(place), members))
		}
	default:
		o.message.fault(o.at(key), "must be a list of objects")
	}
	return all
}
