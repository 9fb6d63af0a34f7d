package relay

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/store"
)

const (
	// mostAnswered is how many answered requests may wait to be confirmed.
	mostAnswered = 1024
	// ringing is how far apart rings are at least. One is a commit of its own, and
	// commits that ring wait for each other.
	ringing = 10 * time.Millisecond
)

// Bell tells the relays, in whichever process they run, that the outbox has
// something new. Whoever fills the outbox has one.
type Bell struct {
	store    *store.Store
	log      *slog.Logger
	came     atomic.Int64 // since the last ring
	rung     chan struct{}
	answered chan string // ids of requests
}

// NewBell returns a bell that is silent until Run.
func NewBell(s *store.Store, log *slog.Logger) *Bell {
	return &Bell{store: s, log: log, rung: make(chan struct{}, 1), answered: make(chan string, mostAnswered)}
}

// Wake has the relays look at the outbox now, because something came into it. It
// never blocks.
func (b *Bell) Wake() {
	b.came.Add(1)
	select {
	case b.rung <- struct{}{}:
	default: // it is about to ring anyway
	}
}

// Answered drops the outbox entry of a request whose answer has come. It never
// blocks: an entry that stays costs a reminder.
func (b *Bell) Answered(request string) {
	select {
	case b.answered <- request:
	default:
	}
}

// Run rings and confirms until ctx ends.
func (b *Bell) Run(ctx context.Context) {
	var confirming sync.WaitGroup
	confirming.Go(func() { b.confirm(ctx) })
	defer confirming.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.rung:
		}
		if err := b.store.RingOutbox(ctx, b.came.Swap(0)); err != nil && ctx.Err() == nil {
			b.log.Warn("the relays cannot be rung; they look at the outbox by themselves every second", "error", err)
		}
		_ = lull.For(ctx, ringing) // what comes meanwhile is rung together
	}
}

// confirm drops what was answered, all that has come together at once.
func (b *Bell) confirm(ctx context.Context) {
	for {
		var requests []string
		select {
		case <-ctx.Done():
			return
		case id := <-b.answered:
			requests = append(requests, id)
		}
		for len(b.answered) > 0 {
			requests = append(requests, <-b.answered)
		}
		if err := b.store.Confirm(store.Across(ctx), requests); err != nil && ctx.Err() == nil {
			b.log.Warn("answered requests stay in the outbox; their leads are reminded", "requests", len(requests), "error", err)
		}
	}
}
