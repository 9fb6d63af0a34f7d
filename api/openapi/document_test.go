package openapi_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

func served(t *testing.T) *openapi.Document {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	require.NoError(t, err)
	doc, err := openapi.Parse(text)
	require.NoError(t, err)
	return doc
}

func TestEveryReferenceLeadsSomewhereAndEveryWordIsHeeded(t *testing.T) {
	t.Parallel()
	doc := served(t)
	require.Equal(t, "Doorbell", doc.Title)
	require.NotEmpty(t, doc.Operations)
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	doc := served(t)
	ids := map[string]bool{}
	for _, op := range doc.Operations {
		require.NotEmpty(t, op.ID, op.Path)
		require.False(t, ids[op.ID], "%s twice", op.ID)
		ids[op.ID] = true
		require.NotEmpty(t, op.Summary, op.ID)
		require.NotEmpty(t, op.Description, op.ID)
		require.True(t, slices.ContainsFunc(doc.Tags, func(tag openapi.Tag) bool { return tag.Name == op.Tag }), "%s: tag %s", op.ID, op.Tag)
		require.Equal(t, op.Public, len(op.Scopes) == 0, "%s: scopes", op.ID)
		inPath := regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(op.Path, -1)
		for _, m := range inPath {
			require.True(t, slices.ContainsFunc(op.Parameters, func(p *openapi.Parameter) bool {
				return p.In == "path" && p.Name == m[1] && p.Required
			}), "%s: %s", op.ID, m[1])
		}
		for _, p := range op.Parameters {
			require.NotEmpty(t, p.Description, "%s %s", op.ID, p.Name)
		}
	}
}

func TestEveryWriteIsSafeToRepeatAndNamesItsActor(t *testing.T) {
	t.Parallel()
	for _, op := range served(t).Operations {
		if op.Method == http.MethodGet || op.ID == "HearSendGrid" { // signed events, each with an id of its own
			continue
		}
		for _, header := range []string{"Idempotency-Key", "X-Actor"} {
			require.True(t, slices.ContainsFunc(op.Parameters, func(p *openapi.Parameter) bool { return p.Name == header }), "%s lacks %s", op.ID, header)
		}
		for _, status := range []string{"401", "403", "413", "415", "422", "429", "503"} {
			require.True(t, slices.ContainsFunc(op.Responses, func(r *openapi.Response) bool { return r.Status == status }), "%s lacks %s", op.ID, status)
		}
		if !op.RawBody {
			body := op.Body.JSON()
			require.NotNil(t, body, op.ID)
			require.False(t, body.Schema.Open, "%s takes unknown fields", op.ID)
			require.True(t, slices.ContainsFunc(body.Schema.Properties, func(p openapi.Property) bool { return p.Name == "actor" }), "%s lacks actor", op.ID)
		}
	}
}

func TestEveryExampleIsAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	doc := served(t)
	checked := 0
	check := func(where string, s *openapi.Schema, v any) {
		require.Empty(t, s.Check(v), where)
		checked++
	}
	for _, s := range doc.Schemas {
		if s.Example != nil {
			check(s.Name, s, s.Example)
		}
	}
	for _, op := range doc.Operations {
		for _, p := range op.Parameters {
			if p.Example != nil {
				check(op.ID+" "+p.Name, p.Schema, p.Example)
			}
		}
		contents := []*openapi.Content{}
		if op.Body != nil {
			contents = append(contents, op.Body.Contents...)
		}
		for _, r := range op.Responses {
			contents = append(contents, r.Contents...)
		}
		for _, c := range contents {
			require.NotEmpty(t, c.Examples, "%s: %s has no example", op.ID, c.MediaType)
			for _, e := range c.Examples {
				check(op.ID+" "+c.MediaType+" "+e.Name, c.Schema, e.Value)
			}
		}
	}
	require.Greater(t, checked, 100)
}

func TestParseRefusesWhatItWouldNotHeed(t *testing.T) {
	t.Parallel()
	const good = `
openapi: 3.0.3
info: {title: T, version: "1"}
paths:
  /a:
    get:
      operationId: A
      tags: [one]
      responses: {"200": {description: fine, content: {application/json: {schema: {$ref: "#/components/schemas/S"}}}}}
components:
  schemas:
    S: {type: object, additionalProperties: false, required: [n], properties: {n: {type: integer}}}
`
	_, err := openapi.Parse([]byte(good))
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"dangling reference":     {"#/components/schemas/S", "#/components/schemas/Gone"},
		"foreign reference":      {"#/components/schemas/S", "other.yaml#/S"},
		"misspelt word":          {"properties: {n", "propertys: {n"},
		"unknown type":           {"type: integer", "type: number"},
		"silent on more fields":  {"additionalProperties: false, ", ""},
		"required, no property":  {"required: [n]", "required: [m]"},
		"no tag":                 {"tags: [one]", "tags: []"},
		"bound is no number":     {"type: integer", "type: integer, minimum: low"},
		"array without items":    {"type: integer", "type: array"},
		"not YAML":               {"paths:", "paths: ["},
		"more than one in allOf": {"{type: integer}", "{allOf: [{type: string}, {type: string}]}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			_, err := openapi.Parse([]byte(bad))
			require.Error(t, err)
		})
	}
}
