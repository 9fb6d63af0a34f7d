package relay_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
)

// A bell in one process is heard in every other one, however often it is rung at
// once, and each hears how much came.
func TestABellIsHeardByAll(t *testing.T) {
	t.Parallel()
	url := testkit.Database(t)
	open := func(name string) *store.Store {
		s, err := store.Open(context.Background(), url, store.Options{Name: name, Owner: name == "test"})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { stop(); running.Wait() })

	const rings = 1000
	var mu sync.Mutex
	heard := make([]int64, 2)
	for i := range heard {
		running.Go(func() {
			_ = open("a worker").HearOutbox(ctx, func(n int64) {
				mu.Lock()
				defer mu.Unlock()
				heard[i] += n
			})
		})
	}
	listening := open("test")
	require.Eventually(t, func() bool {
		var ears int
		err := listening.Pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'a worker' AND query LIKE 'LISTEN %' AND state = 'idle'`).Scan(&ears)
		return err == nil && ears == len(heard)
	}, time.Minute, 10*time.Millisecond)

	bell := relay.NewBell(open("a server"), slog.New(slog.DiscardHandler))
	running.Go(func() { bell.Run(ctx) })
	var ringing sync.WaitGroup
	for range rings {
		ringing.Go(bell.Wake)
	}
	ringing.Wait()
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return heard[0] == rings && heard[1] == rings
	}, time.Minute, 10*time.Millisecond)
}

// Whoever listens is told when his line is cut: he has to look by himself until he
// hears again.
func TestACutLineIsNoticed(t *testing.T) {
	t.Parallel()
	s, err := store.Open(context.Background(), testkit.Database(t), store.Options{Name: "test"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	owner, err := store.Open(context.Background(), s.Pool.Config().ConnString(), store.Options{Owner: true, Name: "knife"})
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	cut := make(chan error, 1)
	go func() { cut <- s.HearOutbox(context.Background(), func(int64) {}) }()
	for {
		select {
		case err := <-cut:
			require.ErrorContains(t, err, "listen to the outbox")
			return
		case <-time.After(20 * time.Millisecond):
			_, err := owner.Pool.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'test' AND query LIKE 'LISTEN %'`)
			require.NoError(t, err)
		}
	}
}
