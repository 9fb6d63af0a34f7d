package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store"
)

func (s *shop) manage(actor, method, path, body string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, method, path, body, append([]string{"X-Actor", actor}, headers...)...)
}

const forWebsite = `{"name":" Website forms ","scope":"intake","source":"website"}`

func TestAKeyIsShownOnceAndWorks(t *testing.T) {
	t.Parallel()
	s := open(t)
	made := s.manage(gwen, http.MethodPost, "/v1/keys", forWebsite, "Idempotency-Key", "k").is(http.StatusCreated)
	secret := made.text("secret")
	require.True(t, strings.HasPrefix(secret, "dbk_i_"), secret)
	require.True(t, strings.HasPrefix(secret, made.text("prefix")))
	require.Equal(t, "Website forms", made.text("name"))
	require.Equal(t, "website", made.text("source"))
	require.Nil(t, made.get("last_used_at"))

	again := s.manage(gwen, http.MethodPost, "/v1/keys", forWebsite, "Idempotency-Key", "k").is(http.StatusCreated)
	require.Equal(t, made.text("id"), again.text("id"))
	require.Nil(t, again.get("secret"), "a repeat does not tell it")
	var kept int
	require.NoError(t, s.store.Pool.QueryRow(context.Background(),
		`SELECT count(*) FROM request WHERE convert_from(body, 'UTF8') LIKE '%' || $1 || '%'`, secret[12:]).Scan(&kept))
	require.Zero(t, kept, "nor is it kept with the answer")

	s.post(secret, captur)
	require.Equal(t, "website", s.call(secret, http.MethodGet, "/v1/leads", "").is(http.StatusOK).text("items.0.source.code"))
	s.call(secret, http.MethodGet, "/v1/staff", "").is(http.StatusForbidden)

	all := s.call(s.staff, http.MethodGet, "/v1/keys", "").is(http.StatusOK)
	require.Equal(t, 4, all.count("items"))
	require.Equal(t, made.text("id"), all.text("items.0.id"), "the newest first")
	require.NotNil(t, all.get("items.0.last_used_at"))
	require.NotContains(t, string(all.body), secret)
	require.NotContains(t, s.log.String(), secret[:20])
}

// A server that dies between making a key and answering is asked again.
func TestAKeyIsMadeOnceAndItsFirstSecretStaysGood(t *testing.T) {
	t.Parallel()
	s := open(t)
	n := store.NewKey{ID: store.NewID(), Dealer: s.dealer, Name: "Telephone system", Scope: store.Integration}
	first, err := s.store.CreateKeyAs(context.Background(), n)
	require.NoError(t, err)
	second, err := s.store.CreateKeyAs(context.Background(), n)
	require.NoError(t, err)
	require.Empty(t, second)
	s.call(first, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
}

func TestAnIntegrationKeyOpensEverything(t *testing.T) {
	t.Parallel()
	s := open(t)
	made := s.manage(gwen, http.MethodPost, "/v1/keys", `{"name":"Telephone system","scope":"integration"}`).is(http.StatusCreated)
	require.Nil(t, made.get("source"))
	s.call(made.text("secret"), http.MethodGet, "/v1/staff", "").is(http.StatusOK)
}

func TestARevokedKeyOpensNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	made := s.manage(gwen, http.MethodPost, "/v1/keys", forWebsite).is(http.StatusCreated)
	secret := made.text("secret")
	s.call(secret, http.MethodGet, "/v1/leads", "").is(http.StatusOK)
	path := "/v1/keys/" + made.text("id") + "/revoke"
	gone := s.manage(gwen, http.MethodPost, path, "").is(http.StatusOK)
	require.NotNil(t, gone.get("revoked_at"))
	s.call(secret, http.MethodGet, "/v1/leads", "").is(http.StatusUnauthorized).problem(KindUnauthorised)
	twice := s.manage(gwen, http.MethodPost, path, "").is(http.StatusOK)
	require.Equal(t, gone.text("revoked_at"), twice.text("revoked_at"))
	all := s.call(s.staff, http.MethodGet, "/v1/keys", "").is(http.StatusOK)
	require.Equal(t, made.text("id"), all.text("items.3.id"), "those in use stand first")
}

func TestAKeyIsMadeForWhatThereIs(t *testing.T) {
	t.Parallel()
	s := open(t)
	for body, field := range map[string]string{
		`{"name":"x","scope":"intake"}`:                              "source",
		`{"name":"x","scope":"intake","source":"other"}`:             "source",
		`{"name":"x","scope":"integration","source":"website"}`:      "source",
		`{"name":"  ","scope":"integration"}`:                        "name",
		`{"name":"a\nb","scope":"integration"}`:                      "name",
		`{"name":"x","scope":"everything"}`:                          "scope",
		`{"name":"x","scope":"intake","source":"website","key":"k"}`: "key",
	} {
		require.Equal(t, field, s.manage(gwen, http.MethodPost, "/v1/keys", body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
}

func TestOnlyAdminsAndGeneralManagersHoldTheKeys(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, foreign := s.addDealer("elsewhere.example")
	mine := s.call(s.staff, http.MethodGet, "/v1/keys", "").is(http.StatusOK).text("items.0.id")
	theirs := s.call(foreign.staff, http.MethodGet, "/v1/keys", "").is(http.StatusOK).text("items.0.id")
	require.NotEqual(t, mine, theirs)
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/v1/keys", ""}, {http.MethodPost, "/v1/keys", forWebsite}, {http.MethodPost, "/v1/keys/" + mine + "/revoke", ""},
	} {
		s.manage(maria, c.method, c.path, c.body).is(http.StatusForbidden).problem(KindForbidden)
		s.call(s.website, c.method, c.path, c.body).is(http.StatusForbidden)
	}
	s.manage(gwen, http.MethodPost, "/v1/keys/"+theirs+"/revoke", "").is(http.StatusNotFound).problem(KindNotFound)
	s.call(foreign.staff, http.MethodGet, "/v1/leads", "").is(http.StatusOK)
}
