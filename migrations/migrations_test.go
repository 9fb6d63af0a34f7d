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
	s, err := store.Open(ctx, url, store.Options{Owner: true})
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
		WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND t.table_name NOT IN ('dealer', 'mailbox', 'sessions', 'sign_in_failure', 'goose_db_version', 'audit_run')
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

// What was promised under the first release is kept: its follow-ups, which
// nobody worked then, get workflows of their own.
func TestFollowUpsOfTheFirstReleaseAreTakenUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url := testkit.EmptyDatabase(t)
	require.NoError(t, migrations.UpTo(ctx, url, 1))
	s, err := store.Open(ctx, url, store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	_, err = s.Pool.Exec(ctx, `
		INSERT INTO dealer (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'De Linde');
		INSERT INTO source (id, dealer_id, code, name, party) VALUES ('01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'website', 'Website', 'first');
		INSERT INTO customer (id, dealer_id) VALUES ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001');
		INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, received_at, policy_version, reason_version, phase)
		VALUES ('01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002',
			'01900000-0000-7000-8000-000000000003', '', 'web', 'quote', now(), 7, 1, 'showroom');
		INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, created_at)
		SELECT gen_random_uuid(), '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000004', kind, 'not_reached', '2026-12-24', now()
		FROM unnest(ARRAY['try_again', 'refund_claim', 'do_not_contact', 'celebrate']) kind`)
	require.NoError(t, err)

	require.NoError(t, migrations.Up(ctx, url))
	var queued, done, version int
	err = s.Pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM outbox o JOIN follow_up f ON f.id = o.follow_up_id WHERE f.kind IN ('try_again', 'refund_claim') AND o.happening ->> 'what' = 'follow_up'),
		       (SELECT count(*) FROM follow_up WHERE status = 'done'), (SELECT min(policy_version) FROM follow_up)`).Scan(&queued, &done, &version)
	require.NoError(t, err)
	require.Equal(t, []int{2, 2, 7}, []int{queued, done, version})
}
