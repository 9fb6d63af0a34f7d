package main

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// cost is what was spent so far; a difference of two is what something cost.
type cost struct {
	cpu        map[string]float64 // seconds, by part
	statements float64            // of the product
	rows       float64            // that they wrote
	engine     float64            // statements of Temporal
	wal        float64            // bytes, of all of Postgres
	messages   float64            // mails that the provider took
}

// counts reads what the product's and Temporal's statements were. The product
// has roles of its own; ours are not counted.
const counts = `SELECT
	coalesce(sum(s.calls) FILTER (WHERE d.datname = current_database() AND r.rolname LIKE 'doorbell_%'), 0)::float8,
	coalesce(sum(s.rows) FILTER (WHERE d.datname = current_database() AND r.rolname LIKE 'doorbell_%'
	    AND s.query ~* '^\W*(--.*\n)*\s*(insert|update|delete)'), 0)::float8,
	coalesce(sum(s.calls) FILTER (WHERE d.datname LIKE 'doorbell_temporal%'), 0)::float8
	FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.userid`

// written is how long after a lead is at rest Temporal has written its list and
// closed what has ended.
const written = 500 * time.Millisecond

// spent returns what was spent so far, with what Temporal writes a moment later.
func (b *bench) spent(ctx context.Context) (cost, error) {
	if err := lull.For(ctx, written); err != nil {
		return cost{}, err
	}
	c := cost{cpu: b.cpu(), messages: float64(b.sink.Count())}
	if err := b.Pool.QueryRow(ctx, `SELECT (pg_current_wal_lsn() - '0/0')::float8`).Scan(&c.wal); err != nil {
		return c, err
	}
	if !b.counting {
		return c, nil
	}
	return c, b.Pool.QueryRow(ctx, counts).Scan(&c.statements, &c.rows, &c.engine)
}

// since returns what was spent after an earlier moment.
func (c cost) since(was cost) cost {
	d := cost{
		cpu: map[string]float64{}, statements: c.statements - was.statements, rows: c.rows - was.rows,
		engine: c.engine - was.engine, wal: c.wal - was.wal, messages: c.messages - was.messages,
	}
	for part, seconds := range c.cpu {
		d.cpu[part] = seconds - was.cpu[part]
	}
	return d
}

// computing is the computing time of all parts, without the load.
func (c cost) computing() float64 {
	var sum float64
	for _, part := range parts {
		sum += c.cpu[part]
	}
	return sum
}

// count has Postgres count statements, or not: counting costs a little, so that
// it is on only where that is what is measured.
func (b *bench) count(ctx context.Context, on bool) error {
	if !b.Loaded {
		if on {
			b.say("statements are not counted: Postgres' pg_stat_statements is not installed")
		}
		return nil
	}
	which := "none"
	if on {
		which = "top"
	}
	if _, err := b.Pool.Exec(ctx, `ALTER SYSTEM SET pg_stat_statements.track = `+which); err != nil {
		return fmt.Errorf("count statements: %w", err)
	}
	b.counting = on
	_, err := b.Pool.Exec(ctx, `SELECT pg_reload_conf()`)
	return err
}

// perLead are the figures of a cost for each of n leads.
func (b *bench) perLead(c cost, n int) []line {
	each := func(v float64) float64 { return v / float64(n) }
	lines := []line{single("CPU", each(c.computing())*1000, "ms", n)}
	for _, part := range parts {
		lines = append(lines, single("CPU of "+part, each(c.cpu[part])*1000, "ms", n))
	}
	lines = append(lines, single("WAL", each(c.wal)/1024, "KB", n), single("mails", each(c.messages), "mails", n))
	if b.counting {
		lines = append(lines,
			single("SQL", each(c.statements), "statements", n),
			single("rows written", each(c.rows), "rows", n),
			single("SQL of Temporal", each(c.engine), "statements", n))
	}
	return lines
}
