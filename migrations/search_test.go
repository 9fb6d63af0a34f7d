package migrations_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/migrations"
	"github.com/doorbell-ilm/doorbell/store"
)

// Leads that were there before the search looks through a table of its own stand
// in it, and those from before the board had places stand on the board.
func TestLeadsOfEarlierReleasesAreFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url := testkit.EmptyDatabase(t)
	require.NoError(t, migrations.UpTo(ctx, url, 2))
	s, err := store.Open(ctx, url, store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	_, err = s.Pool.Exec(ctx, `
		INSERT INTO dealer (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'De Linde');
		INSERT INTO source (id, dealer_id, code, name, party) VALUES ('01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'website', 'Website', 'first');
		INSERT INTO customer (id, dealer_id, last_name) VALUES ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', 'Boer');
		INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, received_at, policy_version, reason_version, phase, make)
		VALUES ('01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002',
			'01900000-0000-7000-8000-000000000003', '', 'web', 'quote', now(), 1, 1, 'showroom', 'Renault')`)
	require.NoError(t, err)
	require.NoError(t, migrations.Up(ctx, url))
	var text string
	require.NoError(t, s.Pool.QueryRow(ctx, `SELECT text FROM lead_search`).Scan(&text))
	require.Contains(t, text, "boer")
	require.Contains(t, text, "renault")

	var stands bool
	err = s.Pool.QueryRow(ctx, `SELECT stands_at = (extract(epoch FROM received_at) * 1000000)::bigint AND turns_to IS NULL FROM lead`).Scan(&stands)
	require.NoError(t, err)
	require.True(t, stands, "it has its place on the board as well")
}

// Two leads of one customer may change at the same time. Neither may keep a name
// that is not his any more.
func TestASearchFindsWhatTheSecondOfTwoWrote(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.Pool(t)
	_, err := pool.Exec(ctx, `
		INSERT INTO dealer (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'De Linde');
		INSERT INTO source (id, dealer_id, code, name, party) VALUES ('01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'website', 'Website', 'first');
		INSERT INTO customer (id, dealer_id, last_name) VALUES ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', 'Boer')`)
	require.NoError(t, err)
	first, err := pool.Begin(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = first.Rollback(ctx) })
	_, err = first.Exec(ctx, `
		INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, received_at, policy_version, reason_version, phase)
		VALUES ('01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002',
			'01900000-0000-7000-8000-000000000003', '', 'web', 'quote', now(), 1, 1, 'showroom')`)
	require.NoError(t, err)

	const rename = `UPDATE customer SET last_name = 'Erased'`
	_, err = pool.Exec(ctx, `SET LOCAL lock_timeout = '100ms'; `+rename)
	require.ErrorContains(t, err, "55P03", "it waits for the lead that it cannot see yet")
	require.NoError(t, first.Commit(ctx))
	_, err = pool.Exec(ctx, rename)
	require.NoError(t, err)
	var text string
	require.NoError(t, pool.QueryRow(ctx, `SELECT text FROM lead_search`).Scan(&text))
	require.Contains(t, text, "erased")
	require.NotContains(t, text, "boer")
}
