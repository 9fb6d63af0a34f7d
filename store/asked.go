package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// Asked names entries of the outbox that stand for a step that somebody asked
// for and waits for.
//
// Temporal writes down that a workflow was asked something together with what came
// of it, after the step was committed. When it forgets in between, the two memories
// differ, and nothing brings them together if he who asked does not ask again. The
// entry does, unless his answer has come: then Temporal knows (Confirm).
const Asked = "asked"

// noteAsked leaves the entry for what a lead was asked, or with followUp one of its
// follow-ups. What comes as a signal is in Temporal's history before it is done.
func noteAsked(ctx context.Context, q *db.Queries, lead db.LockLeadRow, followUp *uuid.UUID, request string, signal bool) error {
	if request == "" || signal {
		return nil
	}
	return q.NoteAsked(ctx, db.NoteAskedParams{DealerID: lead.DealerID, LeadID: lead.ID, FollowUpID: followUp, Request: request})
}

// Confirm says that these requests were answered: Temporal has what came of them.
func (s *Store) Confirm(ctx context.Context, requests []string) error {
	if err := s.DropAsked(ctx, requests); err != nil {
		return fmt.Errorf("confirm what was asked: %w", err)
	}
	return nil
}
