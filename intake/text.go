package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line makes a text fit for one line of a form: white space collapsed to single
// blanks, nothing invisible, at most MaxLine runes. cut says that it was longer.
func line(s string) (clean string, cut bool) { return lineUpTo(s, MaxLine) }

func lineUpTo(s string, limit int) (clean string, cut bool) {
	var b strings.Builder
	runes, blank := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u0085':
			blank = runes > 0
			continue
		case hidden(r):
			continue
		}
		if blank {
			if runes+1 >= limit {
				return b.String(), true
			}
			b.WriteByte(' ')
			runes++
			blank = false
		}
		if runes == limit {
			return b.String(), true
		}
		b.WriteRune(r)
		runes++
	}
	return b.String(), false
}

// prose makes a text of several lines fit to be shown: line ends are \n, never
// more than one empty line in a row, nothing invisible, at most MaxComments
// runes. cut says that it was longer.
func prose(s string) (clean string, cut bool) {
	var b strings.Builder
	runes, breaks, blanks := 0, 0, 0
	afterReturn := false
	for _, r := range s {
		if r == '\n' && afterReturn {
			afterReturn = false
			continue
		}
		afterReturn = r == '\r'
		switch {
		case r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			breaks, blanks = breaks+1, 0
			continue
		case unicode.IsSpace(r):
			blanks++
			continue
		case hidden(r):
			continue
		}
		if runes == 0 {
			breaks, blanks = 0, 0
		}
		breaks = min(breaks, 2)
		if breaks > 0 {
			blanks = 0 // the indentation of the XML around the words is not theirs
		}
		blanks = min(blanks, 8)
		if runes+breaks+blanks >= MaxComments {
			return b.String(), true
		}
		b.WriteString(strings.Repeat("\n", breaks))
		b.WriteString(strings.Repeat(" ", blanks))
		b.WriteRune(r)
		runes += breaks + blanks + 1
		breaks, blanks = 0, 0
	}
	return b.String(), false
}

// hidden reports runes that no text of a lead keeps: control characters, the
// marks that reorder text on screen (they make a name or address look like
// another), invisible spaces, and what is no character at all.
func hidden(r rune) bool {
	switch {
	case unicode.IsControl(r), r == utf8.RuneError:
		return true
	case r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u00ad':
		return true
	case r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
		return true
	}
	return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
}

// identifier is line for a text that others look up. A longer one ends in a
// digest of the whole: cut off, two different leads could look like one.
func identifier(s string) (clean string, cut bool) {
	clean, cut = line(s)
	if !cut {
		return clean, false
	}
	sum := sha256.Sum256([]byte(s))
	clean, _ = lineUpTo(s, MaxLine-33)
	return clean + "~" + hex.EncodeToString(sum[:16]), true
}

// empty reports the placeholders that forms send where the customer left a
// field open.
func empty(s string) bool {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	// "Unknown Unknown" is a placeholder for each part of a name.
	if first, rest, _ := strings.Cut(s, " "); placeholders[s] || placeholders[first] && rest == first {
		return true
	}
	// Nothing but dashes, dots, zeros or crosses says nothing.
	return strings.Trim(s, "-–_.,?*/# 0") == "" || len(s) > 1 && strings.Trim(s, "x") == ""
}

var placeholders = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range []string{
		"", "unknown", "name unknown", "unknown name", "not known", "n/a", "n.a.", "n.a", "null",
		"(null)", "nil", "none", "undefined", "not provided", "not specified", "unspecified", "not available",
		"not given", "no name", "no email", "no phone", "anonymous", "onbekend", "n.v.t.", "nvt", "niet opgegeven",
		"geen", "unbekannt", "k.a.", "keine angabe", "inconnu", "non communiqué", "desconocido",
	} {
		all[word] = true
	}
	return all
}()

// fold prepares a code word for comparison: lower case, letters and digits only,
// so that "Test-Drive", "test_drive" and "testdrive" are one word.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
