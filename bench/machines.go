package main

import (
	"context"
	"slices"
	"time"
)

// twoMachines posts the same set to one API and one worker, and to two of each.
// All of them share this machine: whether more of them help is a matter of its
// cores, but nothing may be done twice.
func twoMachines(ctx context.Context, b *bench) error {
	n := max(1, b.size.intake/2)
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	one, alone, err := b.timed(ctx, n)
	if err != nil {
		return err
	}
	for _, command := range []string{"serve", "worker"} {
		if err := b.Add(ctx, command); err != nil {
			return err
		}
	}
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	two, together, err := b.timed(ctx, n)
	if err != nil {
		return err
	}
	for _, command := range []string{"worker", "serve"} {
		if err := b.Remove(ctx, command); err != nil {
			return err
		}
	}
	b.add(
		single("leads to rest, one API and one worker", one, "leads/s", n),
		single("leads to rest, two of each", two, "leads/s", n).against("one of each", two, one),
	)
	leads := slices.Concat(alone, together)
	if err := b.accounted(ctx, leads); err != nil {
		return err
	}
	var twice int
	err = b.Pool.QueryRow(ctx, `SELECT count(*) FROM (
		SELECT FROM timeline WHERE lead_id = ANY($1::uuid[]) AND kind IN ('received', 'assigned')
		GROUP BY lead_id, kind, data->>'again' HAVING count(*) > 1) t`,
		idsOf(leads)).Scan(&twice)
	if err != nil {
		return err
	}
	b.none("leads begun or assigned twice", twice, "leads", len(leads))
	return nil
}

// timed posts a set at full speed and returns how many a second came to rest.
func (b *bench) timed(ctx context.Context, n int) (float64, []sent, error) {
	b.say("%d leads; APIs: %d, workers: %d", n, len(b.Serves), len(b.Workers))
	begin := time.Now()
	leads, err := b.set(ctx, n)
	return float64(n) / time.Since(begin).Seconds(), leads, err
}
