package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// twoDealers opens a database with two dealers who have a source each, through
// the product's own role and with few connections, which all take turns on.
func twoDealers(t *testing.T) (s *store.Store, linde, noord context.Context) {
	t.Helper()
	url := testkit.Database(t)
	owner, err := store.Open(t.Context(), url, store.Options{Connections: 2, Owner: true})
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	s, err = store.Open(t.Context(), url, store.Options{Connections: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	in := func(name string) context.Context {
		id, err := owner.CreateDealer(t.Context(), store.NewDealer{Name: name, Sources: []store.NewSource{{Code: name, Name: name, Party: lead.FirstParty}}})
		require.NoError(t, err)
		return store.ForDealer(t.Context(), id)
	}
	return s, in("linde"), in("noord")
}

// names are the dealers that somebody sees, by every way there is of asking.
func names(t *testing.T, s *store.Store, ctx context.Context) []string { //nolint:revive // the test comes first
	t.Helper()
	of := func(q *db.Queries) (found []string) {
		all, err := q.ListDealers(ctx)
		require.NoError(t, err)
		for _, d := range all {
			found = append(found, d.Name)
		}
		return found
	}
	single := of(s.Queries)
	require.NoError(t, s.InTx(ctx, func(q *db.Queries) error { require.Equal(t, single, of(q)); return nil }))
	require.NoError(t, s.Read(ctx, func(q *db.Queries) error { require.Equal(t, single, of(q)); return nil }))
	there, err := s.AnyDealer(ctx)
	require.NoError(t, err)
	require.Equal(t, len(single) > 0, there)
	return single
}

func TestAContextSaysWhoseRowsAreSeen(t *testing.T) {
	t.Parallel()
	s, linde, noord := twoDealers(t)
	require.Equal(t, []string{"linde"}, names(t, s, linde))
	require.Equal(t, []string{"noord"}, names(t, s, noord))
	require.ElementsMatch(t, []string{"linde", "noord"}, names(t, s, store.Across(t.Context())))
	require.Empty(t, names(t, s, t.Context()), "who says nothing sees nothing")
	require.Empty(t, names(t, s, store.ForDealer(t.Context(), uuid.New())))
	require.Equal(t, []string{"noord"}, names(t, s, store.ForDealer(store.Across(t.Context()), dealerOf(t, s, noord))), "the last word holds")
}

func dealerOf(t *testing.T, s *store.Store, ctx context.Context) uuid.UUID { //nolint:revive // the test comes first
	t.Helper()
	all, err := s.ListDealers(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0].ID
}

// Connections go from hand to hand; what one said must not hold for the next,
// also not after an error or a cancelled request.
func TestAScopeEndsWithItsStatement(t *testing.T) {
	t.Parallel()
	s, linde, noord := twoDealers(t)
	dealer := dealerOf(t, s, linde)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 40 {
				switch i % 4 {
				case 0:
					require.Equal(t, []string{"linde"}, names(t, s, linde))
				case 1:
					require.Equal(t, []string{"noord"}, names(t, s, noord))
				case 2:
					require.Empty(t, names(t, s, t.Context()))
				case 3:
					require.Error(t, s.InsertSource(noord, db.InsertSourceParams{ID: store.NewID(), DealerID: dealer, Code: "x", Name: "x", Party: "first", Currency: "EUR"}),
						"a row of another dealer's cannot be written")
					gone, cancel := context.WithCancel(linde)
					cancel()
					_, err := s.ListDealers(gone)
					require.ErrorIs(t, err, context.Canceled)
				}
			}
		})
	}
	group.Wait()
}

// What the scope of a statement costs, against the same statement without one.
func BenchmarkScope(b *testing.B) {
	url := testkit.Database(b)
	for name, o := range map[string]store.Options{"bound": {}, "owner": {Owner: true}} {
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), url, o)
			require.NoError(b, err)
			defer s.Close()
			ctx := store.ForDealer(b.Context(), uuid.New())
			for b.Loop() {
				_, err := s.ListSources(ctx, uuid.Nil)
				require.NoError(b, err)
			}
		})
	}
}
