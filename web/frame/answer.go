package frame

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/words"
)

// pageRules is what a page may load and where its forms may go: its own server
// and nothing else, no script and no style inside it. Pico draws its arrows and
// ticks as data: pictures. Frames show mails, which come with stricter rules.
const pageRules = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

type logKey struct{}

// Logs has what goes wrong behind the pages written to log.
func Logs(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), logKey{}, log))
	}
}

func logOf(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.New(slog.DiscardHandler)
}

// Shut sets the headers of a page of the staff: nothing of it is kept, framed
// or told to other sites.
func Shut(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", pageRules)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

var crossOrigin = http.NewCrossOriginProtection()

// Foreign reports whether another site had the browser send a form, for pages
// whose address is a secret. They tell it to nobody, which makes browsers hide
// the origin of their forms as well, and those that are too old for
// Sec-Fetch-Site say no more than that; about them the secret decides alone.
func Foreign(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return false
	}
	return crossOrigin.Check(r) != nil
}

// SameOrigin lets no form through that another site made a browser send.
func SameOrigin(c *gin.Context) {
	if crossOrigin.Check(c.Request) == nil {
		return
	}
	c.Abort()
	Say(c, http.StatusForbidden, "frame.foreign")
}

// Partial reports whether htmx asks and takes a part of a page.
func Partial(c *gin.Context) bool { return c.GetHeader("HX-Request") == "true" }

// Render answers with a page or a part of one. A page that cannot be rendered
// is a mistake of ours, which a test finds: it is answered with its status
// alone.
func Render(c *gin.Context, status int, page templ.Component) {
	var out bytes.Buffer
	ctx := context.WithValue(c.Request.Context(), saidKey{}, said(c))
	if err := page.Render(ctx, &out); err != nil {
		logOf(ctx).ErrorContext(ctx, "a page could not be rendered", "route", c.FullPath(), "error", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Header("Content-Language", words.Of(ctx).Language)
	c.Writer.Header().Add("Vary", "HX-Request") // beside what the compression says
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

// Done answers a form whose work is done: the browser shows path, which says
// the sentence "said.<said>" to whoever listens. said "" says nothing.
func Done(c *gin.Context, path, said string) {
	c.Redirect(http.StatusSeeOther, saying(path, said))
	c.Abort()
}

// DoneElsewhere answers a form whose work is done on another page than the one
// on which it stands: htmx would put the other page's content under this one's
// address.
func DoneElsewhere(c *gin.Context, path, said string) {
	if !Partial(c) {
		Done(c, path, said)
		return
	}
	c.Header("HX-Redirect", saying(path, said))
	c.AbortWithStatus(http.StatusNoContent)
}

// saying is the path of a page that says the sentence "said.<said>".
func saying(path, said string) string {
	if said == "" {
		return path
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + "said=" + url.QueryEscape(said)
}

// said is the sentence that Done left in the address, "" for none.
func said(c *gin.Context) string {
	key := c.Query("said")
	if key == "" || len(key) > 60 {
		return ""
	}
	return words.Of(c.Request.Context()).Or("said."+key, "")
}

// Refuse answers when something was refused or does not work: err is a
// *door.Problem, which says what to do, or a fault of ours, which goes into the
// log. A form that htmx sent gets a notice above the page, which stays as the
// person left it.
func Refuse(c *gin.Context, err error) {
	var p *door.Problem
	if !errors.As(err, &p) {
		Away(c, err)
		return
	}
	if p.RetryAfter != "" {
		c.Header("Retry-After", p.RetryAfter)
	}
	c.Abort()
	w := words.Of(c.Request.Context())
	answer(c, p.Status, noticeOf(w, p))
}

// Wrong answers when a form cannot be used as it is; key is that of the
// sentence which says what to mend.
func Wrong(c *gin.Context, key string, with ...any) {
	c.Abort()
	w := words.Of(c.Request.Context())
	answer(c, http.StatusUnprocessableEntity, noticeOf(w, FormProblem(w, key, with...)))
}

// Away answers when a part that is needed does not answer. err goes into the
// log, with the route and not the address, which may be somebody's secret.
func Away(c *gin.Context, err error) {
	logOf(c.Request.Context()).ErrorContext(c.Request.Context(), "a page could not be served", "method", c.Request.Method, "route", c.FullPath(), "error", err)
	c.Header("Retry-After", "10")
	Say(c, http.StatusServiceUnavailable, "frame.away")
}

// NotFound answers for what is not there, or not for this person.
func NotFound(c *gin.Context) { Say(c, http.StatusNotFound, "frame.not_found") }

// Forbidden answers for what somebody of another role may see.
func Forbidden(c *gin.Context) { Say(c, http.StatusForbidden, "frame.forbidden") }

// Say answers with a page that says one thing: the sentences key.title and
// key.text.
func Say(c *gin.Context, status int, key string) {
	c.Abort()
	w := words.Of(c.Request.Context())
	answer(c, status, notice{Title: w.T(key + ".title"), Text: w.T(key + ".text")})
}

func answer(c *gin.Context, status int, n notice) {
	if Partial(c) {
		c.Header("HX-Retarget", "#notice")
		c.Header("HX-Reswap", "innerHTML")
		c.Header("HX-Reselect", "unset")
		Render(c, status, noticeBox(n))
		return
	}
	Render(c, status, noticePage(n))
}

// ToSignIn sends somebody to sign in who comes back to where he was.
func ToSignIn(c *gin.Context) {
	c.Abort()
	to := c.Request.URL.RequestURI()
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		to = here(c)
	}
	address := "/sign-in?to=" + url.QueryEscape(to)
	if Partial(c) {
		c.Header("HX-Redirect", "/sign-in?to="+url.QueryEscape(here(c)))
		c.Status(http.StatusUnauthorized)
		return
	}
	if c.GetHeader("X-Doorbell-Kept") != "" {
		// A form that waited in the browser is sent again after signing in.
		c.Status(http.StatusUnauthorized)
		return
	}
	c.Redirect(http.StatusSeeOther, address)
}

// here is the page from which a form was sent, "/" when nobody says.
func here(c *gin.Context) string {
	for _, name := range []string{"HX-Current-URL", "Referer"} {
		if u, err := url.Parse(c.GetHeader(name)); err == nil && u.Host == c.Request.Host && strings.HasPrefix(u.Path, "/") {
			return u.RequestURI()
		}
	}
	return "/"
}
