package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// gathered is a transaction of few messages. A statement that returns nothing waits
// for the next one that returns something; all that wait travel with it in one
// message, in their order, BEGIN with the first of them and the last ones with COMMIT.
// Their errors are found there: a transaction never commits without all its writes.
type gathered struct {
	conn    *pgxpool.Conn
	waiting *pgx.Batch
	set     int // statements that only begin it
}

// gather begins a transaction on a connection that has none.
func gather(conn *pgxpool.Conn) *gathered {
	g := &gathered{conn: conn, waiting: &pgx.Batch{}}
	g.begin("begin")
	return g
}

// begin adds a statement with which the transaction begins.
func (g *gathered) begin(sql string, args ...any) {
	g.waiting.Queue(sql, args...)
	g.set++
}

// commit sends what waits, and has the transaction end. One that asked nothing of
// the database was none.
func (g *gathered) commit(ctx context.Context) error {
	if g.set > 0 && g.waiting.Len() == g.set {
		return nil
	}
	results, err := g.send(ctx, "commit", nil)
	if err != nil {
		return err
	}
	tag, err := results.Exec()
	if closing := results.Close(); err == nil {
		err = closing
	}
	if err == nil && tag.String() != "COMMIT" {
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// end takes back what was not committed, and the connection is free again.
func (g *gathered) end(ctx context.Context) {
	if conn := g.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != idle {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "rollback") // else the connection goes, and the transaction with it
	}
	g.conn.Release()
}

// idle is the state of a connection without a transaction.
const idle = 'I'

// Exec runs a statement that returns no rows: now, when its caller asks how many
// it changed, otherwise later.
func (g *gathered) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if returnsNothing(sql) {
		g.waiting.Queue(sql, args...)
		return pgconn.CommandTag{}, nil
	}
	results, err := g.send(ctx, sql, args)
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
func (g *gathered) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if g.waiting.Len() == 0 {
		return g.conn.Query(ctx, sql, args...)
	}
	return rowsOf(g.send(ctx, sql, args))
}

// QueryRow runs a statement that returns at most one row.
func (g *gathered) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if g.waiting.Len() == 0 {
		return g.conn.QueryRow(ctx, sql, args...)
	}
	rows, err := g.Query(ctx, sql, args...)
	return boundRow{rows: rows, err: err}
}

func (g *gathered) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	first := g.waiting
	g.waiting, g.set = &pgx.Batch{}, 0
	return behind(ctx, g.conn, first, sql, args)
}

// returnsNothing reports whether nobody asks what a statement did. sqlc writes it
// into the statement's first line.
func returnsNothing(sql string) bool {
	first, _, _ := strings.Cut(sql, "\n")
	return strings.HasPrefix(first, "-- name: ") && strings.HasSuffix(first, " :exec")
}
