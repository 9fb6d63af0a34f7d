package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
)

const (
	// mostFresh is how many leads are started before workers have begun with
	// them. In Temporal's queue new leads stand before what open ones have to do
	// next, so that a flood has to wait here, where it costs nobody anything.
	mostFresh = 64
	// freshFor is after how long a lead is no longer waited for: one that cannot
	// be begun at all must not keep the others from it.
	freshFor = 30 * time.Second
	// breath is how long the relay waits for the workers.
	breath = 100 * time.Millisecond
)

// errFull says that workers have enough to begin with.
var errFull = errors.New("workers have not begun with the last leads yet")

// pace keeps the leads that were started and not begun yet.
type pace struct {
	mu    sync.Mutex
	fresh map[uuid.UUID]time.Time // when they were started
}

// started counts a lead.
func (p *pace) started(lead uuid.UUID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fresh == nil {
		p.fresh = map[uuid.UUID]time.Time{}
	}
	p.fresh[lead] = time.Now()
}

// full reports whether workers have enough to begin with.
func (p *pace) full(ctx context.Context, s *store.Store) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fresh) < mostFresh {
		return false, nil
	}
	waiting, err := s.LeadsNotBegun(ctx, slices.Collect(maps.Keys(p.fresh)))
	if err != nil {
		return false, fmt.Errorf("leads that nobody has begun: %w", err)
	}
	still := map[uuid.UUID]time.Time{}
	for _, lead := range waiting {
		if at := p.fresh[lead]; time.Since(at) < freshFor {
			still[lead] = at
		}
	}
	p.fresh = still
	return len(still) >= mostFresh, nil
}
