package customer

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/message"
)

func TestEveryPageIsShut(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	d.appoint(id, "2026-11-26 14:00")
	for _, path := range []string{link(id), link(id) + "/object", "/c/forged"} {
		w := d.get(path)
		h := w.Header()
		require.Equal(t, "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", h.Get("Content-Security-Policy"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Contains(t, h.Get("X-Robots-Tag"), "noindex", path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Empty(t, h.Get("Set-Cookie"), path)
		for _, never := range []string{"<script", "<style", " style=", "onclick", "http://evil"} {
			require.NotContains(t, w.Body.String(), never, path)
		}
	}
	w := d.post(link(id)+"/confirm", nil)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	for _, button := range []string{"confirm", "move", "cancel"} {
		w := d.get(link(id) + "/" + button)
		require.Equal(t, http.StatusFound, w.Code, "reloading the answer leads back to the page")
		require.Equal(t, link(id), w.Header().Get("Location"))
	}
}

func TestStyles(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	id := d.lead(jan)
	page := d.get(link(id)).Body.String()
	require.Contains(t, page, `href="`+styleLink+`"`)
	require.Contains(t, page, `href="/assets/colour/0a6b4f.css"`)
	require.Equal(t, "text/css; charset=utf-8", d.get(styleLink).Header().Get("Content-Type"))
	w := d.get("/assets/colour/0a6b4f.css")
	require.Equal(t, ":root { --paper: #0a6b4f; --ink: #ffffff; }\n", w.Body.String())
	require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
	for _, file := range []string{"0a6b4f", "red.css", "0a6b4.css", "0a6b4f;}.css", ".css"} {
		require.Equal(t, http.StatusNotFound, d.get("/assets/colour/"+file).Code, file)
	}
}

func TestAProofHoldsForOneButtonForADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	f := proof{act: "confirm", lead: uuid.New(), appointment: uuid.NewString(), sequence: 3}
	signed := f.sign(secret, now)
	for _, later := range []time.Duration{0, time.Hour, proofLasts} {
		got, ok := proven(secret, "confirm", f.lead, signed, now.Add(later))
		require.True(t, ok)
		require.Equal(t, f, got)
	}
	_, ok := proven(secret, "confirm", f.lead, signed, now.Add(proofLasts+time.Second))
	require.False(t, ok)
	_, ok = proven(secret, "cancel", f.lead, signed, now)
	require.False(t, ok)
	_, ok = proven(secret, "confirm", uuid.New(), signed, now)
	require.False(t, ok)
}

func FuzzProven(f *testing.F) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	id := uuid.MustParse("0193517a-0000-7000-8000-000000000001")
	good := proof{act: "confirm", lead: id, appointment: "a", sequence: 1}.sign(secret, now)
	f.Add(good)
	f.Add("")
	f.Add(message.Sign(secret, "form confirm", id.String()+" a 1"))
	f.Add(message.Sign(secret, "form confirm", id.String()+" a 1 99999999999999999999"))
	f.Fuzz(func(t *testing.T, signed string) {
		got, ok := proven(secret, "confirm", id, signed, now)
		if !ok {
			require.Zero(t, got)
			return
		}
		require.Equal(t, good, signed, "nobody else signs")
	})
}

func TestTooFastIsToldSo(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	from := func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" }
	codes := map[int]int{}
	for range burst + 20 {
		w := d.get("/c/forged", from)
		codes[w.Code]++
	}
	require.GreaterOrEqual(t, codes[http.StatusNotFound], burst)
	require.Positive(t, codes[http.StatusTooManyRequests])
	for language, says := range map[string]string{"nl": "Even geduld", "en": "One moment"} {
		w := d.get("/c/forged", from, with("Accept-Language", language))
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		require.Contains(t, w.Body.String(), "<h1>"+says)
		require.Contains(t, w.Body.String(), `lang="`+language+`"`)
	}
	require.Equal(t, http.StatusOK, d.get(styleLink).Code, "the bound is of customers' pages")
}
