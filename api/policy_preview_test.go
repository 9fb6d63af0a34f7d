package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

func (s *shop) preview(body string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPost, "/v1/policy/preview", body, headers...)
}

func TestAPolicyIsPreviewedWithoutALead(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.preview(`{"at":"2026-11-28 16:50","for":"3d","lead":{"source":"portal","vehicle":{"make":"Renault","price":{"amount":"31990.00","currency":"EUR"}}}}`).
		is(http.StatusOK)
	require.Equal(t, "weekend", r.text("track"))
	require.NotEmpty(t, r.text("why"))
	require.EqualValues(t, 1, r.get("policy_version"))
	require.Equal(t, "Europe/Amsterdam", r.text("zone"))
	require.Equal(t, sam, r.text("owner.email"))
	require.Equal(t, "2026-11-28T15:50:00Z", r.text("received_at"))
	require.Equal(t, "2026-11-28T15:50:00Z", r.text("clock_starts_at"))
	require.Equal(t, "2026-12-01T15:50:00Z", r.text("until"))
	require.Equal(t, "received", r.text("course.0.kind"))
	require.Equal(t, "Lead received from portal; track weekend (weekend)", r.text("course.0.summary"))
	require.Equal(t, sam, r.text("course.0.to.0.email"))
	require.Equal(t, "salesperson", r.text("course.0.to.0.role"))
	require.Equal(t, "new-lead", r.text("course.0.to.0.template"))
	require.EqualValues(t, 1, r.get("calls.0.n"))
	require.Equal(t, "live_response", r.text("deadlines.1.kind"))

	// Neither the answer nor the question leaves a trace.
	require.Zero(t, s.call(s.staff, http.MethodGet, "/v1/leads", "").count("items"))
	again := s.preview(`{"at":"2026-11-28T16:50:00+01:00","for":"3d","lead":{"source":"portal","vehicle":{"make":"Renault"}}}`, "X-Actor", sam).is(http.StatusOK)
	require.Equal(t, r.get("course"), again.get("course"))

	// A policy that nobody stored, and an older version.
	text, err := json.Marshal(short)
	require.NoError(t, err)
	r = s.preview(`{"policy":` + string(text) + `,"at":"2026-11-28 16:50","lead":{"source":"website"}}`).is(http.StatusOK)
	require.Equal(t, "weekend", r.text("track"))
	require.Nil(t, r.get("policy_version"))
	require.Equal(t, "2026-12-12T15:50:00Z", r.text("until"), "14 days")
	s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	require.EqualValues(t, 2, s.preview(`{"at":"2026-11-28 16:50","lead":{"source":"website"}}`).is(http.StatusOK).get("policy_version"))
	require.EqualValues(t, 1, s.preview(`{"version":1,"at":"2026-11-28 16:50","lead":{"source":"website"}}`).is(http.StatusOK).get("policy_version"))
	require.Equal(t, "1", s.call(s.staff, http.MethodGet, "/v1/policy?version=1", "").header.Get("Policy-Version"))
}

// Whoever is away or paused then gets nothing in the preview either.
func TestAPreviewKnowsWhoIsThere(t *testing.T) {
	t.Parallel()
	s := open(t)
	const body = `{"at":"2026-11-26 10:00","for":"1d","lead":{"source":"portal"}}`
	id := s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
	for i := range id.count("items") {
		if id.text("items."+itoa(i)+".email") == sam {
			s.call(s.staff, http.MethodPost, "/v1/staff/"+id.text("items."+itoa(i)+".id")+"/absences",
				`{"from":"2026-11-26T08:00:00+01:00","until":"2026-11-27T08:00:00+01:00"}`, "X-Actor", maria).is(http.StatusCreated)
		}
	}
	require.Equal(t, "noor@demo.example", s.preview(body).is(http.StatusOK).text("owner.email"))
	require.Equal(t, sam, s.preview(strings.Replace(body, "26 10", "25 10", 1)).is(http.StatusOK).text("owner.email"))
	known, err := json.Marshal(strings.Replace(short, "live_response", "assign: {to: [owner_of_customer, next_salesperson]}\n    live_response", 1))
	require.NoError(t, err)
	r := s.preview(`{"policy":` + string(known) + `,"at":"2026-11-24 10:00","lead":{"source":"portal","customer_owner":"noor@demo.example"}}`).is(http.StatusOK)
	require.Equal(t, "noor@demo.example", r.text("owner.email"), "he knows the customer")
}

