package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// drained is within how many seconds a herd of a size is to be through.
var drained = map[int]float64{1_000: 5, 5_000: 30, 10_000: 55}

// bystanders are leads that are worked while others escalate.
const bystanders = 100

// escalationHerd lets many leads fall due in the same second: all that came while
// the dealer was closed, on the morning on which nobody calls.
func escalationHerd(ctx context.Context, b *bench) error {
	rate, err := b.sustained(ctx)
	if err != nil {
		return err
	}
	if err := b.measure(ctx, quiet()); err != nil {
		return err
	}
	others, err := b.set(ctx, min(bystanders, 2*b.size.warm))
	if err != nil {
		return err
	}
	for _, n := range b.size.herds {
		if err := b.herd(ctx, n, rate, others); err != nil {
			return err
		}
	}
	return b.measure(ctx, quiet())
}

// armed posts n leads that fall due together and returns them at rest, with the
// instant. A few, in the smoke, come together in any case, so that nobody has to wait
// for the full minute at which doors open.
func (b *bench) armed(ctx context.Context, n int, rate float64) (leads []sent, due time.Time, err error) {
	policy := soon(4 * time.Second)
	if !b.o.quick {
		// Long enough for all of them to come to rest before.
		policy = together(time.Now().Add(comeIn(n, rate)).Truncate(time.Minute).Add(time.Minute))
	}
	if err := b.measure(ctx, policy); err != nil {
		return nil, due, err
	}
	if leads, err = b.set(ctx, n); err != nil {
		return nil, due, err
	}
	if err := b.Pool.QueryRow(ctx, `SELECT max(live_due_at) FROM lead WHERE id = ANY($1::uuid[])`, idsOf(leads)).Scan(&due); err != nil {
		return nil, due, err
	}
	b.say("%d leads fall due together in %.0f s", n, time.Until(due).Seconds())
	if time.Until(due) < 0 {
		return nil, due, fmt.Errorf("%d leads did not come to rest before they fell due", n)
	}
	return leads, due, nil
}

// comeIn is the time in which n come to rest for certain, where rate a second do.
func comeIn(n int, rate float64) time.Duration {
	return time.Duration(1.3*float64(n)/rate)*time.Second + 10*time.Second
}

// steps is how many steps of the first clock each of the leads takes.
func (b *bench) steps() int {
	if b.o.quick {
		return 2
	}
	return 1
}

// herd lets n leads fall due together.
func (b *bench) herd(ctx context.Context, n int, rate float64, others []sent) error {
	after := comeIn(n, rate)
	if b.o.quick {
		after = 2 * time.Second
	}
	bare, err := b.refer(ctx, "timers", n, 0, "-after", after.String())
	if err != nil {
		return err
	}
	leads, opens, err := b.armed(ctx, n, rate)
	if err != nil {
		return err
	}
	if err := lull.For(ctx, time.Until(opens)); err != nil {
		return err
	}
	acting, stop := context.WithCancel(ctx)
	var beside bystanding
	var all sync.WaitGroup
	all.Go(func() { beside = b.whileOthersAct(acting, others) })
	late, due, last, err := b.escalated(ctx, leads, b.steps())
	stop()
	all.Wait()
	if err != nil {
		return err
	}
	seconds := last.Sub(due).Seconds()
	l := single(fmt.Sprintf("%d due together: drained after", n), seconds, "s", len(late)).against("bare engine", seconds, bare.Seconds)
	if most := drained[n]; most > 0 {
		l = l.aim(seconds <= most, "≤ %g s", most)
	}
	b.add(l)
	if bare.N > 0 {
		b.add(single(fmt.Sprintf("reference: bare engine, %d timers: drained after", n), bare.Seconds, "s", bare.N))
	}
	took, away := beside.until(last)
	b.add(spread(fmt.Sprintf("%d due together: lateness", n), late),
		spread(fmt.Sprintf("%d due together: others' actions", n), took).p99Within(500),
		single(fmt.Sprintf("%d due together: others turned away", n), float64(away), "actions", len(took)).aim(away == 0, "0"))
	b.none(fmt.Sprintf("%d due together: came early", n), early(late), "steps", len(late))
	return b.accounted(ctx, leads)
}

// bystanding is how those fared who had nothing to do with a herd.
type bystanding []act

// act is one thing that one of them did.
type act struct {
	due  time.Time
	took time.Duration
	away bool // turned away: a 503 after some seconds
}

// until returns what was due up to an instant: how long each took, and how many
// were turned away.
func (all bystanding) until(last time.Time) (took []time.Duration, away int) {
	for _, one := range all {
		if one.due.After(last) {
			continue
		}
		took = append(took, one.took)
		if one.away {
			away++
		}
	}
	return took, away
}

// whileOthersAct logs calls on other leads, five a second, until ctx ends.
func (b *bench) whileOthersAct(ctx context.Context, leads []sent) bystanding {
	const rate, most = 5, 5 * 600
	var mu sync.Mutex
	var got bystanding
	var first sync.Once
	finish := context.WithoutCancel(ctx) // what has begun is not cut off
	_ = drive(ctx, most, rate, func(_ context.Context, i int, due time.Time) error {
		at := i % len(leads)
		err := b.act(finish, leads[at].ID, "attempts", b.seller(at), `{"channel": "phone", "outcome": "no_answer"}`)
		if err != nil {
			first.Do(func() { b.say("somebody else was turned away: %v", err) })
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, act{due, time.Since(due), err != nil})
		return nil
	}) // it ends because it is told to
	return got
}
