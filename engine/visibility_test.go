package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	persistence "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
)

// list is the server's list of workflows in a database of its own.
type list struct {
	t       *testing.T
	gathers sqlplugin.DB // as the engine opens it
	server  sqlplugin.DB // as the server would
	conn    *pgx.Conn
}

func openList(t *testing.T) *list {
	t.Helper()
	ctx := t.Context()
	postgres := os.Getenv("DOORBELL_TEST_DATABASE_URL")
	require.NotEmpty(t, postgres, "run this by `make test`, which starts Postgres")
	s := settings{postgres: postgres, database: "a", visibility: "list_" + strings.ToLower(rand.Text()), connections: 5}
	admin, err := pgx.Connect(ctx, adminURL(postgres))
	require.NoError(t, err)
	require.NoError(t, createDatabase(ctx, admin, s.visibility))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		_, err := admin.Exec(ctx, "DROP DATABASE "+s.visibility+" WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, admin.Close(ctx))
	})
	require.NoError(t, schemaOf{database: s.visibility, name: visibilitySchema, version: visibilityVersion}.upgrade(ctx, postgres))
	all, err := stores(s)
	require.NoError(t, err)
	opened := func(plugin string) sqlplugin.DB {
		cfg := *all[visibilityStore].SQL
		require.Equal(t, batchingPlugin, cfg.PluginName)
		cfg.PluginName = plugin
		db, err := persistence.NewSQLDB(sqlplugin.DbKindVisibility, &cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	}
	conn, err := pgx.Connect(ctx, databaseURL(postgres, s.visibility))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.WithoutCancel(ctx))) })
	return &list{t: t, gathers: opened(batchingPlugin), server: opened(postgresPlugin), conn: conn}
}