func TestAPreviewIsRefusedWithItsFields(t *testing.T) {
	t.Parallel()
	s := open(t)
	for body, field := range map[string]string{
		`{"lead":{"source":"portal"}}`:                                                                                "at",
		`{"at":"2026-11-28 16:50"}`:                                                                                   "lead",
		`{"at":"on Saturday","lead":{"source":"portal"}}`:                                                             "at",
		`{"at":"1912-11-28 16:50","lead":{"source":"portal"}}`:                                                        "at",
		`{"at":"2026-11-28 16:50","lead":{"source":"nowhere"}}`:                                                       "lead.source",
		`{"at":"2026-11-28 16:50","for":"61d","lead":{"source":"portal"}}`:                                            "for",
		`{"at":"2026-11-28 16:50","for":"0s","lead":{"source":"portal"}}`:                                             "for",
		`{"at":"2026-11-28 16:50","for":"long","lead":{"source":"portal"}}`:                                           "for",
		`{"at":"2026-11-28 16:50","lead":{"source":"portal","phone":false,"email":false}}`:                            "lead.phone",
		`{"at":"2026-11-28 16:50","lead":{"source":"portal","customer_owner":"nobody@demo.example"}}`:                 "lead.customer_owner",
		`{"at":"2026-11-28 16:50","lead":{"source":"portal","colour":"red"}}`:                                         "lead.colour",
		`{"at":"2026-11-28 16:50","version":7,"lead":{"source":"portal"}}`:                                            "version",
		`{"at":"2026-11-28 16:50","version":1,"policy":"x","lead":{"source":"portal"}}`:                               "version",
		`{"at":"2026-11-28 16:50","lead":{"source":"portal","vehicle":{"price":{"amount":"dear","currency":"EUR"}}}}`: "lead.vehicle.price.amount",
	} {
		r := s.preview(body).is(http.StatusUnprocessableEntity).problem(KindInvalid)
		require.Equal(t, field, r.text("errors.0.field"), "%s: %s", body, r.body)
	}
	s.preview(`{"at":"2026-11-28 16:50","lead":{"source":"portal","channel":"phone","phone":false,"email":false}}`).is(http.StatusOK)
	r := s.preview(`{"policy":"name: x\ntracks: {}\n","at":"2026-11-28 16:50","lead":{"source":"portal"}}`).is(http.StatusUnprocessableEntity).problem(KindBadPolicy)
	require.NotZero(t, r.get("errors.0.line"))
	text, err := json.Marshal(short + "  unused: {}\n")
	require.NoError(t, err)
	r = s.preview(`{"policy":` + string(text) + `,"at":"2026-11-28 16:50","lead":{"source":"portal"}}`).is(http.StatusUnprocessableEntity).problem(KindBadPolicy)
	require.Equal(t, "tracks.unused", r.text("errors.0.field"))
	text, err = json.Marshal(strings.Replace(short, "due: 10m}", "due: 10m, escalate: [{after: 0s, to: [marketer]}]}", 1))
	require.NoError(t, err)
	r = s.preview(`{"policy":` + string(text) + `,"at":"2026-11-28 16:50","lead":{"source":"portal"}}`).is(http.StatusOK)
	require.Equal(t, "tracks.standard.live_response.escalate[0].to", r.text("remarks.0.field"), "a remark keeps nobody from looking")
	require.Equal(t, []any{}, s.preview(`{"at":"2026-11-28 16:50","lead":{"source":"portal"}}`).is(http.StatusOK).get("remarks"))
	s.call(s.website, http.MethodPost, "/v1/policy/preview", `{"at":"2026-11-28 16:50","lead":{"source":"website"}}`).is(http.StatusForbidden)
}

func TestPoliciesToStartFromAreShown(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.call(s.staff, http.MethodGet, "/v1/policy/shipped", "").is(http.StatusOK)
	require.Equal(t, len(policy.Shipped()), r.count("items"))
	require.Equal(t, "standard", r.text("items.0.name"))
	require.Equal(t, string(policy.Standard()), r.text("items.0.text"))
}

