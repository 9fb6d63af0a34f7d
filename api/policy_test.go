package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

const short = `# ours
name: short
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00"}}
choose: [{when: {weekday: [sat, sun]}, track: weekend}, {track: standard}]
tracks:
  standard: &base
    live_response: {due: 10m}
  weekend:
    <<: *base
`

func TestAPolicyIsReadAsItWasPut(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.call(s.staff, http.MethodGet, "/v1/policy", "", "Accept", "application/yaml").is(http.StatusOK)
	require.Equal(t, string(policy.Standard()), string(r.body))
	require.Equal(t, "1", r.header.Get("Policy-Version"))

	put := s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", maria, "Idempotency-Key", "k").is(http.StatusOK)
	require.EqualValues(t, 2, put.get("version"))
	require.Equal(t, "short", put.text("name"))
	require.Equal(t, maria, put.text("created_by.email"))
	again := s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", maria, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, put.body, again.body)

	require.Equal(t, short, string(s.call(s.staff, http.MethodGet, "/v1/policy", "", "Accept", "text/yaml").body))
	asJSON := s.call(s.staff, http.MethodGet, "/v1/policy", "").is(http.StatusOK)
	require.Equal(t, "10m", asJSON.text("tracks.weekend.live_response.due"), "%s", asJSON.body)
	s.call(s.staff, http.MethodPut, "/v1/policy", string(asJSON.body), "X-Actor", "gwen@demo.example").is(http.StatusOK)
	require.Equal(t, "3", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
	require.Equal(t, "1", s.call(s.staff, http.MethodGet, "/v1/policy?version=1", "").header.Get("Policy-Version"))
	for _, version := range []string{"99", "99999999999"} {
		s.call(s.staff, http.MethodGet, "/v1/policy?version="+version, "").is(http.StatusNotFound)
	}
	s.call(s.staff, http.MethodGet, "/v1/policy", "", "Accept", "text/html").is(http.StatusNotAcceptable)
}

func TestABadPolicyIsRefusedWithItsPlaces(t *testing.T) {
	t.Parallel()
	s := open(t)
	bad := strings.Replace(short, "due: 10m", "due: 15x", 1)
	r := s.call(s.staff, http.MethodPut, "/v1/policy", bad, "Content-Type", "application/yaml", "X-Actor", maria).
		is(http.StatusUnprocessableEntity).problem(KindBadPolicy)
	require.Equal(t, "tracks.standard.live_response.due", r.text("errors.0.field"))
	require.EqualValues(t, 9, r.get("errors.0.line"))
	require.NotZero(t, r.get("errors.0.column"))
	unwritten := strings.Replace(short, "due: 10m}", "due: 10m}\n    auto_response: {template: hello}", 1)
	r = s.call(s.staff, http.MethodPut, "/v1/policy", unwritten, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusUnprocessableEntity)
	require.Equal(t, "tracks.standard.auto_response.template", r.text("errors.0.field"))
	s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", sam).is(http.StatusForbidden)
	s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "text/plain", "X-Actor", maria).is(http.StatusUnsupportedMediaType)
	s.call(s.staff, http.MethodPut, "/v1/policy", short, "X-Actor", maria).is(http.StatusBadRequest).problem(KindMalformed)
	require.Equal(t, "1", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
}

// What can be read may still be wrong for this dealer: people, sources and steps
// that are not there. Nothing of it is stored.
func TestAPolicyThatCannotWorkHereIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	const escalation = "due: 10m, escalate: [{after: 0s, to: [%s], notify: [email]}]}"
	for change, field := range map[[2]string]string{
		{"due: 10m}", strings.Replace(escalation, "%s", "gone@demo.example", 1)}:               "tracks.standard.live_response.escalate[0].to[0]",
		{"weekday: [sat, sun]", "source: [nowhere]"}:                                           "choose[0].when.source[0]",
		{"track: weekend}, ", "track: weekend}, {track: standard}, "}:                          "choose[1]",
		{"open: {mon-fri: \"09:00-18:00\"}", "open: {mon: \"09:00-18:00\"}, closed: [CLOSED]"}: "calendar.closed",
	} {
		text := strings.Replace(short, change[0], change[1], 1)
		var days []string
		for day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC); len(days) < 120; day = day.AddDate(0, 0, 7) {
			days = append(days, `"`+day.Format(time.DateOnly)+`"`)
		}
		text = strings.Replace(text, "CLOSED", strings.Join(days, ", "), 1)
		require.NotEqual(t, short, text)
		r := s.call(s.staff, http.MethodPut, "/v1/policy", text, "Content-Type", "application/yaml", "X-Actor", maria).
			is(http.StatusUnprocessableEntity).problem(KindBadPolicy)
		fields := []string{}
		for i := range r.count("errors") {
			fields = append(fields, r.text("errors."+itoa(i)+".field"))
			require.NotZero(t, r.get("errors."+itoa(i)+".line"))
			require.NotZero(t, r.get("errors."+itoa(i)+".column"))
		}
		require.Contains(t, fields, field, "%s", r.body)
		require.NotContains(t, string(r.body), "@", "no address is repeated")
	}
	require.Equal(t, "1", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
}

