package relay

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// floodWindow is how far apart the relay looks whether there is a flood, and
	// how long it waits in one before it takes the next lead of each dealer.
	floodWindow = 250 * time.Millisecond
	// flooding is how many leads come in within the window when it is one: a
	// hundred a second is more than two cores can begin.
	flooding = 25
	// mostFlood is how long leads are held up because others come in. After that
	// it is no burst but the day's work.
	mostFlood = 10 * time.Second
)

// flood knows whether leads come in faster than anybody could begin with them.
// Whoever sends them waits for his answer, and sends again what he got none for; so
// they are taken in first, and the machine is left to that.
type flood struct {
	came atomic.Int64 // how often something came into the outbox

	mu     sync.Mutex
	was    int64 // at the last look
	looked time.Time
	begun  time.Time // when the flood began, zero for none
}

// look finds out whether there is a flood.
func (f *flood) look(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	came, passed := f.came.Load(), at.Sub(f.looked)
	fresh := came - f.was
	if passed < floodWindow && fresh < flooding {
		return
	}
	f.was, f.looked = came, at
	switch {
	case float64(fresh) < flooding*max(1, passed.Seconds()/floodWindow.Seconds()):
		f.begun = time.Time{}
	case f.begun.IsZero():
		f.begun = at
	}
}

// holds reports whether leads are held up because of the flood that was seen last.
func (f *flood) holds(at time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.begun.IsZero() && at.Sub(f.begun) < mostFlood
}
