package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	leads "github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// flood is how many leads come at once. DOORBELL_FLOOD asks for more, to
// measure.
func flood() int {
	if n, err := strconv.Atoi(os.Getenv("DOORBELL_FLOOD")); err == nil && n > 0 {
		return n
	}
	return 400
}

// provider takes mails; those to flooded customers it does not answer until it
// is let.
type provider struct {
	let     chan struct{}
	holding atomic.Int32
	most    atomic.Int32

	mu   sync.Mutex
	sent map[string]int // by recipient
}

const flooded = "@flood.example"

func newProvider() *provider { return &provider{let: make(chan struct{}), sent: map[string]int{}} }

// Name is the provider's.
func (p *provider) Name() string { return "test" }

// Send takes the mail.
func (p *provider) Send(ctx context.Context, m message.Message) (message.Receipt, error) {
	if strings.HasSuffix(m.To.Email, flooded) {
		if n := p.holding.Add(1); n > p.most.Load() {
			p.most.Store(n)
		}
		defer p.holding.Add(-1)
		select {
		case <-p.let:
		case <-ctx.Done():
			return message.Receipt{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent[m.To.Email]++
	return message.Receipt{Provider: "test", ProviderID: uuid.NewString()}, nil
}

func (p *provider) took(address string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[address]
}

// neighbour is another dealer on the same server, with a key.
type neighbour struct {
	d   dealer
	id  uuid.UUID
	key string
}

func (d dealer) neighbour() neighbour {
	d.t.Helper()
	ctx := store.Across(context.Background())
	id, err := d.Store.CreateDealer(ctx, store.NewDealer{
		Name: "Autohuis Buurman", Language: "nl",
		Staff: []store.NewStaff{
			{Email: "nel@next.example", Name: "Nel Bos", Role: leads.RoleSalesperson},
			{Email: "max@next.example", Name: "Max Bos", Role: leads.RoleSalesManager},
		},
		Sources: []store.NewSource{{Code: "website", Name: "Website", Party: leads.FirstParty}},
	})
	require.NoError(d.t, err)
	source, err := d.Store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: id, Code: "website"})
	require.NoError(d.t, err)
	key, err := d.Store.CreateKey(ctx, id, "website", store.Intake, &source.ID)
	require.NoError(d.t, err)
	return neighbour{d, id, key}
}

func (n neighbour) posts(email string) dealership.Answer {
	n.d.t.Helper()
	return n.d.door.Do(http.MethodPost, "/v1/leads", map[string]string{"Authorization": "Bearer " + n.key, "Content-Type": "application/json"},
		enquiry{email: email}.body())
}

// floods stores so many leads as fast as it goes.
func (d dealer) floods(n int) {
	d.t.Helper()
	ctx := store.ForDealer(context.Background(), d.ID)
	source, err := d.Store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: d.ID, Code: "website"})
	require.NoError(d.t, err)
	read := intake.Context{Country: "NL", Zone: d.Zone, Now: d.Now()}
	var group errgroup.Group
	group.SetLimit(8)
	for i := range n {
		group.Go(func() error {
			body := []byte(enquiry{email: fmt.Sprintf("customer%d%s", i, flooded)}.body())
			draft, ignored, err := intake.ParseJSON(body, read)
			if err != nil {
				return err
			}
			_, err = d.Store.Receive(ctx, store.Post{
				Dealer: d.ID, Source: source.ID, ContentType: "application/json", Body: body,
				Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}, Ignored: ignored}},
			})
			return err
		})
	}
	require.NoError(d.t, group.Wait())
}

// waiting is how many of the dealer's leads nobody has begun with.
func (d dealer) waiting() int {
	d.t.Helper()
	var n int
	require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM lead WHERE dealer_id = $1 AND step = 0`, d.ID).Scan(&n))
	return n
}

// kinds counts the entries of a kind on the timelines of a dealer.
func (d dealer) kinds(dealer uuid.UUID, kind string) int {
	d.t.Helper()
	var n int
	require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM timeline WHERE dealer_id = $1 AND kind = $2`, dealer, kind).Scan(&n))
	return n
}

// alerts counts the mails about escalations of a dealer that the provider has.
func (d dealer) alerts(dealer uuid.UUID) int {
	d.t.Helper()
	var n int
	require.NoError(d.t, d.Store.Pool.QueryRow(context.Background(),
		`SELECT count(*) FROM message WHERE dealer_id = $1 AND channel = 'email' AND staff_id IS NOT NULL AND step > 0 AND state = 'accepted'`, dealer).Scan(&n))
	return n
}

// A crowd of leads stands in the queue, all of them about to act. Whoever does
// something on another one does not have to wait until they are through.
func TestWhatSomebodyDoesGoesBeforeACrowd(t *testing.T) {
	const crowd, most = 64, 40 // without precedence 48 would be before: all but those that are worked side by side
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Idle: true})
	stop := d.Work()
	l := d.receives(enquiry{})
	owner := l.owner()
	stop()
	d.floods(crowd)
	d.Await(func() bool { return d.figure("doorbell_outbox_waiting") == 0 }, "all of them stand in the queue")
	t.Cleanup(d.Work())
	answer := l.tries(owner, "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	var before int
	require.NoError(t, d.Store.Pool.QueryRow(context.Background(), `
		SELECT count(*) FROM timeline WHERE kind = 'assigned' AND lead_id <> $1
		AND id < (SELECT id FROM timeline WHERE lead_id = $1 AND kind = 'attempt_logged')`, l.id).Scan(&before))
	require.Less(t, before, most)
	d.Await(func() bool { return d.waiting() == 0 }, "nobody is forgotten over it")
}

