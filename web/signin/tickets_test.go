package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

// invite has somebody invite somebody.
func (p *place) invite(by, whom string) seen {
	p.t.Helper()
	return p.signedIn(by).post("/settings/staff/"+p.person(whom).ID.String()+"/invite", nil)
}

func TestAnInvitationLeadsIn(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	got := p.invite("max@demo.example", "nora@demo.example")
	require.Equal(t, "/settings/staff/"+p.person("nora@demo.example").ID.String()+"?said=invited", got.to)
	mail := p.mails("nora@demo.example")[0]
	require.Equal(t, "Uw account in Doorbell · Autobedrijf De Linde", mail.Subject)
	require.Contains(t, mail.Text, "Max Meijer heeft een account voor u gemaakt")
	require.Equal(t, "doorbell@dealer.example", mail.From)
	ticket := p.ticket(mail)

	// A mail scanner opens every link, and some twice.
	nora := p.browser()
	for range 2 {
		page := nora.get(ticket)
		require.Equal(t, http.StatusOK, page.status)
		require.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
		require.Contains(t, page.words(), "Welkom, Nora Niks", "in her language")
		require.Contains(t, page.text, `value="nora@demo.example"`)
	}
	require.Contains(t, nora.post(ticket, url.Values{"password": {"short"}}).words(), "minstens 10 tekens")
	got = nora.post(ticket, url.Values{"password": {another}})
	require.Equal(t, "/mine?said=welcome", got.to)
	require.True(t, nora.is("Nora Niks"))
	require.Equal(t, http.StatusSeeOther, p.browser().signIn("nora@demo.example", another).status)

	for _, method := range []string{http.MethodGet, http.MethodPost} {
		again := p.browser().send(method, ticket, url.Values{"password": {"a third secret of hers"}}, nil)
		require.Equal(t, http.StatusGone, again.status, "once")
		require.Contains(t, again.text, `href="/forgotten"`)
		require.Contains(t, again.words(), "ask your manager")
	}
	require.NotContains(t, p.logged(), ticket[len("/welcome/"):], "the log knows the route only")
	require.Contains(t, p.logged(), "route=/welcome/:ticket")
}

func TestWhoMayInviteWhom(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	nora, gwen, ada, manager := p.person("nora@demo.example"), p.person("gwen@demo.example"), p.person("ada@demo.example"), p.person("max@demo.example")
	for _, c := range []struct {
		by   string
		whom uuid.UUID
		want int
	}{
		{"sam@demo.example", nora.ID, http.StatusForbidden},
		{"mia@demo.example", nora.ID, http.StatusForbidden},
		{"max@demo.example", gwen.ID, http.StatusForbidden},
		{"max@demo.example", ada.ID, http.StatusForbidden},
		{"gwen@demo.example", ada.ID, http.StatusSeeOther},
		{"ada@demo.example", gwen.ID, http.StatusSeeOther},
		{"ada@demo.example", manager.ID, http.StatusSeeOther},
		{"max@demo.example", uuid.New(), http.StatusNotFound},
	} {
		require.Equal(t, c.want, p.signedIn(c.by).post("/settings/staff/"+c.whom.String()+"/invite", nil).status, "%s %s", c.by, c.whom)
	}
	require.Equal(t, http.StatusNotFound, p.signedIn("max@demo.example").post("/settings/staff/17/invite", nil).status)
	require.Equal(t, http.StatusSeeOther, p.browser().post("/settings/staff/"+nora.ID.String()+"/invite", nil).status, "nobody signs in first")

	// Another dealer's people are not there.
	stranger := store.NewStaff{Email: "zoe@other.example", Name: "Zoe", Role: lead.RoleSalesperson}
	_, err := p.store.CreateDealer(context.Background(), store.NewDealer{Name: "Garage Oost", Language: "nl", Staff: []store.NewStaff{stranger}})
	require.NoError(t, err)
	var zoe uuid.UUID
	require.NoError(t, p.store.Pool.QueryRow(context.Background(), "SELECT id FROM staff WHERE email = 'zoe@other.example'").Scan(&zoe))
	require.Equal(t, http.StatusNotFound, p.signedIn("ada@demo.example").post("/settings/staff/"+zoe.String()+"/invite", nil).status)
	require.Empty(t, p.mails("zoe@other.example"))

	require.NoError(t, p.store.Leave(context.Background(), p.dealer, nora.ID))
	got := p.invite("max@demo.example", "nora@demo.example")
	require.Equal(t, http.StatusConflict, got.status)
	require.Contains(t, got.words(), "does not work here any more")
}

