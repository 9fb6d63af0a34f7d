package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func (c *Customer) named() bool {
	return c.FirstName != "" || c.LastName != "" || c.FullName != ""
}

// readName reads the name of one contact. First and last name win over a full
// name that disagrees; without them the full name is split. The full name is
// kept as it was written.
func readName(contact *element, c *Customer) {
	parts := map[string]string{}
	business := false
	for _, e := range contact.all(nil, "name") {
		text, _ := line(e.words())
		if empty(text) {
			continue
		}
		business = business || fold(e.attribute("type")) == "business"
		part := fold(e.attribute("part"))
		switch part {
		case "first", "firstname", "given":
			part = "first"
		case "last", "lastname", "surname", "family":
			part = "last"
		case "middle", "suffix":
		default:
			part = "full"
		}
		switch {
		case parts[part] == "":
			parts[part] = text
		case part == "full" && e.attribute("part") == "":
			// Two names without a part are one in pieces.
			parts[part], _ = line(parts[part] + " " + text)
		}
	}
	c.FullName = parts["full"]
	if business && parts["first"] == "" && parts["last"] == "" {
		return
	}
	first, infix, last := splitName(parts["full"])
	if parts["first"] != "" || parts["last"] != "" {
		first, infix, last = mergeName(parts, first, infix, last)
	}
	if shouted(first + infix + last) {
		first, infix, last = titled(first), strings.ToLower(infix), titled(last)
	}
	c.FirstName, c.Infix, c.LastName = first, infix, last
}

// mergeName puts the parts together. A part that is missing is taken from the
// full name when the other one agrees with it.
func mergeName(parts map[string]string, fullFirst, fullInfix, fullLast string) (first, infix, last string) {
	first = parts["first"]
	infix, last = cutInfix(strings.Fields(parts["last"]))
	middle := strings.Fields(parts["middle"])
	switch {
	case len(middle) == 0:
	case particlesOnly(middle) && infix == "":
		infix = parts["middle"]
	default:
		first = strings.TrimSpace(first + " " + parts["middle"])
	}
	if suffix := parts["suffix"]; suffix != "" && last != "" {
		last += " " + suffix
	}
	switch {
	case first == "" && strings.EqualFold(last, fullLast):
		first = fullFirst
		if infix == "" {
			infix = fullInfix
		}
	case last == "" && strings.EqualFold(first, fullFirst):
		infix, last = fullInfix, fullLast
	}
	first, _ = line(first)
	last, _ = line(last)
	return first, infix, last
}

// particles come between first and last name.
var particles = set("van", "de", "der", "den", "het", "'t", "’t", "‘t", "ten", "ter", "te", "op", "aan", "in", "'s", "uit",
	"von", "vom", "zu", "zum", "zur", "v.", "v.d.", "vd", "v/d", "d.", "di", "da", "du", "del", "della", "dos", "le", "la", "el", "al")

var titles = set("dhr", "hr", "heer", "mevr", "mw", "mevrouw", "mr", "mrs", "ms", "dr", "drs", "ing", "ir", "herr", "frau", "m", "mme")

// splitName splits a full name as well as can be done: "Jan de Boer", "Boer, Jan
// de", "DE WIT". A single word tells not which part it is and gives none.
func splitName(full string) (first, infix, last string) {
	words := strings.Fields(full)
	if family, given, found := strings.Cut(full, ","); found {
		// In "Boer, Jan de" the infix already stands where it belongs.
		words = append(strings.Fields(given), strings.Fields(family)...)
	}
	for len(words) > 2 && titles[strings.ToLower(strings.TrimSuffix(words[0], "."))] {
		words = words[1:]
	}
	if len(words) < 2 {
		return "", "", ""
	}
	from := len(words) - 1
	for i := 1; i < len(words)-1; i++ {
		if particle(words[i]) {
			from = i
			break
		}
	}
	infix, last = cutInfix(words[from:])
	return strings.Join(words[:from], " "), infix, last
}

// cutInfix takes the particles off the front of a last name. Those with a
// capital belong to it, as in Belgium, unless the whole name is in capitals.
func cutInfix(words []string) (infix, last string) {
	capitals := shouted(strings.Join(words, ""))
	n := 0
	for n < len(words)-1 && particle(words[n]) {
		if initial, _ := utf8.DecodeRuneInString(words[n]); unicode.IsUpper(initial) && !capitals {
			break
		}
		n++
	}
	return strings.Join(words[:n], " "), strings.Join(words[n:], " ")
}

func particle(word string) bool { return particles[strings.ToLower(word)] }

func particlesOnly(words []string) bool {
	for _, word := range words {
		if !particle(word) {
			return false
		}
	}
	return true
}

// shouted reports a name written in capitals only.
func shouted(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			letters++
		}
	}
	return letters >= 4
}

// titled writes a name in capitals the usual way: PETER-JAN becomes Peter-Jan,
// IJSBRAND becomes IJsbrand, initials stay.
func titled(s string) string {
	words := strings.Fields(s)
	for i, word := range words {
		if strings.Contains(word, ".") {
			continue
		}
		runes := []rune(strings.ToLower(word))
		start := true
		for j, r := range runes {
			if start {
				runes[j] = unicode.ToUpper(r)
			}
			start = r == '-' || r == '\'' || r == '’'
		}
		if len(runes) > 1 && string(runes[:2]) == "Ij" {
			runes[1] = 'J'
		}
		words[i] = string(runes)
	}
	return strings.Join(words, " ")
}
