package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// LeadStanding is a lead with all of its rows that an audit compares, as they
// are at one instant.
type LeadStanding struct {
	db.AuditLeadsRow
	// Appointments that lie ahead and closings that wait, by id.
	Appointments map[uuid.UUID]db.AppointmentsOfLeadsRow
	Proposals    map[uuid.UUID]db.ProposalsOfLeadsRow
}

// Differs names what is not as the state has it: columns of the lead's row, and
// the appointment and the closing that waits.
func (l LeadStanding) Differs(s process.State) ([]string, error) {
	names, err := LeadDiffers(l.Lead, s)
	if err != nil {
		return nil, err
	}
	if a := s.Appointment; a != nil {
		row, there := l.Appointments[uuidOf(a.ID)]
		if !there || !sameInstant(&row.StartsAt, &a.StartsAt) || int(row.Minutes) != a.Minutes || row.Confirmed != a.Confirmed {
			names = append(names, "appointment")
		}
	}
	if p := s.Proposal; p != nil {
		if row, there := l.Proposals[uuidOf(p.ID)]; !there || row.Reason != p.Reason {
			names = append(names, "closing")
		}
	}
	return names, nil
}

func uuidOf(text string) uuid.UUID {
	if id := parsed(text); id != nil {
		return *id
	}
	return uuid.Nil
}

// LeadState is the process of a lead as its row keeps it; the row has seen a step.
func LeadState(row db.Lead) (process.State, error) {
	var state process.State
	if err := json.Unmarshal(row.Process, &state); err != nil {
		return state, fmt.Errorf("stored process: %w", err)
	}
	return state, nil
}

// FollowUpState does the same for a follow-up.
func FollowUpState(row db.FollowUp) (process.FollowUpState, error) {
	var state process.FollowUpState
	if err := json.Unmarshal(row.Process, &state); err != nil {
		return state, fmt.Errorf("stored process: %w", err)
	}
	return state, nil
}

