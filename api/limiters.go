package api

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
)

// limiters hold one bound on the pace for each of many: keys, leads.
type limiters struct {
	pace  rate.Limit
	burst int

	mu sync.Mutex
	of map[uuid.UUID]*rate.Limiter
}

// mostLimiters bounds what is remembered. Who is forgotten may begin anew,
// which only makes the bound generous for a moment.
const mostLimiters = 10_000

func newLimiters(pace rate.Limit, burst int) *limiters {
	return &limiters{pace: pace, burst: burst, of: map[uuid.UUID]*rate.Limiter{}}
}

// wait returns how long to wait before the next is allowed; zero lets this one
// through and counts it.
func (l *limiters) wait(id uuid.UUID) time.Duration {
	l.mu.Lock()
	one := l.of[id]
	if one == nil {
		if len(l.of) >= mostLimiters {
			clear(l.of)
		}
		one = rate.NewLimiter(l.pace, l.burst)
		l.of[id] = one
	}
	l.mu.Unlock()
	r := one.Reserve()
	d := r.Delay()
	if d > 0 {
		r.Cancel()
	}
	return d
}
