package main

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	persistence "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	pgxdriver "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql/driver"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql/session"
	"go.temporal.io/server/common/resolver"
)

// The list of workflows is a table of 85 columns, 64 of them generated, with 74
// indexes. More than half of what it takes to write a row is to set up the
// statement, however many rows it has, and a workflow that starts is written
// twice within a moment: when it starts, and when it says what it is about. So
// what the server writes there is gathered for a moment and written together.
const (
	// gathering is how long a row waits for others at most; a workflow is in the
	// list that much later.
	gathering = 200 * time.Millisecond
	// gatheredAtMost is after how many rows nothing is waited for any more.
	gatheredAtMost = 200
	// writtenWithin is how long Postgres may take for them.
	writtenWithin = 10 * time.Second
)

// batchingPlugin is the name under which the server finds the store.
const batchingPlugin = "doorbell_batching"

// registerBatching makes the store known to the server, which keeps stores in a
// table of its own and takes each name once.
var registerBatching = sync.OnceFunc(func() { persistence.RegisterPlugin(batchingPlugin, batching{}) })

// batching is the server's store on Postgres with a list that is written in batches.
type batching struct{}

// CreateDB opens the list of workflows.
func (batching) CreateDB(
	kind sqlplugin.DbKind, cfg *config.SQL, r resolver.ServiceResolver, logger log.Logger, m metrics.Handler,
) (sqlplugin.GenericDB, error) {
	own := *cfg
	own.PluginName = postgresPlugin
	list := &workflowList{}
	own.Connect = func(cfg *config.SQL) (*sqlx.DB, error) {
		opened, err := session.NewSession(cfg, &pgxdriver.PGXDriver{}, r)
		if err != nil {
			return nil, fmt.Errorf("connect to the list of workflows: %w", err)
		}
		list.connections.Store(opened.DB) // again whenever the server connects anew
		return opened.DB, nil
	}
	db, err := persistence.NewSQLDB(kind, &own, r, logger, m)
	if err != nil {
		return nil, fmt.Errorf("open the list of workflows: %w", err)
	}
	var whole bool
	if list.store, whole = db.(store); !whole {
		return nil, fmt.Errorf("open the list of workflows: %T cannot say which schema it wants", db)
	}
	return list, nil
}

// GetVisibilityQueryConverter is the server's own.
func (batching) GetVisibilityQueryConverter() sqlplugin.VisibilityQueryConverter {
	converter, err := persistence.GetPluginVisibilityQueryConverter(postgresPlugin)
	if err != nil {
		panic(err) // it is linked into this program
	}
	return converter
}

// store is all that the server asks of a store.
type store interface {
	sqlplugin.DB
	sqlplugin.AdminDB
}

// workflowList gathers what is written to the list. Whoever writes waits until
// his row is stored, as he would without it.
type workflowList struct {
	store
	connections atomic.Pointer[sqlx.DB]

	mu      sync.Mutex
	waiting []*listed
	timer   *time.Timer
}

// listed is a row that waits to be written.
type listed struct {
	*sqlplugin.VisibilityRow
	starts bool // it is of a workflow's start: what is in the list already is newer
	done   chan error
}

var (
	// errAlone says that the batch failed and each row is to be tried by itself.
	errAlone = errors.New("the batch was not written")
	// errClosed is for who writes while the server stops.
	errClosed = errors.New("the list of workflows is not connected")
)

// InsertIntoVisibility lists a workflow that started, unless it is listed.
func (l *workflowList) InsertIntoVisibility(ctx context.Context, row *sqlplugin.VisibilityRow) (sql.Result, error) {
	if l.gathered(ctx, row, true) == nil {
		return driver.RowsAffected(1), nil
	}
	return l.store.InsertIntoVisibility(ctx, row) //nolint:wrapcheck // the server knows these errors
}

// ReplaceIntoVisibility lists what a workflow says, unless something newer is listed.
func (l *workflowList) ReplaceIntoVisibility(ctx context.Context, row *sqlplugin.VisibilityRow) (sql.Result, error) {
	if l.gathered(ctx, row, false) == nil {
		return driver.RowsAffected(1), nil
	}
	return l.store.ReplaceIntoVisibility(ctx, row) //nolint:wrapcheck // the server knows these errors
}

// gathered waits until the row was written with others. Where it was not, its
// writer writes it alone: what is wrong with one row is told to its writer only.
func (l *workflowList) gathered(ctx context.Context, row *sqlplugin.VisibilityRow, starts bool) error {
	mine := &listed{VisibilityRow: row, starts: starts, done: make(chan error, 1)}
	l.mu.Lock()
	l.waiting = append(l.waiting, mine)
	switch len(l.waiting) {
	case 1:
		l.timer = time.AfterFunc(gathering, l.flush)
	case gatheredAtMost:
		l.timer.Reset(0)
	}
	l.mu.Unlock()
	select {
	case err := <-mine.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// flush writes what waits.
func (l *workflowList) flush() {
	l.mu.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), writtenWithin)
	defer cancel()
	started, said := newest(batch)
	err := errors.Join(l.write(ctx, insertStarted, started), l.write(ctx, upsertSaid, said))
	for _, one := range batch {
		if err != nil {
			one.done <- errAlone
		} else {
			one.done <- nil
		}
	}
}

