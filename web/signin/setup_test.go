package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

func steps(p *place) url.Values {
	return url.Values{
		"code": {signin.SetupCode(p.secret)}, "dealer": {"Garage Oost"}, "country": {"be"}, "zone": {"Europe/Brussels"}, "language": {"nl"},
		"name": {"Ada Bos"}, "email": {"Ada@Oost.example"}, "password": {secret},
	}
}

func TestTheFirstSteps(t *testing.T) {
	t.Parallel()
	p := open(t, options{empty: true})
	b := p.browser()
	for _, path := range []string{"/", "/sign-in"} {
		require.Equal(t, "/setup", b.get(path).to)
	}
	require.Contains(t, b.get("/setup").words(), "doorbell doctor")
	require.NotContains(t, b.get("/setup").text, signin.SetupCode(p.secret), "it is shown to whoever runs the server")

	form := steps(p)
	form.Set("code", " "+strings.ToUpper(strings.ReplaceAll(form.Get("code"), "-", " ")))
	got := b.post("/setup", form)
	require.Equal(t, "/settings?said=set_up", got.to)
	require.True(t, b.is("Ada Bos"))
	require.NotEqual(t, signin.SetupCode(p.secret), signin.SetupCode([]byte("another secret of 32 characters!!")))

	dealers, err := p.store.ListDealers(context.Background())
	require.NoError(t, err)
	require.Len(t, dealers, 1)
	p.dealer = dealers[0].ID
	require.Equal(t, []string{"Garage Oost", "BE", "Europe/Brussels", "nl"}, []string{dealers[0].Name, dealers[0].Country, dealers[0].Zone, dealers[0].Language})
	admin := p.person("ada@oost.example")
	require.Equal(t, string(lead.RoleAdmin), admin.Role)
	versions, err := p.store.CurrentVersions(context.Background(), p.dealer)
	require.NoError(t, err)
	yardstick, err := p.store.Policy(context.Background(), p.store.Queries, p.dealer, versions.Policy)
	require.NoError(t, err)
	require.Equal(t, "Europe/Brussels", yardstick.Zone.String(), "deadlines run by the dealer's clock")
	require.Equal(t, "BE", yardstick.Country)

	require.Equal(t, http.StatusNotFound, p.browser().get("/setup").status)
	require.Equal(t, http.StatusNotFound, p.browser().post("/setup", steps(p)).status)
	require.Equal(t, "/sign-in", p.browser().get("/").to)
	require.Equal(t, "/settings", p.browser().signIn("ada@oost.example", secret).to)
	require.NotContains(t, p.logged(), "oost.example")
}

func TestSetupSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := open(t, options{empty: true})
	for field, wrong := range map[string][]string{
		"dealer": {"", "  ", strings.Repeat("x", 201), "a\nb"}, "country": {"", "B", "BEL", "1A"}, "zone": {"", "Local", "Europe/Brussel", "../etc/passwd"},
		"language": {"", "tlh"}, "name": {"", "a\nb"}, "email": {"", "ada", "ada@oost", "a@b@c.example"}, "password": {"", "short"},
	} {
		for _, value := range wrong {
			form := steps(p)
			form.Set(field, value)
			got := p.browser().post("/setup", form)
			require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s %q", field, value)
			require.Contains(t, got.words(), "Nothing is set up yet.")
			require.NotContains(t, got.text, secret)
		}
	}
	require.Zero(t, p.rows("dealer"))
	require.Zero(t, p.rows("sign_in_failure"), "who has the code may be wrong as often as he likes")
}

func TestTheSetupCodeCannotBeGuessed(t *testing.T) {
	t.Parallel()
	p := open(t, options{empty: true})
	form := steps(p)
	form.Set("code", "aaaa-bbbb-cccc-dddd")
	for range 10 {
		require.Contains(t, p.browser().post("/setup", form).words(), "not the setup code")
	}
	require.Equal(t, http.StatusTooManyRequests, p.browser().post("/setup", steps(p)).status)
	require.Zero(t, p.rows("dealer"))
	form.Set("code", "")
	p.later(store.TryWindow)
	require.Equal(t, http.StatusUnprocessableEntity, p.browser().post("/setup", form).status)
}

func TestOfTwoFirstStepsOneCounts(t *testing.T) {
	t.Parallel()
	p := open(t, options{empty: true})
	var wg sync.WaitGroup
	answers := make(chan seen, 4)
	for range cap(answers) {
		wg.Go(func() { answers <- p.browser().post("/setup", steps(p)) })
	}
	wg.Wait()
	close(answers)
	won := 0
	for got := range answers {
		if got.status == http.StatusSeeOther {
			won++
			continue
		}
		require.Contains(t, []int{http.StatusConflict, http.StatusNotFound}, got.status)
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, p.rows("dealer"))
	require.Equal(t, 1, p.rows("staff"))
}

func TestSetupWhereThereAreNoPasswords(t *testing.T) {
	t.Parallel()
	p := open(t, options{empty: true, signOn: func(publicURL string) *signin.SignOn {
		return &signin.SignOn{Issuer: "http://127.0.0.1:1", ClientID: "x", ClientSecret: "y", Only: true, PublicURL: publicURL}
	}})
	b := p.browser()
	require.NotContains(t, b.get("/setup").text, `type="password"`)
	form := steps(p)
	form.Del("password")
	require.Equal(t, "/settings?said=set_up", b.post("/setup", form).to)
	require.True(t, b.is("Ada Bos"))
}
