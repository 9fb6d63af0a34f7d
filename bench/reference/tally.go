package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// tally knows of each one when it was due, when it had its effect and when it
// was at rest. It is safe for concurrent use.
type tally struct {
	mu     sync.Mutex
	all    []times
	rested int
	latest time.Time // when the last one is due
	failed error
	moved  chan struct{} // closed and replaced when something comes to rest
}

type times struct{ due, effect, rest time.Time }

func newTally(n int) *tally {
	return &tally{all: make([]times, n), moved: make(chan struct{})}
}

func (t *tally) due(i int, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[i].due = at
	if at.After(t.latest) {
		t.latest = at
	}
}

// effect notes that number i had the effect that it is waited for; that is what
// its latency counts to. A second time fails the run.
func (t *tally) effect(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mark(i, "had its effect", func(one *times) *time.Time { return &one.effect })
}

// rest notes that nothing of number i is left to be done. Where effect was not
// noted it is the effect, too. A second time fails the run.
func (t *tally) rest(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.mark(i, "came to rest", func(one *times) *time.Time { return &one.rest }) {
		return
	}
	if t.all[i].effect.IsZero() {
		t.all[i].effect = t.all[i].rest
	}
	t.rested++
	close(t.moved)
	t.moved = make(chan struct{})
}

// mark reports whether it was the first time. The caller holds mu.
func (t *tally) mark(i int, what string, field func(*times) *time.Time) bool {
	if i < 0 || i >= len(t.all) {
		t.failed = errors.Join(t.failed, fmt.Errorf("number %d, which nobody began, %s", i, what))
		return false
	}
	at := field(&t.all[i])
	if !at.IsZero() {
		t.failed = errors.Join(t.failed, fmt.Errorf("number %d %s twice", i, what))
		return false
	}
	*at = time.Now()
	return true
}

// fail ends the waiting.
func (t *tally) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = errors.Join(t.failed, err)
	close(t.moved)
	t.moved = make(chan struct{})
}

// wait returns when the first n are at rest, or when nothing has come to rest
// for a while, though all were due, and they are not.
func (t *tally) wait(ctx context.Context, n int) error {
	lost := time.NewTimer(patience)
	defer lost.Stop()
	for {
		t.mu.Lock()
		rested, failed, moved, due := t.rested, t.failed, t.moved, t.latest
		t.mu.Unlock()
		if failed != nil || rested >= n {
			return failed
		}
		lost.Reset(patience + max(0, time.Until(due)))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-moved:
		case <-lost.C:
			return fmt.Errorf("lost: %d of %d came to rest, and none in the last %s", rested, n, patience)
		}
	}
}

// result is one line of the outcome. Latencies are in seconds.
type result struct {
	What      string  `json:"what"`
	N         int     `json:"n"`
	Seconds   float64 `json:"seconds"` // from the first one due to the last at rest
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50"`
	P90       float64 `json:"p90"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
}

// result sums up those from the first on, all of which are at rest.
func (t *tally) result(what string, first int) result {
	t.mu.Lock()
	defer t.mu.Unlock()
	counted := t.all[first:]
	begin, end := counted[0].due, counted[0].rest
	took := make([]time.Duration, len(counted))
	for i, one := range counted {
		took[i] = one.effect.Sub(one.due)
		if one.due.Before(begin) {
			begin = one.due
		}
		if one.rest.After(end) {
			end = one.rest
		}
	}
	slices.Sort(took)
	seconds := end.Sub(begin).Seconds()
	return result{
		What: what, N: len(counted), Seconds: rounded(seconds), PerSecond: rounded(float64(len(counted)) / seconds),
		P50: percentile(took, 50), P90: percentile(took, 90), P99: percentile(took, 99), Max: percentile(took, 100),
	}
}

// percentile is the smallest of the sorted that at least p per cent do not
// exceed, in seconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return rounded(sorted[max(rank, 1)-1].Seconds())
}

// rounded keeps microseconds.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }
