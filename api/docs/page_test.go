package docs_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/docs"
	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// someProblems are those that the descriptions speak of; the test of the
// package api renders the page with all.
var someProblems = []docs.Problem{
	{Name: "closing-refused", Type: "/problems/closing-refused", Status: 422, Title: "The closing is refused", Meaning: "Evidence <missing>"},
	{Name: "unknown-reason", Type: "/problems/unknown-reason", Status: 422},
	{Name: "bad-reasons", Type: "/problems/bad-reasons", Status: 422},
	{Name: "bad-policy", Type: "/problems/bad-policy", Status: 422},
	{Name: "invalid", Type: "/problems/invalid", Status: 422},
	{Name: "in-flight", Type: "/problems/in-flight", Status: 409},
	{Name: "key-reused", Type: "/problems/key-reused", Status: 422},
}

func rendered(t *testing.T) (*openapi.Document, string) {
	t.Helper()
	spec, err := os.ReadFile("../openapi.yaml")
	require.NoError(t, err)
	doc, err := openapi.Parse(spec)
	require.NoError(t, err)
	page, err := docs.Page(spec, someProblems)
	require.NoError(t, err)
	return doc, string(page)
}

func TestPageShowsEveryOperationFieldAndProblem(t *testing.T) {
	t.Parallel()
	doc, page := rendered(t)
	for _, op := range doc.Operations {
		require.Contains(t, page, `<article id="`+op.ID+`"`)
		require.Contains(t, page, `href="#`+op.ID+`"`, "not in the contents")
		require.Contains(t, page, "<code>"+op.Path+"</code>")
		for _, p := range op.Parameters {
			require.Contains(t, page, "<code>"+p.Name+"</code>")
		}
	}
	for _, s := range doc.Schemas {
		for _, p := range s.Properties {
			require.Contains(t, page, "<code>"+p.Name+"</code>", s.Name)
		}
	}
	require.Contains(t, page, `id="`+docs.ProblemAnchor("closing-refused")+`"`)
	require.Contains(t, page, "Evidence &lt;missing&gt;")
}

func TestPageNeedsNoScriptNoNetworkAndNoInlineStyle(t *testing.T) {
	t.Parallel()
	_, page := rendered(t)
	lower := strings.ToLower(page)
	require.NotContains(t, lower, "<script")
	require.NotContains(t, lower, "<style")
	require.NotRegexp(t, `<[^>]+\sstyle\s*=`, lower)
	require.NotRegexp(t, `<[^>]+\son[a-z]+\s*=`, lower)
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^(#|/docs|/v1/)`, m[1], "leads outside")
	}
	require.NotContains(t, string(docs.Style()), "url(")
	require.NotContains(t, string(docs.Style()), "@import")
}

func TestEveryLinkOnThePageLeadsSomewhereAndEveryIDIsUnique(t *testing.T) {
	t.Parallel()
	_, page := rendered(t)
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		require.False(t, ids[m[1]], "%s twice", m[1])
		ids[m[1]] = true
	}
	links := regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, links)
	for _, m := range links {
		require.True(t, ids[m[1]], "%s leads nowhere", m[1])
	}
}

func TestHeadingsDescendWithoutAGap(t *testing.T) {
	t.Parallel()
	_, page := rendered(t)
	last := "0"
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
		require.LessOrEqual(t, m[1][0], last[0]+1, "h%s after h%s", m[1], last)
		last = m[1]
	}
	require.Equal(t, 1, strings.Count(page, "<h1"))
}

// The samples are what readers copy, so the JSON among them must be JSON.
func TestCommandsSendTheBodyOfTheExample(t *testing.T) {
	t.Parallel()
	_, page := rendered(t)
	bodies := regexp.MustCompile(`(?s)Content-Type: application/json&#34; \\\n\s+--data-binary @- &lt;&lt;&#39;END&#39;\n(.*?)\nEND<`).FindAllStringSubmatch(page, -1)
	require.Greater(t, len(bodies), 10)
	unescape := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+")
	for _, m := range bodies {
		require.True(t, json.Valid([]byte(unescape.Replace(m[1]))), m[1])
	}
}

func TestPageRefusesABrokenDescription(t *testing.T) {
	t.Parallel()
	_, err := docs.Page([]byte("paths: ["), nil)
	require.Error(t, err)
}
