package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/identity"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

// federated is a place with a provider beside it.
func federated(t *testing.T, only bool) (*place, *identity.Provider) {
	t.Helper()
	var provider *identity.Provider
	p := open(t, options{signOn: func(publicURL string) *signin.SignOn {
		provider = identity.Open(t, publicURL+"/sign-in/oidc/callback")
		return &signin.SignOn{
			Issuer: provider.Issuer, ClientID: provider.Client.ID, ClientSecret: provider.Client.Secret, Name: "Login & Co", Only: only, PublicURL: publicURL,
		}
	}})
	provider.Is(sam)
	return p, provider
}

var sam = identity.Person{Subject: "17", Email: "Sam@demo.example", Name: "Sam", Verified: true}

var link = regexp.MustCompile(`<a role="button" href="([^"]+)"`)

// leave presses the button and returns where it leads, at the provider.
func (b *browser) leave(to string) string {
	t := b.p.t
	t.Helper()
	page := b.post("/sign-in/oidc", url.Values{"to": {to}})
	require.Equal(t, http.StatusOK, page.status, page.words())
	found := link.FindStringSubmatch(page.text)
	require.NotNil(t, found, page.text)
	address := strings.ReplaceAll(found[1], "&amp;", "&")
	require.Equal(t, "0;url="+address, page.header.Get("Refresh"))
	return address
}

// agree signs in at the provider and returns where that leads back to.
func (b *browser) agree(address string) string {
	b.p.t.Helper()
	got := b.get(address)
	require.Equal(b.p.t, http.StatusFound, got.status, got.text)
	return got.to
}

// through goes all the way.
func (b *browser) through(to string) seen {
	b.p.t.Helper()
	return b.get(b.agree(b.leave(to)))
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, false)
	b := p.browser()
	page := b.get("/sign-in?to=/account")
	require.Contains(t, page.words(), "Sign in with Login & Co")
	require.Contains(t, page.text, `type="password"`, "passwords work beside it")
	require.Equal(t, "/account", b.through("/account").to)
	require.True(t, b.is("Sam Visser"))
	require.Equal(t, "/mine", p.browser().through("//evil.example").to)
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("max@demo.example", secret).status)
	require.Empty(t, provider.Denied())
	require.NotContains(t, p.logged(), "emo.example")
}

func TestWhoIsNotSignedInByAProvider(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, false)
	require.NoError(t, p.store.Leave(context.Background(), p.dealer, p.person("bea@demo.example").ID))
	before := p.rows("staff")
	for name, c := range map[string]struct {
		who  identity.Person
		says string
	}{
		"unverified":    {identity.Person{Email: "sam@demo.example"}, "has not verified your e-mail address"},
		"unknown":       {identity.Person{Email: "who@<b>demo.example", Verified: true}, "says that you are who@<b>demo.example, and nobody"},
		"left":          {identity.Person{Email: "bea@demo.example", Verified: true}, "nobody who works here has that address"},
		"looks alike":   {identity.Person{Email: "\u017fam@demo.example", Verified: true}, "nobody who works here has that address"},
		"no address":    {identity.Person{Verified: true}, "nobody who works here"},
		"with a smudge": {identity.Person{Email: "sam@demo.example\x00", Verified: true}, "nobody who works here"},
	} {
		provider.Is(c.who)
		b := p.browser()
		got := b.through("")
		require.Equal(t, http.StatusForbidden, got.status, name)
		require.Contains(t, got.words(), c.says, name)
		require.NotContains(t, got.text, "<b>")
		require.Contains(t, got.text, `href="/sign-in"`)
		require.Equal(t, http.StatusSeeOther, b.get("/account").status, name)
	}
	require.Equal(t, before, p.rows("staff"), "nobody is made")
}

func TestForgedAnswersOfAProvider(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, false)
	for name, c := range map[string]struct {
		tamper func(claims map[string]any)
		logged string
	}{
		"of another sign-in":  {func(c map[string]any) { c["nonce"] = "another nonce of somebody's" }, "of another sign-in"},
		"without a nonce":     {func(c map[string]any) { delete(c, "nonce") }, "of another sign-in"},
		"too old":             {func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }, "token is expired"},
		"for somebody else":   {func(c map[string]any) { c["aud"] = "another client" }, "expected audience"},
		"for others too":      {func(c map[string]any) { c["aud"] = []string{provider.Client.ID, "other"} }, "issued to another client"},
		"by way of another":   {func(c map[string]any) { c["azp"] = "other" }, "issued to another client"},
		"of another provider": {func(c map[string]any) { c["iss"] = "https://evil.example" }, "different provider"},
	} {
		provider.Tamper(c.tamper)
		b := p.browser()
		got := b.through("")
		require.Equal(t, http.StatusForbidden, got.status, name)
		require.Contains(t, got.words(), "Login & Co did not confirm who you are.", name)
		require.Contains(t, p.logged(), c.logged, name)
		require.False(t, b.is("Sam Visser"), name)
	}
	provider.Tamper(func(c map[string]any) {
		c["azp"], c["aud"], c["email_verified"] = provider.Client.ID, []string{provider.Client.ID, "other"}, "true"
	})
	require.Equal(t, "/mine", p.browser().through("").to, "and what is only unusual is taken")
}

func TestAnAnswerIsForTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, false)

	b := p.browser()
	back := b.agree(b.leave(""))
	wrong := regexp.MustCompile(`state=[^&]+`).ReplaceAllString(back, "state=AAAAAAAAAAAAAAAAAAAAAAAAAA")
	got := b.get(wrong)
	require.Equal(t, http.StatusBadRequest, got.status)
	require.Contains(t, got.words(), "Please sign in once more")
	require.Equal(t, http.StatusBadRequest, b.get(back).status, "one try, and then from the beginning")

	// Somebody else's browser has never asked.
	require.Equal(t, http.StatusBadRequest, p.browser().get(back).status)
	require.Equal(t, http.StatusBadRequest, p.browser().get("/sign-in/oidc/callback").status)

	// A code that was used.
	back = b.agree(b.leave(""))
	require.Equal(t, "/mine", b.get(back).to)
	require.Equal(t, http.StatusBadRequest, b.get(back).status)
	used, err := url.Parse(back)
	require.NoError(t, err)
	again := p.browser()
	fresh, err := url.Parse(again.agree(again.leave("")))
	require.NoError(t, err)
	q := fresh.Query()
	own := q.Get("code")
	q.Set("code", used.Query().Get("code"))
	require.Equal(t, http.StatusForbidden, again.get("/sign-in/oidc/callback?"+q.Encode()).status)

	// A code that was given to another browser.
	thief := p.browser()
	fresh, err = url.Parse(thief.agree(thief.leave("")))
	require.NoError(t, err)
	q = fresh.Query()
	q.Set("code", own)
	require.Equal(t, http.StatusForbidden, thief.get("/sign-in/oidc/callback?"+q.Encode()).status)
	require.Equal(t, []string{"a code for the second time", "a code of another browser"}, provider.Denied())
	require.False(t, thief.is("Sam Visser"))

	// Somebody who does not agree.
	shy := p.browser()
	state := regexp.MustCompile(`state=([^&]+)`).FindStringSubmatch(shy.leave(""))[1]
	require.Equal(t, http.StatusForbidden, shy.get("/sign-in/oidc/callback?error=access_denied&state="+state).status)
}

// The way out and back does not outlive an hour, and signing in begins anew
// what the session holds.
func TestAPendingSignInGrowsOld(t *testing.T) {
	t.Parallel()
	p, _ := federated(t, false)
	b := p.browser()
	back := b.agree(b.leave(""))
	p.later(61 * time.Minute)
	require.Equal(t, http.StatusBadRequest, b.get(back).status)
	back = b.agree(b.leave(""))
	pending := b.cookie()
	require.Equal(t, http.StatusSeeOther, b.get(back).status)
	require.NotEqual(t, pending, b.cookie())
	p.later(2 * time.Hour)
	require.True(t, b.is("Sam Visser"), "who is in stays in")
}

func TestAProviderThatIsAwayAndComesBack(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, false)
	provider.Away()
	got := p.browser().post("/sign-in/oidc", nil)
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.words(), "Try again in a minute, or use your password.")
	require.Equal(t, "10", got.header.Get("Retry-After"))
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("sam@demo.example", secret).status, "and passwords work meanwhile")
	require.Equal(t, http.StatusOK, p.browser().get("/sign-in").status)
	provider.Back()
	b := p.browser()
	back := b.agree(b.leave(""))
	provider.Away()
	require.Equal(t, http.StatusServiceUnavailable, b.get(back).status, "gone between two steps")
	provider.Back()
	require.Equal(t, "/mine", b.through("").to)
}

func TestSingleSignOnIsNotBegunWithoutEnd(t *testing.T) {
	t.Parallel()
	p, _ := federated(t, true)
	p.tried("single sign-on:127.0.0.1/32", 300)
	require.Equal(t, http.StatusTooManyRequests, p.browser().post("/sign-in/oidc", nil).status)
	evil := map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
	require.Equal(t, http.StatusForbidden, p.browser().send(http.MethodPost, "/sign-in/oidc", url.Values{}, evil).status)
	require.Zero(t, p.rows("sessions"))
}

// Where nobody has a password, an invitation says how else to sign in, and holds
// no key.
func TestInvitationsToSingleSignOn(t *testing.T) {
	t.Parallel()
	p, provider := federated(t, true)
	earlier, _, err := p.store.CreateTicket(context.Background(), p.person("nora@demo.example"), store.Invitation)
	require.NoError(t, err)
	provider.Is(identity.Person{Email: "max@demo.example", Verified: true})
	manager := p.browser()
	require.Equal(t, "/desk", manager.through("").to)
	for _, whom := range []string{"nora@demo.example", "sam@demo.example"} {
		got := manager.post("/settings/staff/"+p.person(whom).ID.String()+"/invite", nil)
		require.Contains(t, got.to, "said=invited")
		mail := p.mails(whom)[0]
		require.Contains(t, mail.Text, "Login & Co")
		require.Contains(t, mail.Text, p.URL+"/sign-in")
		require.NotContains(t, mail.Text, "/welcome/")
	}
	require.Equal(t, 1, p.rows("staff_ticket"))
	require.Contains(t, p.browser().get("/welcome/"+earlier).words(), "Passwords are not used here.")
	require.Equal(t, http.StatusForbidden, p.browser().post("/welcome/"+earlier, url.Values{"password": {another}}).status)
	require.Equal(t, http.StatusForbidden, manager.post("/account/password", url.Values{"present": {secret}, "password": {another}}).status)
	require.NotContains(t, manager.get("/account").text, `type="password"`)
}
