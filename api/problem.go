package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// defaultRetryAfter is told when a part is away and nobody knows for how long.
const defaultRetryAfter = 5 * time.Second

// Problem is an error that the caller of the API is told, as RFC 9457 has it.
// Handlers return it; Fail renders it. What it says must not hold values that
// came with the request, because it may be logged.
type Problem struct {
	gen.Problem
	// RetryAfter is how long the caller should wait, told in whole seconds;
	// zero leaves it out.
	RetryAfter time.Duration

	cause error
}

// FieldError is a wrong field of the input and what to do about it.
type FieldError = gen.FieldError

// Missing is a piece of evidence that a closing lacks.
type Missing = gen.Missing

// newProblem makes a problem of a kind. A kind that is not in the table is a
// mistake in this package, which its test finds.
func newProblem(k Kind, detail string) *Problem {
	p := &Problem{}
	p.Type, p.Title, p.Status, p.Detail = k.typeURI(), string(k), http.StatusInternalServerError, detail
	for _, known := range kinds {
		if known.Kind == k {
			p.Title, p.Status = known.Title, known.Status
		}
	}
	return p
}

// Error says what the caller is told.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// Unwrap returns what Because was given.
func (p *Problem) Unwrap() error { return p.cause }

// Is reports whether the problem is of the kind of target.
func (p *Problem) Is(target error) bool {
	var other *Problem
	return errors.As(target, &other) && other.Type == p.Type
}

// Because keeps the error behind the problem for the log. The caller of the
// API is not told.
func (p *Problem) Because(err error) *Problem {
	p.cause = err
	return p
}

// Malformed says that the body cannot be read; detail says where and what to do.
func Malformed(detail string) *Problem { return newProblem(KindMalformed, detail) }

// BadParameter names wrong query parameters or headers.
func BadParameter(faults ...FieldError) *Problem { return withErrors(KindBadParameter, faults) }

// Unauthorised says that nobody valid is calling.
func Unauthorised() *Problem {
	return newProblem(KindUnauthorised, "Send a valid key as Authorization: Bearer KEY, or sign in.")
}

// Forbidden says that the caller may not do this; detail says who may.
func Forbidden(detail string) *Problem { return newProblem(KindForbidden, detail) }

// NotFound says that there is no such thing, or none that the caller may see;
// what names it in words: "lead", "appointment".
func NotFound(what string) *Problem {
	return newProblem(KindNotFound, "There is no such "+what+".")
}

// NotAcceptable names the forms that there are instead.
func NotAcceptable(forms ...string) *Problem {
	return newProblem(KindNotAcceptable, "Ask for "+strings.Join(forms, " or ")+".")
}

// Conflict says that the state does not allow it, or that somebody was faster.
// now is the lead as it is, nil when it is no lead that has changed.
func Conflict(detail string, now *gen.Lead) *Problem {
	p := newProblem(KindConflict, detail)
	p.Lead = now
	return p
}

// InFlight says that the first request with the same Idempotency-Key is not
// answered yet.
func InFlight() *Problem {
	p := newProblem(KindInFlight, "The first request with this Idempotency-Key is still in work. Repeat it after a second.")
	p.RetryAfter = time.Second
	return p
}

// KeyReused says that the Idempotency-Key came before with another request.
func KeyReused() *Problem {
	return newProblem(KindKeyReused, "This Idempotency-Key came before with another request. Take a new one.")
}

// TooLarge says that the body is larger than limit bytes.
func TooLarge(limit int64) *Problem {
	return newProblem(KindTooLarge, fmt.Sprintf("The body is larger than %d bytes.", limit))
}

// UnsupportedMediaType names the media types that there are.
func UnsupportedMediaType(taken ...string) *Problem {
	return newProblem(KindUnsupportedMediaType, "Send "+strings.Join(taken, " or ")+".")
}

// Invalid names wrong fields of a body that can be read.
func Invalid(faults ...FieldError) *Problem { return withErrors(KindInvalid, faults) }

// BadPolicy names what is wrong with a policy.
func BadPolicy(faults ...FieldError) *Problem { return withErrors(KindBadPolicy, faults) }

