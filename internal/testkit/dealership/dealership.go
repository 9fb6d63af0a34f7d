// Package dealership runs the whole product for one test: a dealer with staff
// and sources in a database of its own, a relay, a worker on its own task
// queue of the real Temporal server, and the mailbox. Its clock is moved, not
// waited for.
package dealership

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/password"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Secret signs the links of the test dealer.
var Secret = []byte("a secret of thirty-two characters")

// PublicURL stands in mails.
const PublicURL = "https://doorbell.example"

// Password is everybody's at the standard dealer.
const Password = "a long enough secret"

var passwordHash = sync.OnceValue(func() string { return password.Hash(Password) })

// Options shape the dealer; the zero value is the standard one.
type Options struct {
	Policy string // YAML; "" means the shipped standard
	// Opens is the dealer's local time at which the test begins, as
	// "2026-11-24 10:00"; "" means that, a Tuesday in opening hours.
	Opens   string
	Staff   []store.NewStaff  // nil means Staff()
	Sources []store.NewSource // nil means Sources()
	Sender  message.Sender    // nil means the mailbox
	Grace   time.Duration
	// MailEvents is the verification key of a mail provider's webhook; "" is none.
	MailEvents string
	// Idle leaves the worker out.
	Idle bool
	// Cables lays lines to Postgres and Temporal that the test can cut.
	Cables bool
}

// Dealership is a running dealer.
type Dealership struct {
	tb      testing.TB
	ID      uuid.UUID
	URL     string       // of the database
	Store   *store.Store // the test's own look, bound to no dealer
	Client  client.Client
	Leads   workflows.Leads
	Relay   *relay.Relay
	Bell    *relay.Bell
	Zone    *time.Location
	options worker.Options
	webhook string // verification key
	// PostgresCable and TemporalCable are the product's lines; the test's own
	// are never cut. Nil unless Options.Cables.
	PostgresCable, TemporalCable *testkit.Cable
	product                      *store.Store // what the product works with
	lines                        lines        // of the worker and the relay
}

// Logged returns what worker, relay and Temporal's SDK have logged so far, at
// every level. What the door logs is the Door's.
func (d *Dealership) Logged() string { return d.lines.String() }

// Staff are the people of the standard dealer.
func Staff() []store.NewStaff {
	return []store.NewStaff{
		{Email: "bdc@demo.example", Name: "Bea van Dam", Role: lead.RoleBDC},
		{Email: "sam@demo.example", Name: "Sam Visser", Role: lead.RoleSalesperson},
		{Email: "tess@demo.example", Name: "Tess Smit", Role: lead.RoleSalesperson},
		{Email: "uma@demo.example", Name: "Uma Kok", Role: lead.RoleSalesperson},
		{Email: "manager@demo.example", Name: "Max Meijer", Role: lead.RoleSalesManager, Phone: "+31612345678"},
		{Email: "director@demo.example", Name: "Gwen Groot", Role: lead.RoleGeneralManager, Phone: "+31612345679"},
	}
}

// Sources are the sources of the standard dealer.
func Sources() []store.NewSource {
	return []store.NewSource{
		{Code: "website", Name: "Website", Party: lead.FirstParty},
		{Code: "portal", Name: "AutoPlein", Party: lead.ThirdParty, Paid: true, CostCents: 2500},
	}
}

