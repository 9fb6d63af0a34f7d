package main

import (
	"context"
	"fmt"
	"time"
)

// inFlight is by how many places leads may be begun out of their order: as many
// as the relay has started that no worker has begun, and those that it and the
// workers have in hand.
const inFlight = 64 + 64 + 16

// acknowledgement is how long a sender waits for his 202.
func acknowledgement(ctx context.Context, b *bench) error {
	rate, n, err := b.atHalf(ctx)
	if err != nil {
		return err
	}
	alone, err := b.refer(ctx, "insert", n, rate)
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
	posts := spread(fmt.Sprintf("POST answered at %.1f/s", rate), tookOf(leads)).p99Within(30)
	if alone.N > 0 {
		posts = posts.against("Postgres alone, p99", *posts.P99, alone.P99*1000)
		b.add(posts.aim(posts.Ratio != nil && *posts.Ratio <= 3, "≤ 3 × Postgres alone"), alone.took("reference: Postgres alone"))
	} else {
		b.add(posts)
	}
	if err := b.accounted(ctx, leads); err != nil {
		return err
	}
	return b.burst(ctx)
}

// burst posts leads as fast as they are taken, many more than can be worked at
// once, and looks at the order in which the backlog is drained.
func (b *bench) burst(ctx context.Context) error {
	alone, err := b.refer(ctx, "insert", b.size.burst, 0)
	if err != nil {
		return err
	}
	b.say("a burst of %d leads from %d clients", b.size.burst, clients)
	begin := time.Now()
	leads, err := b.atOnce(ctx, b.size.burst)
	if err != nil {
		return err
	}
	took := time.Since(begin)
	perSecond := float64(len(leads)) / took.Seconds()
	b.add(
		single(fmt.Sprintf("burst from %d clients", clients), perSecond, "leads/s", len(leads)).
			against("Postgres alone", perSecond, alone.PerSecond).aim(perSecond >= 700, "≥ 700/s"),
		spread("burst: POST answered", tookOf(leads)),
	)
	if err := b.rest(ctx); err != nil {
		return err
	}
	b.add(single("burst: backlog drained after", time.Since(begin).Seconds(), "s", len(leads)))
	begun, err := b.begun(ctx, leads)
	if err != nil {
		return err
	}
	places := displaced(begun)
	if places > inFlight {
		b.fail("the backlog was not drained oldest first: a lead overtook %d others", places)
	}
	overtook := single("burst: older leads that one overtook, at most", float64(places), "leads", len(begun))
	b.add(overtook.aim(places <= inFlight, "oldest first: ≤ %d in flight", inFlight))
	return b.accounted(ctx, leads)
}
