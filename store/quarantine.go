package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// Resolved says that a quarantined message became a lead already.
type Resolved struct{ Lead uuid.UUID }

// Error says what to do with the message instead.
func (r *Resolved) Error() string { return "the message became a lead already; work that lead" }

// MakeLead makes what a person read in a quarantined message a lead, and the
// entry resolved, in one transaction. The lead keeps the time at which the
// message was received: its clocks have been running since. p.Source may be
// the zero id; then the lead is of the message's own source.
//
// It returns ErrNotFound, or a *Resolved when somebody was faster.
func (s *Store) MakeLead(ctx context.Context, entry, staff uuid.UUID, p Post) (Received, error) {
	var got Received
	err := s.InTx(ctx, func(q *db.Queries) error {
		held, err := q.LockQuarantine(ctx, db.LockQuarantineParams{DealerID: p.Dealer, ID: entry})
		if err != nil {
			return fmt.Errorf("lock quarantine: %w", found(err))
		}
		if held.LeadID != nil {
			return &Resolved{Lead: *held.LeadID}
		}
		if held.ErasedAt != nil {
			return ErrNotFound // whoever stood in it was erased
		}
		if p.Source == uuid.Nil {
			p.Source = held.SourceID
		}
		p.since = &held.ReceivedAt
		if got, err = s.receive(ctx, q, p); err != nil {
			return err
		}
		if len(got.Leads) == 0 {
			return errors.New("make a lead: the message became none")
		}
		now, err := q.Now(ctx)
		if err != nil {
			return err
		}
		err = q.ResolveQuarantine(ctx, db.ResolveQuarantineParams{
			DealerID: p.Dealer, ID: entry, LeadID: &got.Leads[0].ID, ResolvedAt: &now, ResolvedBy: &staff,
		})
		if err != nil {
			return err
		}
		return Record(ctx, q, Entry{Dealer: p.Dealer, Kind: QuarantineMade, Object: entry, Data: map[string]any{"lead": got.Leads[0].ID}})
	})
	return got, err
}
