package main

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/stage"
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
		b.say("at rest with %d open leads for %s", open, b.size.atRest)
		// What follows the last leads, as caches written out, is not rest yet.
		if err := stage.Pause(ctx, b.size.atRest/3); err != nil {
			return err
		}
		before, begin := b.cpu(), time.Now()
		if err := stage.Pause(ctx, b.size.atRest); err != nil {
			return err
		}
		minutes := time.Since(begin).Minutes()
		used, held := b.cpu(), b.memory()
		for _, part := range parts {
			b.add(
				single(fmt.Sprintf("%d open: memory of %s", open, part), held[part], "MiB", 1),
				single(fmt.Sprintf("%d open: CPU of %s at rest", open, part), (used[part]-before[part])/minutes, "s/min", 1),
			)
		}
	}
	return nil
}