// One dealer floods, and those who take his mails do not answer. Another one's
// lead and everybody's escalations are not behind the flood.
func TestAFloodIsNobodyElsesTrouble(t *testing.T) {
	const open, share = 20, 32
	sink := newProvider()
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Sender: sink, Idle: true})
	next := d.neighbour()
	stop := d.Work()
	var worked []string
	for range open {
		worked = append(worked, d.posts(enquiry{}).Body["id"].(string))
	}
	own := next.posts("first@next.example").Body["id"].(string)
	for _, id := range append(worked, own) {
		d.Await(func() bool { return d.State(id).Step > 0 }, "the lead is being worked")
	}
	d.Settle()
	stop()

	n := flood()
	began := time.Now()
	d.floods(n)
	stored := time.Since(began)
	answer := next.posts("second@next.example")
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	second := answer.Body["id"].(string)
	d.Bell.Wake()
	d.Await(func() bool {
		var left int
		require.NoError(t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM outbox WHERE dealer_id = $1`, d.ID).Scan(&left))
		return left < n
	}, "Temporal hears of the flood")
	testkit.MoveClock(t, d.Store.Pool, 20*time.Minute)
	for _, id := range append(worked, own) {
		require.NoError(t, d.Leads.Tell(context.Background(), id, process.Happening{What: process.WasDue}))
	}

	began = time.Now()
	t.Cleanup(d.Work())
	t.Cleanup(func() { close(sink.let) })
	d.Await(func() bool { return sink.took("second@next.example") == 1 && d.kinds(next.id, "escalated") > 0 }, "the neighbour's lead and escalation")
	atNeighbour, behind := time.Since(began), d.waiting()
	require.Greater(t, behind, n/8, "the flood is still to come")
	require.Positive(t, d.State(second).Step)
	d.Await(func() bool { return d.kinds(d.ID, "escalated") >= open }, "his own open leads escalate")
	atOwn, behindOwn := time.Since(began), d.waiting()
	require.Greater(t, behindOwn, n/20, "the flood is still to come")
	d.Await(func() bool { return d.alerts(d.ID) >= open && d.alerts(next.id) > 0 }, "those whom it escalates to have their mails")
	d.Await(func() bool { return sink.holding.Load() == share }, "his customers' mails have the share of what is not urgent")
	third := next.posts("third@next.example")
	require.Equal(t, http.StatusAccepted, third.Status, third.Text)
	d.Await(func() bool { return sink.took("third@next.example") == 1 }, "the neighbour's mail goes")
	require.Positive(t, sink.holding.Load(), "while the flood's mails are stuck")
	require.EqualValues(t, share, sink.most.Load(), "and have no more than their share")
	t.Logf("%d leads stored in %s; the neighbour's lead and escalation after %s with %d of the flood to come; %d own escalations after %s with %d to come",
		n, stored.Round(time.Millisecond), atNeighbour.Round(time.Millisecond), behind, open, atOwn.Round(time.Millisecond), behindOwn)
}

// A dealer whose rows somebody holds a lock on, and who posts on and on: his
// leads are told to come back, and his neighbour's are taken all the while.
func TestALockAtOneDealerHoldsUpNobodyElse(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Idle: true})
	next := d.neighbour()
	lock, err := pgx.Connect(context.Background(), d.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = lock.Close(context.Background()) })
	tx, err := lock.Begin(context.Background())
	require.NoError(t, err)
	_, err = tx.Exec(context.Background(), `SELECT id FROM dealer WHERE id = $1 FOR UPDATE`, d.ID)
	require.NoError(t, err)

	var all sync.WaitGroup
	answers := make(chan dealership.Answer, 300)
	for range cap(answers) {
		all.Go(func() { answers <- d.posts(enquiry{}) })
	}
	first := <-answers // somebody was sent away, so that the rest is there
	refused := map[int]int{first.Status: 1}
	for range 10 {
		answer := next.posts("")
		require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	}
	for range 40 {
		answer := <-answers
		refused[answer.Status]++
		require.NotEmpty(t, answer.Header.Get("Retry-After"), answer.Text)
	}
	require.NoError(t, tx.Rollback(context.Background()))
	all.Wait()
	require.Positive(t, refused[http.StatusTooManyRequests], "%v", refused)
	require.Zero(t, refused[http.StatusAccepted], "%v", refused)
	require.Equal(t, http.StatusAccepted, d.posts(enquiry{}).Status, "and afterwards everything is as it was")
	metrics := d.door.Do(http.MethodGet, "/metrics", nil, "").Text
	require.Contains(t, metrics, `doorbell_http_sent_away_total{room="intake",why="share"}`)
	require.Contains(t, metrics, `doorbell_http_places_taken{room="intake"} 0`)
}

// While Temporal is away the outbox keeps its order: what was not even tried is
// not put off.
func TestTheOutboxKeepsItsOrderThroughAnOutage(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Cables: true})
	d.TemporalCable.Cut()
	for range 30 {
		require.Equal(t, http.StatusAccepted, d.posts(enquiry{}).Status)
	}
	for range 3 { // its relay and ours try in vain
		_, err := d.Relay.Drain(context.Background())
		require.Error(t, err)
	}
	d.Await(func() bool {
		var moved int
		require.NoError(t, d.Store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM outbox WHERE tries > 0 OR next_try_at <> created_at`).Scan(&moved))
		return moved == 0
	}, "they keep their places")
	d.TemporalCable.Mend()
	d.Await(func() bool { return d.waiting() == 0 }, "all are being worked")
}
