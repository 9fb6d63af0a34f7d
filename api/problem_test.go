package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/api/gen"
)

// every holds each problem as its constructor makes it.
func every() map[Kind]*Problem {
	fault := FieldError{Field: "outcome", Message: "is required"}
	return map[Kind]*Problem{
		KindMalformed:            Malformed("The body is not JSON."),
		KindBadParameter:         BadParameter(fault),
		KindUnauthorised:         Unauthorised(),
		KindForbidden:            Forbidden("Only a manager reopens leads."),
		KindNotFound:             NotFound("lead"),
		KindMethodNotAllowed:     newProblem(KindMethodNotAllowed, "This address takes GET."),
		KindNotAcceptable:        NotAcceptable("application/json", "application/yaml"),
		KindConflict:             Conflict("The lead is closed.", nil),
		KindInFlight:             InFlight(),
		KindTooLarge:             TooLarge(MaxBody),
		KindUnsupportedMediaType: UnsupportedMediaType("application/json"),
		KindInvalid:              Invalid(fault),
		KindKeyReused:            KeyReused(),
		KindClosingRefused:       ClosingRefused(Missing{Rule: "attempts", Need: 6, Have: 1, Message: "1 of 6 call attempts"}),
		KindUnknownReason:        UnknownReason([]string{"sold"}),
		KindBadPolicy:            BadPolicy(fault),
		KindBadReasons:           BadReasons(fault),
		KindQuarantined:          Quarantined("The body is no ADF.", uuid.Max),
		KindTooFast:              TooFast(1500 * time.Millisecond),
		KindInternal:             Internal(errors.New("secret")),
		KindUnavailable:          Unavailable("Temporal", 5*time.Second),
	}
}

func render(p *Problem) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(rec)
	c.Request = httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	Render(c, p)
	c.Writer.WriteHeaderNow()
	return rec
}

func TestEveryKindIsInTheTableAndIsRenderedAsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := description()
	require.NoError(t, err)
	schema := doc.Operation("LogAttempt").Responses[1].Contents[0].Schema
	require.Equal(t, "Problem", schema.Name)
	problems := every()
	require.Len(t, problems, len(kinds))
	for _, k := range kinds {
		p, ok := problems[k.Kind]
		require.True(t, ok, k.Kind)
		rec := render(p)
		require.Equal(t, k.Status, rec.Code, k.Kind)
		require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
		value := parsed(t, rec.Body.Bytes())
		require.Empty(t, schema.Check(value), k.Kind)
		require.Equal(t, "/problems/"+string(k.Kind), value.Get("type"))
		require.Equal(t, k.Title, value.Get("title"))
		require.NotEmpty(t, value.Get("detail"))
		require.NotContains(t, rec.Body.String(), "secret")
		require.NotEmpty(t, k.Meaning)
		wait := rec.Header().Get("Retry-After")
		require.Equal(t, k.Kind == KindTooFast || k.Kind == KindUnavailable || k.Kind == KindInFlight, wait != "", "%s: %s", k.Kind, wait)
	}
	require.Equal(t, "2", render(problems[KindTooFast]).Header().Get("Retry-After"), "rounded up")
	require.Equal(t, `Bearer realm="doorbell"`, render(problems[KindUnauthorised]).Header().Get("WWW-Authenticate"))
}

func TestConflictShowsThePresentLead(t *testing.T) {
	t.Parallel()
	doc, err := description()
	require.NoError(t, err)
	example, err := json.Marshal(leadExample(t))
	require.NoError(t, err)
	var now gen.Lead
	require.NoError(t, json.Unmarshal(example, &now))
	value := parsed(t, render(Conflict("Somebody was faster.", &now)).Body.Bytes())
	require.Empty(t, doc.Operation("LogAttempt").Responses[1].Contents[0].Schema.Check(value), "the generated lead is as openapi.yaml says")
}

func TestFailKeepsOurFaultsToItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"a problem":        {fmt.Errorf("log the attempt: %w", NotFound("lead")), http.StatusNotFound},
		"time ran out":     {fmt.Errorf("query: %w", context.DeadlineExceeded), http.StatusServiceUnavailable},
		"a body too large": {fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 10}), http.StatusRequestEntityTooLarge},
		"anything else":    {errors.New("jan.deboer@customer.example"), http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			c1, _ := gin.CreateTestContext(rec)
			c1.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			Fail(c1, c.err)
			require.Equal(t, c.want, rec.Code)
			require.True(t, c1.IsAborted())
			require.NotContains(t, rec.Body.String(), "customer.example")
		})
	}
}

func TestAProblemIsFoundByItsKind(t *testing.T) {
	t.Parallel()
	behind := errors.New("behind")
	err := fmt.Errorf("close: %w", Conflict("closed", nil).Because(behind))
	require.ErrorIs(t, err, Conflict("", nil))
	require.ErrorIs(t, err, behind)
	require.NotErrorIs(t, err, NotFound("lead"))
}

func TestDetailsBecomeTexts(t *testing.T) {
	t.Parallel()
	texts, faults := Details(map[string]any{"brand": "own", "channels": []any{"phone", "sms"}, "amount": 31990.5, "on": nil, "with": map[string]any{}, "about": []any{1.0}})
	require.Equal(t, map[string]string{"brand": "own", "channels": "phone,sms", "amount": "31990.5", "on": ""}, texts)
	require.Equal(t, []FieldError{
		{Field: "details.about", Message: "must be a text, a number or a list of texts"},
		{Field: "details.with", Message: "must be a text, a number or a list of texts"},
	}, faults)
}

func TestWaitsAreNeverToldTooShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "wait"))
		told := time.Duration(wholeSeconds(d)) * time.Second
		if told < d || told >= d+time.Second {
			t.Fatalf("%s is told as %s", d, told)
		}
	})
}
