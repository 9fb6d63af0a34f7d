package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

func TestEverybodyBeginsWhereHisWorkIs(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	require.Equal(t, "/sign-in", p.browser().get("/").to)
	for email, first := range map[string]string{
		"sam@demo.example": "/mine", "bea@demo.example": "/mine", "max@demo.example": "/desk", "gwen@demo.example": "/desk", "mia@demo.example": "/board",
		"ada@demo.example": "/settings",
	} {
		b := p.browser()
		require.Equal(t, first, b.signIn(" "+strings.ToUpper(email)+" ", secret).to, email)
		require.Equal(t, first, b.get("/").to, email)
		require.Equal(t, "/", b.get("/sign-in").to, "who is in needs no door")
	}
}

func TestSigningInLeadsBackToWhereOneWas(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	b := p.browser()
	away := b.get("/account?x=1")
	require.Equal(t, http.StatusSeeOther, away.status)
	require.Equal(t, "/sign-in?to=%2Faccount%3Fx%3D1", away.to)
	require.Contains(t, b.get(away.to).text, `name="to" value="/account?x=1"`)
	form := url.Values{"email": {"sam@demo.example"}, "password": {"not this one"}, "to": {"/account?x=1"}}
	require.Contains(t, b.post("/sign-in", form).text, `name="to" value="/account?x=1"`, "a slip does not lose it")
	form.Set("password", secret)
	require.Equal(t, "/account?x=1", b.post("/sign-in", form).to)
	require.True(t, b.is("Sam Visser"))

	form.Set("to", "//evil.example")
	require.Equal(t, "/mine", p.browser().post("/sign-in", form).to)
	require.NotContains(t, p.browser().get("/sign-in?to=//evil.example").text, "evil")
}

// Whoever guesses learns nothing from the answer: not whether the account is
// there, nor whether it still is, nor whether it has a password.
func TestEveryFailureLooksTheSame(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	require.NoError(t, p.store.Leave(context.Background(), p.dealer, p.person("bea@demo.example").ID))
	var first seen
	for _, c := range []struct{ name, email, password string }{
		{"wrong password", "sam@demo.example", "not this one"},
		{"unknown address", "who@demo.example", secret},
		{"somebody who left", "bea@demo.example", secret},
		{"no password yet", "nora@demo.example", ""},
		{"no address", "sam", secret},
		{"a letter that only looks the same", "\u212Aim@demo.example", secret},
		{"no text", "sam@demo.example\x00\xff", secret},
		{"endless password", "sam@demo.example", strings.Repeat("x", 600)},
	} {
		got := p.browser().signIn(c.email, c.password)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, c.name)
		require.Contains(t, got.words(), "do not fit together", c.name)
		require.NotContains(t, got.text, secret, "no page repeats a password")
		if first.text == "" {
			first = got
			continue
		}
		require.Equal(t, first.words(), got.words(), c.name)
		require.Empty(t, got.header.Values("Set-Cookie"), c.name)
	}
	require.NotContains(t, p.logged(), "@demo.example")
}

func TestAfterTenWrongPasswordsAnAccountWaits(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	for _, email := range []string{"sam@demo.example", "who@demo.example"} {
		for range 10 {
			require.Equal(t, http.StatusUnprocessableEntity, p.browser().signIn(email, "not this one").status)
		}
		p.later(time.Minute)
		got := p.browser().signIn(email, secret)
		require.Equal(t, http.StatusTooManyRequests, got.status, "%s: not even the right one", email)
		require.Contains(t, got.words(), "Please come back in 14 minutes", email)
		seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
		require.NoError(t, err)
		require.InDelta(t, 14*60, seconds, 30)
	}
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("max@demo.example", secret).status, "others are not held")
	p.later(14 * time.Minute)
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("sam@demo.example", secret).status)
}

func TestARightPasswordWipesTheSlateClean(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	p.tried("account:sam@demo.example", 9)
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("sam@demo.example", secret).status)
	require.Zero(t, p.rows("sign_in_failure"))
	require.Equal(t, http.StatusUnprocessableEntity, p.browser().signIn("sam@demo.example", "not this one").status)
	require.Equal(t, 2, p.rows("sign_in_failure"), "one for the account, one for the address")
	p.later(store.TryWindow + time.Second)
	require.NoError(t, p.store.PruneSignIn(context.Background()))
	require.Zero(t, p.rows("sign_in_failure"), "what is old is forgotten")
}

