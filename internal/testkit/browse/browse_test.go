package browse_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
)

func TestTheKitSeesWhatAPersonSees(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>x</title><main><h1>Hello</h1><p hidden>secret</p>
			<form method="get"><label for="a">Name</label><input id="a" name="a" value=""><button>Go on</button></form>
			<p>` + r.URL.Query().Get("a") + `</p></main>`))
	}))
	t.Cleanup(server.Close)
	b := browse.Chromium(t, server.URL, browse.Phone)
	b.Open("/")
	b.Sees("hello")
	b.SeesNot("secret")
	b.Fill("Name", "Jan")
	b.Press("Go on")
	b.Sees("Jan")
	b.Obeys()
	b.Accessible()
	b.Tab()
	require.Equal(t, "Name", b.Focused())
	require.Zero(t, b.Shift())
	require.Equal(t, "/?a=Jan", b.Path())
}

// Whoever has a place opens as many windows as he needs. When each window took a
// place, two tests with two windows waited for each other for ever.
func TestATestHasOnePlaceForAllItsWindows(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	for _, path := range []string{"/one", "/two", "/three"} { // one more than there are places
		b := browse.Chromium(t, server.URL, browse.Phone)
		b.Open(path)
		require.Equal(t, path, b.Path())
	}
}
