package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// How long before the timers fire Temporal is killed, and for how long after.
const (
	killedBefore = 2 * time.Second
	killedAfter  = 10 * time.Second
)

// timersAtAKill kills Temporal before many armed timers fire and starts it again when
// they are over: each goes off once, late by the outage.
func timersAtAKill(ctx context.Context, b *bench) error {
	rate, err := b.sustained(ctx)
	if err != nil {
		return err
	}
	n := b.size.timers
	leads, due, err := b.armed(ctx, n, rate)
	if err != nil {
		return err
	}
	if err := lull.For(ctx, time.Until(due)-killedBefore); err != nil {
		return err
	}
	if err := syscall.Kill(b.Engine.Pid(), syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill Temporal: %w", err)
	}
	<-b.Engine.Done()
	if err := lull.For(ctx, time.Until(due)+killedAfter); err != nil {
		return err
	}
	if err := b.StartEngine(ctx, 0); err != nil {
		return err
	}
	back := time.Now()
	late, _, last, err := b.escalated(ctx, leads, b.steps())
	if err != nil {
		return err
	}
	b.add(single(fmt.Sprintf("%d timers at a kill -9: drained after Temporal was back", n), last.Sub(back).Seconds(), "s", len(late)),
		spread(fmt.Sprintf("%d timers at a kill -9: lateness", n), late))
	b.none(fmt.Sprintf("%d timers at a kill -9: came early", n), early(late), "steps", len(late))
	if err := b.measure(ctx, quiet()); err != nil {
		return err
	}
	return b.accounted(ctx, leads)
}