// Open starts a dealership and stops it when the test is over.
func Open(tb testing.TB, o Options) *Dealership {
	tb.Helper()
	ctx := context.Background()
	d := &Dealership{tb: tb, URL: testkit.Database(tb), webhook: o.MailEvents}
	s, err := store.Open(ctx, d.URL, store.Options{Connections: 4, Name: "test", Owner: true})
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	d.Store = s
	d.product, err = store.Open(ctx, d.URL, store.Options{Connections: 12, Name: "test product"})
	require.NoError(tb, err)
	tb.Cleanup(d.product.Close)
	d.Zone, err = time.LoadLocation("Europe/Amsterdam")
	require.NoError(tb, err)
	if o.Opens == "" {
		o.Opens = "2026-11-24 10:00"
	}
	testkit.SetClock(tb, s.Pool, d.At(o.Opens))
	if o.Staff == nil {
		o.Staff = Staff()
	}
	if o.Sources == nil {
		o.Sources = Sources()
	}
	o.Staff = slices.Clone(o.Staff)
	for i := range o.Staff {
		o.Staff[i].PasswordHash = passwordHash()
	}
	d.ID, err = s.CreateDealer(ctx, store.NewDealer{
		Name: "Autobedrijf De Linde", Language: "nl", Phone: "+31201234567", Address: "Lindelaan 14, Amersfoort",
		MailFrom: "leads@delinde.example", Policy: o.Policy, Staff: o.Staff, Sources: o.Sources,
	})
	require.NoError(tb, err)

	address := testkit.Temporal(tb)
	if o.Cables {
		address = d.lay(address)
	}
	log := slog.New(slog.NewTextHandler(&d.lines, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: store.Discreet}))
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	d.Client, err = client.Dial(client.Options{HostPort: testkit.Temporal(tb), Namespace: testkit.Namespace, Logger: quiet})
	require.NoError(tb, err)
	tb.Cleanup(d.Client.Close)
	product, err := client.Dial(client.Options{HostPort: address, Namespace: testkit.Namespace, Logger: sdklog.NewStructuredLogger(log)})
	require.NoError(tb, err)
	tb.Cleanup(product.Close)
	queue := testkit.TaskQueue(tb)
	d.Leads = workflows.Leads{Client: product, Queue: queue, Namespace: testkit.Namespace, Crowded: d.product.IsCrowded}
	d.Leads.Eager = true
	d.Relay = relay.New(d.product, d.Leads, log)
	d.Bell = relay.NewBell(d.product, log)
	d.Leads.Answered = d.Bell.Answered
	templates, err := message.Load()
	require.NoError(tb, err)
	if o.Sender == nil {
		o.Sender, err = message.Choose(message.Settings{Mailbox: d.product})
		require.NoError(tb, err)
	}
	d.options = worker.Options{
		Client: product, Store: d.product, Sender: o.Sender, Templates: templates, PublicURL: PublicURL, Secret: Secret,
		From: message.Address{Email: "leads@delinde.example"}, Queue: queue, Grace: o.Grace,
	}
	tb.Cleanup(d.terminate)
	if !o.Idle {
		tb.Cleanup(d.Work())
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { d.Relay.Run(ctx) })
	running.Go(func() { d.Bell.Run(ctx) })
	tb.Cleanup(func() { cancel(); running.Wait() })
	return d
}

// lay puts cables between the product and its servers and returns Temporal's
// new address.
func (d *Dealership) lay(temporal string) string {
	d.tb.Helper()
	u, err := url.Parse(d.URL)
	require.NoError(d.tb, err)
	d.PostgresCable = testkit.NewCable(d.tb, u.Host)
	u.Host = d.PostgresCable.Address
	d.product, err = store.Open(context.Background(), u.String(), store.Options{Connections: 12, Name: "test product"})
	require.NoError(d.tb, err)
	d.tb.Cleanup(d.product.Close)
	d.TemporalCable = testkit.NewCable(d.tb, temporal)
	return d.TemporalCable.Address
}

// Work starts a worker and returns what stops it.
func (d *Dealership) Work() (stop func()) {
	d.tb.Helper()
	w := worker.New(d.options)
	require.NoError(d.tb, w.Start())
	return w.Stop
}

// terminate ends the workflows that the test leaves open.
func (d *Dealership) terminate() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, o := range d.open() {
		_ = d.Client.TerminateWorkflow(ctx, o.workflow(), "", "the test is over")
	}
}

// At reads a local time such as "2026-11-24 10:00".
func (d *Dealership) At(local string) time.Time {
	d.tb.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04", local, d.Zone)
	require.NoError(d.tb, err)
	return t
}

// Now is what the clock shows.
func (d *Dealership) Now() time.Time {
	d.tb.Helper()
	return testkit.Now(d.tb, d.Store.Pool)
}

