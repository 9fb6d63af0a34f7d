package main

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// openLeads looks at what the processes hold and compute while many leads are
// open and nothing happens.
func openLeads(ctx context.Context, b *bench) error {
	if err := b.measure(ctx, quiet()); err != nil {
		return err
	}
	first, err := b.openNow(ctx)
	if err != nil {
		return err
	}
	counts := b.size.open
	if first < counts[0]/2 {
		counts = append([]int{first}, counts...) // what an almost empty house takes
	}
	for _, open := range counts {
		if err := b.fill(ctx, open); err != nil {
			return err
		}
		if err := b.rest(ctx); err != nil {
			return err
		}
		if open, err = b.openNow(ctx); err != nil {
			return err
		}
		lines, err := b.atRest(ctx, b.size.atRest)
		if err != nil {
			return err
		}
		for _, l := range lines {
			b.add(l.in(fmt.Sprintf("%d open", open)))
		}
	}
	return nil
}

// atRest is what each part holds and computes while nothing happens.
func (b *bench) atRest(ctx context.Context, length time.Duration) ([]line, error) {
	b.say("at rest for %s", length)
	// What follows the last leads, as pages written out, is not rest yet.
	if err := lull.For(ctx, length/3); err != nil {
		return nil, err
	}
	before, begin := b.cpu(), time.Now()
	if err := lull.For(ctx, length); err != nil {
		return nil, err
	}
	minutes := time.Since(begin).Minutes()
	used, held := b.cpu(), b.memory()
	var lines []line
	for _, part := range parts {
		lines = append(lines, single("memory of "+part, held[part], "MiB", 1))
	}
	for _, part := range parts {
		lines = append(lines, single("CPU of "+part+" at rest", (used[part]-before[part])/minutes, "s/min", 1))
	}
	return lines, nil
}
