package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// mostWait is how long anybody waits for a connection. Whoever gets none by
// then is told to come back: behind a database that is stuck, or lets nobody
// in, requests must not pile up.
const mostWait = 2 * time.Second

// acquisition bounds the wait for a connection of the pool. The pool asks it
// before each wait, under the name of a tracer.
type acquisition struct {
	most    time.Duration
	givenUp atomic.Int64 // how often somebody got none in time
}

var (
	_ pgx.QueryTracer       = (*acquisition)(nil)
	_ pgxpool.AcquireTracer = (*acquisition)(nil)
)

type acquireKey struct{}

// TraceAcquireStart gives the wait its end.
func (a *acquisition) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	bounded, cancel := context.WithTimeout(ctx, a.most)
	return context.WithValue(bounded, acquireKey{}, cancel)
}

// TraceAcquireEnd is called with the context of TraceAcquireStart.
func (a *acquisition) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	if data.Err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		a.givenUp.Add(1)
	}
	if cancel, ok := ctx.Value(acquireKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceQueryStart does nothing: a tracer has to have it.
func (a *acquisition) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd does nothing.
func (a *acquisition) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// GivenUp is how often somebody waited for a connection in vain.
func (s *Store) GivenUp() int64 {
	if s.waits == nil {
		return 0
	}
	return s.waits.givenUp.Load()
}
