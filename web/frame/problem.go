package frame

import (
	"net/http"
	"path"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/words"
)

// notice says one thing, with lines of details.
type notice struct {
	Title, Text string
	Lines       []line
}

// line is a detail of a notice. Lang is the language of Text when it is not
// the reader's, so that a voice reads it as it is written.
type line struct{ Label, Text, Lang string }

// ours are the kinds of problem whose details speak to programs: what a person
// is to do stands in the message files alone.
var ours = map[string]string{"unavailable": "unavailable", "internal": "unavailable", "too_fast": "too_fast"}

// formKind is the kind of problem that a page finds itself and words in the
// reader's language.
const formKind = "form"

// FormProblem is a refusal of a form before the API sees it; key is that of the
// sentence which says what to mend.
func FormProblem(w *words.Words, key string, with ...any) *door.Problem {
	return &door.Problem{Problem: gen.Problem{
		Type: "/problems/" + formKind, Title: w.T("frame.problem.invalid"), Status: http.StatusUnprocessableEntity, Detail: w.T(key, with...),
	}}
}

// noticeOf says what the API refused and what to do, in the reader's language as
// far as it is known there.
func noticeOf(w *words.Words, p *door.Problem) notice {
	kind := strings.ReplaceAll(path.Base(p.Type), "-", "_")
	if kind == formKind {
		return notice{Title: p.Title, Text: p.Detail}
	}
	n := notice{Title: w.Or("frame.problem."+kind, w.Told(p.Title))}
	general := w.Or("frame.problem."+kind+"_text", "")
	for _, e := range p.Errors {
		n.Lines = append(n.Lines, faultLine(w, e.Field, e.Message))
	}
	for _, m := range p.Missing {
		n.Lines = append(n.Lines, line{Text: words.Upper(m.Message)}) // in his language already
	}
	detail, known := w.Retold(p.Detail)
	switch {
	case ours[kind] != "":
		n.Text = w.T("frame.problem." + ours[kind] + "_text")
	case len(n.Lines) > 0: // the detail says the same
		n.Text = general
	case known && detail != "":
		n.Text = detail
	default:
		n.Text = general
		if p.Detail != "" {
			n.Lines = append(n.Lines, line{Text: p.Detail, Lang: words.English})
		}
	}
	return n
}

// faultLine is a wrong field and what to do about it. What is wrong with the
// whole needs no name.
func faultLine(w *words.Words, field, message string) line {
	text, known := w.Retold(message)
	l := line{Text: text}
	if !known {
		l.Lang = words.English
	}
	if field == "body" {
		l.Text = words.Upper(text)
	} else {
		l.Label = w.Field(field)
	}
	return l
}
