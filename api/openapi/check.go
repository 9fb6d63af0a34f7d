package openapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Fault is one thing wrong with a value. Message continues the field's name:
// "must be …". It holds nothing of the value.
type Fault struct {
	Field   string // dotted path, "body" for the whole
	Message string
}

// maxFaults bounds the answer to a body that is wrong everywhere.
const maxFaults = 50

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// Check holds a value, as ReadJSON returns it, against the schema and returns
// everything that is wrong, in the order of the value, missing fields last.
func (s *Schema) Check(value any) []Fault {
	c := checker{}
	c.value(s, value, "")
	return c.faults
}

type checker struct{ faults []Fault }

func (c *checker) fault(path, format string, args ...any) {
	if len(c.faults) >= maxFaults {
		return
	}
	if path == "" {
		path = "body"
	}
	c.faults = append(c.faults, Fault{Field: path, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) value(s *Schema, v any, path string) {
	if v == nil {
		if !s.Nullable && (s.Refers == nil || !s.Refers.Nullable) && s.restricts() {
			c.fault(path, "must not be null; leave it out or give it a value")
		}
		return
	}
	switch {
	case s.Refers != nil:
		c.value(s.Refers, v, path)
	case len(s.OneOf) > 0:
		c.oneOf(s, v, path)
	case s.Type == "object":
		c.object(s, v, path)
	case s.Type == "array":
		c.list(s, v, path)
	case s.Type == "string":
		c.text(s, v, path)
	case s.Type == "integer":
		c.whole(s, v, path)
	case s.Type == "boolean":
		if _, ok := v.(bool); !ok {
			c.fault(path, "must be true or false")
		}
	}
}

// restricts reports whether the schema says anything at all about a value.
func (s *Schema) restricts() bool { return s.Type != "" || s.Refers != nil || len(s.OneOf) > 0 }

func (c *checker) oneOf(s *Schema, v any, path string) {
	var forms []string
	var near []checker // what is wrong under the alternatives of the right type
	for _, alternative := range s.OneOf {
		inner := checker{}
		inner.value(alternative, v, path)
		if len(inner.faults) == 0 {
			return
		}
		if alternative.takes(v) {
			near = append(near, inner)
		}
		forms = append(forms, alternative.form())
	}
	// A single alternative of the right type knows best what is wrong.
	if len(near) == 1 {
		for _, f := range near[0].faults {
			c.fault(f.Field, "%s", f.Message)
		}
		return
	}
	c.fault(path, "must be %s", strings.Join(forms, " or "))
}

// takes reports whether the value has the schema's type.
func (s *Schema) takes(v any) bool {
	switch v.(type) {
	case Object:
		return s.Type == "object"
	case []any:
		return s.Type == "array"
	case string:
		return s.Type == "string"
	case bool:
		return s.Type == "boolean"
	}
	return false
}

func (s *Schema) form() string {
	switch s.Type {
	case "object":
		return "an object"
	case "array":
		return "a list"
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	}
	return "a text"
}

func (c *checker) object(s *Schema, v any, path string) {
	object, ok := v.(Object)
	if !ok {
		c.fault(path, "must be an object")
		return
	}
	for _, m := range object {
		at := join(path, Shown(m.Name))
		if i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Name == m.Name }); i >= 0 {
			c.value(s.Properties[i].Schema, m.Value, at)
			continue
		}
		switch {
		case !s.Open:
			c.fault(at, "is not a field here%s", s.meant(m.Name))
		case s.Map != nil:
			c.value(s.Map, m.Value, at)
		default:
			c.clean(m.Value, at)
		}
	}
	for _, p := range s.Properties {
		if p.Required && !slices.ContainsFunc(object, func(m Member) bool { return m.Name == p.Name }) {
			c.fault(join(path, p.Name), "is required")
		}
	}
}

