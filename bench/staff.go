package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// actionsPerSecond is what a busy staff does in all.
const actionsPerSecond = 10

// deeds are what is done with each lead, in this order.
var deeds = []struct{ name, path, body string }{
	{"attempt", "attempts", `{"channel": "phone", "outcome": "reached"}`},
	{"appointment", "appointments", `{"kind": "test_drive", "starts_at": "STARTS", "duration_min": 30, "confirmed": true}`},
	{"close", "close", `{"reason": "no_more_calls", "details": {"channels": "email,phone"}}`},
}

// staffActions has the staff work leads while others come in.
func staffActions(ctx context.Context, b *bench) error {
	rate, _, err := b.atHalf(ctx)
	if err != nil {
		return err
	}
	n := max(1, int(b.size.length.Seconds()*actionsPerSecond)/len(deeds))
	worked, err := b.set(ctx, n)
	if err != nil {
		return err
	}
	b.say("%d actions, %d a second, while %.1f leads a second come in", n*len(deeds), actionsPerSecond, rate)
	took := make([][]time.Duration, len(deeds))
	for i := range took {
		took[i] = make([]time.Duration, n)
	}
	length := time.Duration(n*len(deeds)) * time.Second / actionsPerSecond
	coming, err := b.during(ctx, rate, length, func(ctx context.Context) error {
		// All leads are called, then all get their appointment, and so on, so that
		// nobody waits for what he himself did a moment ago.
		return drive(ctx, n*len(deeds), actionsPerSecond, func(ctx context.Context, i int, due time.Time) error {
			deed, at := i/n, i%n
			err := b.act(ctx, worked[at].ID, deeds[deed].path, b.seller(at), filled(deeds[deed].body))
			took[deed][at] = time.Since(due)
			return err
		})
	})
	if err != nil {
		return err
	}
	if err := b.rest(ctx); err != nil {
		return err
	}
	b.add(spread("any of them", slices.Concat(took...)).p99Within(150))
	for i, deed := range deeds {
		b.add(spread(deed.name, took[i]))
	}
	return b.accounted(ctx, slices.Concat(worked, coming))
}

// filled puts the moment of an appointment into what is asked for.
func filled(body string) string {
	return strings.ReplaceAll(body, "STARTS", time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339))
}

// during does something while leads come in at a rate, for a time, and returns
// the leads.
func (b *bench) during(ctx context.Context, rate float64, length time.Duration, do func(context.Context) error) ([]sent, error) {
	var leads []sent
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var err error
		if leads, err = b.steadily(ctx, max(1, int(rate*length.Seconds())), rate); err != nil {
			return fmt.Errorf("leads meanwhile: %w", err)
		}
		return nil
	})
	group.Go(func() error { return do(ctx) })
	return leads, errors.Join(group.Wait())
}
