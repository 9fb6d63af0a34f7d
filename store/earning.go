package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// What a manager cannot do about somebody's leads.
var (
	ErrNotPaused   = errors.New("new leads do not pause")
	ErrNotExempted = errors.New("no exemption is in force")
	ErrEarnsNone   = errors.New("does not earn leads")
)

// The kinds of entry in the log of earning.
const (
	entryPaused         = "paused"
	entryIntervention   = "intervention"
	entryExempted       = "exempted"
	entryExemptionEnded = "exemption_ended"
)

// Figures are what somebody made of his conversations (R24).
type Figures struct {
	// Conversations are the leads on which he reached the customer and that are
	// judged; Results those of them that had the result.
	Conversations, Results int

	paused, exempt bool
}

// Share returns the results as whole per cent of the conversations, rounded
// down, and whether there is any conversation at all.
func (f Figures) Share() (int, bool) {
	if f.Conversations == 0 {
		return 0, false
	}
	return f.Results * 100 / f.Conversations, true
}

// Judged reports whether there are enough conversations to hold them against
// the norm.
func (f Figures) Judged(e *policy.Earning) bool {
	return f.Conversations > 0 && f.Conversations >= e.Sample
}

// below reports whether new leads have to pause.
func (f Figures) below(e *policy.Earning) bool {
	return f.Judged(e) && f.Results*100 < e.Norm*f.Conversations
}

// Earns reports whether somebody of the role has to earn his leads.
func Earns(r lead.Role) bool { return r == lead.RoleBDC || r == lead.RoleSalesperson }

// Earning returns what everybody who has to earn his leads made of his
// conversations, by staff id, and nothing when e is nil. zone is the dealer's.
func (s *Store) Earning(
	ctx context.Context, q *db.Queries, dealer uuid.UUID, e *policy.Earning, zone *time.Location, now time.Time,
) (map[uuid.UUID]Figures, error) {
	if e == nil {
		return map[uuid.UUID]Figures{}, nil
	}
	rows, err := q.EarningFigures(ctx, db.EarningFiguresParams{
		DealerID: dealer, Result: string(e.Result), Now: now, Since: earlier(now, e.Window, zone), JudgeBefore: earlier(now, e.Judge, zone),
	})
	if err != nil {
		return nil, fmt.Errorf("conversations and their results: %w", err)
	}
	out := make(map[uuid.UUID]Figures, len(rows))
	for _, r := range rows {
		out[r.ID] = Figures{
			Conversations: int(r.Conversations), Results: int(r.Results),
			paused: r.PausedAt != nil, exempt: r.ExemptUntil != nil && r.ExemptUntil.After(now),
		}
	}
	return out, nil
}

// judge pauses new leads for everybody who made too little of enough
// conversations, writes down by which figures, and returns who that is. Whom a
// manager exempted, and whoever is paused already, stays as he is. The caller
// holds the rotation's lock. zone is the dealer's; a nil e pauses nobody.
func (s *Store) judge(
	ctx context.Context, q *db.Queries, dealer uuid.UUID, e *policy.Earning, zone *time.Location, now time.Time,
) ([]uuid.UUID, error) {
	figures, err := s.Earning(ctx, q, dealer, e, zone, now)
	if err != nil {
		return nil, err
	}
	var paused []uuid.UUID
	// In one order, for it stands on the timeline.
	for _, id := range slices.SortedFunc(maps.Keys(figures), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }) {
		f := figures[id]
		if f.paused || f.exempt || !f.below(e) {
			continue
		}
		done, err := q.PauseStaff(ctx, db.PauseStaffParams{DealerID: dealer, ID: id, At: now})
		if err != nil {
			return nil, fmt.Errorf("pause new leads: %w", err)
		}
		if done == 0 {
			continue // a manager was faster
		}
		err = q.InsertEarningEntry(ctx, db.InsertEarningEntryParams{
			ID: NewID(), DealerID: dealer, StaffID: id, At: now, Kind: entryPaused, Actor: string(process.System),
			Conversations: int32(f.Conversations), Results: int32(f.Results), Norm: int32(e.Norm),
		})
		if err != nil {
			return nil, fmt.Errorf("log of earning: %w", err)
		}
		paused = append(paused, id)
	}
	return paused, nil
}