// meant tells the fields that there are, because most unknown fields are
// misspelt ones.
func (s *Schema) meant(name string) string {
	var names []string
	for _, p := range s.Properties {
		if strings.EqualFold(p.Name, name) {
			return "; write " + p.Name
		}
		names = append(names, p.Name)
	}
	return "; there are " + strings.Join(names, ", ")
}

// clean looks through a value without a schema for what no text may hold.
func (c *checker) clean(v any, path string) {
	switch v := v.(type) {
	case string:
		c.storable(v, path)
	case []any:
		for i, item := range v {
			c.clean(item, fmt.Sprintf("%s[%d]", path, i))
		}
	case Object:
		for _, m := range v {
			c.clean(m.Value, join(path, Shown(m.Name)))
		}
	}
}

func (c *checker) list(s *Schema, v any, path string) {
	list, ok := v.([]any)
	if !ok {
		c.fault(path, "must be a list")
		return
	}
	if s.MaxItems > 0 && len(list) > s.MaxItems {
		c.fault(path, "must have at most %d items", s.MaxItems)
		return
	}
	for i, item := range list {
		c.value(s.Items, item, fmt.Sprintf("%s[%d]", path, i))
	}
}

func (c *checker) text(s *Schema, v any, path string) {
	text, ok := v.(string)
	if !ok {
		c.fault(path, "must be a text")
		return
	}
	if !c.storable(text, path) {
		return
	}
	length := utf8.RuneCountInString(text)
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		c.fault(path, "must be one of %s", strings.Join(s.Enum, ", "))
	case length < s.MinLength && s.MinLength == 1:
		c.fault(path, "must not be empty")
	case length < s.MinLength:
		c.fault(path, "must have at least %d characters", s.MinLength)
	case s.MaxLength > 0 && length > s.MaxLength:
		c.fault(path, "must have at most %d characters", s.MaxLength)
	case s.Format == "uuid" && !uuidForm.MatchString(text):
		c.fault(path, "must be an id such as 0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47")
	case s.Format == "date-time":
		// The decoder of the handlers reads times the same way.
		var at time.Time
		if at.UnmarshalText([]byte(text)) != nil {
			c.fault(path, "must be a time with a zone such as 2026-10-06T14:03:00+02:00")
		}
	}
}

// storable refuses what Postgres cannot store in a text, nor compare with one.
// Addresses and headers may hold any bytes.
func (c *checker) storable(text, path string) bool {
	switch {
	case !utf8.ValidString(text):
		c.fault(path, "must be text in UTF-8")
	case strings.ContainsRune(text, 0):
		c.fault(path, "must not contain a NUL character")
	default:
		return true
	}
	return false
}

func (c *checker) whole(s *Schema, v any, path string) {
	number, ok := v.(json.Number)
	if !ok {
		c.fault(path, "must be a whole number")
		return
	}
	n, err := strconv.ParseInt(number.String(), 10, 64)
	switch {
	case err != nil:
		c.fault(path, "must be a whole number")
	case s.Minimum != nil && n < *s.Minimum:
		c.fault(path, "must be at least %d", *s.Minimum)
	case s.Maximum != nil && n > *s.Maximum:
		c.fault(path, "must be at most %d", *s.Maximum)
	}
}

// CheckText holds a parameter, which is always written as text, against the
// schema. Lists are separated by commas.
func (s *Schema) CheckText(name, text string) []Fault {
	c := checker{}
	c.value(s, s.fromText(text), name)
	return c.faults
}

// fromText reads a parameter as the type that the schema wants; what cannot be
// read stays a text and is refused for its type.
func (s *Schema) fromText(text string) any {
	switch {
	case s.Refers != nil:
		return s.Refers.fromText(text)
	case s.Type == "integer":
		return json.Number(text)
	case s.Type == "boolean" && (text == "true" || text == "false"):
		return text == "true"
	case s.Type == "array":
		list := []any{}
		for part := range strings.SplitSeq(text, ",") {
			list = append(list, s.Items.fromText(part))
		}
		return list
	}
	return text
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
