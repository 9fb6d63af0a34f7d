package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

func (s *shop) check(text string) received {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"policy": text})
	require.NoError(s.t, err)
	return s.call(s.staff, http.MethodPost, "/v1/policy/check", string(body)).is(http.StatusOK)
}

// putOver puts a policy in the place of a version.
func (s *shop) putOver(version, text, actor string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPut, "/v1/policy?replaces="+version, text, append([]string{"Content-Type", "application/yaml", "X-Actor", actor}, headers...)...)
}

func TestAPolicyIsCheckedWithoutBeingPut(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.check(short)
	require.Equal(t, true, r.get("usable"))
	require.Equal(t, "short", r.text("name"))
	require.Equal(t, []any{}, r.get("faults"))
	require.Equal(t, []any{}, r.get("remarks"))

	r = s.check(strings.Replace(short, "due: 10m", "due: 15x", 1))
	require.Equal(t, false, r.get("usable"))
	require.Nil(t, r.get("name"), "it cannot be read")
	require.Equal(t, "tracks.standard.live_response.due", r.text("faults.0.field"))
	require.EqualValues(t, 9, r.get("faults.0.line"))

	r = s.check(strings.Replace(short, "due: 10m}", "due: 10m, escalate: [{after: 0s, to: [marketer]}]}", 1) + "  unused: {}\n")
	require.Equal(t, false, r.get("usable"))
	require.Equal(t, "tracks.unused", r.text("faults.0.field"))
	require.Equal(t, 1, r.count("faults"))
	require.Equal(t, 2, r.count("remarks"))

	require.Contains(t, s.check("").text("faults.0.message"), "the policy is empty")
	require.Equal(t, "1", s.call(s.staff, http.MethodGet, "/v1/policy", "").header.Get("Policy-Version"))
	s.call(s.website, http.MethodPost, "/v1/policy/check", `{"policy":""}`).is(http.StatusForbidden)
	s.call(s.staff, http.MethodPost, "/v1/policy/check", `{}`).is(http.StatusUnprocessableEntity)
}

// Whoever changes a version that is no longer the newest is told, so that he
// does not take back what somebody else has just put.
func TestAPolicyIsPutOverTheVersionThatWasChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.EqualValues(t, 2, s.putOver("1", short, maria).is(http.StatusOK).get("version"))
	r := s.putOver("1", string(policy.Standard()), "gwen@demo.example", "Idempotency-Key", "k").is(http.StatusConflict).problem(KindConflict)
	require.Contains(t, r.text("detail"), "version 2")
	require.Equal(t, short, string(s.call(s.staff, http.MethodGet, "/v1/policy", "", "Accept", "text/yaml").body))
	require.EqualValues(t, 3, s.putOver("2", string(policy.Standard()), "gwen@demo.example").is(http.StatusOK).get("version"))
	s.putOver("0", short, maria).is(http.StatusBadRequest)
	s.putOver("first", short, maria).is(http.StatusBadRequest)
}

func TestTheVersionsOfThePolicyAreListed(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.working(`{"channel":"web","customer":{"phone":"06 32345671"}}`)
	s.working(`{"channel":"web","customer":{"phone":"06 32345672"}}`)
	s.putOver("1", short, maria).is(http.StatusOK)
	s.working(`{"channel":"web","customer":{"phone":"06 32345673"}}`)
	s.putOver("2", string(policy.Standard()), "gwen@demo.example").is(http.StatusOK)

	list := s.call(s.staff, http.MethodGet, "/v1/policy/versions", "").is(http.StatusOK)
	require.Equal(t, 3, list.count("items"))
	for i, want := range []struct {
		version, open int
		by            any
	}{{3, 0, "Gwen Groot"}, {2, 1, "Maria Mulder"}, {1, 2, nil}} {
		one := list.at("items." + itoa(i))
		require.EqualValues(t, want.version, one.get("version"))
		require.EqualValues(t, want.open, one.get("open_leads"))
		require.Equal(t, want.by, one.get("created_by.name"))
		require.NotEmpty(t, one.text("created_at"))
	}
	require.Nil(t, list.get("next_cursor"))

	page := s.call(s.staff, http.MethodGet, "/v1/policy/versions?limit=2", "").is(http.StatusOK)
	require.Equal(t, 2, page.count("items"))
	rest := s.call(s.staff, http.MethodGet, "/v1/policy/versions?limit=2&cursor="+page.text("next_cursor"), "").is(http.StatusOK)
	require.Equal(t, 1, rest.count("items"))
	require.EqualValues(t, 1, rest.get("items.0.version"))

	_, others := s.addDealer("other.example")
	require.Equal(t, 1, s.call(others.staff, http.MethodGet, "/v1/policy/versions", "").is(http.StatusOK).count("items"))
}

func TestTheApplicationsOfThePolicyAreListed(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.working(`{"channel":"web","customer":{"phone":"06 32345671"}}`)
	require.Zero(t, s.call(s.staff, http.MethodGet, "/v1/policy/applications", "").is(http.StatusOK).count("items"))
	apply := func(actor string) received {
		return s.call(s.staff, http.MethodPost, "/v1/policy/apply", `{"confirm":true}`, "X-Actor", actor).is(http.StatusAccepted)
	}
	s.putOver("1", short, maria).is(http.StatusOK)
	first := apply(maria)
	require.Nil(t, first.get("cancelled_at"))
	s.putOver("2", string(policy.Standard()), maria).is(http.StatusOK)
	second := apply("gwen@demo.example")

	list := s.call(s.staff, http.MethodGet, "/v1/policy/applications", "").is(http.StatusOK)
	require.Equal(t, 2, list.count("items"))
	require.Equal(t, second.get("id"), list.get("items.0.id"))
	require.Equal(t, "running", list.text("items.0.state"))
	require.EqualValues(t, 1, list.get("items.0.waiting"))
	require.Equal(t, first.get("id"), list.get("items.1.id"))
	require.Equal(t, "cancelled", list.text("items.1.state"))
	require.Equal(t, "gwen@demo.example", list.text("items.1.cancelled_by.email"), "the newer decision holds")
	require.NotEmpty(t, list.text("items.1.cancelled_at"))

	page := s.call(s.staff, http.MethodGet, "/v1/policy/applications?limit=1", "").is(http.StatusOK)
	rest := s.call(s.staff, http.MethodGet, "/v1/policy/applications?limit=1&cursor="+page.text("next_cursor"), "").is(http.StatusOK)
	require.Equal(t, first.get("id"), rest.get("items.0.id"))
	require.Nil(t, rest.get("next_cursor"))

	_, others := s.addDealer("other.example")
	require.Zero(t, s.call(others.staff, http.MethodGet, "/v1/policy/applications", "").is(http.StatusOK).count("items"))
}
