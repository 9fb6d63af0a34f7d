package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/api/openapi"
	"github.com/doorbell-ilm/doorbell/internal/pace"
)

// raw has the server answer a request as it came off the wire, with bytes that
// Go's own client would not send.
func (s *shop) raw(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
	r.Method, r.Header = method, header
	var err error
	r.URL, err = url.ParseRequestURI(path)
	require.NoError(s.t, err, path)
	w := httptest.NewRecorder()
	s.web.Config.Handler.ServeHTTP(w, r)
	return w
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = append(h[pairs[i]], pairs[i+1])
	}
	return h
}

// cursor is a place in a list that somebody made up.
func cursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

// values that people do not send.
var hostileValues = []string{
	"\xff\xfe", "a\x00b", "' OR 1=1 --", "-1", "9223372036854775807", "99999999999999999999", "1e309", "NaN", "../../etc/passwd", "%00", "\u202e",
	"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "999999-01-01", "{}", "a,b,c", strings.Repeat("x", 300), strings.Repeat("9", 200),
	"9223372036854775807-9223372036854775807", "-9223372036854775808", "1--1",
	cursor(`null`), cursor(`{}`), cursor(`[]`), cursor(`-1`), cursor(`9223372036854775807`), cursor(`1e300`), cursor(`"x"`),
	cursor(`{"at":"9999-12-31T23:59:59Z","id":"00000000-0000-0000-0000-000000000000"}`),
	cursor(`{"at":"0000-01-01T00:00:00Z"}`), cursor(`{"s":"\u0000","i":"\u0000"}`),
	cursor(`{"t":"0000-01-01T00:00:00Z","i":"ffffffff-ffff-ffff-ffff-ffffffffffff"}`), cursor(`{"t":"9999-12-31T23:59:59-23:59"}`),
	cursor(`{"s":"next_deadline","p":-9223372036854775808,"i":"ffffffff-ffff-ffff-ffff-ffffffffffff"}`), cursor(`{"p":9223372036854775807}`),
	cursor(strings.Repeat(`{"a":`, 90)), cursor(strings.Repeat("[", 120)),
}

// No value of any parameter of any operation is more than the server can refuse
// or answer.
func TestHostileParameters(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	doc, err := description()
	require.NoError(t, err)
	for _, op := range doc.Operations {
		if op.ID == "StreamEvents" {
			continue // below: it goes on for ever where it is not refused
		}
		path := pathParameter.ReplaceAllString(op.Path, id)
		bodies := ""
		if op.Body != nil {
			bodies = "{}"
		}
		usual := func() http.Header {
			return header("Authorization", "Bearer "+s.staff, "X-Actor", "maria@demo.example", "Content-Type", "application/json")
		}
		attempt := func(what, path string, h http.Header) {
			w := s.raw(op.Method, path, bodies, h)
			require.Less(t, w.Code, http.StatusInternalServerError, "%s %s: %s", op.ID, what, w.Body)
		}
		for _, value := range hostileValues {
			for _, p := range op.Parameters {
				what := p.Name + "=" + value
				switch p.In {
				case "path":
					attempt(what, pathParameter.ReplaceAllString(op.Path, strings.ReplaceAll(url.PathEscape(value), "$", "$$")), usual())
				case "query":
					attempt(what, path+"?"+url.Values{p.Name: {value}}.Encode(), usual())
				case "header":
					h := usual()
					h[http.CanonicalHeaderKey(p.Name)] = []string{value}
					attempt(what, path, h)
				}
			}
		}
		for _, name := range []string{"X-Actor", "Accept", "Accept-Language", "Content-Type", "Cookie", "If-None-Match"} {
			for _, value := range []string{"\xff\xfe", strings.Repeat("x,", 10_000), ";;;=\"", "text/html; charset=\"\xff\x00\""} {
				h := usual()
				h[name] = []string{value}
				attempt(name+": "+value, path, h)
			}
		}
	}
	require.NotContains(t, s.log.String(), "panic")
}

func TestHostilePlacesInTheStream(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, value := range []string{"\xff", "a\x00", "-", "1", "1-", "-1", "1-x", "99999999999999999999-1", "1-99999999999999999999", strings.Repeat("1", 5000)} {
		w := s.raw(http.MethodGet, "/v1/events", "", header("Authorization", "Bearer "+s.staff, "Last-Event-Id", value))
		require.Equal(t, http.StatusBadRequest, w.Code, "%q: %s", value, w.Body)
		w = s.raw(http.MethodGet, "/v1/events?after="+url.QueryEscape(value), "", header("Authorization", "Bearer "+s.staff))
		require.Equal(t, http.StatusBadRequest, w.Code, "%q: %s", value, w.Body)
	}
	// Places that nobody was at are read from all the same.
	for _, value := range []string{"-9223372036854775808--9223372036854775808", "0-0", "9223372036854775807-9223372036854775807", "1--5"} {
		_, err := s.server.feeds.since(context.Background(), s.dealer, nil, mustResume(t, s, value), newsPage, "en")
		require.NoError(t, err, value)
	}
}

