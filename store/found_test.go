package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store"
)

// The search goes round row-level security and has to keep dealers apart by
// itself, whatever is asked.
func TestASearchFindsLeadsOfOneDealerOnly(t *testing.T) {
	t.Parallel()
	s, linde, noord := twoDealers(t)
	owner, err := store.Open(t.Context(), s.Pool.Config().ConnString(), store.Options{Connections: 1, Owner: true})
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	here, there := dealerOf(t, s, linde), dealerOf(t, s, noord)
	for _, one := range []struct {
		dealer context.Context
		make   string
		n      int
	}{{linde, "Renault", 2}, {noord, "Renault", 3}, {noord, "Opel", 1}} {
		settled(t, owner, s, one.dealer, one.make, one.n)
	}
	for _, q := range []string{"renault", "bo", "boer renault", "opel"} {
		for name, ask := range map[string]struct {
			ctx    context.Context
			dealer uuid.UUID
			want   map[string]int
		}{
			"of one's own":          {linde, here, map[string]int{"renault": 2, "bo": 2, "boer renault": 2}},
			"of another":            {linde, there, nil},
			"of nobody":             {linde, uuid.Nil, nil},
			"by who says nothing":   {t.Context(), here, nil},
			"by who sees all":       {store.Across(t.Context()), there, map[string]int{"renault": 3, "bo": 4, "boer renault": 3, "opel": 1}},
			"by another of its own": {noord, there, map[string]int{"renault": 3, "bo": 4, "boer renault": 3, "opel": 1}},
		} {
			for _, onlyOpen := range []bool{true, false} {
				ids, few, err := s.Search(ask.ctx, ask.dealer, store.SearchPatterns(q), onlyOpen)
				require.NoError(t, err)
				require.True(t, few)
				require.Len(t, ids, ask.want[q], "%s %s", q, name)
			}
		}
	}
}

// What somebody types becomes part of a statement: it must never be more than a
// pattern.
func TestASearchTakesNothingForSQL(t *testing.T) {
	t.Parallel()
	s, linde, _ := twoDealers(t)
	dealer := dealerOf(t, s, linde)
	for _, q := range []string{`'`, `''`, `abc' OR true --`, `$1 abc`, `%L abc`, `abc\`, `\' OR 'abc`, `E'abc`, `abc"`, "abc\n' OR true"} {
		ids, few, err := s.Search(linde, dealer, store.SearchPatterns(q), true)
		require.NoError(t, err, q)
		require.True(t, few, q)
		require.Empty(t, ids, q)
	}
}

// settled writes leads of that make for customers who are called Boer.
func settled(t *testing.T, owner, s *store.Store, dealer context.Context, vehicle string, n int) { //nolint:revive // the test comes first
	t.Helper()
	id := dealerOf(t, s, dealer)
	for i := range n {
		_, err := owner.Pool.Exec(t.Context(), fmt.Sprintf(`
			WITH c AS (INSERT INTO customer (id, dealer_id, last_name) VALUES ('%[3]s', '%[1]s', 'Boer') RETURNING id) SELECT FROM c;
			INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, received_at, policy_version, reason_version, phase, make)
			SELECT gen_random_uuid(), '%[1]s', (SELECT id FROM source WHERE dealer_id = '%[1]s' LIMIT 1), '%[3]s', '', 'web', 'quote', now() + interval '%[4]d s', 1, 1, 'showroom', '%[2]s'`,
			id, vehicle, uuid.New(), i))
		require.NoError(t, err)
	}
}
