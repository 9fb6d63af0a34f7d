package testkit

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The product takes the time from Postgres, from the function doorbell_now().
// A test moves time by putting another function in its place, in its own
// database, so that everything around that database agrees on the time. It
// always keeps running. Timers of Temporal do not move with it.

// MoveClock moves the database's clock by d, forward or back, from wherever it
// stands.
func MoveClock(tb testing.TB, pool *pgxpool.Pool, d time.Duration) {
	tb.Helper()
	setOffset(tb, pool, `SELECT $1::bigint + coalesce(obj_description('doorbell_now()'::regprocedure, 'pg_proc')::bigint, 0)`, d.Microseconds())
}

// SetClock makes the database's clock show at; it runs on from there.
func SetClock(tb testing.TB, pool *pgxpool.Pool, at time.Time) {
	tb.Helper()
	setOffset(tb, pool, `SELECT round(extract(epoch FROM $1::timestamptz - clock_timestamp()) * 1000000)::bigint`, at)
}

// Now is what the database's clock shows, in UTC.
func Now(tb testing.TB, pool *pgxpool.Pool) time.Time {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clockPatience)
	defer cancel()
	var now time.Time
	if err := pool.QueryRow(ctx, `SELECT doorbell_now()`).Scan(&now); err != nil {
		tb.Fatal("testkit: read the clock:", err)
	}
	return now.UTC()
}

const clockPatience = 30 * time.Second

// setOffset puts the clock as many microseconds from the real time as the
// query says. The offset is kept as the function's comment, where the next
// move finds it in full.
func setOffset(tb testing.TB, pool *pgxpool.Pool, query string, arg any) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clockPatience)
	defer cancel()
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var offset int64
		if err := tx.QueryRow(ctx, query, arg).Scan(&offset); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, fmt.Sprintf(`
			CREATE OR REPLACE FUNCTION doorbell_now() RETURNS timestamptz LANGUAGE sql VOLATILE
				AS 'SELECT clock_timestamp() + interval ''%[1]d microseconds''';
			COMMENT ON FUNCTION doorbell_now() IS '%[1]d'`, offset))
		return err
	})
	if err != nil {
		tb.Fatal("testkit: move the clock:", err)
	}
}