// Receive posts a lead of a source, as JSON, and waits until it is in the
// process.
func (d *Dealership) Receive(source, body string) string {
	d.tb.Helper()
	got := d.Post(source, body)
	id := got.Leads[0].ID.String()
	if got.Leads[0].DuplicateOf == nil {
		d.Await(func() bool { return d.State(id).Step > 0 }, "the lead is in the process")
	}
	d.Settle()
	return id
}

// Post posts a lead and does not wait.
func (d *Dealership) Post(source, body string) store.Received {
	d.tb.Helper()
	ctx := context.Background()
	src, err := d.Store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: d.ID, Code: source})
	require.NoError(d.tb, err)
	draft, ignored, err := intake.ParseJSON([]byte(body), intake.Context{Country: "NL", Zone: d.Zone, Now: d.Now()})
	require.NoError(d.tb, err)
	got, err := d.product.Receive(store.ForDealer(ctx, d.ID), store.Post{
		Dealer: d.ID, Source: src.ID, ContentType: "application/json", Body: []byte(body),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}, Ignored: ignored}},
	})
	require.NoError(d.tb, err)
	d.Bell.Wake()
	return got
}

// Ask has something happen to a lead, by the member of staff with that
// address; "" is the customer.
func (d *Dealership) Ask(id, by string, h process.Happening) (workflows.Answer, error) {
	d.tb.Helper()
	h.Actor = process.Customer
	if by != "" {
		h.Actor = process.Actor(d.StaffID(by))
	}
	if h.ID == "" {
		h.ID = uuid.NewString()
	}
	h.AskedAt = d.Now()
	var reopen *process.State
	if h.What == process.DidReopen {
		state, err := d.Store.StateForStart(context.Background(), uuid.MustParse(id))
		require.NoError(d.tb, err)
		reopen = &state
	}
	answer, err := d.Leads.Ask(context.Background(), id, h, reopen)
	if err == nil {
		d.Settle()
	}
	return answer, err
}

// StaffID returns the id of the member of staff with that address.
func (d *Dealership) StaffID(email string) string {
	d.tb.Helper()
	p, err := d.Store.StaffByEmail(context.Background(), db.StaffByEmailParams{DealerID: d.ID, Lower: email})
	require.NoError(d.tb, err)
	return p.ID.String()
}

// State is the process of a lead as Postgres keeps it.
func (d *Dealership) State(id string) process.State {
	d.tb.Helper()
	s, err := d.Store.StateForStart(context.Background(), uuid.MustParse(id))
	require.NoError(d.tb, err)
	return s
}

