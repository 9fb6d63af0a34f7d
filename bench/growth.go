package main

import (
	"context"
	"fmt"
	"time"
)

// growth posts sets of which each is ten times as large as the one before, and
// looks at what one lead costs in each, and at what the processes hold and
// compute once the set is at rest. The smallest is posted ten times, for what so
// few leads take is not told from what else a machine does meanwhile.
func growth(ctx context.Context, b *bench) error {
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	if err := b.count(ctx, true); err != nil {
		return err
	}
	var first []line
	for _, times := range b.size.times {
		size, rounds := b.size.growth*times, max(1, b.size.times[1]/times)
		n := size * rounds
		b.say("%d×: %d leads at full speed, %d at a time", times, n, size)
		was, err := b.spent(ctx)
		if err != nil {
			return err
		}
		begin := time.Now()
		leads, err := b.sets(ctx, rounds, size)
		if err != nil {
			return err
		}
		took := time.Since(begin)
		is, err := b.spent(ctx)
		if err != nil {
			return err
		}
		// A lead of each set, on the average.
		lines := append([]line{single("time to rest", float64(took.Milliseconds())/float64(n), "ms", n)}, b.perLead(is.since(was), n)...)
		if first == nil {
			first = lines
		}
		for i, l := range lines {
			if times > 1 {
				l = l.against("1×", l.Value, first[i].Value)
				l = l.aim(l.Ratio == nil || *l.Ratio <= 1.2, "≤ 1.2")
			}
			b.add(l.in(fmt.Sprintf("%d×", times)))
		}
		after, err := b.atRest(ctx, b.size.atRest/3)
		if err != nil {
			return err
		}
		for _, l := range after {
			b.add(l.in(fmt.Sprintf("%d×", times)))
		}
		if err := b.accounted(ctx, leads); err != nil {
			return err
		}
	}
	return b.count(ctx, false)
}

// sets posts sets of n leads, each when the one before is at rest.
func (b *bench) sets(ctx context.Context, rounds, n int) ([]sent, error) {
	var all []sent
	for range rounds {
		leads, err := b.set(ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, leads...)
	}
	return all, nil
}
