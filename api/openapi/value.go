package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep objects and lists may be nested.
const MaxDepth = 64

// Object is a JSON object with its members in the order in which they came.
type Object []Member

// Member is one name and value of an Object.
type Member struct {
	Name  string
	Value any // Object, []any, string, json.Number, bool or nil
}

// Get returns the value of the member with that name, nil when there is none.
func (o Object) Get(name string) any {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// ReadJSON reads exactly one JSON value. Unlike encoding/json it refuses a
// name that comes twice in an object, bytes that are no UTF-8, and nesting
// beyond MaxDepth: what we check must be what the handler will decode. Its
// errors say what to do and hold nothing of the text.
func ReadJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the body is not UTF-8; send JSON in UTF-8")
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("the body is not JSON%s", place(text))
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return readValue(dec, 0)
}

// place says where the syntax breaks.
func place(text []byte) string {
	var syntax *json.SyntaxError
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); !errors.As(err, &syntax) {
		return ""
	}
	before := text[:min(int(syntax.Offset), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return fmt.Sprintf("; look at line %d, column %d", line, max(column, 1))
}

func readValue(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if depth == MaxDepth {
		return nil, fmt.Errorf("the body is nested deeper than %d levels", MaxDepth)
	}
	if delim == '[' {
		return readList(dec, depth+1)
	}
	return readObject(dec, depth+1)
}

func readList(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		v, err := readValue(dec, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := dec.Token() // the closing bracket; ReadJSON knows that it is there
	return list, err
}

func readObject(dec *json.Decoder, depth int) (any, error) {
	object := Object{}
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		name, _ := tok.(string) // the syntax was checked: it is a string
		if seen[name] {
			return nil, fmt.Errorf("the field %s comes twice in one object; send it once", Shown(name))
		}
		seen[name] = true
		v, err := readValue(dec, depth)
		if err != nil {
			return nil, err
		}
		object = append(object, Member{Name: name, Value: v})
	}
	_, err := dec.Token()
	return object, err
}

// Shown returns a field's name from outside as it may stand in a message: on one
// line and not too long.
func Shown(name string) string {
	const most = 60
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name)
	if utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most]) + "…"
	}
	return name
}
