package policy

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// field is one key of a mapping with its value. The value's place is that of
// the key until the value has one of its own.
type field struct {
	name         string
	line, column int // of the key
	value        value
}

// keyFault adds a fault at the key of the field.
func (f field) keyFault(format string, args ...any) {
	f.value.doc.fault(f.line, f.column, f.value.key, format, args...)
}

// section is a mapping whose keys are fixed.
type section struct {
	self   value
	read   bool // self is a mapping
	fields []field
}

// section reads a mapping and reports keys that are not among the known ones.
// A value that is not there gives an empty section.
func (v value) section(known ...string) section {
	fields, read := v.fields()
	kept := fields[:0]
	for _, f := range fields {
		if slices.Contains(known, f.name) {
			kept = append(kept, f)
			continue
		}
		f.keyFault("unknown key%s; known are %s", suggest(f.name, known), oneWordOf(known))
	}
	return section{self: v, read: read, fields: kept}
}

// get returns the value of a key. When it is missing the value is not present
// and its place is the section's.
func (s section) get(name string) value {
	for _, f := range s.fields {
		if f.name == name {
			return f.value
		}
	}
	return value{doc: s.self.doc, key: join(s.self.key, name), line: s.self.line, column: s.self.column}
}

// require returns the value of a key that must be there.
func (s section) require(name, example string) value {
	v := s.get(name)
	if s.read && !s.has(name) {
		v.fault("is missing; add it, for example %s: %s", name, example)
	}
	return v
}

// has reports whether the key is written, even when its value was refused.
func (s section) has(name string) bool {
	return slices.ContainsFunc(s.fields, func(f field) bool { return f.name == name })
}

// fields reads the keys of a mapping in their order. Keys merged in with <<
// come last and give way to the ones written out.
func (v value) fields() ([]field, bool) {
	if v.node == nil {
		return nil, false
	}
	pairs, ok := v.node.(ast.MapNode)
	if !ok {
		if _, empty := v.node.(*ast.NullNode); empty {
			v.fault("has no value; fill it in or delete the line")
		} else {
			v.fault("must be a section of keys and values")
		}
		return nil, false
	}
	var (
		fields, merged []field
		written        = map[string]bool{}
	)
	for pair := pairs.MapRange(); pair.Next(); {
		line, column := position(pair.Key())
		if pair.Key().IsMergeKey() {
			merged = append(merged, v.merged(pair.Value(), line, column)...)
			continue
		}
		name, ok := keyText(pair.Key())
		if !ok {
			v.doc.fault(line, column, v.key, "a key must be a single word")
			continue
		}
		f := field{name: name, line: line, column: column}
		f.value = v.doc.at(pair.Value(), join(v.key, keyName(name)), line, column)
		v.doc.marks.name(f.value.key, line, column)
		if written[name] {
			f.keyFault("is written twice; keep one")
			continue
		}
		written[name] = true
		fields = append(fields, f)
	}
	for _, f := range merged {
		if !written[f.name] {
			written[f.name] = true
			f.value.key = join(v.key, keyName(f.name))
			v.doc.marks[f.value.key] = mark{f.value.line, f.value.column}
			fields = append(fields, f)
		}
	}
	return fields, true
}

// merged reads the mapping, or the list of mappings, behind <<.
func (v value) merged(node ast.Node, line, column int) []field {
	base := v.doc.at(node, join(v.key, "<<"), line, column)
	v.doc.merging++
	defer func() { v.doc.merging-- }()
	if v.doc.merging > maxDepth {
		base.fault("the aliases go round in a circle; write the section out")
		return nil
	}
	var merged []field
	for _, one := range base.list() {
		more, _ := one.fields()
		merged = append(merged, more...)
	}
	return merged
}

// keyText returns a key as it is written, without quotes.
func keyText(key ast.MapKeyNode) (string, bool) {
	var node ast.Node = key
	if explicit, ok := key.(*ast.MappingKeyNode); ok {
		node = explicit.Value
	}
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

// keyName is a key as paths and messages show it; one that may be an address,
// or is long, is not repeated.
func keyName(name string) string {
	if show(name) == "this value" {
		return "…"
	}
	return name
}

// join appends a name to a dotted key.
func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