// A policy that works, although something in it may not be meant, is put, and
// the answer says what.
func TestWhatAPolicyIsToldBesideItsVersion(t *testing.T) {
	t.Parallel()
	s := open(t)
	put := func(text string) received {
		return s.call(s.staff, http.MethodPut, "/v1/policy", text, "Content-Type", "application/yaml", "X-Actor", maria)
	}
	require.Equal(t, []any{}, put(short).is(http.StatusOK).get("remarks"))

	marketer := strings.Replace(short, "due: 10m}", "due: 10m, escalate: [{after: 0s, to: [marketer]}]}", 1)
	r := put(marketer).is(http.StatusOK)
	require.EqualValues(t, 3, r.get("version"))
	require.Equal(t, map[string]any{
		"field": "tracks.standard.live_response.escalate[0].to", "line": 9.0, "column": 58.0,
		"message": "no colleague is a marketer, so this step never tells anybody; name another recipient, or add the colleague first",
	}, r.get("remarks.0"))
	require.Equal(t, 2, r.count("remarks"), "the other track has the step by its alias")

	r = put(marketer + "  unused: {}\n").is(http.StatusUnprocessableEntity).problem(KindBadPolicy)
	require.Equal(t, 3, r.count("errors"))
	require.Equal(t, "tracks.unused", r.text("errors.0.field"))
	require.Nil(t, r.get("errors.0.remark"))
	require.Equal(t, "tracks.standard.live_response.escalate[0].to", r.text("errors.1.field"))
	require.Equal(t, true, r.get("errors.1.remark"))
	require.NotContains(t, r.text("detail"), "marketer", "faults alone")
	require.Equal(t, "3", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
}

func TestTwoPoliciesAtOnceAreTwoVersions(t *testing.T) {
	t.Parallel()
	s := open(t)
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
		})
	}
	wait.Wait()
	require.Equal(t, "7", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
}

func TestTheFormIsChosenByAccept(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/yaml": "application/yaml", "text/yaml, */*;q=0.1": "application/yaml",
		"application/yaml;q=0.5, application/json": "application/json", "application/*": "application/json", "text/html": "", "text/html, text/*;q=0.2": "application/yaml",
		";;": "", "application/json;q=0": "",
	} {
		got, ok := wantedForm(accept)
		require.Equal(t, want, got, accept)
		require.Equal(t, want != "", ok, accept)
	}
}

func TestTheCatalogueAndTheSourcesAreShown(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.call(s.staff, http.MethodGet, "/v1/reasons", "").is(http.StatusOK)
	require.Equal(t, "test", r.text("items.0.code"))
	require.Equal(t, 23, r.count("items"))
	sources := s.call(s.staff, http.MethodGet, "/v1/sources", "").is(http.StatusOK)
	require.Equal(t, "portal", sources.text("items.0.code"))
	require.Equal(t, "25.05", sources.text("items.0.cost_per_lead.amount"))
	require.Nil(t, sources.get("items.1.cost_per_lead"))
}
