package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// post is a store with an outbox that dealers fill.
type post struct {
	tb   testing.TB
	ctx  context.Context
	s    *store.Store
	pool *pgxpool.Pool // the test's own
}

func openPost(tb testing.TB) *post {
	tb.Helper()
	url := testkit.Database(tb)
	p := &post{tb: tb, ctx: store.Across(context.Background())}
	var err error
	p.s, err = store.Open(p.ctx, url, store.Options{})
	require.NoError(tb, err)
	tb.Cleanup(p.s.Close)
	p.pool, err = pgxpool.New(p.ctx, url)
	require.NoError(tb, err)
	tb.Cleanup(p.pool.Close)
	return p
}

// fill has a dealer wait with so many entries, the first of them so long ago
// and one more each second.
func (p *post) fill(entries int, ago time.Duration) uuid.UUID {
	p.tb.Helper()
	dealer, err := p.s.CreateDealer(p.ctx, store.NewDealer{Name: "A dealer", Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}}})
	require.NoError(p.tb, err)
	_, err = p.pool.Exec(p.ctx, `
		WITH c AS (INSERT INTO customer (id, dealer_id, created_at) VALUES (gen_random_uuid(), $1, doorbell_now()) RETURNING id),
		l AS (INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, requested_at, received_at, policy_version, reason_version, phase)
			SELECT gen_random_uuid(), $1, s.id, c.id, '', 'form', 'inquiry', doorbell_now(), now.at, 1, 1, 'sales' FROM source s, c, (SELECT doorbell_now() AS at) now WHERE s.dealer_id = $1 RETURNING id)
		INSERT INTO outbox (dealer_id, lead_id, next_try_at, created_at)
		SELECT $1, l.id, at, at FROM l, generate_series(1, $2::integer) n, LATERAL (SELECT doorbell_now() - make_interval(secs => $3::double precision - n / 1000.0) AS at) t ORDER BY n`,
		dealer, entries, ago.Seconds())
	require.NoError(p.tb, err)
	return dealer
}

func (p *post) claim(most int32) []db.ClaimOutboxRow {
	p.tb.Helper()
	rows, err := p.s.ClaimOutbox(p.ctx, db.ClaimOutboxParams{Most: most, OfEach: most})
	require.NoError(p.tb, err)
	return rows
}

func TestNobodyGetsMoreThanHisTurnInAFlood(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	flood, other := p.fill(50, time.Hour), p.fill(3, time.Minute)
	for range 2 {
		rows, err := p.s.ClaimOutbox(p.ctx, db.ClaimOutboxParams{Most: 10, OfEach: 1})
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []uuid.UUID{flood, other}, []uuid.UUID{rows[0].DealerID, rows[1].DealerID})
	}
}

