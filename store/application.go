package store

import (
	"context"
	"encoding/json"
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

// applyPerSecond is how many open leads a policy is applied to in a second. The
// rest of the work must not notice.
const applyPerSecond = 10

// Repinned is what a version of the policy would do to one open lead.
type Repinned struct {
	Lead               uuid.UUID
	FromVersion        int
	FromTrack, ToTrack string
	Why                string
	Before, After      []Deadline
}

// Changed reports whether the lead would notice.
func (r Repinned) Changed() bool {
	return r.FromTrack != r.ToTrack || !slices.EqualFunc(r.Before, r.After, func(a, b Deadline) bool {
		return a.Kind == b.Kind && a.DueAt.Equal(b.DueAt)
	})
}

// PreviewApplication says what applying a version of the policy would do to
// every open lead that is under an older one, without doing it: each lead takes
// the very step that it would take. It returns ErrNotFound when there is no such
// version.
func (s *Store) PreviewApplication(ctx context.Context, dealer uuid.UUID, version int32) ([]Repinned, error) {
	var out []Repinned
	err := s.Read(ctx, func(q *db.Queries) error {
		yardstick, err := s.Policy(ctx, q, dealer, version)
		if err != nil {
			return err
		}
		now, err := q.Now(ctx)
		if err != nil {
			return err
		}
		staff, err := roster(ctx, q, dealer, now)
		if err != nil {
			return err
		}
		rows, err := q.LeadsUnderOlderPolicy(ctx, db.LeadsUnderOlderPolicyParams{DealerID: dealer, Version: version})
		if err != nil {
			return err
		}
		for _, row := range rows {
			reasons, err := s.Reasons(ctx, q, dealer, row.ReasonVersion)
			if err != nil {
				return err
			}
			r, err := repinned(row, yardstick, reasons, staff, now)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("preview policy version %d: %w", version, err)
	}
	return out, nil
}

func repinned(row db.LeadsUnderOlderPolicyRow, p *policy.Policy, reasons lead.Catalogue, staff []process.Person, now time.Time) (Repinned, error) {
	var state process.State
	if err := json.Unmarshal(row.Process, &state); err != nil {
		return Repinned{}, fmt.Errorf("stored process of lead %s: %w", row.ID, err)
	}
	w := process.World{
		Now: now.UTC(), Policy: p, Reasons: reasons, Staff: staff, Language: row.DealerLanguage,
		Subject: subject(db.LockLeadRow{
			Party: row.Party, Source: row.Source, Channel: row.Channel, Request: row.Request, Make: row.Make, Model: row.Model,
			Condition: row.Condition, ReceivedAt: row.ReceivedAt, PriceAmount: row.PriceAmount, PostalCode: row.PostalCode, Language: row.Language,
		}),
	}
	w.Subject.Known = row.Known
	out := process.Step(w, state, process.Happening{What: process.WasRepinned, Repin: &process.Repin{Version: int(row.Version)}, Signal: true})
	before, _ := deadlines(state)
	after, _ := deadlines(out.State)
	return Repinned{
		Lead: row.ID, FromVersion: state.PolicyVersion, FromTrack: state.Track, ToTrack: out.State.Track, Why: out.State.Why,
		Before: before, After: after,
	}, nil
}

// Application is a version of the policy on its way to the open leads.
type Application struct {
	db.PolicyApplication
	Waiting int // leads that have still to be told
}

// Apply has every open lead that is under an older version of the policy told
// to go on under this one, ten a second, the earliest deadline first. It
// survives every restart: what has still to be told stands in the outbox.
// Asking again while it is under way returns the same.
func (s *Store) Apply(ctx context.Context, dealer, staff uuid.UUID, version int32) (Application, error) {
	var out Application
	err := s.InTx(ctx, func(q *db.Queries) error {
		if err := q.LockNames(ctx, []string{"policy " + dealer.String()}); err != nil {
			return err
		}
		if _, err := s.Policy(ctx, q, dealer, version); err != nil {
			return err
		}
		running, err := q.RunningApplications(ctx, dealer)
		if err != nil {
			return err
		}
		for _, r := range running {
			if r.Version == version {
				out.PolicyApplication = r
				return s.waiting(ctx, q, &out)
			}
			// The newer decision holds.
			if err := cancel(ctx, q, r, staff); err != nil {
				return err
			}
		}
		id := NewID()
		happening, err := json.Marshal(process.Happening{
			ID: "policy-" + id.String(), What: process.WasRepinned, Actor: process.Actor(staff.String()), Signal: true,
			Repin: &process.Repin{Version: int(version)},
		})
		if err != nil {
			return err
		}
		out.PolicyApplication, err = q.InsertApplication(ctx, db.InsertApplicationParams{ID: id, DealerID: dealer, Version: version, CreatedBy: staff})
		if err != nil {
			return err
		}
		n, err := q.QueueApplication(ctx, db.QueueApplicationParams{
			DealerID: dealer, Version: version, ApplicationID: &id, Happening: happening, PerSecond: applyPerSecond,
		})
		if err != nil {
			return err
		}
		out.Leads, out.Waiting = int32(n), int(n)
		if err := q.CountApplication(ctx, db.CountApplicationParams{ID: id, Leads: int32(n)}); err != nil {
			return err
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: PolicyApplied, Object: id, Data: map[string]any{"version": version, "leads": n}})
	})
	if err != nil {
		return out, fmt.Errorf("apply policy version %d: %w", version, err)
	}
	return out, nil
}

func (s *Store) waiting(ctx context.Context, q *db.Queries, a *Application) error {
	n, err := q.ApplicationWaiting(ctx, &a.ID)
	a.Waiting = int(n)
	return err
}

// Application returns how far it has got, or ErrNotFound.
func (s *Store) Application(ctx context.Context, dealer, id uuid.UUID) (Application, error) {
	var out Application
	err := s.Read(ctx, func(q *db.Queries) error {
		row, err := q.GetApplication(ctx, db.GetApplicationParams{DealerID: dealer, ID: id})
		if err != nil {
			return found(err)
		}
		out.PolicyApplication = row
		return s.waiting(ctx, q, &out)
	})
	return out, err
}

// StopApplication takes back what has not been told yet. Leads that have gone
// on under the new version stay there.
func (s *Store) StopApplication(ctx context.Context, dealer, staff, id uuid.UUID) (Application, error) {
	err := s.InTx(ctx, func(q *db.Queries) error {
		a, err := q.GetApplication(ctx, db.GetApplicationParams{DealerID: dealer, ID: id})
		if err != nil {
			return found(err)
		}
		waiting, err := q.ApplicationWaiting(ctx, &id)
		if err != nil || waiting == 0 {
			return err
		}
		return cancel(ctx, q, a, staff)
	})
	if err != nil {
		return Application{}, fmt.Errorf("stop application: %w", err)
	}
	return s.Application(ctx, dealer, id)
}

// cancel takes back what an application has not told yet.
func cancel(ctx context.Context, q *db.Queries, a db.PolicyApplication, staff uuid.UUID) error {
	if err := q.DropApplication(ctx, &a.ID); err != nil {
		return err
	}
	if err := q.CancelApplication(ctx, db.CancelApplicationParams{DealerID: a.DealerID, ID: a.ID, CancelledBy: &staff}); err != nil {
		return err
	}
	return Record(ctx, q, Entry{Dealer: a.DealerID, Kind: PolicyCancelled, Object: a.ID, Data: map[string]any{"version": a.Version}})
}

// Moves counts how many leads would go from which track to which.
func Moves(list []Repinned) []Move {
	counts := map[[2]string]int{}
	for _, r := range list {
		counts[[2]string{r.FromTrack, r.ToTrack}]++
	}
	moves := make([]Move, 0, len(counts))
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		moves = append(moves, Move{From: k[0], To: k[1], Leads: counts[k]})
	}
	return moves
}

// Move is a number of leads that go from one track to another, or stay.
type Move struct {
	From, To string
	Leads    int
}
