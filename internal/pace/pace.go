// Package pace keeps those whom nobody knows yet from asking faster, or more
// at once, than people do. They are told apart by the network that they come
// from, because that is all there is to know of them.
//
// A Bound is per process: its work is to make guessing and hammering pointless
// and to leave room for everybody else, not to count exactly. What has to be
// counted exactly, wrong passwords, is counted in the database.
package pace

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// most bounds how many networks are remembered, whoever comes.
const most = 10_000

// Bound is a bound on each of many networks. Its methods may be called at the
// same time.
type Bound struct {
	pace   rate.Limit
	burst  int
	atOnce int

	mu   sync.Mutex
	seen map[netip.Prefix]*seen
}

// seen is what is known of one network.
type seen struct {
	limiter  *rate.Limiter
	underWay int // requests; guarded by Bound.mu
}

// New returns a bound of perSecond requests a second, of which burst may come
// together after a rest, and of which atOnce may be under way.
func New(perSecond float64, burst, atOnce int) *Bound {
	return &Bound{pace: rate.Limit(perSecond), burst: burst, atOnce: atOnce, seen: map[netip.Prefix]*seen{}}
}

// Network is the network of an address, as coarse as a provider hands it out
// to one customer: whoever has an IPv6 address has 2^64 of them. It is false
// for what is no address, such as a socket of this machine.
func Network(address string) (netip.Prefix, bool) {
	from, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, false
	}
	bits := 32
	if from = from.Unmap(); from.Is6() {
		bits = 64
	}
	network, err := from.WithZone("").Prefix(bits)
	return network, err == nil
}

// Enter counts a request of an address. It returns how long the next has to
// wait when this one is refused; else wait is zero, and leave must be called
// when the request is answered. Who has no address is let in.
func (b *Bound) Enter(address string, now time.Time) (leave func(), wait time.Duration) {
	network, ok := Network(address)
	if !ok {
		return func() {}, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.of(network, now)
	if of.underWay >= b.atOnce {
		return nil, time.Second
	}
	if wait := take(of.limiter, now); wait > 0 {
		return nil, wait
	}
	of.underWay++
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		of.underWay--
	}, 0
}

// Count counts something that an address did wrong.
func (b *Bound) Count(address string, now time.Time) {
	if network, ok := Network(address); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		take(b.of(network, now).limiter, now)
	}
}

// Spent returns how long an address has to wait until something more is
// allowed, zero when it is now. It counts nothing.
func (b *Bound) Spent(address string, now time.Time) time.Duration {
	network, ok := Network(address)
	if !ok {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.seen[network]
	if of == nil {
		return 0
	}
	r := of.limiter.ReserveN(now, 1)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}

// take takes one when there is one, else it takes nothing and returns how long
// until there is.
func take(limiter *rate.Limiter, now time.Time) time.Duration {
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// of returns what is known of a network. The caller holds mu.
func (b *Bound) of(network netip.Prefix, now time.Time) *seen {
	of := b.seen[network]
	if of == nil {
		b.makeRoom(now)
		of = &seen{limiter: rate.NewLimiter(b.pace, b.burst)}
		b.seen[network] = of
	}
	return of
}

// makeRoom forgets those who have rested, and everybody when few have: then so
// many come at once that counting them one by one helps nobody, and looking
// through them for each of them would be the greater harm.
func (b *Bound) makeRoom(now time.Time) {
	if len(b.seen) < most {
		return
	}
	for network, of := range b.seen {
		if of.underWay == 0 && of.limiter.TokensAt(now) >= float64(b.burst) {
			delete(b.seen, network)
		}
	}
	if len(b.seen) > most/2 {
		clear(b.seen)
	}
}
