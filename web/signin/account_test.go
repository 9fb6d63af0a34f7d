package signin_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/web/signin"
)

const another = "quite another secret"

func TestOnesOwnAccount(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	require.Equal(t, "/sign-in?to=%2Faccount", p.browser().get("/account").to)
	b := p.signedIn("sam@demo.example")
	page := b.get("/account").words()
	for _, shown := range []string{"Sam Visser", "sam@demo.example", "Salesperson", "Autobedrijf De Linde"} {
		require.Contains(t, page, shown)
	}
	require.Contains(t, b.get("/account").text, `data-shortcuts`)

	saved := b.post("/account", url.Values{"language": {"nl"}, "role": {"admin"}, "name": {"Boss"}})
	require.Equal(t, "/account?said=saved", saved.to)
	require.Contains(t, b.get(saved.to).words(), "Opgeslagen.")
	require.NotContains(t, b.get("/account").text, `data-shortcuts>`)
	me := p.person("sam@demo.example")
	require.Equal(t, "nl", me.Language)
	require.False(t, me.Shortcuts)
	require.Equal(t, "salesperson", me.Role, "nobody promotes himself")
	require.Equal(t, "Sam Visser", me.Name)

	require.Equal(t, http.StatusUnprocessableEntity, b.post("/account", url.Values{"language": {"tlh"}}).status)
	b.post("/account", url.Values{"language": {""}, "shortcuts": {"on"}})
	require.Contains(t, b.get("/account").words(), "Mijn account", "the dealer's language")
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	here, elsewhere := p.signedIn("sam@demo.example"), p.signedIn("sam@demo.example")
	before := here.cookie()

	got := here.post("/account/password", url.Values{"present": {"not this one"}, "password": {another}})
	require.Equal(t, http.StatusUnprocessableEntity, got.status)
	require.Contains(t, got.words(), "This is not your present password.")
	got = here.post("/account/password", url.Values{"present": {secret}, "password": {"short"}})
	require.Contains(t, got.words(), "Use at least 10 characters.")
	require.True(t, elsewhere.is("Sam Visser"), "nothing has happened yet")

	got = here.post("/account/password", url.Values{"present": {secret}, "password": {another}})
	require.Equal(t, "/account?said=password_changed", got.to)
	require.True(t, here.is("Sam Visser"))
	require.NotEqual(t, before, here.cookie())
	require.False(t, elsewhere.is("Sam Visser"), "everywhere else he is out")
	require.Equal(t, http.StatusUnprocessableEntity, p.browser().signIn("sam@demo.example", secret).status)
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("sam@demo.example", another).status)
}

// A telephone that was left lying about is not enough to guess from.
func TestThePresentPasswordCannotBeGuessed(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	b := p.signedIn("sam@demo.example")
	p.tried("account:sam@demo.example", 10)
	got := b.post("/account/password", url.Values{"present": {secret}, "password": {another}})
	require.Equal(t, http.StatusTooManyRequests, got.status)
}

func TestSigningOutEverywhere(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	here, elsewhere, other := p.signedIn("sam@demo.example"), p.signedIn("sam@demo.example"), p.signedIn("max@demo.example")
	got := here.post("/account/sign-out-everywhere", nil)
	require.Equal(t, "/sign-in?said=signed_out_everywhere", got.to)
	require.False(t, here.is("Sam Visser"))
	require.False(t, elsewhere.is("Sam Visser"))
	require.True(t, other.is("Max Meijer"))
}

// Where single sign-on is the only way, nothing takes or hands out a password.
func TestWithoutPasswords(t *testing.T) {
	t.Parallel()
	p := open(t, options{signOn: func(publicURL string) *signin.SignOn {
		return &signin.SignOn{Issuer: "http://127.0.0.1:1", ClientID: "x", ClientSecret: "y", Name: "Login", Only: true, PublicURL: publicURL}
	}})
	page := p.browser().get("/sign-in")
	require.Contains(t, page.words(), "Sign in with Login")
	require.NotContains(t, page.text, `type="password"`)
	require.NotContains(t, page.text, "/forgotten")
	require.Equal(t, http.StatusForbidden, p.browser().signIn("sam@demo.example", secret).status)
	require.Equal(t, http.StatusForbidden, p.browser().get("/forgotten").status)
	require.Equal(t, http.StatusForbidden, p.browser().post("/forgotten", url.Values{"email": {"sam@demo.example"}}).status)
}
