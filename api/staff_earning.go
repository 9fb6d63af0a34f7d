package api

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// The bounds of what a manager may do about somebody's leads (R24).
const (
	shortestWord = 10 // characters: less says nothing about what was done
	longestDays  = 366
)

// manage has a manager do something about a colleague's leads.
func (s *server) manage(
	ctx context.Context, of uuid.UUID, key *string, request any, text string, do func(m store.Manager) error,
) (staffReply, error) {
	return s.changeStaff(ctx, of, key, request, func(id uuid.UUID) error {
		by := staffOf(ctx)
		if by.ID == of {
			return Forbidden("Nobody does this for himself; ask another manager.")
		}
		return do(store.Manager{ID: id, Dealer: callerOf(ctx).dealer, By: by.ID, Staff: of, Text: strings.TrimSpace(text)})
	})
}

// Intervene logs what the manager did about too few results; new leads come
// again.
func (s *server) Intervene(ctx context.Context, r gen.InterveneRequestObject) (gen.InterveneResponseObject, error) {
	return s.manage(ctx, r.ID, r.Params.IdempotencyKey, r, r.Body.Text, func(m store.Manager) error {
		if err := tooShort(m.Text, "say what you did about it"); err != nil {
			return err
		}
		return s.store.Intervene(ctx, m)
	})
}

// Exempt lets somebody off the norm for a time.
func (s *server) Exempt(ctx context.Context, r gen.ExemptRequestObject) (gen.ExemptResponseObject, error) {
	return s.manage(ctx, r.ID, r.Params.IdempotencyKey, r, r.Body.Text, func(m store.Manager) error {
		if err := tooShort(m.Text, "say why the norm does not hold for him"); err != nil {
			return err
		}
		now, err := s.store.Now(ctx)
		if err != nil {
			return fmt.Errorf("clock: %w", err)
		}
		m.Until = r.Body.Until.UTC()
		if !m.Until.After(now) || m.Until.After(now.Add(longestDays*24*time.Hour)) {
			return Invalid(FieldError{Field: "until", Message: fmt.Sprintf("must be in the future and at most %d days ahead", longestDays)})
		}
		return s.store.Exempt(ctx, m)
	})
}

// EndExemption puts the norm back in force for somebody.
func (s *server) EndExemption(ctx context.Context, r gen.EndExemptionRequestObject) (gen.EndExemptionResponseObject, error) {
	return s.manage(ctx, r.ID, r.Params.IdempotencyKey, r, "", func(m store.Manager) error { return s.store.EndExemption(ctx, m) })
}

func tooShort(text, what string) error {
	if utf8.RuneCountInString(text) < shortestWord {
		return Invalid(FieldError{Field: "text", Message: fmt.Sprintf("must have at least %d characters; %s", shortestWord, what)})
	}
	return nil
}

// entryPlace is a place in the log of earning.
type entryPlace struct {
	At time.Time `json:"t"`
	ID uuid.UUID `json:"i"`
}

// ListEarning reads the log of somebody's earning, newest first.
func (s *server) ListEarning(ctx context.Context, r gen.ListEarningRequestObject) (gen.ListEarningResponseObject, error) {
	dealer, limit := callerOf(ctx).dealer, limitOf(r.Params.Limit)
	params := db.EarningEntriesParams{DealerID: dealer, StaffID: r.ID, Most: limit + 1}
	before, given, err := placeOf[entryPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		params.Before, params.BeforeID = &before.At, &before.ID
	}
	out := gen.EarningPage{Items: []gen.EarningEntry{}}
	err = s.store.Read(ctx, func(q *db.Queries) error {
		if _, err := q.GetStaffOfDealer(ctx, db.GetStaffOfDealerParams{DealerID: dealer, ID: r.ID}); err != nil {
			return staffProblem(err)
		}
		people, err := peopleOf(ctx, q, dealer)
		if err != nil {
			return err
		}
		rows, err := q.EarningEntries(ctx, params)
		if err != nil {
			return fmt.Errorf("log of earning: %w", err)
		}
		if len(rows) > int(limit) {
			rows = rows[:limit]
			last := rows[limit-1]
			out.NextCursor = cursorOf(entryPlace{At: last.At.UTC(), ID: last.ID})
		}
		for _, row := range rows {
			out.Items = append(out.Items, entryOf(row, people))
		}
		return nil
	})
	return gen.ListEarning200JSONResponse(out), err
}

func entryOf(row db.EarningEntry, people people) gen.EarningEntry {
	out := gen.EarningEntry{
		ID: row.ID, At: row.At.UTC(), Kind: gen.EarningEntryKind(row.Kind), Actor: people.address(row.Actor), Text: filled(row.Text), Until: inUTC(row.Until),
	}
	if out.Kind == gen.EarningEntryKindPaused {
		conversations, results, norm := int(row.Conversations), int(row.Results), int(row.Norm)
		out.Conversations, out.Results, out.Norm = &conversations, &results, &norm
	}
	return out
}
