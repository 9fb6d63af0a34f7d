package policy

import "fmt"

// mark is a place in the source of a policy.
type mark struct{ line, column int }

// marks are the places of values by their keys, so that a check of the whole
// can point at what it finds. The place of a key itself, as of the name of a
// track, stands under the key with a colon.
type marks map[string]mark

// name remembers where a key itself is written.
func (m marks) name(key string, line, column int) { m[key+":"] = mark{line, column} }

// spot is a value of the policy as a check looks for it. One that the file
// does not have stands for the nearest section around it that the file has.
type spot struct {
	marks   marks
	key     string
	written bool // the file has the value itself
}

// spot returns the whole policy, from which the others are found.
func (p *Policy) spot() spot { return spot{marks: p.marks, written: true} }

// field is the value of a key in a section.
func (s spot) field(name string) spot {
	return s.under(join(s.key, keyName(name)))
}

// item is an entry of a list, from 0. A value that stands alone where a list
// may stand is its only entry.
func (s spot) item(i int) spot {
	entry := s.under(fmt.Sprintf("%s[%d]", s.key, i))
	if !entry.written && i == 0 {
		return s
	}
	return entry
}

func (s spot) under(key string) spot {
	if _, ok := s.marks[key]; ok && s.written {
		return spot{marks: s.marks, key: key, written: true}
	}
	return spot{marks: s.marks, key: s.key}
}

// short is field for a section that may be written as one word: `assign: bdc`
// is `assign: {to: bdc}`.
func (s spot) short(name string) spot {
	if value := s.field(name); value.written {
		return value
	}
	return s
}

// place is where the value stands.
func (s spot) place() mark { return s.marks.or(s.key) }

// name is where the key of the value stands.
func (s spot) name() mark {
	if at, ok := s.marks[s.key+":"]; ok {
		return at
	}
	return s.place()
}

// or returns the place of a key, and the beginning of the file when there is
// none, as for a policy that was not read from a file.
func (m marks) or(key string) mark {
	if at, ok := m[key]; ok {
		return at
	}
	return mark{line: 1, column: 1}
}
