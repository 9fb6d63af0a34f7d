package store_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// owned opens a database by one connection, as its owner.
func owned(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), address, store.Options{Connections: 1, Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// Writes of a transaction wait for what comes next. Whoever reads sees them all
// the same, and one that fails takes the whole transaction with it.
func TestWritesTravelTogether(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := owned(t, testkit.Database(t))
	dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde"})
	require.NoError(t, err)
	add := func(q *db.Queries, dealer uuid.UUID, reason string) error {
		return q.InsertCustomer(ctx, db.InsertCustomerParams{ID: uuid.NewSHA1(dealer, []byte(reason)), DealerID: dealer, FullName: reason})
	}
	count := func() (n int) {
		require.NoError(t, s.Pool.QueryRow(ctx, `SELECT count(*) FROM customer`).Scan(&n))
		return n
	}

	require.NoError(t, s.InTx(ctx, func(q *db.Queries) error {
		require.NoError(t, add(q, dealer, "first"))
		require.NoError(t, add(q, dealer, "second"))
		_, err := q.GetCustomer(ctx, uuid.NewSHA1(dealer, []byte("second")))
		require.NoError(t, err, "a query comes behind what was written before it")
		return add(q, dealer, "third")
	}))
	require.Equal(t, 3, count())

	for name, then := range map[string]func(*db.Queries) error{
		"found by the next query":         func(q *db.Queries) error { _, err := q.GetCustomer(ctx, uuid.New()); return err },
		"found by the next that counts":   func(q *db.Queries) error { _, err := q.ReleaseMessage(ctx, db.ReleaseMessageParams{}); return err },
		"found by the commit":             func(*db.Queries) error { return nil },
		"found by the commit, first of 2": func(q *db.Queries) error { return add(q, dealer, "fourth") },
	} {
		err := s.InTx(ctx, func(q *db.Queries) error {
			if err := add(q, uuid.New(), "of nobody"); err != nil {
				return err
			}
			return then(q)
		})
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, "23503", refused.Code, name)
		require.Equal(t, 3, count(), name)
	}
}

// Of a commit whose answer does not come nobody knows whether it holds: whoever asked
// for it is told that it failed, and asks again.
func TestALostCommitIsAnError(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	address := testkit.Database(t)
	u, err := url.Parse(address)
	require.NoError(t, err)
	line := testkit.NewCable(t, u.Host)
	u.Host = line.Address
	s, direct := owned(t, u.String()), owned(t, address)
	add := func() error {
		_, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde"})
		return err
	}
	count := func() (n int) {
		require.NoError(t, direct.Pool.QueryRow(ctx, `SELECT count(*) FROM dealer`).Scan(&n))
		return n
	}
	require.NoError(t, add(), "the driver knows by now how it commits")
	line.LoseCommits(1, true)
	require.Error(t, add())
	require.Eventually(t, func() bool { return count() == 2 }, time.Minute, 10*time.Millisecond, "the answer was lost")
	line.LoseCommits(1, false)
	require.Error(t, add(), "on a new connection, which prepares it anew")
	require.NoError(t, add())
	require.Equal(t, 3, count(), "it never arrived")
	require.Equal(t, 2, line.Lost())
}

func TestATransactionThatAsksNothingIsNone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := owned(t, testkit.Database(t))
	require.NoError(t, s.InTx(ctx, func(*db.Queries) error { return nil }))
	panicked := func() {
		_ = s.InTx(ctx, func(q *db.Queries) error {
			_, err := q.Now(ctx)
			require.NoError(t, err)
			panic("on purpose")
		})
	}
	require.Panics(t, panicked)
	require.NoError(t, s.Pool.Ping(ctx), "the only connection is free again")
}
