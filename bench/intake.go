package main

import (
	"context"
	"time"
)

// intakeToRest posts a set of leads as fast as they are taken and waits until
// all are stored, started, answered, assigned, their owners told and their clocks
// armed. What is behind for a moment is caught up with within the set, so that
// this is the rate that can be sustained. The bare engine is measured before and
// after, half of it each: the machine is not the same from minute to minute.
func intakeToRest(ctx context.Context, b *bench) error {
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	half := max(1, b.size.intake/2)
	engine, err := b.refer(ctx, "engine", half, 0)
	if err != nil {
		return err
	}
	queue, err := b.refer(ctx, "queue", b.size.intake, 0)
	if err != nil {
		return err
	}
	b.say("%d leads at full speed", b.size.intake)
	before, begin := b.cpu(), time.Now()
	leads, err := b.set(ctx, b.size.intake)
	if err != nil {
		return err
	}
	took := time.Since(begin)
	after := b.cpu()
	b.leads = float64(len(leads)) / took.Seconds()
	again, err := b.refer(ctx, "engine", half, 0)
	if err != nil {
		return err
	}
	l := single("leads to rest", b.leads, "leads/s", len(leads)).against("bare engine", b.leads, ofBoth(engine, again))
	if l.Ratio != nil {
		l = l.aim(*l.Ratio >= 0.6, "≥ 0.6 × bare engine, better 0.8")
	}
	b.add(l)
	for _, other := range []struct {
		name string
		referred
	}{{"bare engine, before", engine}, {"bare engine, after", again}, {"job queue", queue}} {
		if other.N > 0 {
			b.add(single("reference: "+other.name, other.PerSecond, "per second", other.N), other.took("reference: "+other.name+", each"))
		}
	}
	if queue.PerSecond > 0 {
		b.add(single("leads to rest, beside the job queue", b.leads, "leads/s", len(leads)).against("job queue", b.leads, queue.PerSecond))
	}
	for _, part := range append([]string{load}, parts...) {
		b.add(single("cores that "+part+" takes meanwhile", (after[part]-before[part])/took.Seconds(), "cores", 1))
	}
	return b.accounted(ctx, leads)
}

// ofBoth is how many a second two measurements did in all; 0 for none.
func ofBoth(one, other referred) float64 {
	if one.N+other.N == 0 {
		return 0
	}
	return float64(one.N+other.N) / (one.Seconds + other.Seconds)
}

// sustained is how many leads a second come to rest at full speed. A scenario
// that runs alone measures it first, with a smaller set.
func (b *bench) sustained(ctx context.Context) (float64, error) {
	if b.leads > 0 {
		return b.leads, nil
	}
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return 0, err
	}
	n := max(b.size.warm, b.size.intake/4)
	begin := time.Now()
	if _, err := b.set(ctx, n); err != nil {
		return 0, err
	}
	b.leads = float64(n) / time.Since(begin).Seconds()
	b.say("%.1f leads/s come to rest at full speed", b.leads)
	return b.leads, nil
}

// atHalf is half of that rate, and how many leads it is over the length of a
// scenario.
func (b *bench) atHalf(ctx context.Context) (rate float64, n int, err error) {
	rate, err = b.sustained(ctx)
	rate /= 2
	return rate, max(1, int(rate*b.size.length.Seconds())), err
}
