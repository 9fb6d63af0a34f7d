package api

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/openapi"
)

// MaxBody is how many bytes the body of a request may have.
const MaxBody = 256 << 10

// larger are the operations that take more than MaxBody, and how much: SendGrid
// posts events in batches of up to 768 kB.
var larger = map[string]int64{"HearSendGrid": 2 << 20}

type contextKey int

const (
	operationKey contextKey = iota
	actorKey
	callerKey
	staffKey
	logKey
	signedKey
	roomKey
)

// Operation returns what openapi.yaml says about the operation that is being
// called: its scopes, its roles, whether it is public. It is nil outside of
// the routes of Mount.
func Operation(ctx context.Context) *openapi.Operation {
	op, _ := ctx.Value(operationKey).(*openapi.Operation)
	return op
}

// Actor returns the e-mail address, in lower case, of the member of staff for
// whom the request says that it writes: its body's "actor" or its header
// X-Actor. It is "" when neither is there. Operations with x-raw-body read
// their bodies themselves, so that for them it is the header alone.
func Actor(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey).(string)
	return actor
}

// put adds a value to the request's context, where handlers find it through
// the context they are given.
func put(c *gin.Context, key contextKey, value any) {
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), key, value))
}

// knows tells the request which operation it is, for those who decide on it:
// authentication comes before any reading of the body.
func knows(operations map[string]*openapi.Operation) gin.HandlerFunc {
	return func(c *gin.Context) {
		put(c, operationKey, operations[c.Request.Method+" "+c.FullPath()])
	}
}

// shut keeps answers about a dealer's leads and staff out of every cache, and
// browsers from taking an answer for something else than it says. Operations that
// anybody may call say themselves how long theirs are good.
func shut(c *gin.Context) {
	header := c.Writer.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if !Operation(c.Request.Context()).Public {
		header.Set("Cache-Control", "no-store")
	}
}

// holds checks the request against openapi.yaml. The generated code alone is
// not enough: it lets unknown fields, unknown enum values, missing and
// over-long fields pass, matches names without regard to case, and tells the
// first mistake only.
func holds(c *gin.Context) {
	op := Operation(c.Request.Context())
	most := int64(MaxBody)
	if more, ok := larger[op.ID]; ok {
		most = more
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	if p := checkParameters(c, op); p != nil {
		Render(c, p)
		return
	}
	// What a body unfolds to nobody knows before it is unfolded.
	if op.Body != nil && !slices.Contains([]string{"", "identity"}, strings.ToLower(c.GetHeader("Content-Encoding"))) {
		Render(c, UnsupportedMediaType("the body as it is, without Content-Encoding"))
		return
	}
	if len(c.Request.Header.Values("X-Actor")) > 1 {
		Render(c, BadParameter(FieldError{Field: "X-Actor", Message: "must come once"}))
		return
	}
	actor := strings.ToLower(strings.TrimSpace(c.GetHeader("X-Actor")))
	if op.Body != nil && !op.RawBody {
		named, p := checkBody(c, op.Body)
		if p == nil && named != "" && actor != "" && named != actor {
			p = Invalid(FieldError{Field: "actor", Message: "must be the same as the header X-Actor; send one of them"})
		}
		if p != nil {
			Render(c, p)
			return
		}
		if named != "" {
			actor = named
		}
	}
	if own := callerOf(c.Request.Context()).signedIn; own != "" {
		if actor != "" && actor != own {
			Render(c, Invalid(FieldError{Field: "actor", Message: "must be left out: who has signed in acts in his own name"}))
			return
		}
		actor = own
	}
	put(c, actorKey, actor)
}

// checkParameters checks path, query and headers. A query parameter without a
// value counts as not given, because forms send all their fields; it is taken
// out of the request.
func checkParameters(c *gin.Context, op *openapi.Operation) *Problem {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return Malformed("The query cannot be read; escape its values.")
	}
	var faults []openapi.Fault
	known := map[string]bool{}
	for _, p := range op.Parameters {
		switch p.In {
		case "path":
			// An id of the wrong form is the id of nothing.
			if len(p.Schema.CheckText(p.Name, c.Param(p.Name))) > 0 {
				return newProblem(KindNotFound, "There is nothing under this address.")
			}
		case "query":
			known[p.Name] = true
			if query.Get(p.Name) == "" && len(query[p.Name]) <= 1 {
				query.Del(p.Name)
			}
			faults = append(faults, checkValues(p, query[p.Name])...)
		case "header":
			faults = append(faults, checkValues(p, c.Request.Header.Values(p.Name))...)
		}
	}
	for _, name := range unknownOf(query, known) {
		faults = append(faults, openapi.Fault{Field: name, Message: "is not a parameter here"})
	}
	if len(faults) > 0 {
		return BadParameter(fieldErrors(faults)...)
	}
	c.Request.URL.RawQuery = query.Encode()
	return nil
}

// unknownOf returns the query parameters that are not known, in order.
func unknownOf(query map[string][]string, known map[string]bool) []string {
	var out []string
	for name := range query {
		if !known[name] {
			out = append(out, openapi.Shown(name))
		}
	}
	slices.Sort(out)
	return out
}

func checkValues(p *openapi.Parameter, values []string) []openapi.Fault {
	switch {
	case len(values) > 1:
		return []openapi.Fault{{Field: p.Name, Message: "must come once; separate several values by commas where a list is taken"}}
	case len(values) == 1:
		return p.Schema.CheckText(p.Name, values[0])
	case p.Required:
		return []openapi.Fault{{Field: p.Name, Message: "is required"}}
	}
	return nil
}

// checkBody checks a JSON body and returns its actor. An optional body that is
// not there becomes an empty object, so that handlers always have one.
func checkBody(c *gin.Context, want *openapi.Body) (string, *Problem) {
	text, err := io.ReadAll(c.Request.Body)
	if err != nil {
		if p := asProblem(err); p.Status == http.StatusRequestEntityTooLarge {
			return "", p
		}
		return "", Malformed("The body was cut off. Send it again.").Because(err)
	}
	content := want.JSON()
	if len(bytes.TrimSpace(text)) == 0 {
		if want.Required {
			return "", Malformed("There is no body. Send JSON.")
		}
		text = []byte("{}")
	} else if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != content.MediaType {
		return "", UnsupportedMediaType(content.MediaType)
	}
	value, err := openapi.ReadJSON(text)
	if err != nil {
		return "", Malformed(sentence(err))
	}
	if faults := content.Schema.Check(value); len(faults) > 0 {
		return "", Invalid(fieldErrors(faults)...)
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(text))
	c.Request.ContentLength = int64(len(text))
	object, _ := value.(openapi.Object)
	actor, _ := object.Get("actor").(string)
	return strings.ToLower(strings.TrimSpace(actor)), nil
}

// storable reports whether Postgres can compare the text with one of its own.
// It is for what is read without a schema, which says the same.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

func fieldErrors(faults []openapi.Fault) []FieldError {
	out := make([]FieldError, 0, len(faults))
	for _, f := range faults {
		out = append(out, FieldError{Field: f.Field, Message: f.Message})
	}
	return out
}

// sentence makes a sentence of an error text.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
