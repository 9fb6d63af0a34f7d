package child

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// maxLine keeps one endless line from filling the memory.
const maxLine = 2000

// Tail is a writer that remembers the last lines written to it.
type Tail struct {
	mu      sync.Mutex
	keep    int
	lines   []string
	partial []byte
}

// NewTail returns a Tail of at most keep lines.
func NewTail(keep int) *Tail { return &Tail{keep: keep} }

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if room := maxLine - len(t.partial); len(line) > room {
			line = line[:room]
		}
		t.partial = append(t.partial, line...)
		if whole {
			t.lines = append(t.lines, string(t.partial))
			t.partial = t.partial[:0]
			if len(t.lines) > t.keep {
				t.lines = append([]string(nil), t.lines[1:]...)
			}
		}
		rest = after
	}
	return len(p), nil
}

// String is the remembered lines, oldest first, joined by newlines.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if len(t.partial) > 0 {
		lines = append(slices.Clip(lines), string(t.partial))
	}
	return strings.Join(lines, "\n")
}

// quote is the tail as an ending of an error's text.
func (t *Tail) quote() string {
	text := t.String()
	if text == "" {
		return ""
	}
	return "; its last lines:\n  " + strings.ReplaceAll(text, "\n", "\n  ")
}
