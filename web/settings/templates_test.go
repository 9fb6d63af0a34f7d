package settings_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/message"
)

func TestEveryMailIsShownInBothLanguages(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	list := visit.Get("/settings/templates")
	require.Equal(t, http.StatusOK, list.Status)
	for _, one := range message.All() {
		require.Contains(t, list.Text, `href="/settings/templates/`+one.Name+`"`)
		page := visit.Get("/settings/templates/" + one.Name)
		require.Equal(t, http.StatusOK, page.Status, one.Name)
		require.NotContains(t, page.Words(), "‹", "%s: who gets it and when", one.Name)
		for _, language := range message.Languages() {
			address := "/settings/templates/" + one.Name + "/" + language
			require.Contains(t, page.Text, `src="`+address+`"`)
			require.Contains(t, page.Text, `sandbox=""`)
			mail := visit.Get(address)
			require.Equal(t, http.StatusOK, mail.Status, address)
			rules := mail.Header.Get("Content-Security-Policy")
			require.Contains(t, rules, "default-src 'none'")
			require.Contains(t, rules, "sandbox")
			require.NotContains(t, rules, "script")
			require.Contains(t, mail.Text, `<html lang="`+language+`"`)
			if one.ToCustomer {
				require.Contains(t, mail.Text, "Autobedrijf De Linde", "on the dealer's paper")
			}
		}
	}
	require.Contains(t, visit.Get("/settings/templates/thank-you").Words(), "binnen enkele seconden")
	for _, path := range []string{"/settings/templates/nothing", "/settings/templates/nothing/nl", "/settings/templates/thank-you/xx"} {
		require.Equal(t, http.StatusNotFound, visit.Get(path).Status, path)
	}
	require.Empty(t, d.Mails(""), "nothing is sent")
	require.Equal(t, "/sign-in", browse.Anybody(t, door).Get("/settings/templates/thank-you/nl").URL.Path)
}
