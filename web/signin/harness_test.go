package signin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web"
	"github.com/doorbell-ilm/doorbell/web/session"
	"github.com/doorbell-ilm/doorbell/web/signin"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// secret is everybody's password.
const secret = "a long enough secret"

var secretHash = sync.OnceValue(func() string { return password.Hash(secret) })

// staff are the people of the test dealer, one of each role; Nora was added and
// has no password yet.
func staff() []store.NewStaff {
	all := []store.NewStaff{
		{Email: "sam@demo.example", Name: "Sam Visser", Role: lead.RoleSalesperson},
		{Email: "bea@demo.example", Name: "Bea van Dam", Role: lead.RoleBDC},
		{Email: "max@demo.example", Name: "Max Meijer", Role: lead.RoleSalesManager},
		{Email: "gwen@demo.example", Name: "Gwen Groot", Role: lead.RoleGeneralManager},
		{Email: "mia@demo.example", Name: "Mia Mol", Role: lead.RoleMarketer},
		{Email: "ada@demo.example", Name: "Ada Bos", Role: lead.RoleAdmin},
	}
	for i := range all {
		all[i].PasswordHash, all[i].Language = secretHash(), "en"
	}
	return append(all, store.NewStaff{Email: "nora@demo.example", Name: "Nora Niks", Role: lead.RoleSalesperson})
}

// options shape what a test stands in; the zero value is a dealer with staff.
type options struct {
	empty  bool // nothing is set up
	dev    bool
	demo   []signin.Demo
	mute   bool           // no mail can be sent
	mail   message.Sender // nil means the mailbox
	signOn func(publicURL string) *signin.SignOn
}

// place is a Doorbell whose pages can be visited.
type place struct {
	t      *testing.T
	URL    string
	store  *store.Store
	dealer uuid.UUID
	secret []byte

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes a line of the log.
func (p *place) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(line)
}

func (p *place) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

type nobody struct{}

func (nobody) Wake() {}

func open(t *testing.T, o options) *place {
	t.Helper()
	ctx := context.Background()
	database := testkit.Database(t)
	s, err := store.Open(ctx, database, store.Options{Connections: 8, Name: "test", Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	product, err := store.Open(ctx, database, store.Options{Connections: 8, Name: "test"})
	require.NoError(t, err)
	t.Cleanup(product.Close)
	p := &place{t: t, store: s, secret: []byte("a secret of thirty-two characters")}
	if !o.empty {
		p.dealer, err = s.CreateDealer(ctx, store.NewDealer{Name: "Autobedrijf De Linde", Language: "nl", Staff: staff()})
		require.NoError(t, err)
	}
	server := httptest.NewUnstartedServer(nil)
	p.URL = "http://" + server.Listener.Addr().String()
	log := slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: slog.LevelDebug}))
	templates, err := message.Load()
	require.NoError(t, err)
	sessions := session.New(product, p.URL)
	t.Cleanup(sessions.Close)
	pages := &web.Pages{
		Store: product, Sessions: sessions, Secret: p.secret, Dev: o.dev, PublicURL: p.URL, Templates: templates, Log: log, Demo: o.demo,
		From: message.Address{Email: "doorbell@dealer.example"}, Mail: o.mail,
	}
	if pages.Mail == nil && !o.mute {
		pages.Mail = message.NewMailbox(s)
	}
	if o.dev {
		pages.TemporalUI = "http://127.0.0.1:8233"
	}
	if o.signOn != nil {
		pages.SignOn = o.signOn(p.URL)
	}
	router, err := api.New(api.Options{
		Store: product, Leads: workflows.Leads{}, Waker: nobody{}, PublicURL: p.URL, Log: log, Version: "test", Registry: prometheus.NewRegistry(),
		Pages: func(e *gin.Engine) { pages.Mount(e) }, Session: sessions.Of, PerSecond: 10_000, Burst: 10_000,
	})
	require.NoError(t, err)
	server.Config.Handler = router
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// person is somebody of the staff.
func (p *place) person(email string) db.Staff {
	p.t.Helper()
	row, err := p.store.StaffByEmail(context.Background(), db.StaffByEmailParams{DealerID: p.dealer, Lower: email})
	require.NoError(p.t, err)
	return row
}

