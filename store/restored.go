package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// A step commits before its workflow knows of it, so that a row is never behind
// its workflow; unless the database was restored from a backup. Then the process
// is as its workflow has it (ADR 2), and what stood around it is lost.

// LostEntries is the kind of the timeline's entry that says in the place of what
// is lost that it is lost.
const LostEntries = "entries_lost"

// lostSteps is the entry about steps that the database has forgotten.
func lostSteps(kept, known int64, about map[string]any) process.Event {
	data := map[string]any{"why": "restored", "first_step": kept + 1, "last_step": known}
	maps.Copy(data, about)
	return process.Event{Kind: LostEntries, Actor: process.System, Data: data}
}

// remember takes the workflow's word for what the row has forgotten. It returns
// the state without what this database does not know: a colleague who came
// later. The policy is replaced where it is read.
//
// Nobody knows which of the messages went out meanwhile. Each is sent once more
// at most.
func remember(ctx context.Context, q *db.Queries, row db.LockLeadRow, state process.State) (process.State, error) {
	if err := q.DoubtMessages(ctx, db.DoubtMessagesParams{LeadID: row.ID}); err != nil {
		return state, err
	}
	if !state.AutoRespondedAt.IsZero() {
		if err := q.RememberAutoResponse(ctx, db.RememberAutoResponseParams{LeadID: row.ID, At: &state.AutoRespondedAt}); err != nil {
			return state, err
		}
	}
	var err error
	state.Owner, err = employed(ctx, q, row.DealerID, state.Owner)
	return state, err
}

// employed returns the staff id if the dealer has such a colleague, else "".
func employed(ctx context.Context, q *db.Queries, dealer uuid.UUID, staff string) (string, error) {
	id := parsed(staff)
	if id == nil {
		return "", nil
	}
	known, err := q.StaffKnown(ctx, db.StaffKnownParams{DealerID: dealer, ID: *id})
	if err != nil || !known {
		return "", err
	}
	return staff, nil
}

// rebuild writes what the state tells beside the lead's own row: the appointment
// that lies ahead and the closing that waits for the manager, without the words
// that were written to them.
func rebuild(ctx context.Context, q *db.Queries, row db.LockLeadRow, state process.State) error {
	if a := state.Appointment; a != nil {
		if id := parsed(a.ID); id != nil {
			err := q.PutAppointment(ctx, db.PutAppointmentParams{
				ID: *id, DealerID: row.DealerID, LeadID: row.ID, Kind: string(a.Kind), StartsAt: a.StartsAt, Minutes: int32(a.Minutes),
				Confirmed: a.Confirmed, Sequence: int32(a.Sequence), State: process.AppointmentSet, CreatedAt: row.Now,
			})
			if err != nil {
				return err
			}
		}
	}
	p := state.Proposal
	if p == nil || parsed(p.ID) == nil {
		return nil
	}
	details := []byte("{}")
	if len(p.Details) > 0 {
		var err error
		if details, err = json.Marshal(p.Details); err != nil {
			return err
		}
	}
	params := db.SettleClosingParams{
		ID: *parsed(p.ID), DealerID: row.DealerID, LeadID: row.ID, Reason: p.Reason, Details: details, AskedBy: p.By, AskedAt: p.At, State: "proposed",
	}
	if c := state.Clock(process.ClosingApproval); c != nil {
		params.DueAt = &c.Due
	}
	return q.SettleClosing(ctx, params)
}

// remember does for a follow-up what it does for a lead.
func (e *errand) remember(ctx context.Context, state process.FollowUpState) (process.FollowUpState, error) {
	if err := e.q.DoubtMessages(ctx, db.DoubtMessagesParams{LeadID: e.lead.ID, FollowUpID: &e.row.ID}); err != nil {
		return state, err
	}
	_, err := e.s.Policy(ctx, e.q, e.lead.DealerID, int32(state.PolicyVersion))
	if errors.Is(err, ErrNotFound) {
		state.PolicyVersion = int(e.lead.PolicyVersion)
	} else if err != nil {
		return state, err
	}
	state.Owner, err = employed(ctx, e.q, e.lead.DealerID, state.Owner)
	return state, err
}