func mustResume(t *testing.T, s *shop, value string) tail {
	t.Helper()
	at, err := s.server.resumeFrom(context.Background(), value)
	if err != nil {
		require.ErrorIs(t, err, BadParameter())
		return tail{}
	}
	return at
}

func zipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.String()
}

// The bodies that people do not send, and what is said to them.
func TestHostileJSONBodies(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		body   string
		header []string
		status int
		says   string
	}{
		"nested 65 deep":             {`{"text":` + deep(65) + `}`, nil, 400, "nested deeper than 64 levels"},
		"nested 100,000 deep":        {strings.Repeat("[", 100_000), nil, 400, "not JSON"},
		"objects 20,000 deep":        {strings.Repeat(`{"a":`, 20_000), nil, 400, "not JSON"},
		"a field twice":              {`{"text":"a","text":"b"}`, nil, 400, "comes twice"},
		"a field twice, escaped":     {`{"text":"a","te\u0078t":"b"}`, nil, 400, "comes twice"},
		"a field twice further down": {`{"text":{"a":1,"a":2}}`, nil, 400, "comes twice"},
		"a field in another case":    {`{"Text":"a"}`, nil, 422, "write text"},
		"a huge number":              {`{"text":` + strings.Repeat("9", 200_000) + `}`, nil, 422, "must be a text"},
		"a huge exponent":            {`{"text":1e999999999}`, nil, 422, "must be a text"},
		"not a number":               {`{"text":NaN}`, nil, 400, "not JSON"},
		"no UTF-8":                   {"{\"text\":\"\xff\"}", nil, 400, "not UTF-8"},
		"UTF-16":                     {"\xff\xfe{\x00}\x00", nil, 400, "not UTF-8"},
		"a byte order mark":          {"\ufeff{\"text\":\"a\"}", nil, 400, "not JSON"},
		"NUL in a text":              {`{"text":"a\u0000b"}`, nil, 422, "NUL"},
		"NUL as it is":               {"{\"text\":\"a\x00b\"}", nil, 400, "not JSON"},
		"a line break as it is":      {"{\"text\":\"a\nb\"}", nil, 400, "not JSON"},
		"a comment":                  {`{"text":"a"/* b */}`, nil, 400, "not JSON"},
		"two values":                 {`{"text":"a"}{"text":"b"}`, nil, 400, "not JSON"},
		"cut off":                    {`{"text":"a`, nil, 400, "not JSON"},
		"null":                       {`null`, nil, 422, "must not be null"},
		"a list":                     {`[{"text":"a"}]`, nil, 422, "must be an object"},
		"__proto__":                  {`{"__proto__":{"text":"a"}}`, nil, 422, "is not a field here"},
		"20,000 unknown fields":      {`{` + fields(20_000) + `}`, nil, 422, "is not a field here"},
		"10 MB":                      {`{"text":"` + strings.Repeat("a", 10<<20) + `"}`, nil, 413, "larger than 262144 bytes"},
		"as a form":                  {`text=a`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "Send application/json."},
		"as HTML":                    {`{"text":"a"}`, []string{"Content-Type", "text/html"}, 415, "Send application/json."},
		"as nothing":                 {`{"text":"a"}`, []string{"Content-Type", ""}, 415, "Send application/json."},
		"as two things":              {`{"text":"a"}`, []string{"Content-Type", "application/json, text/plain"}, 415, "Send application/json."},
		"zipped":                     {zipped(`{"text":"a"}`), []string{"Content-Encoding", "gzip"}, 415, "without Content-Encoding"},
		"zipped and not said so":     {zipped(`{"text":"a"}`), nil, 400, "not UTF-8"},
		"said to be zipped":          {`{"text":"a"}`, []string{"Content-Encoding", "br, gzip"}, 415, "without Content-Encoding"},
		"zipped 10 MB to 10 KB":      {zipped(strings.Repeat("a", 10<<20)), []string{"Content-Encoding", "gzip"}, 415, "without Content-Encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := header(append([]string{"Authorization", "Bearer " + s.staff, "X-Actor", "sam@demo.example"}, c.header...)...)
			if h["Content-Type"] == nil {
				h.Set("Content-Type", "application/json")
			}
			w := s.raw(http.MethodPost, "/v1/leads/"+id+"/notes", c.body, h)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.Contains(t, w.Body.String(), c.says)
			require.Less(t, w.Body.Len(), 16<<10, "no answer is as large as the question")
		})
	}
}