func TestTheSchemaOfAPolicyIsServedToEditors(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.call("", http.MethodGet, "/v1/policy/schema.json", "").is(http.StatusOK)
	require.JSONEq(t, string(policy.Schema()), string(r.body))
	require.Equal(t, "application/schema+json", r.header.Get("Content-Type"))
	require.Contains(t, r.header.Get("Cache-Control"), "max-age")
	again := s.call("", http.MethodGet, "/v1/policy/schema.json", "", "If-None-Match", r.header.Get("ETag")).is(http.StatusNotModified)
	require.Empty(t, again.body)
}

func TestAPolicyIsAppliedToOpenLeads(t *testing.T) {
	t.Parallel()
	s := open(t)
	var open []string
	for i := range 3 {
		open = append(open, s.working(`{"channel":"web","customer":{"phone":"06 3234567`+itoa(i)+`"}}`))
	}
	apply := func(actor, body string, headers ...string) received {
		return s.call(s.staff, http.MethodPost, "/v1/policy/apply", body, append([]string{"X-Actor", actor}, headers...)...)
	}
	require.Zero(t, apply(maria, `{}`).is(http.StatusOK).get("leads"), "all are under the newest")
	s.call(s.staff, http.MethodPut, "/v1/policy", short, "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	r := apply(maria, `{}`).is(http.StatusOK)
	require.EqualValues(t, 2, r.get("version"))
	require.EqualValues(t, 3, r.get("leads"))
	require.EqualValues(t, 3, r.get("changed"))
	require.Equal(t, 3, r.count("examples"))
	require.Equal(t, "/v1/leads/"+r.text("examples.0.lead.id"), r.text("examples.0.lead.url"))
	require.Equal(t, "2026-11-24T09:10", r.text("examples.0.after.1.due_at")[:16], "%s", r.body)
	require.EqualValues(t, 1, s.call(s.staff, http.MethodGet, "/v1/leads/"+open[0], "").get("policy_version"), "only looked at")

	apply(sam, `{}`).is(http.StatusForbidden)
	require.Equal(t, "version", apply(maria, `{"version":9}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	woken := s.woken.Load()
	first := apply(maria, `{"confirm":true}`, "Idempotency-Key", "k").is(http.StatusAccepted)
	require.Greater(t, s.woken.Load(), woken)
	require.Equal(t, "running", first.text("state"))
	require.EqualValues(t, 3, first.get("waiting"))
	require.Equal(t, maria, first.text("created_by.email"))
	path := first.header.Get("Location")
	require.Equal(t, "/v1/policy/applications/"+first.text("id"), path)
	again := apply(maria, `{"confirm":true}`, "Idempotency-Key", "k").is(http.StatusAccepted)
	require.Equal(t, first.body, again.body)
	require.Equal(t, path, again.header.Get("Location"))
	require.Equal(t, first.text("id"), apply(maria, `{"confirm":true}`).is(http.StatusAccepted).text("id"), "it runs already")

	_, others := s.addDealer("other.example")
	s.call(others.staff, http.MethodGet, path, "").is(http.StatusNotFound)
	s.call(others.staff, http.MethodPost, path+"/cancel", "", "X-Actor", "maria@other.example").is(http.StatusNotFound)
	s.call(s.staff, http.MethodGet, "/v1/policy/applications/"+uuid.NewString(), "").is(http.StatusNotFound)
	s.call(s.staff, http.MethodPost, path+"/cancel", "", "X-Actor", sam).is(http.StatusForbidden)
	r = s.call(s.staff, http.MethodPost, path+"/cancel", "", "X-Actor", maria).is(http.StatusOK)
	require.Equal(t, "cancelled", r.text("state"))
	require.Zero(t, r.get("waiting"))
	require.Equal(t, "cancelled", s.call(s.staff, http.MethodGet, path, "").is(http.StatusOK).text("state"))
	require.Equal(t, "cancelled", s.call(s.staff, http.MethodPost, path+"/cancel", "", "X-Actor", maria).is(http.StatusOK).text("state"))

	// A newer decision ends the older one.
	one := apply(maria, `{"confirm":true}`).is(http.StatusAccepted)
	require.NotEqual(t, first.text("id"), one.text("id"))
	s.call(s.staff, http.MethodPut, "/v1/policy", string(policy.Standard()), "Content-Type", "application/yaml", "X-Actor", maria).is(http.StatusOK)
	two := apply(maria, `{"confirm":true}`).is(http.StatusAccepted)
	require.EqualValues(t, 3, two.get("version"))
	require.Equal(t, "cancelled", s.call(s.staff, http.MethodGet, one.header.Get("Location"), "").text("state"))
}
