// Package docs renders the OpenAPI description as one readable page. The page
// needs no script, no network and no style but its own sheet, so that it works
// under a strict content security policy and on a machine without internet.
package docs

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// StylePath is where the page expects Style to be served.
const StylePath = "/docs/docs.css"

//go:embed page.html
var pageSource string

//go:embed docs.css
var style []byte

// Style returns the page's style sheet. The caller must not change it.
func Style() []byte { return style }

// Problem is a kind of problem for the list on the page.
type Problem struct {
	Name    string // last part of Type
	Type    string
	Status  int
	Title   string
	Meaning string
}

// ProblemAnchor returns the fragment under which the page explains a problem.
func ProblemAnchor(name string) string { return "problem-" + name }

// Page renders the description. It fails on one that openapi.Parse refuses.
func Page(spec []byte, problems []Problem) ([]byte, error) {
	doc, err := openapi.Parse(spec)
	if err != nil {
		return nil, err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"prose":         prose,
		"sample":        sample,
		"curl":          curl,
		"form":          form,
		"bounds":        bounds,
		"rows":          rows,
		"problemAnchor": ProblemAnchor,
	}).Parse(pageSource)
	if err != nil {
		return nil, fmt.Errorf("parse the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page{Doc: doc, Groups: groups(doc), Problems: problems, StylePath: StylePath}); err != nil {
		return nil, fmt.Errorf("render the page: %w", err)
	}
	return out.Bytes(), nil
}

type page struct {
	Doc       *openapi.Document
	Groups    []group
	Problems  []Problem
	StylePath string
}

// group is a tag with its operations.
type group struct {
	openapi.Tag
	Anchor     string
	Operations []*openapi.Operation
}

func groups(doc *openapi.Document) []group {
	out := make([]group, 0, len(doc.Tags))
	for i, tag := range doc.Tags {
		g := group{Tag: tag, Anchor: fmt.Sprintf("group-%d", i+1)}
		for _, op := range doc.Operations {
			if op.Tag == tag.Name {
				g.Operations = append(g.Operations, op)
			}
		}
		out = append(out, g)
	}
	return out
}