// newest leaves one row of each workflow: what it said last, or else its start.
// Both lists are in the order of their workflows, so that batches that are
// written beside each other wait for each other and not in a circle.
func newest(batch []*listed) (started, said []*sqlplugin.VisibilityRow) {
	type run struct{ namespace, id string }
	last := map[run]*listed{}
	for _, one := range batch {
		key := run{one.NamespaceID, one.RunID}
		if had := last[key]; had == nil || had.starts && !one.starts || had.starts == one.starts && had.Version < one.Version {
			last[key] = one
		}
	}
	for _, one := range last {
		if one.starts {
			started = append(started, one.VisibilityRow)
		} else {
			said = append(said, one.VisibilityRow)
		}
	}
	byRun := func(a, b *sqlplugin.VisibilityRow) int {
		return cmp.Or(cmp.Compare(a.RunID, b.RunID), cmp.Compare(a.NamespaceID, b.NamespaceID))
	}
	slices.SortFunc(started, byRun)
	slices.SortFunc(said, byRun)
	return started, said
}

// write writes the rows with one statement.
func (l *workflowList) write(ctx context.Context, statement string, rows []*sqlplugin.VisibilityRow) error {
	if len(rows) == 0 {
		return nil
	}
	db := l.connections.Load()
	if db == nil {
		return errClosed
	}
	columns := make([]any, len(listColumns))
	for i, c := range listColumns {
		column := make([]any, len(rows))
		for j, row := range rows {
			column[j] = c.of(row)
		}
		columns[i] = column
	}
	if _, err := db.ExecContext(ctx, statement, columns...); err != nil {
		return fmt.Errorf("write %d rows of the list of workflows: %w", len(rows), err)
	}
	return nil
}

// listColumn is a column of the list that is written.
type listColumn struct {
	name, kind string
	of         func(*sqlplugin.VisibilityRow) any
}

// listColumns are all of them; the others Postgres fills by itself. The version
// comes last, as the server has it.
var listColumns = []listColumn{
	{"namespace_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.NamespaceID }},
	{"run_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.RunID }},
	{"workflow_type_name", "text", func(r *sqlplugin.VisibilityRow) any { return r.WorkflowTypeName }},
	{"workflow_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.WorkflowID }},
	{"start_time", "timestamp", func(r *sqlplugin.VisibilityRow) any { return listTime(r.StartTime) }},
	{"execution_time", "timestamp", func(r *sqlplugin.VisibilityRow) any { return listTime(r.ExecutionTime) }},
	{"status", "int4", func(r *sqlplugin.VisibilityRow) any { return r.Status }},
	{"close_time", "timestamp", func(r *sqlplugin.VisibilityRow) any {
		if r.CloseTime == nil {
			return nil
		}
		return listTime(*r.CloseTime)
	}},
	{"history_length", "int8", func(r *sqlplugin.VisibilityRow) any { return r.HistoryLength }},
	{"history_size_bytes", "int8", func(r *sqlplugin.VisibilityRow) any { return r.HistorySizeBytes }},
	{"execution_duration", "int8", func(r *sqlplugin.VisibilityRow) any { return r.ExecutionDuration }},
	{"state_transition_count", "int8", func(r *sqlplugin.VisibilityRow) any { return r.StateTransitionCount }},
	{"memo", "bytea", func(r *sqlplugin.VisibilityRow) any { return r.Memo }},
	{"encoding", "text", func(r *sqlplugin.VisibilityRow) any { return r.Encoding }},
	{"task_queue", "text", func(r *sqlplugin.VisibilityRow) any { return r.TaskQueue }},
	{"search_attributes", "jsonb", func(r *sqlplugin.VisibilityRow) any { return r.SearchAttributes }},
	{"parent_workflow_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.ParentWorkflowID }},
	{"parent_run_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.ParentRunID }},
	{"root_workflow_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.RootWorkflowID }},
	{"root_run_id", "text", func(r *sqlplugin.VisibilityRow) any { return r.RootRunID }},
	{"_version", "int8", func(r *sqlplugin.VisibilityRow) any { return r.Version }},
}

// noTime is how the server writes that there is none.
var noTime = time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC)

// listTime is an instant as the server writes it.
func listTime(t time.Time) time.Time {
	if t.IsZero() {
		return noTime
	}
	return t.UTC().Truncate(time.Microsecond)
}

// The server's two statements for rows of the list, with many rows each.
var (
	insertStarted = insertListed() + ` DO NOTHING`
	upsertSaid    = insertListed() + ` DO UPDATE SET ` + replaceListed() + ` WHERE executions_visibility._version < excluded._version`
)

func insertListed() string {
	names, arrays := make([]string, len(listColumns)), make([]string, len(listColumns))
	for i, c := range listColumns {
		names[i], arrays[i] = c.name, fmt.Sprintf("$%d::%s[]", i+1, c.kind)
	}
	return fmt.Sprintf(`INSERT INTO executions_visibility (%[1]s) SELECT %[1]s FROM unnest(%[2]s) AS listed (%[1]s) ON CONFLICT (namespace_id, run_id)`,
		strings.Join(names, ", "), strings.Join(arrays, ", "))
}

func replaceListed() string {
	sets := make([]string, len(listColumns))
	for i, c := range listColumns {
		sets[i] = c.name + " = excluded." + c.name
	}
	return strings.Join(sets, ", ")
}
