package openapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

func TestCheckNamesFieldAndRemedy(t *testing.T) {
	t.Parallel()
	doc := served(t)
	fault := func(field, message string) openapi.Fault { return openapi.Fault{Field: field, Message: message} }
	for name, c := range map[string]struct {
		operation, body string
		want            []openapi.Fault
	}{
		"right": {"LogAttempt", `{"channel":"phone","outcome":"busy","at":"2026-10-06T14:00:00+02:00","duration_s":0}`, nil},
		"unknown field": {"AddNote", `{"text":"a","colour":"red"}`, []openapi.Fault{
			fault("colour", "is not a field here; there are actor, text"),
		}},
		"other case": {"AddNote", `{"text":"a","Actor":"a@b.example"}`, []openapi.Fault{fault("Actor", "is not a field here; write actor")}},
		"all at once": {"LogAttempt", `{"channel":"pigeon","duration_s":1.5,"at":"yesterday"}`, []openapi.Fault{
			fault("channel", "must be one of phone, email, sms, chat, social, walk_in"),
			fault("duration_s", "must be a whole number"),
			fault("at", "must be a time with a zone such as 2026-10-06T14:03:00+02:00"),
			fault("outcome", "is required"),
		}},
		"time without zone": {"LogAttempt", `{"channel":"phone","outcome":"busy","at":"2026-10-06T14:00:00"}`, []openapi.Fault{
			fault("at", "must be a time with a zone such as 2026-10-06T14:03:00+02:00"),
		}},
		"too small":       {"LogAttempt", `{"channel":"phone","outcome":"busy","duration_s":-1}`, []openapi.Fault{fault("duration_s", "must be at least 0")}},
		"too large":       {"LogAttempt", `{"channel":"phone","outcome":"busy","duration_s":86401}`, []openapi.Fault{fault("duration_s", "must be at most 86400")}},
		"beyond int64":    {"LogAttempt", `{"channel":"phone","outcome":"busy","duration_s":99999999999999999999}`, []openapi.Fault{fault("duration_s", "must be a whole number")}},
		"empty":           {"AddNote", `{"text":""}`, []openapi.Fault{fault("text", "must not be empty")}},
		"too short":       {"AddNote", `{"text":"a","actor":"a"}`, []openapi.Fault{fault("actor", "must have at least 3 characters")}},
		"too long":        {"AddNote", `{"text":"` + strings.Repeat("é", 4001) + `"}`, []openapi.Fault{fault("text", "must have at most 4000 characters")}},
		"long enough":     {"AddNote", `{"text":"` + strings.Repeat("é", 4000) + `"}`, nil},
		"null":            {"AddNote", `{"text":null}`, []openapi.Fault{fault("text", "must not be null; leave it out or give it a value")}},
		"NUL":             {"AddNote", `{"text":"a\u0000b"}`, []openapi.Fault{fault("text", "must not contain a NUL character")}},
		"NUL in details":  {"CloseLead", `{"reason":"sold","details":{"vehicle":["\u0000"]}}`, []openapi.Fault{fault("details.vehicle[0]", "must not contain a NUL character")}},
		"number as text":  {"AddNote", `{"text":7}`, []openapi.Fault{fault("text", "must be a text")}},
		"not an object":   {"AddNote", `["text"]`, []openapi.Fault{fault("body", "must be an object")}},
		"null body":       {"AddNote", `null`, []openapi.Fault{fault("body", "must not be null; leave it out or give it a value")}},
		"every channel":   {"ChangeCustomer", `{"do_not_contact":true}`, nil},
		"these channels":  {"ChangeCustomer", `{"do_not_contact":["phone","sms"]}`, nil},
		"unknown channel": {"ChangeCustomer", `{"do_not_contact":["phone","fax"]}`, []openapi.Fault{fault("do_not_contact[1]", "must be one of phone, email, sms")}},
		"neither":         {"ChangeCustomer", `{"do_not_contact":"phone"}`, []openapi.Fault{fault("do_not_contact", "must be true or false or a list")}},
		"too many":        {"ChangeCustomer", `{"do_not_contact":["phone","phone","phone","phone"]}`, []openapi.Fault{fault("do_not_contact", "must have at most 3 items")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := openapi.ReadJSON([]byte(c.body))
			require.NoError(t, err)
			require.Equal(t, c.want, doc.Operation(c.operation).Body.JSON().Schema.Check(value))
		})
	}
}

