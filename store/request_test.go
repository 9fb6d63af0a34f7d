package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// A request whose answer nobody got must be known when it is repeated: its id
// is what keeps it from being done twice. Tidying up forgets it a week later.
func TestAReleasedRequestIsRemembered(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde"})
	require.NoError(t, err)
	claim := func() db.ClaimRequestRow {
		row, err := s.ClaimRequest(ctx, db.ClaimRequestParams{
			DealerID: dealer, Key: "tap-1", Fingerprint: []byte("same"), ID: uuid.New(), Holder: uuid.New(),
		})
		require.NoError(t, err)
		return row
	}
	first := claim()
	require.NoError(t, s.ReleaseRequest(ctx, db.ReleaseRequestParams{DealerID: dealer, Key: "tap-1", Holder: first.Holder}))
	pruned, err := s.PruneRequests(ctx)
	require.NoError(t, err)
	require.Zero(t, pruned)
	again := claim()
	require.Equal(t, first.ID, again.ID, "it goes on under the same id")
	require.NotEqual(t, first.Holder, again.Holder, "and may be taken over at once")

	// Whoever holds it now is killed. No request takes twenty seconds, and who
	// was cut off should not wait for longer.
	testkit.MoveClock(t, s.Pool, 19*time.Second)
	require.Equal(t, again.Holder, claim().Holder, "it is in flight")
	testkit.MoveClock(t, s.Pool, 2*time.Second)
	over := claim()
	require.NotEqual(t, again.Holder, over.Holder)
	require.Equal(t, first.ID, over.ID)

	testkit.MoveClock(t, s.Pool, 8*24*time.Hour)
	pruned, err = s.PruneRequests(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, pruned)
}
