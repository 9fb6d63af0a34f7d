package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store"
)

// A dealer with as much under way as he may have is told to come back, and
// another one is let in, whatever it is that they want.
func TestADealerHasHisShareOfEachRoom(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.InFlight = 4 })
	other, others := s.addDealer("elsewhere.example")
	id := s.working(captur)
	for name, c := range map[string]struct {
		room *room
		ask  func(k keys) received
		ok   int
	}{
		"intake":  {s.server.rooms.intake, func(k keys) received { return s.call(k.website, http.MethodPost, "/v1/leads", captur) }, 0},
		"reading": {s.server.rooms.reading, func(k keys) received { return s.call(k.staff, http.MethodGet, "/v1/staff", "") }, http.StatusOK},
		"acting": {s.server.rooms.acting, func(k keys) received {
			return s.call(k.staff, http.MethodPost, "/v1/leads/"+id+"/notes", `{"text":"x"}`, "X-Actor", "sam@"+map[bool]string{true: "demo.example", false: "elsewhere.example"}[k == s.keys])
		}, 0},
	} {
		bounds := c.room.turns.Bounds()
		var leave []func()
		for range bounds.Share {
			one, err := c.room.turns.Enter(t.Context(), s.dealer.String(), false)
			require.NoError(t, err)
			leave = append(leave, one)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var line sync.WaitGroup
		for range bounds.Line {
			line.Go(func() { _, _ = c.room.turns.Enter(ctx, s.dealer.String(), false) })
		}
		require.Eventually(t, func() bool { _, waiting := c.room.turns.Load(); return waiting == bounds.Line }, time.Minute, time.Millisecond)
		refused := c.ask(s.keys).is(http.StatusTooManyRequests)
		refused.problem(KindTooFast)
		require.Equal(t, "1", refused.header.Get("Retry-After"), name)
		let := c.ask(others)
		require.NotContains(t, []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}, let.status, "%s of %s: %s", name, other, let.body)
		cancel()
		line.Wait()
		for _, one := range leave {
			one()
		}
		again := c.ask(s.keys)
		require.Less(t, again.status, 300, "%s: %s", name, again.body)
		metrics := string(s.call("", http.MethodGet, "/metrics", "").is(http.StatusOK).body)
		require.Contains(t, metrics, fmt.Sprintf(`doorbell_http_sent_away_total{room=%q,why="share"} 1`, name))
	}
}

// Every connection is in somebody's hands: whoever comes is told to come back
// after a moment, and not after all the time that a request has.
func TestNobodyWaitsLongForAConnection(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusAccepted)
	stop := s.exhaust()
	r := s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusServiceUnavailable).problem(KindUnavailable)
	require.NotEmpty(t, r.header.Get("Retry-After"))
	require.Positive(t, s.server.store.GivenUp())
	require.Equal(t, false, s.call("", http.MethodGet, "/readyz", "").is(http.StatusServiceUnavailable).get("ready"))
	s.call("", http.MethodGet, "/healthz", "").is(http.StatusOK)
	stop()
	s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusOK)
	s.call("", http.MethodGet, "/readyz", "").is(http.StatusOK)
}

// exhaust takes every connection of the pool and returns what gives them back.
func (s *shop) exhaust() func() {
	s.t.Helper()
	var back []func()
	for range s.server.store.Pool.Config().MaxConns {
		conn, err := s.server.store.Pool.Acquire(context.Background())
		require.NoError(s.t, err)
		back = append(back, conn.Release)
	}
	return func() {
		for _, release := range back {
			release()
		}
	}
}

// Postgres has no connection left for this server (53300), and then a lock that
// somebody holds for too long (55P03).
func TestPostgresHasNoConnectionLeftOrALockIsHeld(t *testing.T) {
	t.Parallel()
	s := open(t)
	role := "few_" + strings.ReplaceAll(s.dealer.String(), "-", "")
	admin, err := pgx.ConnectConfig(context.Background(), s.store.Pool.Config().ConnConfig.Copy())
	require.NoError(t, err)
	_, err = admin.Exec(context.Background(), fmt.Sprintf(`CREATE ROLE %[1]s LOGIN PASSWORD 'few' CONNECTION LIMIT 2; GRANT doorbell_dealer, doorbell_system TO %[1]s`, role))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(context.Background(), fmt.Sprintf(`DROP ROLE %s`, role))
		require.NoError(t, err)
		_ = admin.Close(context.Background())
	})
	config := s.store.Pool.Config().ConnConfig
	few, err := store.Open(context.Background(), (&url.URL{
		Scheme: "postgres", User: url.UserPassword(role, "few"), Host: fmt.Sprintf("%s:%d", config.Host, config.Port), Path: config.Database,
		RawQuery: url.Values{"sslmode": {"disable"}}.Encode(),
	}).String(), store.Options{Connections: 8})
	require.NoError(t, err)
	t.Cleanup(few.Close)
	small := &shop{t: t, store: few, desk: s.desk, log: s.log}
	o := Options{Store: few, Waker: small, Log: s.server.log, Registry: prometheus.NewRegistry(), PerSecond: 1e6, Burst: 1e6}
	small.server, err = newServer(o, s.desk)
	require.NoError(t, err)
	small.mount(o)
	small.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusAccepted)

	tx, err := admin.Begin(context.Background())
	require.NoError(t, err)
	_, err = tx.Exec(context.Background(), `SELECT id FROM dealer WHERE id = $1 FOR UPDATE`, s.dealer)
	require.NoError(t, err)
	var all sync.WaitGroup
	answers := make(chan received, 4)
	for i := range cap(answers) {
		all.Go(func() {
			answers <- small.call(s.website, http.MethodPost, "/v1/leads", strings.Replace(captur, "AT-1", fmt.Sprintf("held-%d", i), 1))
		})
	}
	all.Wait()
	close(answers)
	for r := range answers {
		r.is(http.StatusServiceUnavailable).problem(KindUnavailable)
		require.NotEmpty(t, r.header.Get("Retry-After"))
	}
	require.Contains(t, s.log.String(), "SQLSTATE 53300")
	require.Contains(t, s.log.String(), "SQLSTATE 55P03")
	require.NoError(t, tx.Rollback(context.Background()))
	small.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusOK)
	small.call("", http.MethodGet, "/readyz", "").is(http.StatusOK)
}