func TestAnAddressOfTheNetworkWaitsAfterAHundred(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	p.tried("address:127.0.0.1/32", 99)
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("sam@demo.example", secret).status, "a right one does not count")
	require.Equal(t, http.StatusUnprocessableEntity, p.browser().signIn("sam@demo.example", "not this one").status)
	require.Equal(t, http.StatusTooManyRequests, p.browser().signIn("max@demo.example", secret).status)
}

// A hundred tries at once are no more than a hundred one after the other.
func TestTriesAtOnceAreAllCounted(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	p.tried("account:sam@demo.example", 6)
	var wg sync.WaitGroup
	statuses := make(chan int, 12)
	for range cap(statuses) {
		wg.Go(func() { statuses <- p.browser().signIn("sam@demo.example", "not this one").status })
	}
	wg.Wait()
	close(statuses)
	counted := map[int]int{}
	for status := range statuses {
		counted[status]++
	}
	require.Equal(t, map[int]int{http.StatusUnprocessableEntity: 4, http.StatusTooManyRequests: 8}, counted)
}

func TestAPlantedSessionIsWorthNothing(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	victim, thief := p.browser(), p.browser()
	planted := strings.Repeat("a", 43)
	got := victim.send(http.MethodPost, "/sign-in", url.Values{"email": {"sam@demo.example"}, "password": {secret}}, map[string]string{"Cookie": "doorbell=" + planted})
	require.Equal(t, http.StatusSeeOther, got.status)
	require.NotEqual(t, planted, victim.cookie())
	require.Equal(t, http.StatusSeeOther, thief.send(http.MethodGet, "/account", nil, map[string]string{"Cookie": "doorbell=" + planted}).status)

	// Nor is one that was real before somebody signed in with it.
	before := victim.cookie()
	require.Equal(t, "/desk", victim.signIn("max@demo.example", secret).to)
	require.NotEqual(t, before, victim.cookie())
	require.Equal(t, http.StatusSeeOther, thief.send(http.MethodGet, "/account", nil, map[string]string{"Cookie": "doorbell=" + before}).status)
	var kept int
	require.NoError(t, p.store.Pool.QueryRow(context.Background(), "SELECT count(*) FROM sessions WHERE token = $1", victim.cookie()).Scan(&kept))
	require.Zero(t, kept, "the database knows no token")
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	ctx := context.Background()

	out := p.signedIn("sam@demo.example")
	token := out.cookie()
	left := out.post("/sign-out", nil)
	require.Equal(t, "/sign-in?said=signed_out", left.to)
	require.Empty(t, out.cookie())
	require.Contains(t, out.get(left.to).words(), "You are signed out.")
	require.Equal(t, http.StatusSeeOther, p.browser().send(http.MethodGet, "/account", nil, map[string]string{"Cookie": "doorbell=" + token}).status)

	leaver := p.signedIn("bea@demo.example")
	require.True(t, leaver.is("Bea van Dam"))
	require.NoError(t, p.store.Leave(ctx, p.dealer, p.person("bea@demo.example").ID))
	require.False(t, leaver.is("Bea van Dam"))
	require.Equal(t, http.StatusUnauthorized, leaver.get("/v1/leads").status)

	phone, desk := p.signedIn("max@demo.example"), p.signedIn("max@demo.example")
	_, err := p.store.SignOutEverywhere(ctx, db.SignOutEverywhereParams{DealerID: p.dealer, ID: p.person("max@demo.example").ID})
	require.NoError(t, err)
	require.False(t, phone.is("Max Meijer"))
	require.False(t, desk.is("Max Meijer"))

	old := p.signedIn("gwen@demo.example")
	p.later(7*24*time.Hour - time.Minute)
	require.True(t, old.is("Gwen Groot"))
	p.later(2 * time.Minute)
	require.False(t, old.is("Gwen Groot"))
	require.NoError(t, p.store.PruneSignIn(ctx))
	require.Zero(t, p.rows("sessions"))
}

