package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progressWidth is the length of the bar in characters.
const progressWidth = 40

// isTerminal reports whether a person sees at once what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress returns what is told how much is done: it draws a bar on a terminal,
// which goes away at the end, and writes a line every tenth elsewhere.
func (p *program) progress(what string) func(done, total int) {
	if isTerminal(p.errs) {
		return func(done, total int) {
			if done >= total {
				_, _ = fmt.Fprint(p.errs, "\r\x1b[K")
				return
			}
			full := done * progressWidth / max(total, 1)
			_, _ = fmt.Fprintf(p.errs, "\r%s [%s%s] %d of %d days",
				what, strings.Repeat("#", full), strings.Repeat(".", progressWidth-full), done, total)
		}
	}
	tenths := 0
	return func(done, total int) {
		if now := done * 10 / max(total, 1); now > tenths {
			tenths = now
			p.say("%s %d of %d days", what, done, total)
		}
	}
}
