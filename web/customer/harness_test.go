package customer

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	testkit.Main(m)
}

var secret = []byte("0123456789abcdef0123456789abcdef")

// desk is a dealer in a database of his own and the pages over it.
type desk struct {
	t      *testing.T
	store  *store.Store
	dealer uuid.UUID
	asker  *asker
	pages  *Room
	router *gin.Engine
	woken  int
	sent   atomic.Int32
}

// asker decides as the workflow's activity does, in real Postgres, and keeps
// what it was asked.
type asker struct {
	store *store.Store
	mu    sync.Mutex
	asked []process.Happening
	fails error
}

func (a *asker) Ask(ctx context.Context, id string, h process.Happening, reopen *process.State) (workflows.Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, h)
	if a.fails != nil {
		return workflows.Answer{}, a.fails
	}
	if reopen != nil {
		return workflows.Answer{}, fmt.Errorf("no customer reopens a lead")
	}
	state, err := a.store.StateForStart(ctx, uuid.MustParse(id))
	if err != nil {
		return workflows.Answer{}, err
	}
	done, err := a.store.Step(ctx, state, h)
	if err != nil {
		return workflows.Answer{}, err
	}
	if done.Refused != nil {
		return workflows.Answer{}, done.Refused
	}
	return workflows.Answer{Step: done.State.Step}, nil
}

func (a *asker) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked)
}

// openDesk opens on Tuesday 24 November 2026, 10:00 in Amsterdam.
func openDesk(t *testing.T) *desk {
	t.Helper()
	database := testkit.Database(t)
	s, err := store.Open(t.Context(), database, store.Options{Connections: 4, Name: "web test", Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	product, err := store.Open(t.Context(), database, store.Options{Connections: 4, Name: "web test"})
	require.NoError(t, err)
	t.Cleanup(product.Close)
	testkit.SetClock(t, s.Pool, at(t, "2026-11-24 10:00"))
	d := &desk{t: t, store: s, asker: &asker{store: s}}
	d.dealer, err = s.CreateDealer(t.Context(), store.NewDealer{
		Name: "Autobedrijf De Linde", Language: "nl", Phone: "+31 20 123 45 67", Address: "Lindelaan 14, Amersfoort", Colour: "#0a6b4f",
		Staff: []store.NewStaff{
			{Email: "sam@delinde.example", Name: "Sam Visser", Role: lead.RoleSalesperson},
			{Email: "max@delinde.example", Name: "Max Meijer", Role: lead.RoleSalesManager},
		},
		Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}},
	})
	require.NoError(t, err)
	d.pages = &Room{Store: product, Asker: d.asker, Secret: secret, Log: slog.New(slog.DiscardHandler), Wake: func() { d.woken++ }}
	d.mount()
	return d
}

func (d *desk) mount() {
	d.router = gin.New()
	d.router.HandleMethodNotAllowed = true
	d.pages.Mount(d.router)
}

// at reads a time of day in Amsterdam.
func at(t *testing.T, local string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	instant, err := time.ParseInLocation("2006-01-02 15:04", local, zone)
	require.NoError(t, err)
	return instant
}

const jan = `{"channel": "web", "request": "test_drive", "customer": {"first_name": "Jan", "infix": "de", "last_name": "Boer",
	"email": "jan@customer.example", "phone": "06 12345678", "language": "nl"},
	"vehicle": {"make": "Renault", "model": "Captur", "condition": "new"}}`

// lead posts a lead and takes it into the process.
func (d *desk) lead(body string) uuid.UUID {
	d.t.Helper()
	ctx := d.t.Context()
	source, err := d.store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: d.dealer, Code: "website"})
	require.NoError(d.t, err)
	draft, _, err := intake.ParseJSON([]byte(body), intake.Context{Country: "NL", Zone: time.UTC, Now: testkit.Now(d.t, d.store.Pool)})
	require.NoError(d.t, err)
	got, err := d.store.Receive(ctx, store.Post{
		Dealer: d.dealer, Source: source.ID, ContentType: "application/json", Body: []byte(body),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(d.t, err)
	id := got.Leads[0].ID
	d.step(id, process.Happening{What: process.WasReceived})
	_, err = d.store.Pool.Exec(ctx, `DELETE FROM outbox`) // the relay has told Temporal
	require.NoError(d.t, err)
	return id
}

func (d *desk) step(id uuid.UUID, h process.Happening) process.Stepped {
	d.t.Helper()
	state, err := d.store.StateForStart(d.t.Context(), id)
	require.NoError(d.t, err)
	done, err := d.store.Step(d.t.Context(), state, h)
	require.NoError(d.t, err)
	require.Nil(d.t, done.Refused)
	return done
}

// appoint books a test drive of 45 minutes by a member of staff.
func (d *desk) appoint(id uuid.UUID, local string) process.Appointment {
	d.t.Helper()
	done := d.step(id, process.Happening{What: process.DidAppointment, Actor: d.staff("sam@delinde.example"), Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: uuid.NewString(), Kind: lead.DriveTest, StartsAt: at(d.t, local), Minutes: 45,
	}})
	return *done.State.Appointment
}

