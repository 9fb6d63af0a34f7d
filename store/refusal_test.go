package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
)

// Every step and every mail asks what its customer refuses. What it takes to
// answer must not grow with the number of others who refuse something.
func TestWhatOneRefusesIsFoundAmongMany(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Connections: 2, Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde"})
	require.NoError(t, err)
	_, err = s.Pool.Exec(ctx, `INSERT INTO do_not_contact (dealer_id, channel, normalised) SELECT $1, 'email', n || '@mail.example' FROM generate_series(1, 5000) n`, dealer)
	require.NoError(t, err)
	_, err = s.Pool.Exec(ctx, `ANALYZE do_not_contact`)
	require.NoError(t, err)
	rows, err := s.Pool.Query(ctx, `EXPLAIN SELECT DISTINCT channel FROM refusal WHERE customer_id = $1`, uuid.New())
	require.NoError(t, err)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Contains(t, strings.Join(plan, "\n"), "using do_not_contact_who")
}
