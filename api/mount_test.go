package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/api/openapi"
)

const (
	someLead        = "/v1/leads/0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"
	someAppointment = someLead + "/appointments/0199f3a0-11c2-7e55-8b61-92d4e07c3a18"
)

// office stands behind the door and notes what gets through. What it does not
// override is not called by these tests.
type office struct {
	gen.StrictServerInterface
	lead    gen.Lead
	attempt chan gen.LogAttemptRequestObject
	actor   chan string
	held    chan context.Context // of the first GetHealth
}

func (o *office) LogAttempt(ctx context.Context, r gen.LogAttemptRequestObject) (gen.LogAttemptResponseObject, error) {
	o.attempt <- r
	o.actor <- Actor(ctx)
	return gen.LogAttempt200JSONResponse{LeadAsItIsJSONResponse: gen.LeadAsItIsJSONResponse(o.lead)}, nil
}

func (o *office) ConfirmAppointment(ctx context.Context, r gen.ConfirmAppointmentRequestObject) (gen.ConfirmAppointmentResponseObject, error) {
	if r.Body == nil {
		return nil, io.ErrUnexpectedEOF
	}
	o.actor <- Actor(ctx)
	return gen.ConfirmAppointment200JSONResponse{LeadAsItIsJSONResponse: gen.LeadAsItIsJSONResponse(o.lead)}, nil
}

func (o *office) ListLeads(_ context.Context, r gen.ListLeadsRequestObject) (gen.ListLeadsResponseObject, error) {
	if r.Params.Limit != nil && *r.Params.Limit == 7 {
		return nil, Unavailable("The database", 0)
	}
	cursor := ""
	for _, s := range r.Params.Status {
		cursor += string(s) + ";"
	}
	return gen.ListLeads200JSONResponse{Items: []gen.Lead{o.lead}, NextCursor: &cursor}, nil
}

func (o *office) GetHealth(ctx context.Context, _ gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	select {
	case o.held <- ctx:
	default:
	}
	return gen.GetHealth200JSONResponse{Status: gen.HealthStatusOk, Version: "test"}, nil
}

// Raw answers with the name of what was called and the length of its body.
func (o *office) answer(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		Fail(c, err)
		return
	}
	c.String(http.StatusOK, "%s %d", Operation(c).ID, len(body))
}
func (o *office) PostLead(c *gin.Context)     { o.answer(c) }
func (o *office) MakeLead(c *gin.Context)     { o.answer(c) }
func (o *office) GetPolicy(c *gin.Context)    { o.answer(c) }
func (o *office) PutPolicy(c *gin.Context)    { o.answer(c) }
func (o *office) StreamEvents(c *gin.Context) { o.answer(c) }
func (o *office) PutLogo(c *gin.Context)      { o.answer(c) }
func (o *office) GetLogo(c *gin.Context)      { o.answer(c) }
func (o *office) GetMetrics(c *gin.Context)   { o.answer(c) }
func (o *office) HearSendGrid(c *gin.Context) { o.answer(c) }

// door serves an office on a free port, with a key that opens everything.
func door(t *testing.T) (*httptest.Server, *office) {
	t.Helper()
	o := &office{attempt: make(chan gen.LogAttemptRequestObject, 1), actor: make(chan string, 1), held: make(chan context.Context, 1)}
	text, err := json.Marshal(leadExample(t))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &o.lead))
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.NoRoute(NoRoute)
	router.NoMethod(NoMethod)
	require.NoError(t, Mount(router, Handlers{Strict: o, Raw: o, Before: []gin.HandlerFunc{func(c *gin.Context) {
		if !Operation(c).Public && c.GetHeader("Authorization") != "Bearer key" {
			Fail(c, Unauthorised())
		}
	}}}))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server, o
}

// leadExample is the lead of the description, in plain Go values.
func leadExample(t *testing.T) any {
	t.Helper()
	doc, err := description()
	require.NoError(t, err)
	for _, s := range doc.Schemas {
		if s.Name == "Lead" {
			return plainValue(s.Example)
		}
	}
	t.Fatal("openapi.yaml has no Lead")
	return nil
}

func plainValue(v any) any {
	switch v := v.(type) {
	case openapi.Object:
		out := map[string]any{}
		for _, m := range v {
			out[m.Name] = plainValue(m.Value)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, plainValue(item))
		}
		return out
	}
	return v
}

func parsed(t *testing.T, text []byte) openapi.Object {
	t.Helper()
	value, err := openapi.ReadJSON(text)
	require.NoError(t, err, "%s", text)
	object, ok := value.(openapi.Object)
	require.True(t, ok)
	return object
}

