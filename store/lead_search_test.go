package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestANumberIsLookedForByItsDigits(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"%Boer%", "%612345678%", "%x%", "%308%"}, store.SearchPatterns("Boer 06 12 34 56 78 x 308"))
}

// What stands in the three tables is found, in any notation, and what was
// corrected or taken out of them is not, whoever did it.
func TestASearchKnowsALeadAsItIs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde", Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}}})
	require.NoError(t, err)
	run := func(sql string, args ...any) {
		_, err := s.Pool.Exec(ctx, sql, args...)
		require.NoError(t, err)
	}
	customer, id := uuid.New(), uuid.New()
	run(`INSERT INTO customer (id, dealer_id, first_name, last_name) VALUES ($1, $2, 'Élise', 'Boer')`, customer, dealer)
	run(`INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid) VALUES ($1, $2, 'phone', 0, '+31 (0)6-1234 5678', '+31612345678', true)`, dealer, customer)
	run(`INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, received_at, policy_version, reason_version, phase, make, model, year, stock_number)
		SELECT $1, $2, id, $3, 'AT-2093-77', '', 'web', 'quote', now(), 1, 1, 'showroom', 'Peugeot', '308', 2026, 'R-11.82' FROM source`, id, dealer, customer)
	found := func(q string) bool {
		list := store.LeadList{Dealer: dealer, Patterns: store.SearchPatterns(q), Statuses: []string{}, Stages: []string{}, Most: 10}
		places, more, err := list.Page(ctx, s.Queries)
		require.NoError(t, err)
		require.False(t, more)
		return len(places) == 1
	}
	for _, q := range []string{"boer", "BOER peugeot", "élise", "ÉLISE", "06 1234 5678", "0031612345678", "+31(0)612345678", "(06) 12 34-5678", "308 2026", "r-11", "1182", "at-2093", "209377"} {
		require.True(t, found(q), q)
	}
	for _, q := range []string{"boer opel", "0687654321", "b_er", "20935"} {
		require.False(t, found(q), q)
	}

	run(`UPDATE customer SET last_name = 'Bos' WHERE id = $1`, customer)
	run(`UPDATE lead SET model = '508' WHERE id = $1`, id)
	run(`INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid) VALUES ($1, $2, 'email', 0, 'E.Bos@mail.example', 'e.bos@mail.example', true)`, dealer, customer)
	run(`DELETE FROM customer_contact WHERE customer_id = $1 AND kind = 'phone'`, customer)
	for _, q := range []string{"boer", "308", "0612345678"} {
		require.False(t, found(q), q)
	}
	require.True(t, found("bos 508 e.bos@mail"))
}
