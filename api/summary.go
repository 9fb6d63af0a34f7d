package api

import (
	"github.com/doorbell-ilm/doorbell/words"
)

// summary says in one line what an entry of the timeline is about, in the
// reader's language and zone.
func summary(kind string, data map[string]any, staff people, reader *words.Words) string {
	return reader.Summary(words.Entry{Kind: kind, Data: data, Name: staff.name})
}

// name is the name of a member of staff, "" for anybody else.
func (p people) name(id string) string { return p[id].Name }

// facts are the data of an entry.
type facts map[string]any

func (f facts) text(name string) string { return text(f[name]) }

func (f facts) number(name string) int { n, _ := f[name].(float64); return int(n) }

func (f facts) list(name string) []string {
	values, _ := f[name].([]any)
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, text(v))
	}
	return out
}
