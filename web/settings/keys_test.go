package settings_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
)

var secretForm = regexp.MustCompile(`dbk_[ia]_[A-Za-z0-9_-]{43}`)

func TestAKeyIsMadeTriedAndRevoked(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	ada := browse.SignIn(t, door, admin)
	page := ada.Get("/settings/new-source")
	page = ada.Post("/settings/sources", url.Values{
		"key": {page.Key()}, "code": {"importer"}, "name": {"Renault Nederland"}, "party": {"second"}, "paid": {"yes"}, "amount": {"12,50"}, "currency": {"EUR"},
	})
	require.Contains(t, page.Words(), "Renault Nederland importer 2nd party €\u00a012.50 a lead")

	page = ada.Get("/settings/keys/new?source=importer")
	require.Contains(t, page.Text, `value="source:importer" selected`)
	form := url.Values{"key": {page.Key()}, "name": {"Importer's system"}, "opens": {"source:importer"}}
	page = ada.Post("/settings/keys", form)
	require.Equal(t, http.StatusOK, page.Status)
	secret := secretForm.FindString(page.Text)
	require.NotEmpty(t, secret)
	require.Contains(t, page.Words(), "This key is shown once.")
	require.Contains(t, page.Words(), "curl -X POST")
	require.Equal(t, "no-store", page.Header.Get("Cache-Control"))

	again := ada.Post("/settings/keys", form)
	require.NotContains(t, again.Text, secret, "sending the form again does not show it")
	require.Contains(t, again.Words(), "This key was shown already.")

	post := func() int {
		return door.Do(http.MethodPost, "/v1/leads", map[string]string{"Authorization": "Bearer " + secret, "Content-Type": "application/json"}, jan).Status
	}
	require.Equal(t, http.StatusAccepted, post())
	list := ada.Get("/settings/keys")
	require.NotContains(t, list.Text, secret)
	id := regexp.MustCompile(`/settings/keys/([0-9a-f-]{36})/revoke" aria-label="Revoke the key Importer`).FindStringSubmatch(list.Text)
	require.NotNil(t, id)
	require.Contains(t, ada.Get("/settings/keys/"+id[1]+"/revoke").Words(), "It was last used")
	require.Equal(t, http.StatusOK, post(), "asking changes nothing")
	require.Contains(t, ada.Post("/settings/keys/"+id[1]+"/revoke", url.Values{}).Words(), "The key is revoked.")
	require.Equal(t, http.StatusUnauthorized, post())
	require.NotContains(t, door.Logged(), secret)
	d.Settle()
}

func TestSourcesSayWhatIsWrongInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	boss := browse.SignIn(t, door, manager)
	form := url.Values{"code": {"portal"}, "name": {"Portaal"}, "party": {"third"}}
	taken := boss.Post("/settings/sources", form)
	require.Equal(t, http.StatusUnprocessableEntity, taken.Status)
	require.Contains(t, taken.Words(), "geen andere bron mag hem hebben")
	english := browse.SignIn(t, door, admin).Post("/settings/sources", form)
	require.Contains(t, english.Words(), "belongs to another source already")
	page := boss.Post("/settings/sources/portal", url.Values{"name": {"AutoPlein"}, "party": {"third"}, "paid": {"yes"}, "amount": {"duur"}})
	require.Contains(t, page.Words(), "Vul een bedrag in zoals 25 of 12,50.")
	page = boss.Post("/settings/sources/portal", url.Values{"name": {"AutoPlein"}, "party": {"third"}, "paid": {"yes"}, "amount": {"27,50"}, "currency": {"EUR"}})
	require.Contains(t, page.Words(), "€\u00a027,50 per lead")
}
