package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// TryWindow is the time in which tries are counted against a bound.
const TryWindow = 15 * time.Minute

// Bound is how many tries may be made under a key within TryWindow. The key is
// a hash of at least eight bytes: of an account, or of an address of the
// network.
type Bound struct {
	Key  []byte
	Most int
}

// TooOften says that a bound is reached.
type TooOften struct{ Wait time.Duration } // until another try may be made, more than zero

// Error says how long to wait, and not for whom.
func (t *TooOften) Error() string { return "too many tries; the next one in " + t.Wait.String() }

// Try counts a try against every bound before it is made, so that a thousand at
// once are no more than one after the other. It returns when it was counted, for
// TakeBackTry, or a *TooOften. One that is refused counts for nothing: whoever
// keeps trying is let in again at the same time as whoever waits.
func (s *Store) Try(ctx context.Context, bounds ...Bound) (at time.Time, err error) {
	err = s.InTx(ctx, func(q *db.Queries) error {
		// Always in the same order, so that no two wait for each other.
		for _, number := range lockNumbers(bounds) {
			if err := q.LockTries(ctx, number); err != nil {
				return fmt.Errorf("wait for other tries: %w", err)
			}
		}
		if at, err = q.Now(ctx); err != nil {
			return fmt.Errorf("clock: %w", err)
		}
		if err := held(ctx, q, at, bounds); err != nil {
			return err
		}
		for _, b := range bounds {
			if err := q.NoteTry(ctx, db.NoteTryParams{Key: b.Key, At: at}); err != nil {
				return fmt.Errorf("note a try: %w", err)
			}
		}
		return nil
	})
	return at, err
}

// held returns a *TooOften for the bound that takes longest, nil when all leave
// room at an instant.
func held(ctx context.Context, q *db.Queries, at time.Time, bounds []Bound) error {
	var longest time.Duration
	for _, b := range bounds {
		by, err := q.TryHeldBy(ctx, db.TryHeldByParams{Key: b.Key, Since: at.Add(-TryWindow), Most: int32(b.Most)})
		switch {
		case err == nil:
			longest = max(longest, by.Add(TryWindow).Sub(at))
		case !errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("earlier tries: %w", err)
		}
	}
	if longest > 0 {
		return &TooOften{Wait: longest}
	}
	return nil
}

func lockNumbers(bounds []Bound) []int64 {
	numbers := make([]int64, len(bounds))
	for i, b := range bounds {
		numbers[i] = int64(binary.BigEndian.Uint64(b.Key))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// Forgive takes back what Try counted at an instant, because the try was a good
// one.
func (s *Store) Forgive(ctx context.Context, at time.Time, bounds ...Bound) error {
	for _, b := range bounds {
		if err := s.TakeBackTry(ctx, db.TakeBackTryParams{Key: b.Key, At: at}); err != nil {
			return fmt.Errorf("take back a try: %w", err)
		}
	}
	return nil
}

// PruneSignIn forgets sessions, tries and tickets that are over.
func (s *Store) PruneSignIn(ctx context.Context) error {
	now, err := s.Now(ctx)
	if err == nil {
		err = errors.Join(s.PruneSessions(ctx), s.PruneTries(ctx, now.Add(-TryWindow)), s.PruneTickets(ctx))
	}
	if err != nil {
		return fmt.Errorf("forget what is over: %w", err)
	}
	return nil
}