// LeadsStanding reads leads as they stand, by id. Those that are not there are
// left out. grace is for how long nothing may happen to a message that is to go.
func (s *Store) LeadsStanding(ctx context.Context, ids []uuid.UUID, grace time.Duration) (map[uuid.UUID]LeadStanding, error) {
	out := make(map[uuid.UUID]LeadStanding, len(ids))
	err := s.Read(ctx, func(q *db.Queries) error {
		rows, err := q.AuditLeads(ctx, db.AuditLeadsParams{GraceS: grace.Seconds(), Ids: ids})
		if err != nil {
			return err
		}
		for _, r := range rows {
			out[r.Lead.ID] = LeadStanding{
				AuditLeadsRow: r, Appointments: map[uuid.UUID]db.AppointmentsOfLeadsRow{}, Proposals: map[uuid.UUID]db.ProposalsOfLeadsRow{},
			}
		}
		appointments, err := q.AppointmentsOfLeads(ctx, ids)
		if err != nil {
			return err
		}
		for _, a := range appointments {
			if l, ok := out[a.LeadID]; ok {
				l.Appointments[a.ID] = a
			}
		}
		proposals, err := q.ProposalsOfLeads(ctx, ids)
		if err != nil {
			return err
		}
		for _, p := range proposals {
			if l, ok := out[p.LeadID]; ok {
				l.Proposals[p.ID] = p
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("leads to audit: %w", err)
	}
	return out, nil
}

// FollowUpsStanding does the same for follow-ups.
func (s *Store) FollowUpsStanding(ctx context.Context, ids []uuid.UUID, grace time.Duration) (map[uuid.UUID]db.AuditFollowUpsRow, error) {
	rows, err := s.AuditFollowUps(ctx, db.AuditFollowUpsParams{GraceS: grace.Seconds(), Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("follow-ups to audit: %w", err)
	}
	out := make(map[uuid.UUID]db.AuditFollowUpsRow, len(rows))
	for _, r := range rows {
		out[r.FollowUp.ID] = r
	}
	return out, nil
}

// OpenFollowUps lists open follow-ups that have a workflow, behind after, by id.
// A nil dealer or lead is all of them.
func (s *Store) OpenFollowUps(ctx context.Context, after uuid.UUID, dealer, leadID *uuid.UUID, most int) ([]uuid.UUID, error) {
	return s.OpenFollowUpIDs(ctx, db.OpenFollowUpIDsParams{WorkedByLead: leadsOwn(), After: after, DealerID: dealer, LeadID: leadID, Most: int32(most)})
}

// CountOpenFollowUps counts those that have a workflow.
func (s *Store) CountOpenFollowUps(ctx context.Context) (int32, error) {
	return s.OpenFollowUpCount(ctx, leadsOwn())
}

// leadsOwn are the kinds of follow-ups that have no workflow of their own.
func leadsOwn() []string {
	kinds := make([]string, len(workedByLead))
	for i, k := range workedByLead {
		kinds[i] = string(k)
	}
	return kinds
}

// Reproject writes the row of a lead anew from its state as its workflow has it.
// A lead that has moved on meanwhile is left alone: its steps write the row.
func (s *Store) Reproject(ctx context.Context, state process.State) error {
	id, err := uuid.Parse(state.Lead)
	if err != nil {
		return fmt.Errorf("lead id: %w", err)
	}
	err = s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, id)
		if err != nil {
			return found(err)
		}
		if row.Step != state.Step {
			return nil
		}
		params, err := projected(row.ID, row.TimelineSeq, state)
		if err != nil {
			return err
		}
		if err := q.ProjectLead(ctx, params); err != nil {
			return err
		}
		return rebuild(ctx, q, row, state)
	})
	if err != nil {
		return fmt.Errorf("write the row of lead %s anew: %w", id, err)
	}
	return nil
}

// ReprojectFollowUp does the same for a follow-up.
func (s *Store) ReprojectFollowUp(ctx context.Context, state process.FollowUpState) error {
	id, leadID := parsed(state.ID), parsed(state.Lead)
	if id == nil || leadID == nil {
		return fmt.Errorf("follow-up id: %w", ErrNotFound)
	}
	err := s.InTx(ctx, func(q *db.Queries) error {
		if _, err := q.LockLead(ctx, *leadID); err != nil {
			return found(err)
		}
		row, err := q.LockFollowUp(ctx, *id)
		if err != nil {
			return found(err)
		}
		if row.Step != state.Step {
			return nil
		}
		params, err := projectedFollowUp(*id, state)
		if err != nil {
			return err
		}
		params.SettledBy, params.NoteID, params.NewLeadID = row.SettledBy, row.NoteID, row.NewLeadID
		return q.ProjectFollowUp(ctx, params)
	})
	if err != nil {
		return fmt.Errorf("write the row of follow-up %s anew: %w", id, err)
	}
	return nil
}

// RememberFollowUp writes the row of a follow-up that a restored database lost,
// from the state of its workflow, which is then to be woken. It returns
// ErrNotFound when the lead is lost too.
func (s *Store) RememberFollowUp(ctx context.Context, state process.FollowUpState) error {
	id, leadID, dealer := parsed(state.ID), parsed(state.Lead), parsed(state.Dealer)
	if id == nil || leadID == nil || dealer == nil {
		return fmt.Errorf("follow-up id: %w", ErrNotFound)
	}
	err := s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, *leadID)
		if err != nil {
			return found(err)
		}
		if row.DealerID != *dealer {
			return ErrNotFound
		}
		return q.RestoreFollowUp(ctx, db.RestoreFollowUpParams{
			ID: *id, DealerID: *dealer, LeadID: *leadID, Kind: string(state.Kind), Reason: state.Reason, DueOn: state.DueOn,
			StartsAt: instant(state.StartsAt), PolicyVersion: int32(state.PolicyVersion),
		})
	})
	if err != nil {
		return fmt.Errorf("row of follow-up %s: %w", id, err)
	}
	return nil
}

// mostGaps is how many lost entries of one lead are marked at once.
const mostGaps = 1000

