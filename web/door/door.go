// Package door leads from the pages to the API within the process. What a
// button does goes through the same door as what an integrator posts: one
// place checks it, refuses it, keeps it from happening twice and words it.
package door

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/words"
)

// Door is the API as a page sees it. The context of each call says who calls
// (api.As) and in which language he reads (words.Into).
type Door struct{ API http.Handler }

// Problem is the API's refusal.
type Problem struct {
	gen.Problem

	RetryAfter string // seconds, "" where it does not say
}

// Error is the problem's kind; its words may quote what was sent.
func (p *Problem) Error() string { return "refused: " + p.Type }

// IsNotFound reports whether the API knows no such thing.
func IsNotFound(err error) bool { return statusOf(err) == http.StatusNotFound }

func statusOf(err error) int {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Status
	}
	return 0
}

// Get reads the answer of a path and query into out.
func (d Door) Get(ctx context.Context, path string, out any) error {
	_, err := d.Do(ctx, Call{Method: http.MethodGet, Path: path}, out)
	return err
}

// Post has something done; key is the Idempotency-Key of the form, "" for
// none. Nil for out ignores what the API answers.
func (d Door) Post(ctx context.Context, path, key string, body, out any) error {
	_, err := d.Do(ctx, Call{Method: http.MethodPost, Path: path, Key: key, Body: body}, out)
	return err
}

// Call is a call of the API.
type Call struct {
	Method, Path string // the path with its query
	Key          string // Idempotency-Key, "" for none
	Body         any    // sent as JSON; nil for none
	// Raw is sent as it is in place of Body, as Type.
	Raw    []byte
	Type   string
	Accept string // "" is JSON
}

// Do makes a call and returns the status of the answer. A refusal is a
// *Problem. When out is a *[]byte it gets the answer as it is.
func (d Door) Do(ctx context.Context, call Call, out any) (int, error) {
	body, contentType := call.Raw, call.Type
	if call.Body != nil {
		var err error
		if body, err = json.Marshal(call.Body); err != nil {
			return 0, fmt.Errorf("request: %w", err)
		}
		contentType = "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, call.Method, call.Path, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("request: %w", err)
	}
	request.RequestURI = call.Path
	set := func(name, value string) {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	set("Content-Type", contentType)
	set("Accept", call.Accept)
	set("Idempotency-Key", call.Key)
	set("Accept-Language", words.Of(ctx).Language)
	answer := &answer{header: http.Header{}}
	d.API.ServeHTTP(answer, request)
	return answer.status, answer.read(out)
}

// answer takes what the API writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of the answer.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader takes the first status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write takes a part of the body.
func (a *answer) Write(part []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(part)
}

func (a *answer) read(out any) error {
	a.WriteHeader(http.StatusOK)
	if a.status >= http.StatusBadRequest {
		p := &Problem{RetryAfter: a.header.Get("Retry-After")}
		if err := json.Unmarshal(a.body.Bytes(), &p.Problem); err != nil {
			return fmt.Errorf("answer with status %d: %w", a.status, err)
		}
		return p
	}
	switch into := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*into = a.body.Bytes()
		return nil
	}
	if err := json.NewDecoder(&a.body).Decode(out); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
