package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Reasons returns a version of the dealer's catalogue of reasons.
func (s *Store) Reasons(ctx context.Context, q *db.Queries, dealer uuid.UUID, version int32) (lead.Catalogue, error) {
	key := versionKey{dealer, version}
	s.policies.mu.Lock()
	c := s.policies.reasons[key]
	s.policies.mu.Unlock()
	if c != nil {
		return c, nil
	}
	row, err := q.GetReasons(ctx, db.GetReasonsParams{DealerID: dealer, Version: version})
	if err != nil {
		return nil, fmt.Errorf("reasons version %d: %w", version, found(err))
	}
	var changes lead.Catalogue
	if err := json.Unmarshal(row.Changes, &changes); err != nil {
		return nil, fmt.Errorf("reasons version %d as stored: %w", version, err)
	}
	c = lead.Shipped().Adjusted(changes)
	s.policies.mu.Lock()
	defer s.policies.mu.Unlock()
	if s.policies.reasons == nil || len(s.policies.reasons) >= mostVersions {
		s.policies.reasons = map[versionKey]lead.Catalogue{}
	}
	s.policies.reasons[key] = c
	return c, nil
}

// BadReasons says why the catalogue cannot be changed so.
type BadReasons struct{ Faults []lead.Fault }

// Error counts the faults; each has its own message.
func (b *BadReasons) Error() string { return fmt.Sprintf("the reasons have %d faults", len(b.Faults)) }

// NewerReasons says that the catalogue was changed meanwhile.
type NewerReasons struct{ Version int32 }

// Error says which version is the newest.
func (n *NewerReasons) Error() string {
	return fmt.Sprintf("the catalogue is at version %d by now", n.Version)
}

// ChangeReasons makes a new version of the dealer's catalogue out of the newest
// one and returns it. from is the version that the caller looked at, 0 when he
// does not mind which. Two at once become two versions. It returns *BadReasons
// or *NewerReasons, and then nothing was changed.
func (s *Store) ChangeReasons(ctx context.Context, dealer, staff uuid.UUID, from int32, changes []lead.Change) (lead.Catalogue, int32, error) {
	var made lead.Catalogue
	var version int32
	err := s.InTx(ctx, func(q *db.Queries) error {
		if err := q.LockNames(ctx, []string{"reasons " + dealer.String()}); err != nil {
			return err
		}
		now, err := q.CurrentVersions(ctx, dealer)
		if err != nil {
			return err
		}
		if from != 0 && from != now.Reasons {
			return &NewerReasons{now.Reasons}
		}
		newest, err := s.Reasons(ctx, q, dealer, now.Reasons)
		if err != nil {
			return err
		}
		var faults []lead.Fault
		if made, faults = newest.Change(changes); len(faults) > 0 {
			return &BadReasons{faults}
		}
		kept, err := json.Marshal(made.Differences())
		if err != nil {
			return err
		}
		version, err = q.InsertReasons(ctx, db.InsertReasonsParams{DealerID: dealer, Changes: kept, CreatedBy: &staff})
		if err != nil {
			return err
		}
		codes := make([]string, len(changes))
		for i, c := range changes {
			codes[i] = c.Code
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: ReasonsChanged, Data: map[string]any{"version": version, "reasons": codes}})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("change the reasons: %w", err)
	}
	return made, version, nil
}
