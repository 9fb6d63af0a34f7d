package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// policyCache keeps parsed versions; a version never changes, so nothing has
// to be thrown out but for room.
type policyCache struct {
	mu       sync.Mutex
	policies map[versionKey]*policy.Policy
	reasons  map[versionKey]lead.Catalogue
}

type versionKey struct {
	dealer  uuid.UUID
	version int32
}

// mostVersions bounds the cache; a process that knows more forgets all.
const mostVersions = 4096

// Policy returns a version of the dealer's policy, parsed.
func (s *Store) Policy(ctx context.Context, q *db.Queries, dealer uuid.UUID, version int32) (*policy.Policy, error) {
	key := versionKey{dealer, version}
	s.policies.mu.Lock()
	p := s.policies.policies[key]
	s.policies.mu.Unlock()
	if p != nil {
		return p, nil
	}
	row, err := q.GetPolicy(ctx, db.GetPolicyParams{DealerID: dealer, Version: version})
	if err != nil {
		return nil, fmt.Errorf("policy version %d: %w", version, found(err))
	}
	p, err = policy.Parse([]byte(row.Text))
	if err != nil {
		return nil, fmt.Errorf("policy version %d as stored: %w", version, err)
	}
	s.policies.mu.Lock()
	defer s.policies.mu.Unlock()
	if s.policies.policies == nil || len(s.policies.policies) >= mostVersions {
		s.policies.policies = map[versionKey]*policy.Policy{}
	}
	s.policies.policies[key] = p
	return p, nil
}

// NewerPolicy says that the policy was changed meanwhile.
type NewerPolicy struct{ Version int32 }

// Error says which version is the newest.
func (n *NewerPolicy) Error() string {
	return fmt.Sprintf("the policy is at version %d by now", n.Version)
}

// PutPolicy stores a new version of the dealer's policy and returns it. from is
// the version that the caller changed, 0 when he does not mind which. Two at
// once become two versions. The dealer's zone and country follow the policy, for
// they are its own, and without a norm in it nobody's leads pause any more. It
// returns *NewerPolicy when from is not the newest, and then nothing was changed.
func (s *Store) PutPolicy(ctx context.Context, dealer, staff uuid.UUID, from int32, text string) (db.Policy, error) {
	var row db.Policy
	yardstick, err := policy.Parse([]byte(text))
	if err != nil {
		return row, fmt.Errorf("put policy: %w", err)
	}
	err = s.InTx(ctx, func(q *db.Queries) error {
		if err := q.LockNames(ctx, []string{"policy " + dealer.String()}); err != nil {
			return err
		}
		now, err := q.CurrentVersions(ctx, dealer)
		if err != nil {
			return err
		}
		if from != 0 && from != now.Policy {
			return &NewerPolicy{now.Policy}
		}
		version, err := q.InsertPolicy(ctx, db.InsertPolicyParams{DealerID: dealer, Text: text, CreatedBy: &staff})
		if err != nil {
			return err
		}
		err = q.MoveDealer(ctx, db.MoveDealerParams{ID: dealer, Zone: yardstick.Zone.String(), Country: yardstick.Country})
		if err != nil {
			return err
		}
		if yardstick.Earning == nil {
			if err := liftPauses(ctx, q, dealer, staff); err != nil {
				return err
			}
		}
		if err := Record(ctx, q, Entry{Dealer: dealer, Kind: PolicyPut, Data: map[string]any{"version": version}}); err != nil {
			return err
		}
		row, err = q.GetPolicy(ctx, db.GetPolicyParams{DealerID: dealer, Version: version})
		return err
	})
	if err != nil {
		return row, fmt.Errorf("put policy: %w", err)
	}
	return row, nil
}
