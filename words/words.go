// Package words says things in the reader's language. The sentences stand in
// message files, messages/<language>/<room>.yaml, one sentence per key; code
// names the key and brings what goes into it. Times are told in the dealer's
// zone.
//
// A key is the name of its file, a dot and the key in the file: "board.title".
// Keys are flat. A sentence that depends on a number has the forms one and
// other. What is put in stands as {{.name}}.
//
// The words of the vocabulary have a file for each kind of word, with the words
// of API, policy and code for keys: "stage.contacting", "outcome.no_answer",
// "reason.not_reached", "group.No interest". They begin with a capital, as a
// label does; Lower makes them part of a sentence.
package words

import (
	"context"
	"slices"
	"strings"
	"time"
)

// The languages that everything is written in.
const (
	Dutch   = "nl"
	English = "en"
)

// Languages lists them, the one that stands in for others last.
func Languages() []string { return []string{Dutch, English} }

// Pick returns the first of the wanted languages that is written here, else
// English. A region is ignored: nl-BE is nl.
func Pick(wanted ...string) string {
	for _, w := range wanted {
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(w)), "_", "-"), "-")
		if slices.Contains(Languages(), base) {
			return base
		}
	}
	return English
}

// Words speak one language in one zone. They are safe for concurrent use.
type Words struct {
	Language string
	Zone     *time.Location
	said     map[string]message
	calendar *calendar
}

// In returns the words of a language, or English where it is not written, for
// a dealer's zone. It costs next to nothing.
func In(tongue string, zone *time.Location) *Words {
	tongue = Pick(tongue)
	return &Words{Language: tongue, Zone: zone, said: book()[tongue], calendar: calendars[tongue]}
}

// T says the sentence of the key. with is a row of names and what they stand
// for: T("board.shown", "rows", 200). A key that is in no file is shown itself.
func (w *Words) T(key string, with ...any) string {
	m, known := w.said[key]
	if !known {
		return unknown(key)
	}
	return m.other.with(with)
}

// N says the sentence of the key in the form that n wants; it stands in the
// sentence as {{.n}}.
func (w *Words) N(key string, n int, with ...any) string {
	m, known := w.said[key]
	if !known {
		return unknown(key)
	}
	with = append(slices.Clip(with), "n", w.Number(n))
	// Both languages have one form for 1 and another for all other numbers.
	if n == 1 && !m.one.empty() {
		return m.one.with(with)
	}
	return m.other.with(with)
}

// Or says the sentence of the key, or other where there is none: for words
// that a dealer may have added himself.
func (w *Words) Or(key, other string) string {
	if m, known := w.said[key]; known {
		return m.other.with(nil)
	}
	return other
}

func unknown(name string) string { return "‹" + name + "›" }

type contextKey struct{}

// Into returns a context whose reader is spoken to with w.
func Into(ctx context.Context, w *Words) context.Context {
	return context.WithValue(ctx, contextKey{}, w)
}

// Of returns the words of the context, English and UTC where it has none.
func Of(ctx context.Context) *Words {
	if w, ok := ctx.Value(contextKey{}).(*Words); ok {
		return w
	}
	return In(English, time.UTC)
}

// T says the sentence of the key to the reader of the context.
func T(ctx context.Context, key string, with ...any) string { return Of(ctx).T(key, with...) }

// N says the sentence of the key for a number to the reader of the context.
func N(ctx context.Context, key string, n int, with ...any) string {
	return Of(ctx).N(key, n, with...)
}