// later moves the clock.
func (p *place) later(by time.Duration) { p.t.Helper(); testkit.MoveClock(p.t, p.store.Pool, by) }

// rows counts what a query finds.
func (p *place) rows(table string) (n int) {
	p.t.Helper()
	require.NoError(p.t, p.store.Pool.QueryRow(context.Background(), "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n))
	return n
}

// tried notes failed tries as if they had been made.
func (p *place) tried(key string, times int) {
	p.t.Helper()
	sum := sha256.Sum256([]byte(key))
	_, err := p.store.Pool.Exec(context.Background(), "INSERT INTO sign_in_failure (key) SELECT $1 FROM generate_series(1, $2)", sum[:], times)
	require.NoError(p.t, err)
}

// mails are what was sent to somebody, the newest first.
func (p *place) mails(to string) []message.MailboxMail {
	p.t.Helper()
	all, err := p.store.Mailbox(context.Background(), to, 100)
	require.NoError(p.t, err)
	return all
}

// awaitMail waits for the next mail to somebody who has got so many.
func (p *place) awaitMail(to string, after int) message.MailboxMail {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return len(p.mails(to)) > after }, 20*time.Second, 5*time.Millisecond)
	return p.mails(to)[0]
}

var ticketForm = regexp.MustCompile(`/welcome/[A-Za-z0-9_-]{43}`)

// ticket is the page to which a mail leads.
func (p *place) ticket(m message.MailboxMail) string {
	p.t.Helper()
	path := ticketForm.FindString(m.Text)
	require.NotEmpty(p.t, path, m.Text)
	require.Contains(p.t, m.Text, p.URL+path)
	require.Contains(p.t, m.HTML, p.URL+path)
	return path
}

// browser is somebody at a browser without script. It follows no redirects by
// itself.
type browser struct {
	p        *place
	client   *http.Client
	language string
}

// seen is what he sees.
type seen struct {
	status int
	header http.Header
	text   string // HTML
	to     string // where it leads, "" for nowhere
}

func (p *place) browser() *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(p.t, err)
	return &browser{p: p, language: "en", client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn is a browser in which somebody has signed in.
func (p *place) signedIn(email string) *browser {
	p.t.Helper()
	b := p.browser()
	require.Equal(p.t, http.StatusSeeOther, b.signIn(email, secret).status)
	return b
}

func (b *browser) signIn(email, secret string) seen {
	b.p.t.Helper()
	return b.post("/sign-in", url.Values{"email": {email}, "password": {secret}})
}

func (b *browser) get(address string) seen {
	b.p.t.Helper()
	return b.send(http.MethodGet, address, nil, nil)
}

func (b *browser) post(address string, form url.Values) seen {
	b.p.t.Helper()
	return b.send(http.MethodPost, address, form, nil)
}

// send asks for a path of the place, or any address.
func (b *browser) send(method, address string, form url.Values, header map[string]string) seen {
	t := b.p.t
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.p.URL + address
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(context.Background(), method, address, body)
	require.NoError(t, err)
	request.Header.Set("Accept-Language", b.language)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return seen{status: response.StatusCode, header: response.Header, text: string(text), to: response.Header.Get("Location")}
}

// cookie is the session's.
func (b *browser) cookie() string {
	b.p.t.Helper()
	u, err := url.Parse(b.p.URL)
	require.NoError(b.p.t, err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "doorbell" {
			return c.Value
		}
	}
	return ""
}

// is reports whether somebody is signed in.
func (b *browser) is(name string) bool {
	b.p.t.Helper()
	page := b.get("/account")
	return page.status == http.StatusOK && strings.Contains(page.words(), name)
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// words is what can be read on the page.
func (s seen) words() string {
	return html.UnescapeString(strings.TrimSpace(spaces.ReplaceAllString(tags.ReplaceAllString(s.text, " "), " ")))
}
