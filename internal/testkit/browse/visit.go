// Package browse visits the product's pages as people do: with a cookie and
// forms, or with a real browser.
package browse

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// Visit is somebody at a browser without script.
type Visit struct {
	tb     testing.TB
	base   string
	client *http.Client
}

// Page is what he sees.
type Page struct {
	Status int
	URL    *url.URL // where redirects led
	Header http.Header
	Text   string // HTML
}

// Anybody opens a browser that has no session.
func Anybody(tb testing.TB, door *dealership.Door) *Visit {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(tb, err)
	return &Visit{tb: tb, base: door.URL, client: &http.Client{Jar: jar}}
}

// SignIn opens a browser in which somebody of the staff has signed in. His
// password is dealership.Password.
func SignIn(tb testing.TB, door *dealership.Door, email string) *Visit {
	tb.Helper()
	v := Anybody(tb, door)
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := v.Post("/sign-in", url.Values{"email": {email}, "password": {dealership.Password}})
	require.Equal(tb, http.StatusSeeOther, page.Status, "signs in: %s", page.Words())
	v.client.CheckRedirect = nil
	return v
}

// Get opens a page and follows redirects.
func (v *Visit) Get(path string) Page {
	v.tb.Helper()
	return v.send(http.MethodGet, path, nil, nil)
}

// Part asks for a part of a page, as htmx does.
func (v *Visit) Part(path string) Page {
	v.tb.Helper()
	return v.send(http.MethodGet, path, nil, http.Header{"Hx-Request": {"true"}})
}

// Post sends a form and follows redirects.
func (v *Visit) Post(path string, form url.Values) Page {
	v.tb.Helper()
	return v.send(http.MethodPost, path, form, nil)
}

// PostFrom sends a form as another site would have it sent.
func (v *Visit) PostFrom(origin, path string, form url.Values) Page {
	v.tb.Helper()
	return v.send(http.MethodPost, path, form, http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"cross-site"}})
}

func (v *Visit) send(method, path string, form url.Values, header http.Header) Page {
	v.tb.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(context.Background(), method, v.base+path, body)
	require.NoError(v.tb, err)
	maps.Copy(request.Header, header)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(request)
	require.NoError(v.tb, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(v.tb, err)
	return Page{Status: response.StatusCode, URL: response.Request.URL, Header: response.Header, Text: string(text)}
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	key    = regexp.MustCompile(`name="key" value="([^"]+)"`)
)

// Words is what can be read on the page, without its tags.
func (p Page) Words() string {
	return strings.TrimSpace(spaces.ReplaceAllString(tags.ReplaceAllString(p.Text, " "), " "))
}

// Key is the key of the page's first form, which makes it safe to send twice.
func (p Page) Key() string {
	found := key.FindStringSubmatch(p.Text)
	if found == nil {
		return ""
	}
	return found[1]
}
