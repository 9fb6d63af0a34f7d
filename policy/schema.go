package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// SchemaID identifies the schema. It is a name and need not lead anywhere: a
// dealer's Doorbell serves its own at /v1/policy/schema.json.
const SchemaID = "https://doorbell-ilm.github.io/doorbell/policy.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of a policy, for editors: they
// complete and explain its words while it is written. It is made from the
// parser's own keys, words and limits. What it refuses Parse refuses too; Parse
// and Check find more.
func Schema() []byte { return slices.Clone(writtenSchema()) }

var writtenSchema = sync.OnceValue(func() []byte {
	text, err := json.MarshalIndent(policySchema(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the schema is no JSON: %v", err)) // maps, lists, texts and numbers always are
	}
	return append(text, '\n')
})

// schema is a JSON Schema, or a part of one.
type schema map[string]any

// say adds what the value means, in the words of a sales manager.
func (s schema) say(sentences ...string) schema {
	return s.with("description", strings.Join(sentences, " "))
}

// usually adds what holds when the value is not written.
func (s schema) usually(value any) schema { return s.with("default", value) }

// like adds examples.
func (s schema) like(examples ...any) schema { return s.with("examples", examples) }

// with returns a copy that has one more keyword.
func (s schema) with(keyword string, value any) schema {
	more := make(schema, len(s)+1)
	maps.Copy(more, s)
	more[keyword] = value
	return more
}

// fixed is a mapping whose keys are fixed. Each of the parser's keys must be
// described, and nothing else.
func fixed(keys []string, fields map[string]schema, required ...string) schema {
	if len(fields) != len(keys) {
		panic(fmt.Sprintf("the schema describes %d of the keys %v", len(fields), keys))
	}
	properties := schema{}
	for _, key := range keys {
		field, described := fields[key]
		if !described {
			panic("the schema does not describe the key " + key)
		}
		properties[key] = field
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// named is a mapping whose keys the dealer chooses. With most 0 it may have any
// number of them.
func named(names, values schema, most int) schema {
	s := schema{"type": "object", "propertyNames": names, "additionalProperties": values}
	if most > 0 {
		s["maxProperties"] = most
	}
	return s
}

// listOrOne is a list of least to most values, or one of them alone. With most 0
// it may have any number of values.
func listOrOne(one schema, least, most int) schema {
	list := schema{"type": "array", "items": one}
	if most > 0 {
		list["maxItems"] = most
	}
	if least > 0 {
		list["minItems"] = least
	}
	return schema{"anyOf": []schema{one, list}}
}

// distinct is listOrOne without repeats.
func distinct(one schema, least, most int) schema {
	list := schema{"type": "array", "items": one, "maxItems": most, "uniqueItems": true}
	if least > 0 {
		list["minItems"] = least
	}
	return anyOf(one, list)
}

// choice is one of a few words.
func choice[T ~string](words []T) schema { return schema{"enum": wordsOf(words)} }

// text is a text of a form.
func text(pattern string) schema { return schema{"type": "string", "pattern": pattern} }

// use refers to a definition.
func use(name string) schema { return schema{"$ref": "#/$defs/" + name} }

// anyOf is a value of any of the kinds.
func anyOf(kinds ...schema) schema { return schema{"anyOf": kinds} }

// has is a section that has the keys.
func has(keys ...string) schema { return schema{"required": keys} }

// integer is a whole number, which may stand in quotes.
func integer(least, most int) schema {
	return anyOf(schema{"type": "integer", "minimum": least, "maximum": most}, text(`^[+-]?[0-9]+$`))
}