// Events returns the kinds on a lead's timeline, in order.
func (d *Dealership) Events(id string) []string {
	d.tb.Helper()
	var kinds []string
	for _, e := range d.Timeline(id) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// Timeline returns a lead's timeline.
func (d *Dealership) Timeline(id string) []db.TimelineRow {
	d.tb.Helper()
	rows, err := d.Store.Timeline(context.Background(), db.TimelineParams{DealerID: d.ID, LeadID: uuid.MustParse(id), Most: 1000})
	require.NoError(d.tb, err)
	return rows
}

// Mails returns what the mailbox has for an address, newest first; "" is
// everybody's.
func (d *Dealership) Mails(to string) []db.Mailbox {
	d.tb.Helper()
	rows, err := d.Store.ListMail(context.Background(), db.ListMailParams{Recipient: to, Most: 1000})
	require.NoError(d.tb, err)
	return rows
}

// running is a lead or a follow-up that is not over.
type running struct {
	id       uuid.UUID
	followUp bool
	next     *time.Time
	step     int64
}

func (r running) workflow() string {
	if r.followUp {
		return workflows.FollowUpID(r.id.String())
	}
	return workflows.ID(r.id.String())
}

// open lists what runs by itself, the next to act first.
func (d *Dealership) open() []running {
	rows, err := d.Store.Pool.Query(context.Background(), `
		SELECT id, false, next_action_at, step FROM lead WHERE status <> 'closed' AND duplicate_of IS NULL
		UNION ALL SELECT id, true, next_action_at, step FROM follow_up WHERE status = 'open' AND kind <> 'call_about_quote'
		ORDER BY 3, 1`)
	if err != nil {
		d.tb.Error(err)
		return nil
	}
	defer rows.Close()
	var out []running
	for rows.Next() {
		var r running
		if err := rows.Scan(&r.id, &r.followUp, &r.next, &r.step); err != nil {
			d.tb.Error(err)
		}
		out = append(out, r)
	}
	return out
}

// Advance moves the clock by a duration such as "90m", stopping wherever a
// lead acts by itself, so that everything happens when it is due and in order.
func (d *Dealership) Advance(by string) {
	d.tb.Helper()
	span, err := time.ParseDuration(by)
	require.NoError(d.tb, err)
	d.AdvanceTo(d.Now().Add(span))
}

// AdvanceTo moves the clock to an instant, as Advance does.
func (d *Dealership) AdvanceTo(target time.Time) {
	d.tb.Helper()
	for {
		d.Settle()
		all := d.open()
		if len(all) == 0 || all[0].next == nil || all[0].next.After(target) {
			break
		}
		if next := *all[0].next; next.After(d.Now()) {
			testkit.SetClock(d.tb, d.Store.Pool, next)
		}
		d.wakeDue(all)
	}
	if target.After(d.Now()) {
		testkit.SetClock(d.tb, d.Store.Pool, target)
	}
	d.Settle()
}

// Jump moves the clock at once, as if everything had been away meanwhile, and
// then wakes whatever is due.
func (d *Dealership) Jump(by string) {
	d.tb.Helper()
	span, err := time.ParseDuration(by)
	require.NoError(d.tb, err)
	testkit.MoveClock(d.tb, d.Store.Pool, span)
	d.wakeDue(d.open())
	d.Settle()
}

// wakeDue wakes whatever is due, leads before follow-ups: a message that a lead
// sends must not be waited for while only a follow-up is awake.
func (d *Dealership) wakeDue(all []running) {
	d.tb.Helper()
	now := d.Now()
	for _, followUps := range []bool{false, true} {
		for _, r := range all {
			if r.followUp == followUps && r.next != nil && !r.next.After(now) {
				d.wake(r)
			}
		}
	}
}

// wake makes a lead or a follow-up look at the clock, as its timer would.
func (d *Dealership) wake(r running) {
	d.tb.Helper()
	table := "lead"
	if r.followUp {
		table = "follow_up"
		require.NoError(d.tb, d.Leads.WakeFollowUp(context.Background(), r.id.String()))
	} else {
		require.NoError(d.tb, d.Leads.Tell(context.Background(), r.id.String(), process.Happening{What: process.WasDue}))
	}
	d.Await(func() bool {
		var step int64
		require.NoError(d.tb, d.Store.Pool.QueryRow(context.Background(), "SELECT step FROM "+table+" WHERE id = $1", r.id).Scan(&step))
		return step > r.step
	}, "the "+table+" acts on its deadline")
}

// Settle waits until every message that may go now has gone, and the process
// knows.
func (d *Dealership) Settle() {
	d.tb.Helper()
	d.Await(func() bool {
		var waiting int
		err := d.Store.Pool.QueryRow(context.Background(), `
			SELECT (SELECT count(*) FROM message WHERE channel <> 'screen' AND state IN ('pending', 'sending') AND coalesce(not_before, '-infinity') <= doorbell_now() AND try_after IS NULL)
			     + (SELECT count(*) FROM message WHERE channel <> 'screen' AND staff_id IS NULL AND NOT told AND state IN ('accepted', 'failed', 'suppressed'))
			     + (SELECT count(*) FROM outbox WHERE next_try_at <= doorbell_now() OR tries > 0)
			     + (SELECT count(*) FROM follow_up WHERE status = 'open' AND step = 0 AND kind <> 'call_about_quote')
			     + (SELECT count(*) FROM lead WHERE again_of IS NOT NULL AND step = 0)`).Scan(&waiting)
		require.NoError(d.tb, err)
		return waiting == 0
	}, "messages and outbox come to rest")
}

// Await waits until something is so, for at most three minutes of real time.
func (d *Dealership) Await(is func() bool, what string) {
	d.tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(3 * time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			d.tb.Fatalf("waited three minutes in vain: %s", what)
		}
	}
}
