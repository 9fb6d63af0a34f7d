package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Closable is with which reasons a lead may close.
type Closable struct {
	Reasons []process.Closable
	// Paid says that the lead's source costs money.
	Paid bool
	Now  time.Time // UTC, of the one clock
}

// Closables tells with which reasons a lead may close in its phase and how that
// would go now, as the step that closes it would decide. It returns ErrNotFound
// when the dealer has no such lead.
func (s *Store) Closables(ctx context.Context, dealer, id uuid.UUID) (Closable, error) {
	var out Closable
	err := s.Read(ctx, func(q *db.Queries) error {
		row, err := q.PeekLead(ctx, db.PeekLeadParams{DealerID: dealer, LeadID: id})
		if err != nil {
			return fmt.Errorf("lead: %w", found(err))
		}
		out.Now, out.Paid = row.Now.UTC(), row.Paid
		if row.Step == 0 || row.Status == string(lead.Closed) {
			return nil
		}
		var state process.State
		if err := json.Unmarshal(row.Process, &state); err != nil {
			return fmt.Errorf("stored process: %w", err)
		}
		w := process.World{Now: out.Now, PaidSource: row.Paid, Subject: subject(db.LockLeadRow(row))}
		w.Policy, w.Reasons, err = s.measures(ctx, q, db.LockLeadRow(row), int32(state.PolicyVersion), int32(state.ReasonVersion))
		if err != nil {
			return err
		}
		w.DoubleProved, err = q.HasTwin(ctx, db.HasTwinParams{CustomerID: row.CustomerID, LeadID: id})
		if err != nil {
			return fmt.Errorf("other leads of the person: %w", err)
		}
		out.Reasons = process.Closables(w, state)
		return nil
	})
	return out, err
}

// measures returns the versions of policy and catalogue under which a lead is
// worked. Where the database was restored to before them, those with which it
// came in.
func (s *Store) measures(ctx context.Context, q *db.Queries, row db.LockLeadRow, policies, reasons int32) (*policy.Policy, lead.Catalogue, error) {
	yardstick, err := s.Policy(ctx, q, row.DealerID, policies)
	if errors.Is(err, ErrNotFound) {
		yardstick, err = s.Policy(ctx, q, row.DealerID, row.PolicyVersion)
	}
	if err != nil {
		return nil, nil, err
	}
	catalogue, err := s.Reasons(ctx, q, row.DealerID, reasons)
	if errors.Is(err, ErrNotFound) {
		catalogue, err = s.Reasons(ctx, q, row.DealerID, row.ReasonVersion)
	}
	return yardstick, catalogue, err
}