// earlier returns the instant that lies d before now, whole days on the
// calendar of the zone.
func earlier(now time.Time, d policy.Duration, zone *time.Location) time.Time {
	return now.In(zone).AddDate(0, 0, -d.Days).Add(-d.Span)
}

// Manager is what a manager does about somebody's leads. ID is the request's:
// the same one again does nothing.
type Manager struct {
	ID     uuid.UUID
	Dealer uuid.UUID
	By     uuid.UUID // the manager
	Staff  uuid.UUID // whose leads
	Text   string
	Until  time.Time // of an exemption
}

// Intervene ends somebody's pause with a word of what the manager did about it;
// a new sample begins. It returns ErrNotFound or ErrNotPaused.
func (s *Store) Intervene(ctx context.Context, m Manager) error {
	return s.manage(ctx, m, entryIntervention, func(q *db.Queries, is db.Staff, now time.Time) error {
		if is.PausedAt == nil {
			return ErrNotPaused
		}
		return q.JudgeAnew(ctx, db.JudgeAnewParams{DealerID: m.Dealer, ID: m.Staff, JudgedFrom: &now})
	})
}

// Exempt lets somebody off the norm until an instant, and ends his pause. It
// returns ErrNotFound, or ErrEarnsNone when no norm holds for him anyway.
func (s *Store) Exempt(ctx context.Context, m Manager) error {
	return s.manage(ctx, m, entryExempted, func(q *db.Queries, is db.Staff, _ time.Time) error {
		if !is.Active || !Earns(lead.Role(is.Role)) {
			return ErrEarnsNone
		}
		return q.Exempt(ctx, db.ExemptParams{DealerID: m.Dealer, ID: m.Staff, ExemptUntil: &m.Until})
	})
}

// EndExemption has the norm hold for somebody again. It returns ErrNotFound or
// ErrNotExempted.
func (s *Store) EndExemption(ctx context.Context, m Manager) error {
	return s.manage(ctx, m, entryExemptionEnded, func(q *db.Queries, is db.Staff, now time.Time) error {
		if is.ExemptUntil == nil || !is.ExemptUntil.After(now) {
			return ErrNotExempted
		}
		return q.EndExemption(ctx, db.EndExemptionParams{DealerID: m.Dealer, ID: m.Staff})
	})
}

// manage does it and writes it down, once.
func (s *Store) manage(ctx context.Context, m Manager, kind string, do func(q *db.Queries, is db.Staff, now time.Time) error) error {
	return s.withStaff(ctx, m.Dealer, m.Staff, func(q *db.Queries, is db.Staff, now time.Time) error {
		done, err := q.HasEarningEntry(ctx, db.HasEarningEntryParams{DealerID: m.Dealer, ID: m.ID})
		if err != nil || done {
			return err
		}
		if err := do(q, is, now); err != nil {
			return err
		}
		err = q.InsertEarningEntry(ctx, db.InsertEarningEntryParams{
			ID: m.ID, DealerID: m.Dealer, StaffID: m.Staff, At: now, Kind: kind, Actor: m.By.String(), Text: m.Text, Until: instant(m.Until),
		})
		if err != nil {
			return fmt.Errorf("log of earning: %w", err)
		}
		return Record(ctx, q, Entry{Dealer: m.Dealer, Kind: EarningDecided, Object: m.Staff, Data: map[string]any{"decision": kind}})
	})
}

// liftPauses lets leads go to everybody again, because the policy that somebody
// put has no norm.
func liftPauses(ctx context.Context, q *db.Queries, dealer, by uuid.UUID) error {
	now, err := q.Now(ctx)
	if err != nil {
		return fmt.Errorf("lift pauses: %w", err)
	}
	lifted, err := q.LiftPauses(ctx, dealer)
	if err != nil {
		return fmt.Errorf("lift pauses: %w", err)
	}
	for _, id := range lifted {
		err := q.InsertEarningEntry(ctx, db.InsertEarningEntryParams{
			ID: NewID(), DealerID: dealer, StaffID: id, At: now, Kind: entryIntervention, Actor: by.String(), Text: "a policy without a norm",
		})
		if err != nil {
			return fmt.Errorf("log of earning: %w", err)
		}
	}
	return nil
}
