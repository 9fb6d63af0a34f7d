package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Ages say for how many whole months of the dealer's calendar a person is kept
// after his last lead has ended, by how that ended, and a raw message after it
// came in.
type Ages struct {
	Won     int32 `json:"won"`
	Lost    int32 `json:"lost"`
	Dropped int32 `json:"dropped"`
	Test    int32 `json:"test"`
	Raw     int32 `json:"raw"`
}

// LongestAge is the most months for which anything is kept.
const LongestAge = 120

// ErrAge says that an age is none.
var ErrAge = fmt.Errorf("must be between 1 and %d whole months", LongestAge)

// RetentionOf returns the dealer's ages, with what the runs until now erased.
func (s *Store) RetentionOf(ctx context.Context, dealer uuid.UUID) (Ages, db.RetentionRow, error) {
	row, err := s.Retention(ctx, dealer)
	if err != nil {
		return Ages{}, row, fmt.Errorf("retention: %w", found(err))
	}
	return Ages{Won: row.WonMonths, Lost: row.LostMonths, Dropped: row.DroppedMonths, Test: row.TestMonths, Raw: row.RawMonths}, row, nil
}

// SetAges changes for how long the dealer keeps what. It holds for everybody
// whom he has, from the next run on. It returns ErrAge.
func (s *Store) SetAges(ctx context.Context, dealer uuid.UUID, a Ages) error {
	for _, months := range []int32{a.Won, a.Lost, a.Dropped, a.Test, a.Raw} {
		if months < 1 || months > LongestAge {
			return ErrAge
		}
	}
	return s.InTx(ctx, func(q *db.Queries) error {
		err := q.SetRetention(ctx, db.SetRetentionParams{
			DealerID: dealer, WonMonths: a.Won, LostMonths: a.Lost, DroppedMonths: a.Dropped, TestMonths: a.Test, RawMonths: a.Raw,
		})
		if err != nil {
			return fmt.Errorf("retention: %w", err)
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: DealerChanged, Object: dealer, Data: map[string]any{"fields": []string{"retention"}}})
	})
}

// Outlived counts who and what is older than the dealer's ages allow. The first
// `most` people are counted.
func (s *Store) Outlived(ctx context.Context, dealer uuid.UUID, most int32) (people int, messages int64, err error) {
	err = s.Read(ctx, func(q *db.Queries) error {
		ids, err := q.Outlived(ctx, db.OutlivedParams{DealerID: dealer, Most: most})
		if err != nil {
			return fmt.Errorf("people: %w", err)
		}
		people = len(ids)
		if messages, err = q.CountOldRaw(ctx, dealer); err != nil {
			return fmt.Errorf("raw messages: %w", err)
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("retention: %w", err)
	}
	return people, messages, err
}

// Expiry is one batch of a run of retention.
type Expiry struct {
	// Next is the customer after whom the next batch begins; nil when nobody is
	// left.
	Next   *uuid.UUID
	Erased int
	// Held counts people in whose messages others wait in quarantine.
	Held int
}

// Expire erases the next people whose last lead ended too long ago, each in a
// transaction of his own, and tells before each that it is alive. Stopped at any
// point it has erased whom it counted, and can begin again.
func (s *Store) Expire(ctx context.Context, dealer, after uuid.UUID, most int32, alive func()) (Expiry, error) {
	var done Expiry
	ids, err := s.Queries.Outlived(ctx, db.OutlivedParams{DealerID: dealer, After: after, Most: most})
	if err != nil {
		return done, fmt.Errorf("retention: %w", err)
	}
	for _, id := range ids {
		alive()
		// Whoever shares a number with him has outlived his time too, or he would
		// not be here.
		erased, err := s.Erase(ctx, dealer, Erasing{Whom: Whom{Customer: id}, Actor: process.System, Why: OutlivedIt})
		_, held := errors.AsType[*Held](err)
		switch {
		case held:
			done.Held++
		case err != nil:
			return done, err
		case len(erased.Customers) > 0: // else he was erased with another, or came back meanwhile
			done.Erased++
		}
	}
	if len(ids) == int(most) {
		done.Next = &ids[len(ids)-1]
	}
	return done, nil
}

// EmptyRaw empties the bodies of messages that are older than the dealer's age
// for them, a batch at a time, and returns how many.
func (s *Store) EmptyRaw(ctx context.Context, dealer uuid.UUID, alive func()) (int64, error) {
	const batch = 500
	for total := int64(0); ; {
		alive()
		n, err := s.EmptyOldRaw(ctx, db.EmptyOldRawParams{DealerID: dealer, Most: batch})
		total += n
		if err != nil {
			return total, fmt.Errorf("raw messages: %w", err)
		}
		if n < batch {
			return total, nil
		}
	}
}
