package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const importer = `{"code":"importer","name":" Renault Nederland ","party":"second","paid":true,"cost_per_lead":{"amount":"12.5","currency":"eur"}}`

func TestASourceIsAddedAndLeadsComeFromIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	made := s.manage(maria, http.MethodPost, "/v1/sources", importer, "Idempotency-Key", "k").is(http.StatusCreated)
	require.JSONEq(t, `{"code":"importer","name":"Renault Nederland","party":"second","paid":true,"active":true,
		"cost_per_lead":{"amount":"12.50","currency":"EUR"}}`, string(made.body))
	again := s.manage(maria, http.MethodPost, "/v1/sources", importer, "Idempotency-Key", "k").is(http.StatusCreated)
	require.Equal(t, made.body, again.body)

	key := s.manage(gwen, http.MethodPost, "/v1/keys", `{"name":"Importer","scope":"intake","source":"importer"}`).is(http.StatusCreated).text("secret")
	id := s.post(key, captur)
	lead := s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").is(http.StatusOK)
	require.Equal(t, "importer", lead.text("source.code"))
	require.Equal(t, "second", lead.text("source.party"))
}

func TestASourceIsChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	change := func(body string) received { return s.manage(maria, http.MethodPatch, "/v1/sources/portal", body) }
	r := change(`{"name":"AutoPlein","cost_per_lead":{"amount":"27","currency":"EUR"}}`).is(http.StatusOK)
	require.Equal(t, "AutoPlein", r.text("name"))
	require.Equal(t, "27.00", r.text("cost_per_lead.amount"))
	require.Equal(t, "third", r.text("party"), "what is left out stays")
	require.Equal(t, "second", change(`{"party":"second"}`).is(http.StatusOK).text("party"))
	require.Nil(t, change(`{"paid":false}`).is(http.StatusOK).get("cost_per_lead"))
	require.Equal(t, "0.00", change(`{"paid":true}`).is(http.StatusOK).text("cost_per_lead.amount"), "the cost of before does not come back")
	for body, field := range map[string]string{
		`{"code":"other"}`: "code",
		`{"name":" "}`:     "name",
		`{"paid":true,"cost_per_lead":{"amount":"-1","currency":"EUR"}}`:      "cost_per_lead.amount",
		`{"paid":true,"cost_per_lead":{"amount":"1,5","currency":"EUR"}}`:     "cost_per_lead.amount",
		`{"paid":true,"cost_per_lead":{"amount":"2000000","currency":"EUR"}}`: "cost_per_lead.amount",
		`{"paid":true,"cost_per_lead":{"amount":"1","currency":"euro"}}`:      "cost_per_lead.currency",
		`{"paid":false,"cost_per_lead":{"amount":"1","currency":"EUR"}}`:      "cost_per_lead",
	} {
		require.Equal(t, field, change(body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
	s.manage(maria, http.MethodPatch, "/v1/sources/nowhere", `{"name":"x"}`).is(http.StatusNotFound).problem(KindNotFound)
}

func TestASourceHasACodeOfItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t)
	for code, why := range map[string]string{"website": "belongs to another", "My Portal": "small letters", "-x": "small letters"} {
		r := s.manage(maria, http.MethodPost, "/v1/sources", strings.Replace(importer, `"importer"`, `"`+code+`"`, 1)).is(http.StatusUnprocessableEntity)
		require.Equal(t, "code", r.text("errors.0.field"), code)
		require.Contains(t, r.text("errors.0.message"), why)
	}
	_, foreign := s.addDealer("elsewhere.example")
	s.manage(maria, http.MethodPost, "/v1/sources", importer).is(http.StatusCreated)
	s.call(foreign.staff, http.MethodPost, "/v1/sources", importer, "X-Actor", "maria@elsewhere.example").is(http.StatusCreated)
	s.call(foreign.staff, http.MethodPatch, "/v1/sources/importer", `{"name":"Theirs"}`, "X-Actor", "maria@elsewhere.example").is(http.StatusOK)
	all := s.call(s.staff, http.MethodGet, "/v1/sources", "").is(http.StatusOK)
	require.Equal(t, "Renault Nederland", all.text("items.0.name"))
}

func TestOnlyManagersAndAdminsChangeSources(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.manage(sam, http.MethodPost, "/v1/sources", importer).is(http.StatusForbidden)
	s.manage(sam, http.MethodPatch, "/v1/sources/portal", `{"name":"x"}`).is(http.StatusForbidden)
	s.call(s.website, http.MethodPost, "/v1/sources", importer).is(http.StatusForbidden)
}