// Whoever has a password gets a link to another one, which is good for an hour.
func TestAManagerSendsALinkToANewPassword(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	elsewhere := p.signedIn("sam@demo.example")
	require.Contains(t, p.invite("max@demo.example", "sam@demo.example").to, "said=reset_sent")
	mail := p.mails("sam@demo.example")[0]
	require.Contains(t, mail.Subject, "A new password for Doorbell")
	ticket := p.ticket(mail)
	require.True(t, elsewhere.is("Sam Visser"), "a link alone changes nothing")
	p.later(59 * time.Minute)
	require.Equal(t, "/mine?said=welcome", p.browser().post(ticket, url.Values{"password": {another}}).to)
	require.False(t, elsewhere.is("Sam Visser"), "older sessions end")
}

func TestTicketsGrowOld(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	ctx := context.Background()
	invited, until, err := p.store.CreateTicket(ctx, p.person("nora@demo.example"), store.Invitation)
	require.NoError(t, err)
	reset, _, err := p.store.CreateTicket(ctx, p.person("sam@demo.example"), store.Reset)
	require.NoError(t, err)
	now, err := p.store.Now(ctx)
	require.NoError(t, err)
	require.WithinDuration(t, now.Add(7*24*time.Hour), until, time.Minute)

	p.later(61 * time.Minute)
	require.Equal(t, http.StatusGone, p.browser().get("/welcome/"+reset).status)
	require.Equal(t, http.StatusGone, p.browser().post("/welcome/"+reset, url.Values{"password": {another}}).status)
	p.later(7*24*time.Hour - 62*time.Minute)
	require.Equal(t, http.StatusOK, p.browser().get("/welcome/"+invited).status)
	p.later(2 * time.Minute)
	require.Equal(t, http.StatusGone, p.browser().get("/welcome/"+invited).status)
	for _, none := range []string{"x", invited[:42], invited + "x", "%00", "a%2Fb"} {
		require.Contains(t, []int{http.StatusGone, http.StatusNotFound}, p.browser().get("/welcome/"+none).status, none)
	}

	// One who leaves needs no key any more.
	left, _, err := p.store.CreateTicket(ctx, p.person("bea@demo.example"), store.Reset)
	require.NoError(t, err)
	require.NoError(t, p.store.Leave(ctx, p.dealer, p.person("bea@demo.example").ID))
	require.Equal(t, http.StatusGone, p.browser().post("/welcome/"+left, url.Values{"password": {another}}).status)
	require.NoError(t, p.store.Return(ctx, p.dealer, p.person("bea@demo.example").ID))
	require.Equal(t, http.StatusGone, p.browser().get("/welcome/"+left).status, "nor does an old one come back with her")

	require.Equal(t, 3, p.rows("staff_ticket"))
	p.later(31 * 24 * time.Hour)
	require.NoError(t, p.store.PruneSignIn(ctx))
	require.Zero(t, p.rows("staff_ticket"))
}