func TestCheckTextReadsParameters(t *testing.T) {
	t.Parallel()
	doc := served(t)
	for _, c := range []struct {
		parameter, text, want string
	}{
		{"limit", "50", ""},
		{"limit", "0", "must be at least 1"},
		{"limit", "many", "must be a whole number"},
		{"overdue", "true", ""},
		{"overdue", "yes", "must be true or false"},
		{"status", "open,closing", ""},
		{"status", "open,shut", "must be one of open, closing, closed"},
		{"sort", "-received_at", ""},
		{"sort", "name", "must be one of next_deadline, -next_deadline, received_at, -received_at"},
		{"q", "x", "must have at least 2 characters"},
		{"q", "Jos\xe9", "must be text in UTF-8"},
	} {
		for _, p := range doc.Operation("ListLeads").Parameters {
			if p.Name != c.parameter {
				continue
			}
			faults := p.Schema.CheckText(p.Name, c.text)
			if c.want == "" {
				require.Empty(t, faults, "%s=%s", c.parameter, c.text)
				continue
			}
			require.Len(t, faults, 1, "%s=%s", c.parameter, c.text)
			require.Equal(t, c.want, faults[0].Message)
		}
	}
}

func TestReadJSONRefusesWhatTheHandlerWouldReadOtherwise(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":1,"a":2}`:     "comes twice",
		`{"a":1} {"b":2}`:   "is not JSON",
		`{"a":1}x`:          "is not JSON",
		"{\n  \"a\": 1,\n}": "line 3",
		"{\"a\":\"\xff\"}":  "UTF-8",
		strings.Repeat("[", 65) + strings.Repeat("]", 65): "deeper than 64",
		``: "is not JSON",
	} {
		_, err := openapi.ReadJSON([]byte(body))
		require.ErrorContains(t, err, want, "%.40s", body)
	}
	_, err := openapi.ReadJSON([]byte(strings.Repeat("[", 64) + strings.Repeat("]", 64)))
	require.NoError(t, err)
}

func TestAFaultHoldsNothingOfTheValue(t *testing.T) {
	t.Parallel()
	doc := served(t)
	rapid.Check(t, func(t *rapid.T) {
		secret := "S3CRET" + rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "value")
		op := rapid.SampledFrom([]string{"LogAttempt", "ChangeCustomer", "SetAppointment"}).Draw(t, "operation")
		schema := doc.Operation(op).Body.JSON().Schema
		body := openapi.Object{}
		for _, p := range schema.Properties {
			if p.Name != "note" && p.Name != "actor" {
				body = append(body, openapi.Member{Name: p.Name, Value: secret})
			}
		}
		faults := schema.Check(body)
		if len(faults) == 0 {
			t.Fatalf("%s took a text for everything", op)
		}
		for _, f := range faults {
			if strings.Contains(f.Message, "S3CRET") {
				t.Fatalf("%s: %s", f.Field, f.Message)
			}
		}
	})
}

// FuzzReadJSON holds that whatever ReadJSON takes, encoding/json takes too, and
// that checking it neither panics nor answers without bound.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"text":"a"}`, `[]`, `{"a":{"b":[1,2.5e3,null,true]}}`, `"\ud800"`, "{\"a\":1,\"a\":2}", `1e999`, strings.Repeat("[", 70)} {
		f.Add([]byte(seed))
	}
	doc, err := openapi.Parse([]byte("openapi: 3.0.3\ncomponents: {schemas: {S: {type: object, additionalProperties: false, properties: {text: {type: string, maxLength: 3}, n: {type: integer}}}}}\n"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := openapi.ReadJSON(text)
		if err != nil {
			require.Nil(t, value)
			return
		}
		require.True(t, json.Valid(text))
		require.LessOrEqual(t, len(doc.Schemas[0].Check(value)), 50)
	})
}