// row is what the server writes about a workflow.
func row(run string, version int64, change ...func(*sqlplugin.VisibilityRow)) *sqlplugin.VisibilityRow {
	r := &sqlplugin.VisibilityRow{
		NamespaceID: "6a4f0a9e-6b56-4d53-9d0e-1f3a6bb0c2a1", RunID: run, WorkflowTypeName: "Lead", WorkflowID: "lead-" + run,
		StartTime: time.Date(2026, 11, 24, 9, 0, 0, 123456789, time.FixedZone("", 3600)), Status: 1, Encoding: "Proto3",
		TaskQueue: "leads", RootWorkflowID: "lead-" + run, RootRunID: run, Version: version,
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func says(attributes map[string]any) func(*sqlplugin.VisibilityRow) {
	return func(r *sqlplugin.VisibilityRow) {
		r.SearchAttributes = (*sqlplugin.VisibilitySearchAttributes)(&attributes)
	}
}

func ended(r *sqlplugin.VisibilityRow) {
	at, length, size, took, transitions := r.StartTime.Add(time.Hour), int64(66), int64(27_000), int64(time.Hour), int64(12)
	r.Status, r.CloseTime, r.HistoryLength, r.HistorySizeBytes = 2, &at, &length, &size
	r.ExecutionDuration, r.StateTransitionCount = &took, &transitions
}

func (l *list) says(r *sqlplugin.VisibilityRow) error {
	_, err := l.gathers.ReplaceIntoVisibility(l.t.Context(), r)
	return err
}

func (l *list) starts(r *sqlplugin.VisibilityRow) error {
	_, err := l.gathers.InsertIntoVisibility(l.t.Context(), r)
	return err
}

// together does all of it at once and returns their errors.
func together(all ...func() error) []error {
	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, do := range all {
		group.Go(func() { errs[i] = do() })
	}
	group.Wait()
	return errs
}

func (l *list) none(errs []error) {
	l.t.Helper()
	for _, err := range errs {
		require.NoError(l.t, err)
	}
}

// version is what is listed of a run; 0: nothing.
func (l *list) version(run string) (v int64) {
	l.t.Helper()
	err := l.conn.QueryRow(l.t.Context(), `SELECT coalesce(max(_version), 0) FROM executions_visibility WHERE run_id = $1`, run).Scan(&v)
	require.NoError(l.t, err)
	return v
}

// Whoever raises the server's version and gets a column more learns it here.
func TestTheListHasTheServersColumns(t *testing.T) {
	t.Parallel()
	names := make([]string, len(listColumns))
	for i, c := range listColumns {
		names[i] = c.name
	}
	require.Equal(t, sqlplugin.DbFields, names)
}

// What stands in the list is what the server would have written.
func TestRowsAreAsTheServerWritesThem(t *testing.T) {
	t.Parallel()
	l := openList(t)
	parent := "parent"
	for name, change := range map[string]func(*sqlplugin.VisibilityRow){
		"bare": func(*sqlplugin.VisibilityRow) {},
		"attributes": says(map[string]any{
			"Keyword01": "é\"\\", "Int01": int64(3), "Bool01": true, "Double01": 1.5, "KeywordList01": []string{"a", "b"},
			"Datetime01": time.Date(2026, 11, 24, 9, 0, 0, 5000, time.UTC), "Text01": "some words",
		}),
		"closed": ended,
		"child":  func(r *sqlplugin.VisibilityRow) { r.ParentWorkflowID, r.ParentRunID = &parent, &parent },
		"memo":   func(r *sqlplugin.VisibilityRow) { r.Memo, r.ExecutionTime = []byte{0, 1, 255}, time.Unix(1, 0) },
	} {
		id := uuid.NewString()
		require.NoError(t, l.says(row(id, 1, change)), name)
		filter := sqlplugin.VisibilityGetFilter{NamespaceID: row(id, 1).NamespaceID, RunID: id}
		ours, err := l.gathers.GetFromVisibility(t.Context(), filter)
		require.NoError(t, err, name)
		_, err = l.gathers.DeleteFromVisibility(t.Context(), sqlplugin.VisibilityDeleteFilter(filter))
		require.NoError(t, err, name)
		_, err = l.server.ReplaceIntoVisibility(t.Context(), row(id, 1, change))
		require.NoError(t, err, name)
		theirs, err := l.server.GetFromVisibility(t.Context(), filter)
		require.NoError(t, err, name)
		require.Equal(t, theirs, ours, name)
	}
}

// Rows that come together are written together: one transaction for those of
// workflows that speak and one for those that only start.
func TestRowsThatComeTogetherAreWrittenTogether(t *testing.T) {
	t.Parallel()
	l := openList(t)
	var all []func() error
	for range 50 {
		id := uuid.NewString()
		all = append(all,
			func() error { return l.starts(row(id, 1)) }, func() error { return l.says(row(id, 2)) },
			func() error { return l.starts(row(uuid.NewString(), 1)) })
	}
	l.none(together(all...))
	var rows, said, transactions int
	err := l.conn.QueryRow(t.Context(),
		`SELECT count(*), count(*) FILTER (WHERE _version = 2), count(DISTINCT xmin::text) FROM executions_visibility`).Scan(&rows, &said, &transactions)
	require.NoError(t, err)
	require.Equal(t, []int{100, 50}, []int{rows, said})
	require.Less(t, transactions, 20, "150 by the server itself")
}

// The newest stays, in whatever order they come.
func TestTheNewestStays(t *testing.T) {
	t.Parallel()
	l := openList(t)
	id := uuid.NewString()
	l.none(together(
		func() error { return l.says(row(id, 7)) }, func() error { return l.says(row(id, 9, ended)) },
		func() error { return l.says(row(id, 8)) }, func() error { return l.starts(row(id, 5)) },
	))
	require.EqualValues(t, 9, l.version(id))
	require.NoError(t, l.says(row(id, 6)))
	require.NoError(t, l.starts(row(id, 10)), "a start that is told again")
	require.EqualValues(t, 9, l.version(id))
}

// A row that Postgres refuses is its writer's trouble and nobody else's.
func TestARefusedRowHarmsNoOther(t *testing.T) {
	t.Parallel()
	l := openList(t)
	ids := make([]string, 10)
	all := []func() error{func() error {
		return l.says(row(uuid.NewString(), 1, says(map[string]any{"Int01": "many"})))
	}}
	for i := range ids {
		ids[i] = uuid.NewString()
		all = append(all, func() error { return l.says(row(ids[i], 1)) })
	}
	errs := together(all...)
	require.ErrorContains(t, errs[0], "cannot cast")
	l.none(errs[1:])
	for _, id := range ids {
		require.EqualValues(t, 1, l.version(id))
	}
}

// Who gives up waiting hears that, and writing goes on.
func TestAWriterMayGiveUp(t *testing.T) {
	t.Parallel()
	l := openList(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.gathers.ReplaceIntoVisibility(ctx, row(uuid.NewString(), 1))
	require.ErrorIs(t, err, context.Canceled)
	id := uuid.NewString()
	require.NoError(t, l.says(row(id, 1)))
	require.EqualValues(t, 1, l.version(id))
}

// A herd does not wait for the moment to pass.
func TestManyRowsAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	l := openList(t)
	all := make([]func() error, 3*gatheredAtMost)
	for i := range all {
		all[i] = func() error { return l.says(row(fmt.Sprintf("run-%d", i%250), int64(i))) }
	}
	l.none(together(all...))
	for i := range 250 {
		require.GreaterOrEqual(t, l.version(fmt.Sprintf("run-%d", i)), int64(len(all)-250))
	}
}

// Without Postgres a row is not taken for written.
func TestWithoutPostgresNothingIsWritten(t *testing.T) {
	t.Parallel()
	away := &config.SQL{ConnectAddr: "127.0.0.1:1", DatabaseName: "x", ConnectProtocol: "tcp"}
	db, err := batching{}.CreateDB(sqlplugin.DbKindVisibility, away, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	require.NoError(t, err)
	list, ok := db.(sqlplugin.DB)
	require.True(t, ok)
	_, err = list.ReplaceIntoVisibility(t.Context(), row("run", 1))
	require.Error(t, err)
	require.NoError(t, db.Close())
}
