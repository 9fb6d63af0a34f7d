package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// closable is how a closing of the lead with a reason would go.
func (s *shop) closable(id, code string, headers ...string) received {
	s.t.Helper()
	return reason(s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/reasons", "", headers...).is(http.StatusOK), code)
}

func TestTheEvidenceIsShownBeforeAnybodyCloses(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "attempts", sam, `{"channel":"phone","direction":"out","outcome":"no_answer"}`).is(http.StatusOK)

	r := s.closable(id, "not_reached")
	require.Equal(t, "Not reached after maximum number of call attempts", r.text("label"))
	require.Equal(t, []any{"Drop not reached", "rejected", "lost", "manager", false}, []any{r.get("group"), r.get("outcome"), r.get("closes"), r.get("approval"), r.get("usable")})
	require.Equal(t, []any{"try_again"}, r.get("follow_ups"))
	require.Equal(t, 4, r.count("evidence"))
	require.Equal(t, []any{"attempts", false, 6.0, 1.0}, []any{r.get("evidence.0.rule"), r.get("evidence.0.met"), r.get("evidence.0.need"), r.get("evidence.0.have")})
	require.Equal(t, "1 of 6 call attempts; the next is due today 12:00", r.text("evidence.0.message"), "in the dealer's own time")
	require.Contains(t, s.closable(id, "not_reached", "Accept-Language", "nl").text("evidence.0.message"), "1 van 6 belpogingen")

	r = s.closable(id, "bought_another_car")
	require.Equal(t, false, r.get("usable"), "nobody spoke to him")
	require.Equal(t, map[string]any{"name": "brand", "kind": "choice", "required": true, "options": []any{"own", "other"}}, r.get("details.0"))
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	r = s.closable(id, "bought_another_car")
	require.Equal(t, []any{true, true, 1.0}, []any{r.get("usable"), r.get("evidence.0.met"), r.get("evidence.0.have")})

	r = s.closable(id, "follow_up_required")
	require.Equal(t, []any{"parks", "none", true}, []any{r.get("closes"), r.get("approval"), r.get("usable")})
	s.act(id, "appointments", sam, `{"kind":"showroom","starts_at":"2026-11-25T10:00:00Z","duration_min":45}`).is(http.StatusOK)
	r = s.closable(id, "follow_up_required")
	require.Equal(t, []any{false, "no_appointment"}, []any{r.get("usable"), r.get("evidence.1.rule")})
	require.Contains(t, r.text("evidence.1.message"), "cancel it")
}

// What is shown is of the lead's phase and of its own version of the catalogue.
func TestALeadIsShownTheReasonsItMayCloseWith(t *testing.T) {
	t.Parallel()
	s := open(t)
	old := s.working(captur)
	s.putReasons(maria, `{"reasons":[{"code":"not_reached","label":"Nooit bereikt","numbers":{"attempts":8}},{"code":"refused_call","retired":true}]}`).is(http.StatusOK)
	fresh := s.working(`{"customer":{"phone":"0687654321"}}`)

	require.EqualValues(t, 6, s.closable(old, "not_reached").get("evidence.0.need"))
	r := s.closable(fresh, "not_reached", "Accept-Language", "nl")
	require.EqualValues(t, 8, r.get("evidence.0.need"))
	require.Equal(t, "Nooit bereikt", r.text("label"), "the dealer's own word stands above ours")
	require.Equal(t, "Niet bereikt na maximaal aantal belpogingen", s.closable(old, "not_reached", "Accept-Language", "nl").text("label"))

	var codes []string
	all := s.call(s.staff, http.MethodGet, "/v1/leads/"+fresh+"/reasons", "").is(http.StatusOK)
	for i := range all.count("items") {
		codes = append(codes, all.text("items."+itoa(i)+".code"))
	}
	require.Contains(t, codes, "quotation")
	require.NotContains(t, codes, "refused_call", "it was retired")
	require.NotContains(t, codes, "sold", "the lead is in the call centre")
}

func TestADoubleIsProvedOrAskedAbout(t *testing.T) {
	t.Parallel()
	s := open(t)
	alone := s.working(captur)
	require.Equal(t, "manager", s.closable(alone, "double").text("approval"))
	require.Equal(t, []any{"link"}, s.closable(alone, "double").get("follow_ups"), "what costs nothing is not claimed back")
	twin := s.post(s.portal, `{"customer":{"phone":"0612345678"},"vehicle":{"make":"Opel","model":"Corsa"}}`)
	s.begin(twin)
	require.Equal(t, "none", s.closable(twin, "double").text("approval"))
	require.Equal(t, []any{"link", "refund_claim"}, s.closable(twin, "double").get("follow_ups"))
}

func TestReasonsAtEveryAgeOfALead(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.post(s.website, captur)
	reasons := func() received {
		return s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/reasons", "").is(http.StatusOK)
	}
	require.Zero(t, reasons().count("items"), "its work begins this very moment")
	s.begin(id)
	require.Equal(t, true, s.closable(id, "test").get("usable"))
	s.act(id, "close", sam, `{"reason":"test"}`).is(http.StatusAccepted)
	r := reasons()
	require.NotZero(t, r.count("items"), "the manager looks at the evidence")
	for i := range r.count("items") {
		require.Equal(t, false, r.get("items."+itoa(i)+".usable"), "a closing waits already")
	}
	s.act(id, "closing/approve", maria, `{}`).is(http.StatusOK)
	require.Zero(t, reasons().count("items"))

	_, others := s.addDealer("other.example")
	s.call(others.staff, http.MethodGet, "/v1/leads/"+id+"/reasons", "").is(http.StatusNotFound)
	s.call(s.website, http.MethodGet, "/v1/leads/"+id+"/reasons", "").is(http.StatusForbidden)
}

func TestTimesForAnAppointment(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur) // Tuesday 10:00 at the dealer's
	slots := func(query string) (starts []string) {
		r := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/slots"+query, "").is(http.StatusOK)
		for i := range r.count("items") {
			starts = append(starts, r.text("items."+itoa(i)+".starts_at"))
		}
		return starts
	}
	today := slots("?days=1")
	require.Equal(t, "2026-11-24T10:30:00Z", today[0], "not before an hour from now")
	require.NotContains(t, today, "2026-11-24T11:00:00Z", "the dealer has lunch at half past twelve")
	require.Equal(t, "2026-11-24T16:00:00Z", today[len(today)-1], "an hour before closing")
	require.Contains(t, slots("?days=1&duration_min=30"), "2026-11-24T11:00:00Z")
	all := slots("")
	last, err := time.Parse(time.RFC3339, all[len(all)-1])
	require.NoError(t, err)
	require.Equal(t, "2026-12-09", last.Format(time.DateOnly), "fourteen days on which he is open")

	testkit.MoveClock(t, s.store.Pool, 3*time.Hour)
	require.Equal(t, "2026-11-24T13:30:00Z", slots("")[0])
	s.act(id, "appointments", sam, `{"kind":"showroom","starts_at":"`+slots("")[0]+`","duration_min":60}`).is(http.StatusOK)

	require.Equal(t, "days", s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/slots?days=0", "").is(http.StatusBadRequest).text("errors.0.field"))
	_, others := s.addDealer("other.example")
	s.call(others.staff, http.MethodGet, "/v1/leads/"+id+"/slots", "").is(http.StatusNotFound)
}