// answer is a response that was read to its end.
type answer struct {
	StatusCode int
	Header     http.Header
}

// call is one request; header pairs override the usual ones.
func call(t *testing.T, server *httptest.Server, method, path, body string, headers ...string) (answer, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer key")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{StatusCode: resp.StatusCode, Header: resp.Header}, text
}

func TestARightRequestReachesItsHandler(t *testing.T) {
	t.Parallel()
	server, o := door(t)
	resp, body := call(t, server, http.MethodPost, someLead+"/attempts",
		`{"actor":"Sam@Demo.example","channel":"phone","outcome":"voicemail","at":"2026-10-06T14:21:40+02:00"}`, "Idempotency-Key", "k-1")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	got := <-o.attempt
	require.Equal(t, "k-1", *got.Params.IdempotencyKey)
	require.Equal(t, gen.AttemptOutcomeVoicemail, got.Body.Outcome)
	require.Equal(t, "2026-10-06T12:21:40Z", got.Body.At.UTC().Format("2006-01-02T15:04:05Z07:00"))
	require.Equal(t, "sam@demo.example", <-o.actor)

	doc, err := description()
	require.NoError(t, err)
	require.Empty(t, doc.Operation("LogAttempt").Responses[0].Contents[0].Schema.Check(parsed(t, body)), "the answer is as described")
}

func TestAWrongRequestIsRefusedByNameBeforeItsHandler(t *testing.T) {
	t.Parallel()
	server, _ := door(t)
	const attempts = someLead + "/attempts"
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		kind               Kind
		field              string
	}{
		"unknown field":       {"POST", attempts, `{"channel":"phone","outcome":"busy","colour":"red"}`, nil, 422, KindInvalid, "colour"},
		"wrong type":          {"POST", attempts, `{"channel":"phone","outcome":"busy","duration_s":"long"}`, nil, 422, KindInvalid, "duration_s"},
		"wrong value":         {"POST", attempts, `{"channel":"phone","outcome":"maybe"}`, nil, 422, KindInvalid, "outcome"},
		"missing field":       {"POST", attempts, `{"channel":"phone"}`, nil, 422, KindInvalid, "outcome"},
		"name in other case":  {"POST", attempts, `{"Channel":"phone","channel":"phone","outcome":"busy"}`, nil, 422, KindInvalid, "Channel"},
		"two actors":          {"POST", attempts, `{"actor":"a@b.example","channel":"phone","outcome":"busy"}`, []string{"X-Actor", "c@b.example"}, 422, KindInvalid, "actor"},
		"not JSON":            {"POST", attempts, `{"channel":`, nil, 400, KindMalformed, ""},
		"two values":          {"POST", attempts, `{"channel":"phone","outcome":"busy"}{}`, nil, 400, KindMalformed, ""},
		"field twice":         {"POST", attempts, `{"channel":"phone","outcome":"busy","outcome":"reached"}`, nil, 400, KindMalformed, ""},
		"no body":             {"POST", attempts, ``, nil, 400, KindMalformed, ""},
		"wrong media type":    {"POST", attempts, `a=b`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, KindUnsupportedMediaType, ""},
		"too large":           {"POST", attempts, `{"note":"` + strings.Repeat("a", MaxBody) + `"}`, nil, 413, KindTooLarge, ""},
		"too large, raw":      {"POST", "/v1/leads", strings.Repeat("a", MaxBody+1), nil, 413, KindTooLarge, ""},
		"key too long":        {"POST", attempts, `{"channel":"phone","outcome":"busy"}`, []string{"Idempotency-Key", strings.Repeat("k", 201)}, 400, KindBadParameter, "Idempotency-Key"},
		"no key":              {"POST", attempts, `{"colour":1}`, []string{"Authorization", "Bearer other"}, 401, KindUnauthorised, ""},
		"id of wrong form":    {"GET", "/v1/leads/42", ``, nil, 404, KindNotFound, ""},
		"unknown parameter":   {"GET", "/v1/leads?colour=red", ``, nil, 400, KindBadParameter, "colour"},
		"wrong parameter":     {"GET", "/v1/leads?status=open,shut", ``, nil, 400, KindBadParameter, "status[1]"},
		"parameter twice":     {"GET", "/v1/leads?limit=1&limit=2", ``, nil, 400, KindBadParameter, "limit"},
		"query unreadable":    {"GET", "/v1/leads?q=%zz", ``, nil, 400, KindMalformed, ""},
		"no such address":     {"GET", "/v2/leads", ``, nil, 404, KindNotFound, ""},
		"no such method":      {"DELETE", "/v1/leads", ``, nil, 405, KindMethodNotAllowed, ""},
		"no such explanation": {"GET", "/problems/none", ``, nil, 404, KindNotFound, ""},
		"a part is away":      {"GET", "/v1/leads?limit=7", ``, nil, 503, KindUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := call(t, server, c.method, c.path, c.body, c.headers...)
			require.Equal(t, c.status, resp.StatusCode, "%s", body)
			require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			problem := parsed(t, body)
			require.Equal(t, c.kind.typeURI(), problem.Get("type"))
			if c.field == "" {
				return
			}
			faults, ok := problem.Get("errors").([]any)
			require.True(t, ok)
			require.Len(t, faults, 1, "%s", body)
			fault, ok := faults[0].(openapi.Object)
			require.True(t, ok)
			require.Equal(t, c.field, fault.Get("field"))
			require.NotEmpty(t, fault.Get("message"))
		})
	}
}

