package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestReadinessNamesItsParts(t *testing.T) {
	t.Parallel()
	s := open(t)
	require.Equal(t, "test", s.call("", http.MethodGet, "/healthz", "").is(http.StatusOK).text("version"))
	r := s.call("", http.MethodGet, "/readyz", "").is(http.StatusOK)
	require.Equal(t, true, r.get("ready"), "leads are taken in without Temporal")
	require.Equal(t, "temporal", r.text("checks.2.name"))
	require.Equal(t, false, r.get("checks.2.ok"))

	behind := open(t)
	_, err := behind.store.Pool.Exec(context.Background(), `DELETE FROM goose_db_version WHERE version_id > 0`)
	require.NoError(t, err)
	r = behind.call("", http.MethodGet, "/readyz", "").is(http.StatusServiceUnavailable)
	require.Contains(t, r.text("checks.1.detail"), "migrate up")
}

func TestWithoutPostgresEverythingSaysComeBack(t *testing.T) {
	t.Parallel()
	st, err := store.Open(context.Background(), fmt.Sprintf("postgres://doorbell@127.0.0.1:%d/doorbell", testkit.FreePort(t)), store.Options{})
	require.NoError(t, err)
	t.Cleanup(st.Close)
	s := &shop{t: t, store: st}
	o := Options{Store: st, Waker: s, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()}
	router, err := New(o)
	require.NoError(t, err)
	s.web = httptest.NewServer(router)
	t.Cleanup(s.web.Close)
	key := "dbk_i_" + strings.Repeat("A", 43)
	r := s.call(key, http.MethodPost, "/v1/leads", captur).is(http.StatusServiceUnavailable).problem(KindUnavailable)
	require.NotEmpty(t, r.header.Get("Retry-After"))
	r = s.call("", http.MethodGet, "/readyz", "").is(http.StatusServiceUnavailable)
	require.Equal(t, false, r.get("checks.0.ok"))
	s.call("", http.MethodGet, "/healthz", "").is(http.StatusOK)
	require.Contains(t, string(s.call("", http.MethodGet, "/metrics", "").is(http.StatusOK).body), "doorbell_database_up 0")
}

func TestPostgresThatGoesAwayInMidLifeIsA503(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusAccepted)
	admin, err := pgx.ConnectConfig(context.Background(), elsewhere(t, s.store))
	require.NoError(t, err)
	defer admin.Close(context.Background())
	database := s.store.Pool.Config().ConnConfig.Database
	let := func(in bool) {
		_, err := admin.Exec(context.Background(), fmt.Sprintf(`ALTER DATABASE %s ALLOW_CONNECTIONS %t`, database, in))
		require.NoError(t, err)
	}
	let(false)
	_, err = admin.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, database)
	require.NoError(t, err)
	for range 30 { // more than there are connections that do not know yet
		s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusServiceUnavailable).problem(KindUnavailable)
	}
	require.Equal(t, false, s.call("", http.MethodGet, "/readyz", "").is(http.StatusServiceUnavailable).get("ready"))
	let(true)
	s.call(s.website, http.MethodPost, "/v1/leads", captur).is(http.StatusOK)
	s.call("", http.MethodGet, "/readyz", "").is(http.StatusOK)
}

// elsewhere is a connection to the same server's own database.
func elsewhere(t *testing.T, s *store.Store) *pgx.ConnConfig {
	t.Helper()
	config := s.Pool.Config().ConnConfig.Copy()
	config.Database = "postgres"
	return config
}

func TestBeyondTheBoundRequestsAreSentAway(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}, 2), make(chan struct{})
	s := open(t, func(o *Options) {
		o.InFlight = 1 // and one more that may only be told to come back
		o.Pages = func(router *gin.Engine) {
			router.GET("/slow", func(c *gin.Context) {
				inside <- struct{}{}
				<-leave
				c.String(http.StatusOK, "done")
			})
			router.GET("/panic", func(*gin.Context) { panic("jan@customer.example") })
			router.GET("/nil", func(c *gin.Context) { c.Status(make([]int, len(c.Params))[1]) })
		}
	})
	done := make(chan received)
	for range 2 {
		go func() { done <- s.call("", http.MethodGet, "/slow", "") }()
		<-inside
	}
	r := s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusServiceUnavailable).problem(KindUnavailable)
	require.Equal(t, "1", r.header.Get("Retry-After"))
	s.call("", http.MethodGet, "/healthz", "").is(http.StatusOK)
	s.call("", http.MethodGet, "/readyz", "").is(http.StatusOK)
	close(leave)
	for range 2 {
		first := <-done
		first.is(http.StatusOK)
	}
	for _, path := range []string{"/panic", "/nil"} {
		s.call("", http.MethodGet, path, "").is(http.StatusInternalServerError).problem(KindInternal)
	}
	require.Contains(t, s.log.String(), "a request panicked")
	require.NotContains(t, s.log.String(), "customer.example")
	s.call("", http.MethodGet, "/nowhere", "").is(http.StatusNotFound).problem(KindNotFound)
	require.Equal(t, "GET", s.call(s.staff, http.MethodDelete, "/v1/me", "").is(http.StatusMethodNotAllowed).header.Get("Allow"))
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := New(Options{})
	require.ErrorContains(t, err, "Store")
	s := open(t)
	o := Options{Store: s.store, Waker: s, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), PublicURL: "http://[::1"}
	_, err = New(o)
	require.ErrorContains(t, err, "PublicURL")
	o.PublicURL = ""
	_, err = New(o)
	require.NoError(t, err)
	_, err = New(o)
	require.ErrorContains(t, err, "register")
}
