package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// After a long absence of Temporal every lead is told at once, the one that has
// waited longest too: that it was tried often in vain does not make it wait.
func TestWhatWaitedLongestIsNotToldLast(t *testing.T) {
	t.Parallel()
	ctx := store.Across(context.Background())
	url := testkit.Database(t)
	s, err := store.Open(ctx, url, store.Options{Name: "test"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	owner, err := store.Open(ctx, url, store.Options{Connections: 1, Owner: true})
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde", Staff: dealership.Staff(), Sources: dealership.Sources()})
	require.NoError(t, err)
	line := testkit.NewCable(t, testkit.Temporal(t))
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.NewLazyClient(client.Options{HostPort: line.Address, Namespace: testkit.Namespace, Logger: sdklog.NewStructuredLogger(quiet)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	leads := workflows.Leads{Client: c, Queue: testkit.TaskQueue(t)}
	r := relay.New(s, leads, quiet)

	line.Cut()
	for n := range 8 {
		post(t, s, dealer, n)
		_, err := r.Drain(ctx)
		require.Error(t, err, "Temporal is away")
		testkit.MoveClock(t, owner.Pool, 61*time.Second)
	}
	_, err = r.Drain(ctx)
	require.Error(t, err, "Temporal is away")
	line.Mend()
	require.Eventually(t, func() bool { return leads.Reachable(ctx) == nil }, time.Minute, 20*time.Millisecond)
	_, err = r.Drain(ctx)
	require.NoError(t, err)
	var waiting int
	require.NoError(t, owner.Pool.QueryRow(ctx, `SELECT count(*) FROM outbox`).Scan(&waiting))
	require.Zero(t, waiting)
}

func post(t *testing.T, s *store.Store, dealer uuid.UUID, n int) {
	t.Helper()
	ctx := store.ForDealer(context.Background(), dealer)
	source, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: "website"})
	require.NoError(t, err)
	body := fmt.Appendf(nil, `{"channel": "web", "request": "test_drive", "customer": {"email": "lead%d@mail.example"}}`, n)
	draft, _, err := intake.ParseJSON(body, intake.Context{Country: "NL", Zone: time.UTC, Now: testkit.Now(t, s.Pool)})
	require.NoError(t, err)
	_, err = s.Receive(ctx, store.Post{
		Dealer: dealer, Source: source.ID, ContentType: "application/json", Body: body,
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(t, err)
}

// While a flood comes in, each dealer's next lead goes to Temporal and no more: the
// machine is left to those who wait for their answer, and a neighbour's lead does not
// stand behind the flood.
func TestInAFloodEachDealerHasOneLeadAtATime(t *testing.T) {
	t.Parallel()
	ctx := store.Across(context.Background())
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Name: "test"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.Dial(client.Options{HostPort: testkit.Temporal(t), Namespace: testkit.Namespace, Logger: sdklog.NewStructuredLogger(quiet)})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	r := relay.New(s, workflows.Leads{Client: c, Queue: testkit.TaskQueue(t)}, quiet)
	for _, leads := range []int{5, 1} {
		dealer, err := s.CreateDealer(ctx, store.NewDealer{Name: "De Linde", Sources: dealership.Sources()})
		require.NoError(t, err)
		for n := range leads {
			post(t, s, dealer, n)
		}
	}
	r.Wake(100_000)
	for _, want := range []int{2, 1} {
		n, err := r.Drain(ctx)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	depth, err := s.OutboxDepth(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, depth.Waiting, "the others wait where they cost nobody anything")
	require.Eventually(t, func() bool {
		_, err := r.Drain(ctx)
		depth, counting := s.OutboxDepth(ctx)
		return err == nil && counting == nil && depth.Waiting == 0
	}, time.Minute, 20*time.Millisecond)
}
