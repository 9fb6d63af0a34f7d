package migrations_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/migrations"
	"github.com/doorbell-ilm/doorbell/store"
)

// login makes a login of the test's own on the server and returns its address of
// the same database.
func login(t *testing.T, admin *pgx.Conn, database, options string) (name, address string) {
	t.Helper()
	name = "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err := admin.Exec(t.Context(), "CREATE ROLE "+name+" LOGIN PASSWORD 'secret' "+options)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(context.Background(), "DROP OWNED BY "+name+" CASCADE")
		require.NoError(t, err)
		_, err = admin.Exec(context.Background(), "DROP ROLE "+name)
		require.NoError(t, err)
	})
	u, err := url.Parse(database)
	require.NoError(t, err)
	u.User = url.UserPassword(name, "secret")
	return name, u.String()
}

// As docker-compose.yml has it: one login owns the tables, another works with
// them and may be nothing but the two roles.
func TestTheProductNeedsNoSuperuser(t *testing.T) {
	t.Parallel()
	testkit.Database(t) // makes the roles of the server, for other databases
	ctx := t.Context()
	database := testkit.EmptyDatabase(t)
	admin, err := pgx.Connect(ctx, database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = admin.Close(context.Background()) })

	stranger, address := login(t, admin, database, "")
	_, err = admin.Exec(ctx, "GRANT ALL ON SCHEMA public TO "+stranger)
	require.NoError(t, err)
	err = migrations.Up(ctx, address)
	require.ErrorContains(t, err, "GRANT doorbell_dealer, doorbell_system TO "+stranger, "the remedy is named")

	database = testkit.EmptyDatabase(t)
	here, err := pgx.Connect(ctx, database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = here.Close(context.Background()) })
	owner, address := login(t, here, database, "IN ROLE doorbell_dealer, doorbell_system")
	_, err = here.Exec(ctx, "GRANT ALL ON SCHEMA public TO "+owner)
	require.NoError(t, err)
	require.ErrorContains(t, migrations.Up(ctx, address), "CREATE EXTENSION pg_trgm", "the remedy is named")
	var name string
	require.NoError(t, here.QueryRow(ctx, "SELECT current_database()").Scan(&name))
	_, err = here.Exec(ctx, "GRANT CREATE ON DATABASE "+name+" TO "+owner)
	require.NoError(t, err)
	require.NoError(t, migrations.Up(ctx, address))

	old, err := store.Open(ctx, address, store.Options{Connections: 1, Owner: true})
	require.NoError(t, err)
	t.Cleanup(old.Close)
	_, err = old.CreateDealer(ctx, store.NewDealer{Name: "Noord"})
	require.NoError(t, err, "a program of the release before works on as the owner")
	there, err := old.AnyDealer(ctx)
	require.NoError(t, err)
	require.True(t, there)

	_, address = login(t, here, database, "IN ROLE doorbell_dealer, doorbell_system")
	s, err := store.Open(ctx, address, store.Options{Connections: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	pending, err := migrations.Pending(ctx, s.Pool)
	require.NoError(t, err)
	require.False(t, pending)
	id, err := s.CreateDealer(store.Across(ctx), store.NewDealer{Name: "De Linde"})
	require.NoError(t, err)
	dealers, err := s.ListDealers(store.ForDealer(ctx, id))
	require.NoError(t, err)
	require.Len(t, dealers, 1)
	dealers, err = s.ListDealers(store.ForDealer(ctx, uuid.New()))
	require.NoError(t, err)
	require.Empty(t, dealers)

	_, err = here.Exec(ctx, `
		WITH s AS (INSERT INTO source (id, dealer_id, code, name, party) VALUES (gen_random_uuid(), $1, 'website', 'Website', 'first') RETURNING id),
		c AS (INSERT INTO customer (id, dealer_id, last_name) VALUES (gen_random_uuid(), $1, 'Boer') RETURNING id)
		INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, received_at, policy_version, reason_version, phase, make)
		SELECT gen_random_uuid(), $1, s.id, c.id, '', 'web', 'quote', now(), 1, 1, 'showroom', 'Renault' FROM s, c`, id)
	require.NoError(t, err)
	found, few, err := s.Search(store.ForDealer(ctx, id), id, store.SearchPatterns("renault"), false)
	require.NoError(t, err)
	require.True(t, few)
	require.Len(t, found, 1, "the owner of the search sees what it looks through")
}