// A dealer who floods does not stand before the others, however much older his
// entries are; among a dealer's own the oldest go first.
func TestDealersTakeTurnsAtTheOutbox(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	flood, other, third := p.fill(500, time.Hour), p.fill(3, time.Minute), p.fill(1, time.Second)
	first := p.claim(10)
	var order []uuid.UUID
	last := map[uuid.UUID]int64{}
	for _, e := range first {
		require.Greater(t, e.ID, last[e.DealerID], "a dealer's oldest first")
		last[e.DealerID] = e.ID
		order = append(order, e.DealerID)
	}
	require.Equal(t, []uuid.UUID{flood, other, third, flood, other, flood, other, flood, flood, flood}, order)

	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]int{}
	for range 8 { // as many relays
		all.Go(func() {
			for {
				rows, err := p.s.ClaimOutbox(p.ctx, db.ClaimOutboxParams{Most: 16, OfEach: 16})
				if err != nil || len(rows) == 0 {
					return
				}
				mu.Lock()
				for _, e := range rows {
					seen[e.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for len(p.claim(16)) > 0 { //nolint:revive // what each of the eight left to the others
	}
	for id, n := range seen {
		require.Equal(t, 1, n, "entry %d", id)
	}
	var untouched int
	require.NoError(t, p.pool.QueryRow(p.ctx, `SELECT count(*) FROM outbox WHERE tries <> 1`).Scan(&untouched))
	require.Zero(t, untouched, "every entry was taken once")
}

// What goes at its own pace waits until everything else is through, and what
// is put back keeps its place.
func TestWhatIsPacedComesLastAndWhatIsPutBackKeepsItsPlace(t *testing.T) {
	t.Parallel()
	p := openPost(t)
	dealer, later := p.fill(4, time.Hour), p.fill(1, time.Second)
	_, err := p.pool.Exec(p.ctx, `
		WITH s AS (INSERT INTO staff (id, dealer_id, email, name, role, created_at) VALUES (gen_random_uuid(), $1, 'a@b.example', 'A', 'bdc', doorbell_now()) RETURNING id),
		a AS (INSERT INTO policy_application (id, dealer_id, version, leads, created_by, created_at) SELECT gen_random_uuid(), $1, 1, 1, s.id, doorbell_now() FROM s RETURNING id)
		UPDATE outbox SET application_id = a.id FROM a WHERE outbox.id = (SELECT min(id) FROM outbox)`, dealer)
	require.NoError(t, err)
	rows := p.claim(4)
	require.Len(t, rows, 4)
	require.Equal(t, later, rows[1].DealerID, "the other dealer comes before the rest of this one")
	back := db.PutBackOutboxParams{}
	for _, e := range rows {
		back.Ids = append(back.Ids, e.ID)
		back.Was = append(back.Was, e.Was)
	}
	require.NoError(t, p.s.PutBackOutbox(p.ctx, back))
	again := p.claim(10)
	require.Len(t, again, 5)
	for i := range rows {
		require.Equal(t, rows[i].ID, again[i].ID)
		require.EqualValues(t, 1, again[i].Tries, "it was not tried")
	}
	require.NotContains(t, back.Ids, again[4].ID, "what is paced is last, though it is the oldest")
}

// The flood of one dealer and a hundred others with a few entries each, as it
// was taken before and as it is now.
func BenchmarkClaimOutbox(b *testing.B) {
	p := openPost(b)
	p.fill(20_000, time.Hour)
	for range 100 {
		p.fill(3, time.Minute)
	}
	_, err := p.pool.Exec(p.ctx, `ANALYZE outbox`)
	require.NoError(b, err)
	rest := func() {
		_, err := p.pool.Exec(p.ctx, `UPDATE outbox SET tries = 0, next_try_at = created_at WHERE tries > 0`)
		require.NoError(b, err)
	}
	b.Run("oldest first", func(b *testing.B) {
		_, err := p.pool.Exec(p.ctx, `CREATE INDEX outbox_due ON outbox (next_try_at, id)`)
		require.NoError(b, err)
		defer func() {
			_, err := p.pool.Exec(p.ctx, `DROP INDEX outbox_due`)
			require.NoError(b, err)
		}()
		for b.Loop() {
			_, err := p.pool.Exec(p.ctx, `
				UPDATE outbox SET tries = tries + 1, next_try_at = doorbell_now() + make_interval(secs => least(60, 2 ^ least(tries + 1, 6)))
				WHERE id IN (SELECT o.id FROM outbox o WHERE o.next_try_at <= doorbell_now() ORDER BY (o.application_id IS NOT NULL), o.next_try_at, o.id LIMIT 64 FOR UPDATE SKIP LOCKED)`)
			require.NoError(b, err)
			b.StopTimer()
			rest()
			b.StartTimer()
		}
	})
	b.Run("by turns", func(b *testing.B) {
		for b.Loop() {
			require.Len(b, p.claim(64), 64)
			b.StopTimer()
			rest()
			b.StartTimer()
		}
	})
}