func (d *desk) change(id uuid.UUID, a process.AppointmentAction) {
	d.t.Helper()
	d.step(id, process.Happening{What: process.DidAppointment, Actor: d.staff("sam@delinde.example"), Appointment: &a})
}

// closeIt closes the lead as nobody would object to.
func (d *desk) closeIt(id uuid.UUID) {
	d.t.Helper()
	d.step(id, process.Happening{What: process.DidClose, Actor: d.staff("sam@delinde.example"), Close: &process.ClosingAsked{Reason: "test"}})
	d.step(id, process.Happening{What: process.DidDecide, Actor: d.staff("max@delinde.example"), Decide: &process.Decision{Approve: true}})
	require.Equal(d.t, lead.Closed, d.state(id).Status)
}

func (d *desk) staff(email string) process.Actor {
	d.t.Helper()
	p, err := d.store.StaffByEmail(d.t.Context(), db.StaffByEmailParams{DealerID: d.dealer, Lower: email})
	require.NoError(d.t, err)
	return process.Actor(p.ID.String())
}

func (d *desk) state(id uuid.UUID) process.State {
	d.t.Helper()
	s, err := d.store.StateForStart(d.t.Context(), id)
	require.NoError(d.t, err)
	return s
}

func (d *desk) events(id uuid.UUID) []string {
	d.t.Helper()
	rows, err := d.store.Timeline(d.t.Context(), db.TimelineParams{DealerID: d.dealer, LeadID: id, Most: 1000})
	require.NoError(d.t, err)
	var kinds []string
	for _, row := range rows {
		kinds = append(kinds, row.Kind)
	}
	return kinds
}

func link(id uuid.UUID) string { return "/c/" + message.Sign(secret, "customer", id.String()) }

type option func(*http.Request)

func with(header, value string) option {
	return func(r *http.Request) { r.Header.Set(header, value) }
}

// send comes from another address each time, because one alone is held back.
func (d *desk) send(r *http.Request, options ...option) *httptest.ResponseRecorder {
	n := d.sent.Add(1)
	r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:4711", n/256, n%256)
	for _, o := range options {
		o(r)
	}
	w := httptest.NewRecorder()
	d.router.ServeHTTP(w, r)
	return w
}

func (d *desk) get(path string, options ...option) *httptest.ResponseRecorder {
	return d.send(httptest.NewRequest(http.MethodGet, path, http.NoBody), options...)
}

func (d *desk) post(path string, form url.Values, options ...option) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(r, options...)
}

// form is a form as a browser has it.
type form struct {
	action string
	fields url.Values // what it sends by itself: hidden fields, what is ticked
	proof  string     // of its button, sent when that is pressed
}

// forms reads the forms of a page. tick ticks every box and chooses every radio
// button in turn, the last one winning.
func forms(t *testing.T, page string, tick bool) map[string]form {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	found := map[string]form{}
	var inside *form
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		is := map[string]string{}
		for _, a := range n.Attr {
			is[a.Key] = a.Val
		}
		_, ticked := is["checked"]
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "form":
			inside = &form{action: is["action"], fields: url.Values{}}
			defer func() { found[inside.action[strings.LastIndexByte(inside.action, '/')+1:]], inside = *inside, nil }()
		case n.Data == "button":
			require.Equal(t, "proof", is["name"])
			inside.proof = is["value"]
		case n.Data == "input" && (is["type"] == "radio" || is["type"] == "checkbox"):
			if is["type"] == "radio" && (tick || ticked) {
				inside.fields.Del(is["name"])
			}
			if tick || ticked {
				inside.fields.Add(is["name"], is["value"])
			}
		case n.Data == "input":
			inside.fields.Add(is["name"], is["value"])
		}
		for child := range n.ChildNodes() {
			walk(child)
		}
	}
	walk(root)
	return found
}

// proofOf is what a button of the page brings along; "" when the page does not
// offer the button.
func (d *desk) proofOf(id uuid.UUID, button string) string {
	d.t.Helper()
	return forms(d.t, d.get(link(id)).Body.String(), false)[button].proof
}

// press opens the page and presses a button on it.
func (d *desk) press(id uuid.UUID, button string, fields url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	form := url.Values{"proof": {d.proofOf(id, button)}}
	maps.Copy(form, fields)
	return d.post(link(id)+"/"+button, form)
}

// leadsTo asserts that the browser is sent back to the page with that word.
func leadsTo(t *testing.T, id uuid.UUID, said string, w *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.Equal(t, link(id)+"?done="+said, w.Header().Get("Location"))
}

// everything is the content of the whole database, in one word per table.
func (d *desk) everything() map[string]string {
	d.t.Helper()
	ctx := d.t.Context()
	rows, err := d.store.Pool.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`)
	require.NoError(d.t, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(d.t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(d.t, rows.Err())
	require.Contains(d.t, tables, "do_not_contact")
	sums := map[string]string{}
	for _, name := range tables {
		var sum string
		err := d.store.Pool.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM %q t`, name)).Scan(&sum)
		require.NoError(d.t, err)
		sums[name] = sum
	}
	return sums
}
