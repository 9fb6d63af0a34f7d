package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/config"
)

const somePostgres = "postgres://postgres:secret@127.0.0.1:5432/postgres"

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestSettingsHaveDefaults(t *testing.T) {
	t.Parallel()
	s, err := parseSettings(nil, environment("ENGINE_POSTGRES", somePostgres), &bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, settings{
		postgres: somePostgres, database: "doorbell_temporal", visibility: "doorbell_temporal_visibility",
		connections: 30, addr: address{"127.0.0.1", 7233}, uiAddr: address{"127.0.0.1", 8233},
		namespace: "doorbell", retention: 30 * 24 * time.Hour, logLevel: "error",
	}, s)
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	t.Parallel()
	s, err := parseSettings(
		[]string{"--addr", "localhost:0", "--ui-addr", "", "--parent-stdin"},
		environment("ENGINE_POSTGRES", somePostgres, "ENGINE_ADDR", "127.0.0.1:1", "ENGINE_UI_ADDR", "127.0.0.1:2", "ENGINE_RETENTION", "72h"),
		&bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, address{"127.0.0.1", 0}, s.addr)
	require.True(t, s.uiAddr.isZero(), "no UI")
	require.True(t, s.parentStdin)
	require.Equal(t, 72*time.Hour, s.retention)
}

func TestWrongUsageIsNamed(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		args []string
		env  []string
		says string
	}{
		"no Postgres":       {nil, nil, "ENGINE_POSTGRES"},
		"not a URL":         {nil, []string{"ENGINE_POSTGRES", "host=/tmp password=secret"}, "must be a URL"},
		"no host":           {nil, []string{"ENGINE_POSTGRES", "postgres:///doorbell?password=secret"}, "must be a URL"},
		"unknown parameter": {nil, []string{"ENGINE_POSTGRES", somePostgres + "?sslmode=perhaps"}, "must be a URL"},
		"unknown flag":      {[]string{"--shards", "4"}, nil, "shards"},
		"argument":          {[]string{"now"}, nil, "now"},
		"no port":           {[]string{"--addr", "127.0.0.1"}, nil, "host:port"},
		"host name":         {[]string{"--addr", "example.com:7233"}, nil, "IP address"},
		"large port":        {[]string{"--ui-addr", "127.0.0.1:65536"}, nil, "65535"},
		"quoted database":   {[]string{"--database", `a"b`}, nil, "small letters"},
		"one database":      {[]string{"--database", "a", "--visibility-database", "a"}, nil, "differ"},
		"connections":       {[]string{"--connections", "1"}, nil, "from 2 to 1000"},
		"no number":         {nil, []string{"ENGINE_CONNECTIONS", "many"}, "--connections"},
		"namespace":         {[]string{"--namespace", "temporal-system"}, nil, "temporal-"},
		"retention":         {[]string{"--retention", "1m"}, nil, "at least 1h"},
		"many faults":       {[]string{"--persistence-faults", "0.5"}, nil, "for tests only"},
		"log level":         {[]string{"--log-level", "loud"}, nil, "debug, info, warn, error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			env := one.env
			if name != "no Postgres" && (len(env) == 0 || env[0] != "ENGINE_POSTGRES") {
				env = append([]string{"ENGINE_POSTGRES", somePostgres}, env...)
			}
			require.Equal(t, exitUsage, command(append([]string{"run"}, one.args...), environment(env...), strings.NewReader(""), &out, &errs))
			require.Contains(t, errs.String(), one.says)
			require.NotContains(t, errs.String(), "secret")
			require.Empty(t, out.String())
		})
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for line, one := range map[string]struct {
		code      int
		out, errs string
	}{
		"version":                        {exitDone, "temporal 1.32.1 ui 2.55.0", ""},
		"help":                           {exitDone, "engine health", ""},
		"run --help":                     {exitDone, "", "visibility-database"},
		"dance":                          {exitUsage, "", "unknown command"},
		"health --addr 7233":             {exitUsage, "", "host:port"},
		"health --timeout 0s":            {exitUsage, "", "more than 0"},
		"health --addr 127.0.0.1:1":      {exitFailed, "", "no answer"},
		"run --addr 127.0.0.1:0 --bogus": {exitUsage, "", "bogus"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := command(strings.Fields(line), environment("ENGINE_POSTGRES", somePostgres), strings.NewReader(""), &out, &errs)
			require.Equal(t, one.code, code, errs.String())
			require.Contains(t, out.String(), one.out)
			require.Contains(t, errs.String(), one.errs)
		})
	}
}

