package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The roles of migration 00005.
const (
	dealerRole = "doorbell_dealer"
	systemRole = "doorbell_system"
)

// local is the statement that gives the rest of a transaction its scope, with
// its argument.
func (s scope) local() (statement string, argument any) {
	if s.across {
		return "SELECT set_config('role', $1, true)", systemRole
	}
	return "SELECT set_config('doorbell.dealer', $1, true)", s.dealer.String()
}

// begin is how a transaction of the scope begins, in one message to the server.
func (s scope) begin(how string) string {
	switch {
	case s.across:
		return how + "; SET LOCAL ROLE " + systemRole
	case s != scope{}:
		return how + "; SET LOCAL doorbell.dealer = '" + s.dealer.String() + "'"
	}
	return how
}

func scopeOf(ctx context.Context) scope {
	s, _ := ctx.Value(scopeKey{}).(scope)
	return s
}

// bound runs single statements within the scope of their context. The scope and
// the statement travel in one message, which the server takes as one
// transaction: the scope ends with it, and costs no round trip.
type bound struct{ pool *pgxpool.Pool }

// Exec runs a statement that returns no rows.
func (b bound) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if (scopeOf(ctx) == scope{}) {
		return b.pool.Exec(ctx, sql, args...)
	}
	results, err := b.send(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if closing := results.Close(); err == nil {
		err = closing
	}
	return tag, err
}

// Query runs a statement that returns rows, which have to be closed or read to
// their end.
func (b bound) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if (scopeOf(ctx) == scope{}) {
		return b.pool.Query(ctx, sql, args...)
	}
	return rowsOf(b.send(ctx, sql, args))
}

// QueryRow runs a statement that returns at most one row.
func (b bound) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := b.Query(ctx, sql, args...)
	return boundRow{rows: rows, err: err}
}

// send sends one statement behind its scope.
func (b bound) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	first := &pgx.Batch{}
	first.Queue(scopeOf(ctx).local())
	return behind(ctx, b.pool, first, sql, args)
}

// sender is a pool or a transaction.
type sender interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// behind sends a statement in one message with those that go first, whose results
// nobody asks for, and returns its own.
func behind(ctx context.Context, s sender, first *pgx.Batch, sql string, args []any) (pgx.BatchResults, error) {
	n := first.Len()
	first.Queue(sql, args...)
	results := s.SendBatch(ctx, first)
	for range n {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // the first error is the one that tells
			return nil, err
		}
	}
	return results, nil
}

func rowsOf(results pgx.BatchResults, err error) (pgx.Rows, error) {
	if err != nil {
		return nil, err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // the first error is the one that tells
		return nil, err
	}
	return &boundRows{Rows: rows, results: results}, nil
}

// boundRows gives the connection back when the rows are closed or read.
type boundRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

// Next goes on to the next row.
func (r *boundRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close may be called any number of times.
func (r *boundRows) Close() {
	r.Rows.Close()
	if r.results != nil {
		r.err = r.results.Close()
		r.results = nil
	}
}

// Err is what went wrong, after the last row.
func (r *boundRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

type boundRow struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row, or returns pgx.ErrNoRows.
func (r boundRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
