package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// gathered is a transaction whose writes travel together. A statement that
// returns nothing waits for the next one that returns something, or for the
// commit; all that wait travel with it in one message, in their order. Their
// errors are found there: a transaction never commits without all its writes.
type gathered struct {
	tx      pgx.Tx
	waiting *pgx.Batch
}

func gather(tx pgx.Tx) *gathered { return &gathered{tx: tx, waiting: &pgx.Batch{}} }

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
		return g.tx.Query(ctx, sql, args...)
	}
	return rowsOf(g.send(ctx, sql, args))
}

// QueryRow runs a statement that returns at most one row.
func (g *gathered) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if g.waiting.Len() == 0 {
		return g.tx.QueryRow(ctx, sql, args...)
	}
	rows, err := g.Query(ctx, sql, args...)
	return boundRow{rows: rows, err: err}
}

// flush sends what waits.
func (g *gathered) flush(ctx context.Context) error {
	if g.waiting.Len() == 0 {
		return nil
	}
	return g.tx.SendBatch(ctx, g.take()).Close()
}

func (g *gathered) take() *pgx.Batch {
	first := g.waiting
	g.waiting = &pgx.Batch{}
	return first
}

func (g *gathered) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	return behind(ctx, g.tx, g.take(), sql, args)
}

// returnsNothing reports whether nobody asks what a statement did. sqlc writes it
// into the statement's first line.
func returnsNothing(sql string) bool {
	first, _, _ := strings.Cut(sql, "\n")
	return strings.HasPrefix(first, "-- name: ") && strings.HasSuffix(first, " :exec")
}
