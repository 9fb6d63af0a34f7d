// Package fair shares a bounded number of places among many who want one, so
// that whoever wants most does not get everything.
package fair

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Why nobody is let in.
var (
	// ErrShare says that whoever asks has all that he may have, and as many
	// waiting as may wait. Others are let in.
	ErrShare = errors.New("has his share already")
	// ErrBusy says that everything is taken, by several.
	ErrBusy = errors.New("everything is taken")
)

// Bounds are those of a gate.
type Bounds struct {
	// Places is how many may be inside at once, and Share how many of one.
	Places, Share int
	// Urgent is how many of the places, and of each share, are kept for what is
	// urgent.
	Urgent int
	// Waiting is how many may wait for a place, and Line how many of one.
	// Zero for Waiting lets nobody wait.
	Waiting, Line int
}

// Gate lets a bounded number in. A place that becomes free goes to whoever has
// the fewest, of his own to what is urgent, and then to who waits longest. It
// is safe for concurrent use.
type Gate struct {
	bounds Bounds

	mu      sync.Mutex
	inside  map[string]int
	taken   int
	lines   map[string][]*waiter // nobody's line is empty
	waiting int
	arrived uint64 // numbers those who wait
}

type waiter struct {
	let     chan struct{} // closed when he is let in
	urgent  bool
	arrived uint64
}

// New returns a gate with nobody inside. Shares and lines that are larger than
// the whole, or zero, are the whole.
func New(b Bounds) *Gate {
	b.Places = max(1, b.Places)
	if b.Share <= 0 || b.Share > b.Places {
		b.Share = b.Places
	}
	b.Urgent = min(b.Urgent, b.Share-1)
	if b.Line <= 0 || b.Line > b.Waiting {
		b.Line = b.Waiting
	}
	return &Gate{bounds: b, inside: map[string]int{}, lines: map[string][]*waiter{}}
}

// Enter waits for a place until ctx ends, and returns what gives it back, to be
// called once. Its error is ErrShare, ErrBusy, or why the caller of ctx gave up
// before his time was over. A nil gate lets everybody in.
func (g *Gate) Enter(ctx context.Context, who string, urgent bool) (leave func(), err error) {
	if g == nil {
		return func() {}, nil
	}
	g.mu.Lock()
	// Whoever waits while a place is free waits for his own share.
	if g.may(who, urgent) {
		g.let(who)
		g.mu.Unlock()
		return func() { g.leave(who) }, nil
	}
	if g.waiting >= g.bounds.Waiting || len(g.lines[who]) >= g.bounds.Line {
		defer g.mu.Unlock()
		return nil, g.refusal(who)
	}
	g.arrived++
	w := &waiter{let: make(chan struct{}), urgent: urgent, arrived: g.arrived}
	g.lines[who] = append(g.lines[who], w)
	g.waiting++
	g.mu.Unlock()

	select {
	case <-w.let:
		return func() { g.leave(who) }, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.let: // in the same moment
		return func() { g.leave(who) }, nil
	default:
	}
	g.strike(who, w)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, g.refusal(who)
	}
	return nil, ctx.Err()
}

// Load returns how many are inside and how many wait.
func (g *Gate) Load() (taken, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.taken, g.waiting
}

// Bounds returns what the gate was made with.
func (g *Gate) Bounds() Bounds { return g.bounds }

// refusal says whose fault it is. Both the places and the line count: whoever
// fills half of the line has no reason to blame others.
func (g *Gate) refusal(who string) error {
	if g.inside[who] >= g.bounds.Share-g.bounds.Urgent || g.bounds.Waiting > 0 && len(g.lines[who]) >= g.bounds.Line {
		return ErrShare
	}
	return ErrBusy
}

// may reports whether there is a place for somebody.
func (g *Gate) may(who string, urgent bool) bool {
	kept := g.bounds.Urgent
	if urgent {
		kept = 0
	}
	return g.taken < g.bounds.Places-kept && g.inside[who] < g.bounds.Share-kept
}

func (g *Gate) let(who string) {
	g.inside[who]++
	g.taken++
}

func (g *Gate) leave(who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.taken--
	g.inside[who]--
	if g.inside[who] == 0 {
		delete(g.inside, who)
	}
	for g.taken < g.bounds.Places {
		next, w := g.next()
		if w == nil {
			return
		}
		g.strike(next, w)
		g.let(next)
		close(w.let)
	}
}

// next is who is let in next, nil for nobody.
func (g *Gate) next() (who string, first *waiter) {
	for name, line := range g.lines {
		w := head(line)
		if !g.may(name, w.urgent) {
			continue
		}
		if first == nil || g.inside[name] < g.inside[who] || g.inside[name] == g.inside[who] && w.arrived < first.arrived {
			who, first = name, w
		}
	}
	return who, first
}

// head is the first of a line: the urgent go before the others.
func head(line []*waiter) *waiter {
	if at := slices.IndexFunc(line, func(w *waiter) bool { return w.urgent }); at >= 0 {
		return line[at]
	}
	return line[0]
}

// strike takes somebody out of his line.
func (g *Gate) strike(who string, w *waiter) {
	line := slices.DeleteFunc(g.lines[who], func(other *waiter) bool { return other == w })
	if len(line) == 0 {
		delete(g.lines, who)
	} else {
		g.lines[who] = line
	}
	g.waiting--
}
