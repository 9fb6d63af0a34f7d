package words

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentence is a text with places in which something is put: text, place, text,
// and so on.
type sentence struct {
	texts  []string // one more than places
	places []string
}

var (
	placeForm = regexp.MustCompile(`\{\{\s*\.([a-z][a-z0-9_]*)\s*\}\}`)
	errPlace  = errors.New("a place stands as {{.name}}, with a name of lower case letters, digits and _")
)

// sentenceOf takes a text apart at its places.
func sentenceOf(text string) (sentence, error) {
	var s sentence
	at := 0
	for _, found := range placeForm.FindAllStringSubmatchIndex(text, -1) {
		s.texts = append(s.texts, text[at:found[0]])
		s.places = append(s.places, text[found[2]:found[3]])
		at = found[1]
	}
	s.texts = append(s.texts, text[at:])
	for _, part := range s.texts {
		if strings.Contains(part, "{{") || strings.Contains(part, "}}") {
			return s, errPlace
		}
	}
	return s, nil
}

func (s *sentence) empty() bool { return len(s.texts) == 0 }

// with says the sentence with a row of names and what they stand for put in.
// What is not given shows the name of its place.
func (s *sentence) with(values []any) string {
	if len(s.places) == 0 {
		if s.empty() {
			return ""
		}
		return s.texts[0]
	}
	var out strings.Builder
	for i, name := range s.places {
		out.WriteString(s.texts[i])
		put(&out, name, values)
	}
	out.WriteString(s.texts[len(s.places)])
	return out.String()
}

func put(out *strings.Builder, name string, values []any) {
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] != name {
			continue
		}
		switch v := values[i+1].(type) {
		case string:
			out.WriteString(v)
		case int:
			out.WriteString(strconv.Itoa(v))
		default:
			fmt.Fprint(out, v)
		}
		return
	}
	out.WriteString(unknown(name))
}

// Lower makes a label part of a sentence: its first letter is small, unless
// it begins a word in capitals, such as BDC.
func Lower(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	second, _ := utf8.DecodeRuneInString(label[size:])
	if size == 0 || unicode.IsUpper(second) {
		return label
	}
	return string(unicode.ToLower(first)) + label[size:]
}

// Upper makes words begin as a sentence does.
func Upper(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return words
	}
	return string(unicode.ToUpper(first)) + words[size:]
}
