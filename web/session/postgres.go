package session

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// kept keeps sessions in Postgres, under the hashes of their tokens. They end by
// the database's clock, which all servers share.
type kept struct{ store *store.Store }

var _ scs.CtxStore = kept{}

// FindCtx returns what a session holds, false when there is none or none any
// more.
func (k kept) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := k.store.FindSession(ctx, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx keeps what a session holds until an instant of this machine's clock.
func (k kept) CommitCtx(ctx context.Context, token string, data []byte, until time.Time) error {
	return k.store.KeepSession(ctx, db.KeepSessionParams{Token: token, Data: data, Seconds: time.Until(until).Seconds()})
}

// DeleteCtx ends a session.
func (k kept) DeleteCtx(ctx context.Context, token string) error {
	return k.store.EndSession(ctx, token)
}

// errWithoutContext says that the other three methods were called, which scs
// leaves alone where there are these.
var errWithoutContext = errors.New("sessions are kept within a request only")

// Find is FindCtx for those who have no request.
func (k kept) Find(string) ([]byte, bool, error) { return nil, false, errWithoutContext }

// Commit is CommitCtx for those who have no request.
func (k kept) Commit(string, []byte, time.Time) error { return errWithoutContext }

// Delete is DeleteCtx for those who have no request.
func (k kept) Delete(string) error { return errWithoutContext }

// sweepEvery is how often what is over is forgotten.
const sweepEvery = 5 * time.Minute

// sweep forgets sessions, failed sign-ins, mail links and entries of the trail
// that are over, until ctx ends. What cannot be forgotten now is found the next time.
func (s *Sessions) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = s.store.PruneSignIn(store.Across(ctx))
			_ = s.store.PruneTrail(store.Across(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// Go does something beside the request that asked for it: what it takes must
// not be seen from outside. It is given the time that a request gets, and Close
// waits for it.
func (s *Sessions) Go(ctx context.Context, do func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), backgroundPatience)
	s.work.Go(func() {
		defer cancel()
		do(ctx)
	})
}

// backgroundPatience is that of a request.
const backgroundPatience = 10 * time.Second