// Choosing a password by any way makes every link to it worthless.
func TestAPasswordVoidsEveryOtherTicket(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	one, _, err := p.store.CreateTicket(context.Background(), p.person("sam@demo.example"), store.Reset)
	require.NoError(t, err)
	two, _, err := p.store.CreateTicket(context.Background(), p.person("sam@demo.example"), store.Reset)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.browser().post("/welcome/"+one, url.Values{"password": {another}}).status)
	require.Equal(t, http.StatusGone, p.browser().get("/welcome/"+two).status)
}

func TestForgottenPasswords(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	require.NoError(t, p.store.Leave(context.Background(), p.dealer, p.person("bea@demo.example").ID))
	b := p.browser()
	require.Contains(t, b.get("/sign-in").text, `href="/forgotten"`)
	known := b.post("/forgotten", url.Values{"email": {" Sam@Demo.example"}})
	require.Equal(t, http.StatusOK, known.status)
	for _, email := range []string{"who@demo.example", "bea@demo.example", "no address", ""} {
		got := b.post("/forgotten", url.Values{"email": {email}})
		require.Equal(t, known.text, got.text, "nobody is told who has an account: %q", email)
		require.Equal(t, known.status, got.status)
	}
	mail := p.awaitMail("sam@demo.example", 0)
	require.Contains(t, mail.Text, "If you did not ask for it, you need not do anything")
	require.Equal(t, http.StatusOK, b.get(p.ticket(mail)).status)
	for range 2 {
		require.Equal(t, http.StatusOK, b.post("/forgotten", url.Values{"email": {"sam@demo.example"}}).status)
	}
	for _, email := range []string{"sam@demo.example", "SAM@demo.example"} {
		require.Equal(t, http.StatusTooManyRequests, b.post("/forgotten", url.Values{"email": {email}}).status, "nobody's mailbox is filled")
	}
	p.awaitMail("sam@demo.example", 2)
	require.Len(t, p.mails(""), 3)

	p.tried("reminders of:127.0.0.1/32", 30)
	require.Equal(t, http.StatusTooManyRequests, b.post("/forgotten", url.Values{"email": {"max@demo.example"}}).status)
}

// Browsers that do not say where a form comes from hide it on this page; the
// ticket in the address is the proof then. Those that say it are believed.
func TestATicketIsItsOwnProof(t *testing.T) {
	t.Parallel()
	p := open(t, options{})
	ticket, _, err := p.store.CreateTicket(context.Background(), p.person("nora@demo.example"), store.Invitation)
	require.NoError(t, err)
	form := url.Values{"password": {another}}
	for _, header := range []map[string]string{
		{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"},
	} {
		require.Equal(t, http.StatusForbidden, p.browser().send(http.MethodPost, "/welcome/"+ticket, form, header).status)
	}
	require.Equal(t, http.StatusSeeOther, p.browser().send(http.MethodPost, "/welcome/"+ticket, form, map[string]string{"Origin": "null"}).status)
}

// refusing takes no mail.
type refusing struct{}

func (refusing) Name() string { return "refusing" }

func (refusing) Send(context.Context, message.Message) (message.Receipt, error) {
	return message.Receipt{}, &message.Failure{Kind: message.Final, Code: "refused"}
}

func TestWithoutMailOneIsToldWhatToSet(t *testing.T) {
	t.Parallel()
	p := open(t, options{mute: true})
	got := p.invite("max@demo.example", "nora@demo.example")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.words(), "SENDGRID_API_KEY or SMTP_URL")
	require.Zero(t, p.rows("staff_ticket"), "no key without a mail that takes it there")
	require.Contains(t, p.browser().get("/forgotten").words(), "Ask your manager")
	require.Equal(t, http.StatusServiceUnavailable, p.browser().post("/forgotten", url.Values{"email": {"sam@demo.example"}}).status)

	p = open(t, options{mail: refusing{}})
	got = p.invite("max@demo.example", "nora@demo.example")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.words(), "The mail was not sent")
	require.Contains(t, p.logged(), "message: refused (final)")
	require.NotContains(t, p.logged(), "nora@demo.example")
}