// BadReasons names what is wrong with changes to the catalogue of reasons.
func BadReasons(faults ...FieldError) *Problem { return withErrors(KindBadReasons, faults) }

// ClosingRefused lists the evidence that is not in the log.
func ClosingRefused(missing ...Missing) *Problem {
	texts := make([]string, 0, len(missing))
	for _, m := range missing {
		texts = append(texts, m.Message)
	}
	p := newProblem(KindClosingRefused, strings.Join(texts, "; "))
	p.Missing = missing
	return p
}

// UnknownReason lists the codes that may be used.
func UnknownReason(valid []string) *Problem {
	p := newProblem(KindUnknownReason, "This is no reason of the catalogue for this lead. Choose one of the valid codes.")
	p.Valid = valid
	return p
}

// Quarantined says why the message is no lead and under which id it is kept.
func Quarantined(reason string, id uuid.UUID, faults ...FieldError) *Problem {
	p := newProblem(KindQuarantined, reason)
	p.QuarantineID = &id
	p.Errors = faults
	return p
}

// TooFast says how long to wait.
func TooFast(wait time.Duration) *Problem {
	p := newProblem(KindTooFast, fmt.Sprintf("Come back in %d seconds.", wholeSeconds(wait)))
	p.RetryAfter = wait
	return p
}

// Unavailable says which part is away ("The database", "Temporal") and when to
// come back.
func Unavailable(what string, wait time.Duration) *Problem {
	p := newProblem(KindUnavailable, fmt.Sprintf("%s does not answer. Come back in %d seconds.", what, wholeSeconds(wait)))
	p.RetryAfter = wait
	return p
}

// Internal is a fault of ours; err goes into the log and nowhere else.
func Internal(err error) *Problem {
	return newProblem(KindInternal, "Something went wrong on this side. It is in the log; repeat with the same Idempotency-Key.").Because(err)
}

func withErrors(k Kind, faults []FieldError) *Problem {
	texts := make([]string, 0, len(faults))
	for _, f := range faults {
		texts = append(texts, f.Field+": "+f.Message)
	}
	p := newProblem(k, strings.Join(texts, "; "))
	p.Errors = faults
	return p
}

// wholeSeconds rounds up, because who comes back early is refused again.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// Render answers the request with the problem and ends its handling.
func Render(c *gin.Context, p *Problem) {
	c.Abort()
	if c.Writer.Written() {
		// Half an answer is out already; a second one would only garble it.
		return
	}
	body, err := json.Marshal(p.Problem)
	if err != nil {
		logOf(c).ErrorContext(c.Request.Context(), "a problem could not be rendered", "type", p.Type, "error", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	header := c.Writer.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if p.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(wholeSeconds(p.RetryAfter)))
	}
	if p.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="doorbell"`)
	}
	c.Data(p.Status, "application/problem+json", body)
}

// Fail answers the request with the problem that err is. An error that is none
// is logged and told as a fault of ours, unless it says that a part is away.
// Of a request whose caller went away nothing is logged.
func Fail(c *gin.Context, err error) {
	p := asProblem(err)
	if p.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		level := slog.LevelError
		if p.Status == http.StatusServiceUnavailable {
			level = slog.LevelWarn
		}
		// The route, not the address: an address may hold what a person typed.
		logOf(c).Log(c.Request.Context(), level, "request failed", "method", c.Request.Method, "route", c.FullPath(), "type", p.Type, "error", p.cause)
	}
	Render(c, p)
}

// logOf returns the log of the server that answers the request.
func logOf(c *gin.Context) *slog.Logger {
	if log, ok := c.Request.Context().Value(logKey).(*slog.Logger); ok {
		return log
	}
	return slog.Default()
}

func asProblem(err error) *Problem {
	var p *Problem
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return TooLarge(tooLarge.Limit)
	case errors.Is(err, workflows.ErrUnavailable):
		return Unavailable("Temporal", defaultRetryAfter).Because(err)
	case store.Away(err):
		return Unavailable("The database", defaultRetryAfter).Because(err)
	}
	return Internal(err)
}