func TestAnotherSiteSignsNobodyInOrOut(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	evil := map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
	b := p.browser()
	form := url.Values{"email": {"sam@demo.example"}, "password": {secret}}
	require.Equal(t, http.StatusForbidden, b.send(http.MethodPost, "/sign-in", form, evil).status)
	require.Empty(t, b.cookie())
	b = p.signedIn("sam@demo.example")
	for _, path := range []string{"/sign-out", "/account", "/account/password", "/account/sign-out-everywhere"} {
		require.Equal(t, http.StatusForbidden, b.send(http.MethodPost, path, url.Values{}, evil).status, path)
	}
	require.True(t, b.is("Sam Visser"))
}

func TestInDevANewcomerIsAtHome(t *testing.T) {
	t.Parallel()
	demo := []signin.Demo{{Name: "Sam <Visser>", Email: "sam@demo.example", Password: secret, Role: lead.RoleSalesperson}}
	p := open(t, options{dev: true, demo: demo})
	page := p.browser().get("/sign-in")
	require.Contains(t, page.words(), "Sam <Visser> Salesperson")
	require.NotContains(t, page.text, "<Visser>")
	for _, address := range []string{"/docs", "/dev/mail", "http://127.0.0.1:8233"} {
		require.Contains(t, page.text, `href="`+address+`"`)
	}
	require.Contains(t, page.text, `name="password" value="`+secret+`"`)
	require.NotContains(t, open(t, options{}).browser().get("/sign-in").text, "/dev/mail", "only there")
}

// What somebody is called is never part of a page.
func TestNamesAreNoMarkup(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	const nasty = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	_, err := p.store.Pool.Exec(context.Background(), "UPDATE staff SET name = $1 WHERE email IN ('sam@demo.example', 'nora@demo.example')", nasty)
	require.NoError(t, err)
	page := p.signedIn("sam@demo.example").get("/account")
	require.Contains(t, page.words(), "alert(1)")
	require.NotContains(t, page.text, "<script>alert")
	require.NotContains(t, page.text, "<img")
	secret, _, err := p.store.CreateTicket(context.Background(), p.person("nora@demo.example"), store.Invitation)
	require.NoError(t, err)
	page = p.browser().get("/welcome/" + secret)
	require.Contains(t, page.words(), "alert(1)")
	require.NotContains(t, page.text, "<script>alert")
	page = p.browser().signIn(nasty, nasty)
	require.NotContains(t, page.text, "<script>alert")
}

func TestEveryPageSpeaksDutchAndEnglish(t *testing.T) {
	t.Parallel()
	p, bare := open(t, options{}), open(t, options{empty: true})
	ticket, _, err := p.store.CreateTicket(context.Background(), p.person("nora@demo.example"), store.Invitation)
	require.NoError(t, err)
	for language, said := range map[string]map[string]string{
		"en": {"/sign-in": "Sign in", "/forgotten": "Forgotten your password", "/welcome/none": "does not work any more", "/setup": "Set up Doorbell", "/account": "My account"},
		"nl": {
			"/sign-in": "Inloggen", "/forgotten": "Wachtwoord vergeten", "/welcome/none": "werkt niet meer", "/setup": "Doorbell inrichten",
			"/account": "Mijn account", "/welcome/" + ticket: "Welkom, Nora Niks",
		},
	} {
		me := p.signedIn("sam@demo.example")
		me.post("/account", url.Values{"language": {language}})
		for path, text := range said {
			b := p.browser()
			switch path {
			case "/account":
				b = me
			case "/setup":
				b = bare.browser()
			}
			b.language = language
			page := b.get(path)
			require.Contains(t, page.words(), text, "%s in %s", path, language)
			require.Contains(t, page.text, `<html lang="`+language+`"`, path)
			require.NotContains(t, page.text, "‹", "%s in %s: a sentence is not written", path, language)
			require.Contains(t, page.header.Get("Content-Security-Policy"), "script-src 'self'", path)
			require.Equal(t, "no-store", page.header.Get("Cache-Control"), path)
		}
	}
}
