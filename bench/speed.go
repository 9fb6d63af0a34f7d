package main

import (
	"context"
	"fmt"
)

// speedToLead is how long a customer waits for his answer.
func speedToLead(ctx context.Context, b *bench) error {
	rate, n, err := b.atHalf(ctx)
	if err != nil {
		return err
	}
	b.say("%d leads, %.1f a second", n, rate)
	leads, err := b.steadily(ctx, n, rate)
	if err != nil {
		return err
	}
	if err := b.rest(ctx); err != nil {
		return err
	}
	took, err := b.answered(ctx, leads)
	if err != nil {
		return err
	}
	b.add(spread(fmt.Sprintf("POST to answer at the provider, at %.1f/s", rate), took).p99Within(500))
	return b.accounted(ctx, leads)
}