// fields are so many members of an object.
func fields(n int) string {
	var out strings.Builder
	for i := range n {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `"f%d":0`, i)
	}
	return out.String()
}

// What is said beside a posted lead is as foreign as the lead.
func TestHostileWordsBesideALead(t *testing.T) {
	t.Parallel()
	s := open(t)
	held := s.call(s.website, http.MethodPost, "/v1/leads", `{"no":"lead"}`).is(http.StatusUnprocessableEntity).text("quarantine_id")
	for _, field := range []string{"source", "actor"} {
		for _, word := range []string{`\u0000`, `a\u0000b`, `\ud800`, strings.Repeat("x", 100_000), `' OR 1=1 --`} {
			body := strings.Replace(captur, `{`, `{"`+field+`":"`+word+`",`, 1)
			for _, path := range []string{"/v1/leads", "/v1/quarantine/" + held + "/lead"} {
				r := s.call(s.staff, http.MethodPost, path, body).is(http.StatusUnprocessableEntity).problem(KindInvalid)
				require.Contains(t, []string{"source", "actor"}, r.text("errors.0.field"))
			}
		}
	}
	// A lead is not lost over how its type is written.
	for _, media := range []string{"application/xml; charset=\"\xff\xfe\"", "text/xml; charset=\"a\u0001b\"", "application/xml; charset=\"" + strings.Repeat("x", 20_000) + "\""} {
		w := s.raw(http.MethodPost, "/v1/leads", "<adf><prospect><customer><contact><phone>06 12345678</phone></contact></customer></prospect></adf>",
			header("Authorization", "Bearer "+s.website, "Content-Type", media))
		require.Contains(t, []int{http.StatusAccepted, http.StatusOK}, w.Code, "%s", w.Body)
	}
}

// Headers as nobody means them.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	s := open(t)
	key := "Bearer " + s.staff
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"two keys":                     {header("Authorization", key, "Authorization", key), 401},
		"a key and another":            {header("Authorization", key, "Authorization", "Bearer x"), 401},
		"two keys in one":              {header("Authorization", key+", "+key), 401},
		"an empty key":                 {header("Authorization", "Bearer "), 401},
		"a key with NUL":               {header("Authorization", key+"\x00"), 401},
		"a key that is none in UTF-8":  {header("Authorization", "Bearer \xff\xfe"), 401},
		"another scheme":               {header("Authorization", "Negotiate "+s.staff), 401},
		"the scheme in capitals":       {header("Authorization", "BEARER "+s.staff), 200},
		"a key in the address":         {header("Cookie", "key="+s.staff), 401},
		"two actors":                   {header("Authorization", key, "X-Actor", "maria@demo.example", "X-Actor", "sam@demo.example"), 400},
		"an actor that is no UTF-8":    {header("Authorization", key, "X-Actor", "\xff\xfe\xfd"), 422},
		"an actor with NUL":            {header("Authorization", key, "X-Actor", "sam\x00@demo.example"), 422},
		"a rewritten method":           {header("Authorization", key, "X-Http-Method-Override", "DELETE"), 200},
		"a rewritten address":          {header("Authorization", key, "X-Original-Url", "/metrics", "X-Rewrite-Url", "/metrics"), 200},
		"another host":                 {header("Authorization", key, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"), 200},
		"another prefix":               {header("Authorization", key, "X-Forwarded-Prefix", "//evil.example"), 200},
		"languages without end":        {header("Authorization", key, "Accept-Language", strings.Repeat("nl;q=0.1,", 10_000)), 200},
		"a language that is none":      {header("Authorization", key, "Accept-Language", "\x00;q=\xff"), 200},
		"cookies without end":          {header("Authorization", key, "Cookie", strings.Repeat("a=b;", 5_000)), 200},
		"a session that was guessed":   {header("Cookie", "doorbell="+strings.Repeat("A", 43)), 401},
		"a session that is no UTF-8":   {header("Cookie", "doorbell=\xff\xfe"), 401},
		"an address that is made up":   {header("X-Forwarded-For", "127.0.0.1", "X-Real-Ip", "127.0.0.1"), 401},
		"a header for another program": {header("Authorization", key, "Content-Length", "-1", "Transfer-Encoding", "chunked"), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := s.raw(http.MethodGet, "/v1/dealer", "", c.header)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.NotContains(t, w.Body.String(), "evil.example")
			require.NotContains(t, w.Header().Get("Location"), "evil.example")
		})
	}
	for _, path := range []string{"//evil.example/v1/leads", "/v1/leads/", "/V1/leads", "/v1//leads", "/docs/", `/\evil.example/`, "//evil.example/%2e%2e/docs/"} {
		w := s.raw(http.MethodGet, path, "", header("X-Forwarded-Prefix", "//evil.example"))
		require.Contains(t, []int{http.StatusNotFound, http.StatusMovedPermanently}, w.Code, path)
		if to := w.Header().Get("Location"); to != "" {
			require.Regexp(t, `^/[^/\\]`, to, "it leads to this server")
		}
	}
}