// MarkGaps says on the timeline of a lead, in the place of each entry that is
// lost, that it is lost, and lets the numbers go on behind the last one that is
// there. It returns the first numbers that were missing.
func (s *Store) MarkGaps(ctx context.Context, leadID uuid.UUID) ([]int64, error) {
	var gaps []int64
	err := s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, leadID)
		if err != nil {
			return found(err)
		}
		if gaps, err = q.GapsInTimeline(ctx, db.GapsInTimelineParams{LeadID: leadID, Most: mostGaps}); err != nil {
			return err
		}
		for _, seq := range gaps {
			_, err := q.FillGap(ctx, db.FillGapParams{
				DealerID: row.DealerID, LeadID: leadID, Seq: seq, Kind: LostEntries, Actor: string(process.System), Data: []byte(`{"why": "gap"}`),
			})
			if err != nil {
				return err
			}
		}
		return q.RaiseTimelineSeq(ctx, leadID)
	})
	if err != nil {
		return nil, fmt.Errorf("gaps in the timeline of lead %s: %w", leadID, err)
	}
	return gaps, nil
}

// TellOfDuplicate has a lead told of another one that it works, unless it knows.
func (s *Store) TellOfDuplicate(ctx context.Context, dealer, original, duplicate uuid.UUID, source string) error {
	happening, err := json.Marshal(process.Happening{
		ID: "linked-" + duplicate.String(), What: process.WasLinked, Signal: true,
		Linked: &process.Linked{Lead: duplicate.String(), Source: source, SameCar: true},
	})
	if err != nil {
		return err
	}
	if err := s.QueueOnce(ctx, db.QueueOnceParams{DealerID: dealer, LeadID: original, Happening: happening}); err != nil {
		return fmt.Errorf("tell lead %s of %s: %w", original, duplicate, err)
	}
	return nil
}

// lostRaw is why a message is in quarantine of which nobody knows what became.
const lostRaw = "It is not known what became of this message."

// Shelve puts a message that became nothing into quarantine, so that somebody
// looks at it. It does nothing when the message is accounted for by now.
func (s *Store) Shelve(ctx context.Context, raw uuid.UUID) error {
	err := s.InTx(ctx, func(q *db.Queries) error {
		// Two audits at once must not both put it there.
		if err := q.LockNames(ctx, []string{"raw " + raw.String()}); err != nil {
			return err
		}
		r, err := q.UnaccountedRaw(ctx, raw)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		now, err := q.Now(ctx)
		if err != nil {
			return err
		}
		return q.InsertQuarantine(ctx, db.InsertQuarantineParams{
			ID: NewID(), DealerID: r.DealerID, SourceID: r.SourceID, RawID: raw, Reason: lostRaw, CreatedAt: now,
		})
	})
	if err != nil {
		return fmt.Errorf("message %s into quarantine: %w", raw, err)
	}
	return nil
}

// Audited is an audit of the whole that came to its end.
type Audited struct {
	At               time.Time
	Age              time.Duration
	Leads, FollowUps int
	Findings         []AuditCount
}

// AuditCount says how often an audit found something, and what became of it.
type AuditCount struct {
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
}

// AuditDone notes that an audit came to its end.
func (s *Store) AuditDone(ctx context.Context, id uuid.UUID, leads, followUps int, findings []AuditCount) error {
	if findings == nil {
		findings = []AuditCount{}
	}
	body, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	err = s.FinishAudit(ctx, db.FinishAuditParams{ID: id, Leads: int32(leads), FollowUps: int32(followUps), Findings: body})
	if err != nil {
		return fmt.Errorf("note the audit: %w", err)
	}
	return nil
}

// AuditLast is the last audit of the whole, or ErrNotFound.
func (s *Store) AuditLast(ctx context.Context) (Audited, error) {
	row, err := s.LastAudit(ctx)
	if err != nil {
		return Audited{}, fmt.Errorf("the last audit: %w", found(err))
	}
	a := Audited{
		At: row.AuditRun.FinishedAt.UTC(), Age: time.Duration(row.AgeS * float64(time.Second)),
		Leads: int(row.AuditRun.Leads), FollowUps: int(row.AuditRun.FollowUps),
	}
	if err := json.Unmarshal(row.AuditRun.Findings, &a.Findings); err != nil {
		return a, fmt.Errorf("findings of the last audit: %w", err)
	}
	return a, nil
}

// Unrepaired counts what the audit could only report.
func (a Audited) Unrepaired() int {
	n := 0
	for _, f := range a.Findings {
		if !slices.Contains([]string{"repaired", "noted"}, f.Outcome) {
			n += f.Count
		}
	}
	return n
}
