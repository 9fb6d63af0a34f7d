package migrations_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/migrations"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// Migrating again, with data there, changes nothing.
func TestUpTwiceWithData(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url := testkit.Database(t)
	s, err := store.Open(ctx, url, store.Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	_, err = s.CreateDealer(ctx, store.NewDealer{
		Name: "De Linde", Staff: []store.NewStaff{{Email: "sam@demo.example", Name: "Sam", Role: lead.RoleSalesperson}},
	})
	require.NoError(t, err)
	require.NoError(t, migrations.Up(ctx, url))
	pending, err := migrations.Pending(ctx, s.Pool)
	require.NoError(t, err)
	require.False(t, pending)
	dealers, err := s.ListDealers(ctx)
	require.NoError(t, err)
	require.Len(t, dealers, 1)
}

// Every business table knows its dealer, so that dealers can be kept apart.
func TestEveryTableKnowsItsDealer(t *testing.T) {
	t.Parallel()
	pool := testkit.Pool(t)
	rows, err := pool.Query(context.Background(), `
		SELECT t.table_name FROM information_schema.tables t
		WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND t.table_name NOT IN ('dealer', 'mailbox', 'goose_db_version')
		  AND NOT EXISTS (SELECT 1 FROM information_schema.columns c
			WHERE c.table_schema = 'public' AND c.table_name = t.table_name AND c.column_name = 'dealer_id' AND c.is_nullable = 'NO')`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		t.Errorf("table %s has no dealer_id", name)
	}
	require.NoError(t, rows.Err())
}

func TestTheTimelineIsAppendOnly(t *testing.T) {
	t.Parallel()
	pool := testkit.Pool(t)
	var triggers int
	err := pool.QueryRow(context.Background(), `
		SELECT count(*) FROM information_schema.triggers WHERE event_object_table = 'timeline' AND event_manipulation IN ('UPDATE', 'DELETE')`).Scan(&triggers)
	require.NoError(t, err)
	require.Equal(t, 2, triggers)
}
