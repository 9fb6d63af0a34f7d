package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// load says how the work arrives. With a rate it is sent by the clock, whether
// or not the earlier was answered; without one a number of clients go as fast as
// they can, each beginning its next when its last is begun.
type load struct {
	clients int
	rate    float64 // a second
}

// patience is how long nothing may come to rest before the rest is taken for lost.
const patience = time.Minute

// drive begins those from the first up to the last and waits until they are at
// rest. It returns the first error of begin.
func drive(ctx context.Context, t *tally, first, last int, l load, begin func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	one := func(i int, due time.Time) {
		t.due(i, due)
		if err := begin(ctx, i); err != nil {
			cancel(fmt.Errorf("number %d: %w", i, err)) // the first one stays
		}
	}
	var all sync.WaitGroup
	if l.rate > 0 {
		byTheClock(ctx, &all, first, last, l.rate, one)
	} else {
		asFastAsTheyCan(ctx, &all, first, last, l.clients, one)
	}
	all.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return t.wait(ctx, last)
}

func byTheClock(ctx context.Context, all *sync.WaitGroup, first, last int, rate float64, one func(int, time.Time)) {
	begin := time.Now()
	tick := time.NewTimer(0)
	defer tick.Stop()
	for i := first; i < last; i++ {
		due := begin.Add(time.Duration(float64(i-first) / rate * float64(time.Second)))
		tick.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all.Go(func() { one(i, due) })
	}
}

func asFastAsTheyCan(ctx context.Context, all *sync.WaitGroup, first, last, clients int, one func(int, time.Time)) {
	var next atomic.Int64
	next.Store(int64(first))
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= last {
					return
				}
				one(i, time.Now())
			}
		})
	}
}
