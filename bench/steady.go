package main

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// duePerSecond is how many steps of escalations fall due. Each lead has two.
const duePerSecond = 10

// escalationSteady lets leads fall due one after the other, among many that are
// open, and looks at how late, or early, each step was.
func escalationSteady(ctx context.Context, b *bench) error {
	if err := b.measure(ctx, quiet()); err != nil {
		return err
	}
	if err := b.fill(ctx, b.size.open[0]); err != nil {
		return err
	}
	open, err := b.openNow(ctx)
	if err != nil {
		return err
	}
	if err := b.measure(ctx, soon(b.size.due)); err != nil {
		return err
	}
	n := max(1, int(b.size.steady.Seconds()*duePerSecond/2))
	b.say("%d leads of %d fall due twice, %d a second in all", n, open, duePerSecond)
	leads, err := b.steadily(ctx, n, duePerSecond/2)
	if err != nil {
		return err
	}
	late, _, _, err := b.escalated(ctx, leads, 2)
	if err != nil {
		return err
	}
	l := spread(fmt.Sprintf("lateness of a step, %d leads open", open), late)
	b.add(l.p99Within(2000))
	b.none("steps that came early", early(late), "steps", len(late))
	if err := b.measure(ctx, quiet()); err != nil {
		return err
	}
	return b.accounted(ctx, leads)
}

// escalated waits until each lead has climbed so many steps, and returns how late
// they were, when the first was due and the last was decided. It looks less often
// the more leads there are: what it measures is written down anyway, and looking
// at thousands twice a second was a tenth of a core.
func (b *bench) escalated(ctx context.Context, leads []sent, steps int) (late []time.Duration, due, last time.Time, err error) {
	begin := time.Now()
	for before := -1; ; {
		if late, due, last, err = b.lateness(ctx, leads); err != nil || len(late) >= steps*len(leads) {
			break
		}
		if len(late) != before {
			before, begin = len(late), time.Now()
		}
		if time.Since(begin) > restPatience {
			return nil, due, last, fmt.Errorf("%d steps of %d were taken, and no more in %s", len(late), steps*len(leads), restPatience)
		}
		if err := lull.For(ctx, max(500*time.Millisecond, time.Duration(len(leads))*time.Millisecond)); err != nil {
			return nil, due, last, err
		}
	}
	if len(late) > steps*len(leads) {
		b.fail("%d steps where %d were due", len(late), steps*len(leads))
	}
	return late, due, last, err
}