func TestABodyThatMayBeLeftOutArrivesEmpty(t *testing.T) {
	t.Parallel()
	server, o := door(t)
	resp, body := call(t, server, http.MethodPost, someAppointment+"/confirm", "", "X-Actor", "Sam@demo.example")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	require.Equal(t, "sam@demo.example", <-o.actor)
}

func TestListParametersAreSeparatedByCommasAndMayBeEmpty(t *testing.T) {
	t.Parallel()
	server, _ := door(t)
	resp, body := call(t, server, http.MethodGet, "/v1/leads?status=open,closing&stage=&owner=&overdue=&sort=-received_at", "")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	require.Equal(t, "open;closing;", parsed(t, body).Get("next_cursor"))
}

func TestEveryOperationOfTheDescriptionIsRouted(t *testing.T) {
	t.Parallel()
	doc, err := description()
	require.NoError(t, err)
	router := gin.New()
	require.NoError(t, Mount(router, Handlers{Strict: &office{}, Raw: &office{}}))
	routed := map[string]bool{}
	for _, r := range router.Routes() {
		routed[r.Method+" "+r.Path] = true
	}
	for _, op := range doc.Operations {
		require.True(t, routed[op.Method+" "+routeOf(op.Path)], op.ID)
	}
	require.Len(t, routed, len(doc.Operations)+3, "besides them only the page, its style and the problems")
	require.True(t, router.ContextWithFallback)
}

// A deadline that was derived from a request's context may run out after its answer,
// while the next request is served: neither may touch the other's. The race detector
// is who sees it.
func TestWhatOutlivesItsRequestTouchesNoOther(t *testing.T) {
	t.Parallel()
	server, o := door(t)
	call(t, server, http.MethodGet, "/healthz", "")
	ctx, cancel := context.WithTimeout(<-o.held, time.Minute)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for range 200 {
			<-ctx.Done()
			cancel()
			_ = ctx.Value(operationKey)
		}
	}()
	cancel()
	for range 20 {
		call(t, server, http.MethodGet, "/healthz", "")
	}
	<-over
}

func TestRawOperationsGetTheBodyAsItIs(t *testing.T) {
	t.Parallel()
	server, _ := door(t)
	for _, media := range []string{"application/json", "application/xml", "text/xml", "application/x-adf+xml"} {
		resp, body := call(t, server, http.MethodPost, "/v1/leads", "<adf/>", "Content-Type", media)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, "PostLead 6", string(body))
	}
}

func TestDocumentPageAndExplanationsNeedNoKey(t *testing.T) {
	t.Parallel()
	server, _ := door(t)
	resp, body := call(t, server, http.MethodGet, "/v1/openapi.yaml", "", "Authorization", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "application/yaml", resp.Header.Get("Content-Type"))
	require.Equal(t, Spec(), body)

	resp, page := call(t, server, http.MethodGet, "/docs", "", "Authorization", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	resp, _ = call(t, server, http.MethodGet, "/docs/docs.css", "", "Authorization", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/css; charset=utf-8", resp.Header.Get("Content-Type"))

	for _, k := range kinds {
		resp, _ = call(t, server, http.MethodGet, k.Kind.typeURI(), "", "Authorization", "")
		require.Equal(t, http.StatusFound, resp.StatusCode)
		_, anchor, found := strings.Cut(resp.Header.Get("Location"), "/docs#")
		require.True(t, found)
		require.Contains(t, string(page), `id="`+anchor+`"`)
	}
	resp, body = call(t, server, http.MethodGet, "/healthz", "", "Authorization", "")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
}
