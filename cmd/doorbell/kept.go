package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// running is a child that runs, or did.
type running interface {
	Done() <-chan struct{} // closed when it has ended
	Err() error            // why it ended by itself, with its last lines
	Stop(ctx context.Context) error
}

// A child that ends by itself is started again, but not for ever: what crashes
// so often does so for a reason that a start does not mend.
const (
	mostRestarts  = 3
	restartWindow = time.Minute
	restartPause  = 500 * time.Millisecond
)

// kept is a child that is started again when it ends by itself.
type kept struct {
	name  string
	start func(ctx context.Context) (running, error)
	say   func(format string, args ...any)

	now      running
	restarts []time.Time
	give     context.CancelFunc // ends the watch
	watched  chan struct{}      // closed when the watch has ended
}

// keep starts the child and watches it. lost is called, once, when it cannot be
// kept running.
func (k *kept) keep(ctx context.Context, lost func(error)) (err error) {
	if k.now, err = k.start(ctx); err != nil {
		return err
	}
	// It is watched until it is stopped, also while the parts that need it stop.
	watching, give := context.WithCancel(context.WithoutCancel(ctx))
	k.give, k.watched = give, make(chan struct{})
	go func() {
		defer close(k.watched)
		if err := k.watch(watching); err != nil {
			lost(err)
		}
	}()
	return nil
}

// watch returns nil when ctx ends.
func (k *kept) watch(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.now.Done():
		}
		if err := k.again(ctx, k.now.Err()); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// again starts the child that ended because of why.
func (k *kept) again(ctx context.Context, why error) error {
	for {
		if !k.mayRestart(time.Now()) {
			return fmt.Errorf("%s ended by itself more than %d times within a minute: %w", k.name, mostRestarts, why)
		}
		k.say("%s and is started again", firstLine(why))
		_ = k.now.Stop(ctx) // it has ended: this only gives up what it held
		next, err := k.start(ctx)
		if err == nil {
			k.now = next
			k.say("%s runs again", k.name)
			return nil
		}
		why = err
		if lull.For(ctx, restartPause) != nil {
			return nil //nolint:nilerr // told to stop meanwhile
		}
	}
}

// mayRestart counts the restarts of the last minute.
func (k *kept) mayRestart(now time.Time) bool {
	recent := k.restarts[:0]
	for _, at := range k.restarts {
		if now.Sub(at) < restartWindow {
			recent = append(recent, at)
		}
	}
	k.restarts = recent
	if len(recent) >= mostRestarts {
		return false
	}
	k.restarts = append(k.restarts, now)
	return true
}

// stop ends the watch and then the child.
func (k *kept) stop(ctx context.Context) error {
	k.give()
	<-k.watched
	return k.now.Stop(ctx)
}

// firstLine leaves out the last lines of a child that its error carries.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(line, "; its last lines:")
}
