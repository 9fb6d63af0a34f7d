package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// What bin/testbed puts into the environment; see internal/testkit/bed.
const (
	envPostgres = "DOORBELL_TEST_DATABASE_URL"
	envTemporal = "DOORBELL_TEST_TEMPORAL_ADDRESS"
)

func server(t *testing.T, name string) string {
	t.Helper()
	address := os.Getenv(name)
	if address == "" {
		t.Skipf("%s is not set; run `bin/testbed -- make go-test-reference`", name)
	}
	return address
}

// measured runs the program and returns what it printed.
func measured(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	require.Equal(t, exitDone, command(t.Context(), args, &out, &errs), &errs)
	require.Equal(t, 1, strings.Count(out.String(), "\n"), "one line")
	var got result
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Positive(t, got.Seconds)
	require.Positive(t, got.PerSecond)
	require.Positive(t, got.P50)
	require.LessOrEqual(t, got.P50, got.P90)
	require.LessOrEqual(t, got.P90, got.P99)
	require.LessOrEqual(t, got.P99, got.Max)
	return got
}

func TestEngine(t *testing.T) {
	t.Parallel()
	address := server(t, envTemporal)
	got := measured(t, "-what", "engine", "-temporal", address, "-n", "20", "-warm", "2", "-concurrency", "4")
	require.Equal(t, "engine", got.What)
	require.Equal(t, 20, got.N)
}

func TestTimers(t *testing.T) {
	t.Parallel()
	address := server(t, envTemporal)
	got := measured(t, "-what", "timers", "-temporal", address, "-n", "20", "-warm", "2", "-concurrency", "4", "-after", "3s")
	require.Equal(t, "timers", got.What)
	require.Equal(t, 20, got.N)
	require.Less(t, got.Seconds, float64(patience/time.Second), "counted from when they were due")

	var out, errs bytes.Buffer
	require.Equal(t, exitFailed, command(t.Context(), []string{"-what", "timers", "-temporal", address, "-n", "20", "-after", "1ms"}, &out, &errs))
	require.Contains(t, errs.String(), "-after")
}

func TestQueue(t *testing.T) {
	t.Parallel()
	address := server(t, envPostgres)
	got := measured(t, "-what", "queue", "-postgres", address, "-n", "20", "-warm", "2", "-concurrency", "4")
	require.Equal(t, "queue", got.What)
	require.Equal(t, 20, got.N)
	require.LessOrEqual(t, got.Max, got.Seconds)
}

func TestQueueWithASinkOfSomebodyElse(t *testing.T) {
	t.Parallel()
	address := server(t, envPostgres)
	var mails atomic.Int32
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == mailPath {
			mails.Add(1)
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	defer sink.Close()
	measured(t, "-what", "queue", "-postgres", address, "-n", "10", "-warm", "0", "-rate", "50", "-sink", sink.URL)
	require.Equal(t, int32(10), mails.Load())
}

func TestInsert(t *testing.T) {
	t.Parallel()
	address := server(t, envPostgres)
	got := measured(t, "-what", "insert", "-postgres", address, "-n", "20", "-warm", "2", "-concurrency", "4")
	require.Equal(t, "insert", got.What)
	require.Equal(t, 20, got.N)
}

// product is the program whose migrations make the product's own tables.
func product(t *testing.T) string {
	t.Helper()
	const doorbell = "../../bin/doorbell"
	if _, err := os.Stat(doorbell); err != nil {
		t.Skip("bin/doorbell is not built; run `make build`")
	}
	return doorbell
}

func TestInsertIntoTheTablesOfTheProduct(t *testing.T) {
	t.Parallel()
	address, doorbell := server(t, envPostgres), product(t)
	measured(t, "-what", "insert", "-postgres", address, "-doorbell", doorbell, "-n", "20", "-warm", "2", "-rate", "100")
}

// A migration that changes a table or an index of intake is followed here.
func TestPlainTablesAreThoseOfTheProduct(t *testing.T) {
	t.Parallel()
	address, doorbell := server(t, envPostgres), product(t)
	shape := func(doorbell string) (lines []string) {
		db, err := newDatabase(t.Context(), address, doorbell, 2)
		require.NoError(t, err)
		defer func() { require.NoError(t, db.close(t.Context())) }()
		conn, err := pgx.Connect(t.Context(), db.url)
		require.NoError(t, err)
		defer conn.Close(t.Context())
		rows, err := conn.Query(t.Context(), `
			SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_name = ANY ($1)
			UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = ANY ($1) ORDER BY 1`,
			[]string{"customer", "customer_contact", "lead", "outbox", "raw_lead", "raw_message", "timeline"})
		require.NoError(t, err)
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return lines
	}
	plain := shape("")
	require.NotEmpty(t, plain)
	require.Equal(t, shape(doorbell), plain)
}

func TestNothingIsLeftInPostgres(t *testing.T) {
	t.Parallel()
	address := server(t, envPostgres)
	db, err := newDatabase(t.Context(), address, "", 2)
	require.NoError(t, err)
	there := func() (n int) {
		conn, err := pgx.Connect(t.Context(), address)
		require.NoError(t, err)
		defer conn.Close(t.Context())
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_database WHERE datname = $1`, db.name).Scan(&n))
		return n
	}
	require.Equal(t, 1, there())
	require.ErrorContains(t, db.count(t.Context(), 1, map[string]string{"leads": `SELECT count(*) FROM lead`}), "0 leads of 1")
	require.NoError(t, db.close(t.Context()))
	require.Zero(t, there())
}

func TestAServerThatIsAwayIsSaid(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"insert", "queue"} {
		var out, errs bytes.Buffer
		code := command(t.Context(), []string{"-what", what, "-postgres", "postgres://nobody:secret@127.0.0.1:1/postgres"}, &out, &errs)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs.String(), "make a database")
		require.NotContains(t, errs.String(), "secret")
		require.Empty(t, out.String())
	}
}
