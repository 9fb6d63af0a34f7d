package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Writes of a transaction wait for what comes next. Whoever reads sees them all
// the same, and one that fails takes the whole transaction with it.
func TestWritesTravelTogether(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Connections: 2, Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
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
