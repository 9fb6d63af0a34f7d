package testkit_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/migrations"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestDatabaseIsMigratedAndEachTestsOwn(t *testing.T) {
	t.Parallel()
	one, two := testkit.Pool(t), testkit.Pool(t)
	for _, pool := range []*pgxpool.Pool{one, two} {
		pending, err := migrations.Pending(t.Context(), pool)
		require.NoError(t, err)
		require.False(t, pending)
	}
	_, err := one.Exec(t.Context(), `CREATE TABLE mine ()`)
	require.NoError(t, err)
	_, err = two.Exec(t.Context(), `SELECT FROM mine`)
	require.ErrorContains(t, err, "does not exist")
}

func TestDatabaseIsDroppedWhoeverIsInIt(t *testing.T) { //nolint:tparallel // the inner test must be over before the rest
	t.Parallel()
	var url string
	var left *pgx.Conn
	t.Run("one test", func(t *testing.T) {
		url = testkit.Database(t)
		var err error
		left, err = pgx.Connect(context.Background(), url)
		require.NoError(t, err)
	})
	require.Error(t, left.Ping(t.Context()), "the connection that the test forgot")
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

func TestClockMovesForThisDatabaseOnly(t *testing.T) {
	t.Parallel()
	moved, other := testkit.Pool(t), testkit.Pool(t)
	near := func(want, got time.Time) {
		t.Helper()
		require.WithinDuration(t, want, got, 20*time.Second)
	}

	near(time.Now(), testkit.Now(t, moved))
	testkit.MoveClock(t, moved, 30*time.Minute)
	testkit.MoveClock(t, moved, 24*time.Hour)
	near(time.Now().Add(24*time.Hour+30*time.Minute), testkit.Now(t, moved))
	testkit.MoveClock(t, moved, -time.Hour)
	near(time.Now().Add(23*time.Hour+30*time.Minute), testkit.Now(t, moved))

	christmas := time.Date(2030, 12, 24, 17, 59, 0, 0, time.FixedZone("CET", 3600))
	testkit.SetClock(t, moved, christmas)
	first := testkit.Now(t, moved)
	near(christmas, first)
	require.Equal(t, time.UTC, first.Location())
	require.True(t, testkit.Now(t, moved).After(first), "it keeps running")
	testkit.MoveClock(t, moved, 2*time.Minute)
	near(christmas.Add(2*time.Minute), testkit.Now(t, moved))

	near(time.Now(), testkit.Now(t, other))
}

func TestTemporalAnswersInTheNamespace(t *testing.T) {
	t.Parallel()
	found, err := testkit.Client(t).CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: `Dealer = "nobody"`})
	require.NoError(t, err)
	require.Zero(t, found.GetCount())
	one, two := testkit.TaskQueue(t), testkit.TaskQueue(t)
	require.NotEqual(t, one, two)
}
