package api

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store/db"
)

const (
	eight  = `{"reasons":[{"code":"not_reached","numbers":{"attempts":8}}]}`
	abroad = `{"code":"moved_abroad","label":"Moved abroad","group":"No interest","outcome":"missed","effect":"lost","evidence":["conversation"],"approve":"yes"}`
)

func (s *shop) putReasons(actor, body string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPut, "/v1/reasons", body, append([]string{"X-Actor", actor}, headers...)...)
}

// reason is one reason of a catalogue.
func reason(catalogue received, code string) received {
	catalogue.t.Helper()
	for i := range catalogue.count("items") {
		if catalogue.text("items."+itoa(i)+".code") == code {
			return catalogue.at("items." + itoa(i))
		}
	}
	catalogue.t.Fatalf("there is no reason %s", code)
	return received{}
}

func TestADealerMakesTheCatalogueHisOwn(t *testing.T) {
	t.Parallel()
	s := open(t)
	shipped := s.call(s.staff, http.MethodGet, "/v1/reasons", "").is(http.StatusOK)
	require.EqualValues(t, 1, shipped.get("version"))
	require.Equal(t, map[string]any{}, reason(shipped, "not_reached").get("numbers"))
	require.Equal(t, "tried-to-reach", reason(shipped, "not_reached").text("mail"))

	r := s.putReasons(maria, eight, "Idempotency-Key", "k").is(http.StatusOK)
	require.EqualValues(t, 2, r.get("version"))
	require.Equal(t, map[string]any{"attempts": 8.0}, reason(r, "not_reached").get("numbers"))
	require.Equal(t, r.body, s.putReasons(maria, eight, "Idempotency-Key", "k").is(http.StatusOK).body)

	r = s.putReasons(gwen, `{"reasons":[`+abroad+`,{"code":"finance_declined","retired":true},
		{"code":"prefers_another_car","label":"Wants another car","follow_ups":[],"mail":null},
		{"code":"not_reached","numbers":{},"mail":""}]}`).is(http.StatusOK)
	require.EqualValues(t, 3, r.get("version"))
	require.Equal(t, 24, r.count("items"))
	require.Equal(t, "moved_abroad", r.text("items.23.code"))
	require.Equal(t, true, reason(r, "finance_declined").get("retired"))
	require.Equal(t, []any{}, reason(r, "prefers_another_car").get("follow_ups"))
	require.Equal(t, 3, reason(r, "prefers_another_car").count("details"), "what is left out stays")
	require.Equal(t, map[string]any{}, reason(r, "not_reached").get("numbers"))
	require.Nil(t, reason(r, "not_reached").get("mail"))

	require.JSONEq(t, string(r.body), string(s.call(s.staff, http.MethodGet, "/v1/reasons", "").is(http.StatusOK).body))
	second := s.call(s.staff, http.MethodGet, "/v1/reasons?version=2", "").is(http.StatusOK)
	require.EqualValues(t, 2, second.get("version"))
	require.Equal(t, map[string]any{"attempts": 8.0}, reason(second, "not_reached").get("numbers"))
	require.Equal(t, string(shipped.body), string(s.call(s.staff, http.MethodGet, "/v1/reasons?version=1", "").is(http.StatusOK).body))
	for _, version := range []string{"4", "99999999999"} {
		s.call(s.staff, http.MethodGet, "/v1/reasons?version="+version, "").is(http.StatusNotFound)
	}
}

// A reason as it is shown can be sent back.
func TestAReasonThatIsSentBackIsUnchanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	shown := s.call(s.staff, http.MethodGet, "/v1/reasons", "").is(http.StatusOK)
	r := s.putReasons(maria, `{"reasons":`+string(shown.at("items").body)+`}`).is(http.StatusOK)
	require.JSONEq(t, string(shown.at("items").body), string(r.at("items").body))
	row, err := s.store.GetReasons(t.Context(), db.GetReasonsParams{DealerID: s.dealer, Version: 2})
	require.NoError(t, err)
	require.JSONEq(t, `[]`, string(row.Changes), "only what differs is kept")
}

func TestBadReasonsAreRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.putReasons(maria, `{"reasons":[{"code":"not_reached","numbers":{"attempts":8}},
		{"code":"our_own","label":"Other","group":"No interest","outcome":"missed","effect":"lost","evidence":["conversation"]},
		{"code":"sold","mail":"no-such-mail"}]}`).is(http.StatusUnprocessableEntity).problem(KindBadReasons)
	require.Equal(t, []any{"reasons[1].label", "reasons[2].mail"}, []any{r.get("errors.0.field"), r.get("errors.1.field")})
	require.Contains(t, r.text("errors.1.message"), "tried-to-reach")
	r = s.putReasons(maria, `{"reasons":[{"code":"sold","evidence":["conversation"]}]}`).is(http.StatusUnprocessableEntity).problem(KindBadReasons)
	require.Equal(t, "reasons[0].evidence", r.text("errors.0.field"))
	s.putReasons(maria, `{"reasons":[{"code":"sold","colour":"red"}]}`).is(http.StatusUnprocessableEntity).problem(KindInvalid)
	for _, who := range []string{sam, bea} {
		s.putReasons(who, eight).is(http.StatusForbidden)
	}
	require.EqualValues(t, 1, s.call(s.staff, http.MethodGet, "/v1/reasons", "").get("version"))
}

func TestWhoLooksAtAnOldCatalogueIsTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	const onFirst = `{"version":1,"reasons":[{"code":"sold","label":"Sold to him"}]}`
	s.putReasons(maria, onFirst).is(http.StatusOK)
	r := s.putReasons(maria, onFirst, "Idempotency-Key", "k").is(http.StatusConflict).problem(KindConflict)
	require.Contains(t, r.text("detail"), "version 2")
	s.putReasons(maria, `{"version":2,"reasons":[{"code":"sold","label":"Sold"}]}`).is(http.StatusOK)
}

func TestTwoChangesAtOnceAreTwoVersions(t *testing.T) {
	t.Parallel()
	s := open(t)
	var wait sync.WaitGroup
	for _, code := range []string{"no_stock", "no_show", "quotation", "sold"} {
		wait.Go(func() {
			s.putReasons(maria, `{"reasons":[{"code":"`+code+`","label":"Ours: `+code+`"}]}`).is(http.StatusOK)
		})
	}
	wait.Wait()
	now := s.call(s.staff, http.MethodGet, "/v1/reasons", "")
	require.EqualValues(t, 5, now.get("version"))
	for _, code := range []string{"no_stock", "no_show", "quotation", "sold"} {
		require.Equal(t, "Ours: "+code, reason(now, code).text("label"), "nobody's change is lost")
	}
}