// Whoever makes methods up must not fill the memory with figures about them.
func TestFiguresAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, path := range []string{"/", "/v1/leads", "/none"} {
		for i := range 50 {
			s.raw("BREW"+strings.Repeat("X", i), path, "", header())
		}
		s.raw("brew\x00", path, "", header())
	}
	families, err := s.server.figures.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		require.LessOrEqual(t, len(family.GetMetric()), 8, family.GetName())
	}
	require.NotContains(t, s.log.String(), "BREW")
}

// Wrong keys of one network are looked up no faster than people mistype; a key
// that is good goes on working beside them.
func TestWrongKeysAreHeldBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.server.strangers = pace.New(1, strangersBurst, strangersAtOnce) // slow enough that nothing comes back while the test looks
	s.call(s.staff, http.MethodGet, "/v1/dealer", "").is(http.StatusOK)
	codes := map[int]int{}
	wrong := func() *httptest.ResponseRecorder {
		return s.raw(http.MethodGet, "/v1/dealer", "", header("Authorization", "Bearer "+uuid.NewString()))
	}
	for range strangersBurst + 50 {
		codes[wrong().Code]++
	}
	require.GreaterOrEqual(t, codes[http.StatusUnauthorized], strangersBurst)
	require.Positive(t, codes[http.StatusTooManyRequests])
	last := wrong()
	require.Equal(t, http.StatusTooManyRequests, last.Code)
	require.Equal(t, "1", last.Header().Get("Retry-After"))

	require.Positive(t, s.server.strangers.Spent("192.0.2.1", time.Now()))
	good := s.raw(http.MethodGet, "/v1/dealer", "", header("Authorization", "Bearer "+s.staff))
	require.Equal(t, http.StatusOK, good.Code, "it was good before")
	unseen := s.raw(http.MethodGet, "/v1/dealer", "", header("Authorization", "Bearer "+s.website))
	require.Equal(t, http.StatusTooManyRequests, unseen.Code, "it may be another try")
	require.Equal(t, http.StatusUnauthorized, s.raw(http.MethodGet, "/v1/dealer", "", header()).Code, "nothing is looked up for nothing")
	require.Equal(t, http.StatusTooManyRequests, s.raw(http.MethodGet, "/v1/openapi.yaml", "", header()).Code)
	require.Equal(t, http.StatusOK, s.raw(http.MethodGet, "/healthz", "", header()).Code)
	s.call(s.website, http.MethodGet, "/v1/leads", "").is(http.StatusOK) // from another network
}

// shutOffice is the door with nobody behind it: what gets as far as a handler
// is answered with 404.
func shutOffice(tb testing.TB) http.Handler {
	tb.Helper()
	router := gin.New()
	router.NoRoute(NoRoute)
	nobody := func(gen.StrictHandlerFunc, string) gen.StrictHandlerFunc {
		return func(*gin.Context, any) (any, error) { return nil, NotFound("office") }
	}
	require.NoError(tb, Mount(router, Handlers{Strict: &office{}, Raw: &office{}, Around: []gen.StrictMiddlewareFunc{nobody}}))
	return router
}

func FuzzRequest(f *testing.F) {
	doc, err := description()
	require.NoError(f, err)
	handler := shutOffice(f)
	for i, op := range doc.Operations {
		f.Add(i, pathParameter.ReplaceAllString(op.Path, "0199f2c4-7b1e-7c3a-9d52-3f0c8a1b6e47"), "limit=1&cursor=e30", "sam@demo.example", `{"text":"a"}`)
	}
	f.Fuzz(func(t *testing.T, which int, path, query, word, body string) {
		op := doc.Operations[((which%len(doc.Operations))+len(doc.Operations))%len(doc.Operations)]
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = op.Method, &url.URL{Path: path, RawQuery: query}
		r.Header = header("Content-Type", "application/json", "X-Actor", word, "Idempotency-Key", word, "Last-Event-Id", word, "Accept-Language", word)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError, "%s", w.Body)
		if w.Code >= http.StatusBadRequest && w.Header().Get("Content-Type") == "application/problem+json" {
			_, err := openapi.ReadJSON(w.Body.Bytes())
			require.NoError(t, err)
		}
	})
}
