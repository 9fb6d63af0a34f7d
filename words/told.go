package words

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// What the API and the process say is English and stands where it arises: in
// the answers to integrators, in the entries of a timeline, in Temporal. The
// rooms told_api, told_process and so on, and because, have the same sentences
// in every language. There the English text is a form: what stands in the place
// of {{.name}} stands there in another language too, told itself where it is
// known. In the place of {{.form}} must stand what is known: nobody is served by
// a sentence in two languages.

// Told says a sentence of the API or of the process in the reader's language,
// and as it is when nobody has translated it.
func (w *Words) Told(sentence string) string {
	said, _ := w.Retold(sentence)
	return said
}

// Retold is Told; known says whether what it returns is the reader's language.
func (w *Words) Retold(sentence string) (said string, known bool) {
	if w.Language == English || sentence == "" {
		return sentence, true
	}
	return w.tell("told", sentence)
}

// tell finds a sentence whether it stands alone or not: that of a problem begins
// with a capital and ends with a full stop, the same one elsewhere does not.
func (w *Words) tell(room, sentence string) (said string, known bool) {
	plain := strings.TrimSuffix(sentence, ".")
	said, known = w.retold(room, lowerFirst(plain))
	if !known {
		return sentence, false
	}
	if plain != lowerFirst(plain) {
		said = Upper(said)
	}
	return said + sentence[len(plain):], true
}

// Why says why a track was chosen for a lead, which the policy tells as the
// conditions that held: "first-party · test_drive · Saturday".
func (w *Words) Why(why string) string {
	if w.Language == English || why == "" {
		return why
	}
	parts := strings.Split(why, " · ")
	for i, part := range parts {
		parts[i] = w.condition(part)
	}
	return strings.Join(parts, " · ")
}

func (w *Words) condition(part string) string {
	if said, known := w.retold("because", part); known {
		return said
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if part == day.String() {
			return w.calendar.weekdays[day]
		}
	}
	for _, room := range []string{"channel", "request", "condition"} {
		if said := w.Or(room+"."+part, ""); said != "" {
			return Lower(said)
		}
	}
	return part // a source, a make, a model
}

func (w *Words) retold(room, sentence string) (string, bool) {
	key, values := forms()[room].find(sentence)
	if key == "" {
		return sentence, false
	}
	for i := 1; i < len(values); i += 2 {
		part, _ := values[i].(string)
		told, known := w.part(room, part)
		if values[i-1] == "form" && !known {
			return sentence, false
		}
		values[i] = told
	}
	return w.T(key, values...), true
}

// part tells what stands in a place of a sentence: a sentence itself, a row of
// words, or somebody's own word, which is not known.
func (w *Words) part(room, text string) (told string, known bool) {
	if said, known := w.tell(room, text); known {
		return said, true
	}
	if faults := faultForm.FindAllStringSubmatchIndex(text, -1); len(faults) > 0 && faults[0][0] == 0 {
		return w.faults(room, text, faults)
	}
	for english, own := range w.calendar.joins {
		head, last, split := cutLast(text, english)
		if !split {
			continue
		}
		row := append(strings.Split(head, ", "), last)
		for i, word := range row {
			if key, known := forms()[room].whole[word]; known {
				row[i] = w.T(key)
			} else if strings.Contains(word, " ") {
				return text, false
			}
		}
		return strings.Join(row[:len(row)-1], ", ") + own + row[len(row)-1], true
	}
	return text, false
}

// faultForm is where a wrong field begins in a row of them.
var faultForm = regexp.MustCompile(`(?:^|; )([a-z][a-z_]*(?:\.[a-z_]+|\[\d+\])*): `)

// faults tells a row of wrong fields, "customer.phone: must be a text; year: …".
func (w *Words) faults(room, text string, found [][]int) (told string, known bool) {
	row := make([]string, len(found))
	known = true
	for i, at := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		said, knows := w.tell(room, text[at[1]:end])
		row[i], known = w.Field(text[at[2]:at[3]])+": "+said, known && knows
	}
	return strings.Join(row, "; "), known
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// lowerFirst makes the first letter small, also that of a word in capitals:
// sentences are found by it, not shown.
func lowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToLower(first)) + s[size:]
}

// form is an English sentence with places, and its key.
type form struct {
	key string
	sentence
}

// finder finds the key of an English sentence.
type finder struct {
	whole  map[string]string // sentences without places
	places []form            // the longest text first, so that the most particular is found
}

var forms = sync.OnceValue(func() map[string]*finder {
	all := map[string]*finder{}
	for _, room := range []string{"told", "because"} {
		f := &finder{whole: map[string]string{}}
		all[room] = f
		for key, m := range book()[English] {
			switch {
			case !strings.HasPrefix(key, room+".") && !strings.HasPrefix(key, room+"_"):
			case len(m.other.places) == 0:
				f.whole[lowerFirst(m.other.texts[0])] = key
			default:
				s := m.other
				s.texts = slices.Clone(s.texts)
				s.texts[0] = lowerFirst(s.texts[0])
				f.places = append(f.places, form{key, s})
			}
		}
		slices.SortFunc(f.places, func(a, b form) int {
			return cmp.Or(cmp.Compare(b.length(), a.length()), strings.Compare(a.key, b.key))
		})
	}
	return all
})

// length is how much text a form has beside its places.
func (f form) length() int { return len(strings.Join(f.texts, "")) }

// find returns the key of a sentence and what stands in its places, "" when it
// is not among the forms.
func (f *finder) find(sentence string) (key string, values []any) {
	if key, known := f.whole[sentence]; known {
		return key, nil
	}
	for _, one := range f.places {
		if values, fits := one.match(sentence); fits {
			return one.key, values
		}
	}
	return "", nil
}

// match takes a sentence apart at the texts of a form.
func (f form) match(sentence string) (values []any, fits bool) {
	rest, fits := strings.CutPrefix(sentence, f.texts[0])
	if !fits {
		return nil, false
	}
	last := len(f.places) - 1
	for i, name := range f.places {
		next := f.texts[i+1]
		at := strings.Index(rest, next)
		if i == last {
			if !strings.HasSuffix(rest, next) {
				return nil, false
			}
			at = len(rest) - len(next)
		}
		if at < 0 {
			return nil, false
		}
		values = append(values, name, rest[:at])
		rest = rest[at+len(next):]
	}
	return values, true
}