func TestPortsAreFilledOrChecked(t *testing.T) {
	t.Parallel()
	free, err := address{"127.0.0.1", 0}.fill("addr")
	require.NoError(t, err)
	require.NotZero(t, free.port)
	same, err := free.fill("addr")
	require.NoError(t, err)
	require.Equal(t, free, same)

	l, err := net.Listen("tcp", free.String())
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, err = free.fill("ui-addr")
	require.ErrorContains(t, err, free.String()+" is taken by another program")
	require.ErrorContains(t, err, "--ui-addr")

	require.Equal(t, "127.0.0.1:80", address{"0.0.0.0", 80}.dialable())
}

func TestStoresKeepWhatTheURLSays(t *testing.T) {
	t.Parallel()
	all, err := stores(settings{
		postgres: "postgres://us%40er:p%2Fw@db.example/x?sslmode=require", database: "a", visibility: "b", connections: 25,
	})
	require.NoError(t, err)
	store := all[defaultStore].SQL
	require.Equal(t, "us@er", mustUnescape(t, store.User))
	require.Equal(t, "p/w", store.Password)
	require.Equal(t, "db.example:5432", store.ConnectAddr)
	require.Equal(t, "require", store.ConnectAttributes["sslmode"])
	require.Equal(t, "a", store.DatabaseName)
	require.Equal(t, "b", all[visibilityStore].SQL.DatabaseName)
	require.Equal(t, 25, store.MaxConns)
}

func TestFaultsAreInjectedOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	all, err := stores(settings{postgres: somePostgres, database: "a", visibility: "b"})
	require.NoError(t, err)
	require.Nil(t, all[defaultStore].FaultInjection)
	all, err = stores(settings{postgres: somePostgres, database: "a", visibility: "b", faults: 0.1})
	require.NoError(t, err)
	methods := all[defaultStore].FaultInjection.Targets.DataStores[config.ExecutionStoreName].Methods
	require.InDelta(t, 0.1, methods["UpdateWorkflowExecution"].Errors["ExecuteAndTimeout"], 0)
	require.Nil(t, all[visibilityStore].FaultInjection)
}

func mustUnescape(t *testing.T, user string) string {
	t.Helper()
	target, err := pgx.ParseConfig("postgres://" + user + "@127.0.0.1/x")
	require.NoError(t, err)
	return target.User
}

func TestAdminConnectionUsesTheURLsDatabase(t *testing.T) {
	t.Parallel()
	require.Equal(t, somePostgres, adminURL(somePostgres))
	require.Equal(t, "postgres://u:p@h/postgres?sslmode=disable", adminURL("postgres://u:p@h?sslmode=disable"))
	require.Equal(t, "postgres://u:p@h/postgres", adminURL("postgres://u:p@h/"))
	require.Equal(t, "postgres://postgres:secret@127.0.0.1:5432/other", databaseURL(somePostgres, "other"))
}

func TestIndexesAreMadeInsideTheTransaction(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c)": "CREATE INDEX IF NOT EXISTS i ON t (c)",
		"CREATE UNIQUE INDEX CONCURRENTLY i ON t (c)":        "CREATE UNIQUE INDEX i ON t (c)",
		"DROP INDEX CONCURRENTLY i":                          "DROP INDEX i",
		"CREATE TABLE concurrently (c int)":                  "CREATE TABLE concurrently (c int)",
	} {
		require.Equal(t, want, concurrently.ReplaceAllString(statement, "$1$2 INDEX"))
	}
}

func TestPauseEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, pause(ctx, time.Hour), context.Canceled)
	require.NoError(t, pause(t.Context(), time.Nanosecond))
}
