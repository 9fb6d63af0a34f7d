package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// A session opens what its owner may do, in his own name, for pages of this
// server and for nobody else's.
func TestASessionIsWorthWhatItsOwnerIs(t *testing.T) {
	t.Parallel()
	of, signed := Signed{}, true
	s := open(t, func(o *Options) {
		o.Session = func(*http.Request) (Signed, bool, error) { return of, signed, nil }
	})
	id := s.working(captur)
	who, err := s.server.keys.open(context.Background(), s.staff)
	require.NoError(t, err)
	of = Signed{Staff: uuid.MustParse(s.member(sam).text("id")), Email: sam, Dealer: s.dealer, Country: who.country, Zone: who.zone}
	as := func(method, path, body string, headers ...string) received {
		return s.call("", method, path, body, append([]string{"Authorization", ""}, headers...)...)
	}
	const note = `{"text":"Prefers mornings"}`
	notes := "/v1/leads/" + id + "/notes"

	as(http.MethodPost, notes, note, "Sec-Fetch-Site", "same-origin").is(http.StatusOK)
	as(http.MethodPost, notes, note, "X-Actor", sam).is(http.StatusOK)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		as(http.MethodPost, notes, note, headers...).is(http.StatusForbidden).problem(KindForbidden)
	}
	as(http.MethodPost, notes, note, "X-Actor", maria).is(http.StatusUnprocessableEntity)
	as(http.MethodPost, notes, `{"text":"x","actor":"`+maria+`"}`).is(http.StatusUnprocessableEntity)
	for _, wrong := range []string{"Bearer dbk_a_x", "Bearer", "Basic c2FtOnNhbQ=="} {
		as(http.MethodPost, notes, note, "Authorization", wrong).is(http.StatusUnauthorized) // a key that does not open is no reason to try another way
	}
	for _, path := range []string{"/v1/keys", "/v1/quarantine"} {
		as(http.MethodGet, path, "").is(http.StatusForbidden)
	}
	as(http.MethodPost, "/v1/keys", `{"name":"mine","scope":"integration"}`).is(http.StatusForbidden)
	as(http.MethodPut, "/v1/dealer/logo", "x", "Content-Type", "image/png").is(http.StatusForbidden)

	signed = false
	as(http.MethodGet, "/v1/leads", "").is(http.StatusUnauthorized)
}
