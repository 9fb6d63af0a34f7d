package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

func (s *shop) celebrated(query string) [][2]string {
	s.t.Helper()
	r := s.call(s.staff, http.MethodGet, "/v1/celebrations"+query, "").is(http.StatusOK)
	require.NotContains(s.t, string(r.body), "Boer", "never the customer")
	out := [][2]string{}
	for i := range r.count("items") {
		out = append(out, [2]string{r.text("items." + itoa(i) + ".what"), r.text("items." + itoa(i) + ".by.email")})
	}
	return out
}

func TestWhatWentWellIsCelebrated(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	require.Empty(t, s.celebrated(""))
	pass := func(d time.Duration) { testkit.MoveClock(t, s.store.Pool, d) }
	s.act(id, "attempts", sam, `{"channel":"phone","direction":"out","outcome":"no_answer"}`).is(http.StatusOK)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	pass(time.Hour)
	s.act(id, "attempts", noor, called).is(http.StatusOK)
	require.Equal(t, [][2]string{{"conversation", sam}}, s.celebrated(""), "only the first")

	book := `{"kind":"showroom","starts_at":"2026-11-25T10:00:00Z","duration_min":45,"confirmed":true}`
	aid := s.act(id, "appointments", noor, book).is(http.StatusOK).text("appointment.id")
	s.act(id, "close", noor, `{"reason":"appointment_showroom"}`).is(http.StatusOK)
	pass(25 * time.Hour)
	s.act(id, "appointments/"+aid+"/outcome", sam, `{"outcome":"came"}`).is(http.StatusOK)
	pass(time.Minute)
	s.act(id, "close", sam, `{"reason":"sold","details":{"vehicle":"Captur","order_number":"1","amount":"29950.00"}}`).is(http.StatusOK)
	all := [][2]string{{"sale", sam}, {"visit", sam}, {"appointment", noor}, {"conversation", sam}}
	require.Equal(t, all, s.celebrated(""))
	require.Equal(t, all[:2], s.celebrated("?limit=2"))
	require.Equal(t, all[:2], s.celebrated("?since=2026-11-25T10:30:00Z"))
	r := s.call(s.staff, http.MethodGet, "/v1/celebrations?limit=1", "").is(http.StatusOK)
	require.Equal(t, []any{"Renault Captur", id, "Sam Smit"}, []any{r.get("items.0.vehicle"), r.get("items.0.lead_id"), r.get("items.0.by.name")})

	_, others := s.addDealer("other.example")
	require.Zero(t, s.call(others.staff, http.MethodGet, "/v1/celebrations", "").is(http.StatusOK).count("items"))
	s.call(s.website, http.MethodGet, "/v1/celebrations", "").is(http.StatusForbidden)
}

func TestWhatIsNotCelebrated(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, body := range []string{`{"test":true,"customer":{"phone":"0687654321"}}`, `{"customer":{"phone":"0687654322"}}`} {
		id := s.working(body)
		aid := s.act(id, "appointments", sam, `{"kind":"phone","starts_at":"2026-11-25T10:00:00Z","duration_min":30}`).is(http.StatusOK).text("appointment.id")
		testkit.MoveClock(t, s.store.Pool, 26*time.Hour)
		s.act(id, "appointments/"+aid+"/outcome", sam, `{"outcome":"came"}`).is(http.StatusOK)
		testkit.SetClock(t, s.store.Pool, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	}
	require.Equal(t, [][2]string{{"appointment", sam}}, s.celebrated(""), "no test lead, and a call is no visit")
}

// A manager who approves of a sale did not make it.
func TestWhoSoldIsCelebratedAndNotWhoApproved(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.call(s.staff, http.MethodPut, "/v1/policy", "timezone: Europe/Amsterdam\ncountry: NL\nphases: [showroom]\ncalendar: {open: {mon-sun: \"00:00-24:00\"}}\ntracks:\n  standard:\n    closing: {approve: always}\n",
		"Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	id := s.working(captur)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	s.act(id, "close", sam, `{"reason":"sold","details":{"vehicle":"Captur","order_number":"1","amount":"29950.00"}}`).is(http.StatusAccepted)
	require.Equal(t, [][2]string{{"conversation", sam}}, s.celebrated(""))
	s.act(id, "closing/approve", maria, `{}`).is(http.StatusOK)
	require.Equal(t, [][2]string{{"sale", sam}, {"conversation", sam}}, s.celebrated(""))
}
