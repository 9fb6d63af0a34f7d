package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ListSources shows where leads come from, by code.
func (s *server) ListSources(ctx context.Context, _ gen.ListSourcesRequestObject) (gen.ListSourcesResponseObject, error) {
	rows, err := s.store.ListSources(ctx, callerOf(ctx).dealer)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	out := gen.SourceList{Items: make([]gen.Source, len(rows))}
	for i, row := range rows {
		out.Items[i] = gen.Source{Code: row.Code, Name: row.Name, Party: gen.Party(row.Party), Paid: row.Paid, Active: true}
		if row.Paid {
			amount := fmt.Sprintf("%d.%02d", row.CostCents/100, row.CostCents%100)
			out.Items[i].CostPerLead = &gen.Money{Amount: amount, Currency: row.Currency}
		}
	}
	return gen.ListSources200JSONResponse(out), nil
}

// ListStaff shows who works or worked here, by e-mail address.
func (s *server) ListStaff(ctx context.Context, _ gen.ListStaffRequestObject) (gen.ListStaffResponseObject, error) {
	dealer := callerOf(ctx).dealer
	rows, err := s.store.ListStaff(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	away, err := s.absent(ctx, dealer, now)
	if err != nil {
		return nil, err
	}
	out := gen.StaffList{Items: make([]gen.Staff, len(rows))}
	for i, row := range rows {
		out.Items[i] = gen.Staff{Email: row.Email, Name: row.Name, Role: gen.Role(row.Role), Active: row.Active, Absent: away[row.ID]}
	}
	slices.SortFunc(out.Items, func(a, b gen.Staff) int { return strings.Compare(a.Email, b.Email) })
	return gen.ListStaff200JSONResponse(out), nil
}

// absent says who of the staff is away at an instant.
func (s *server) absent(ctx context.Context, dealer uuid.UUID, at time.Time) (map[uuid.UUID]bool, error) {
	rows, err := s.store.RotationAbsences(ctx, db.RotationAbsencesParams{DealerID: dealer, UntilAt: at})
	if err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	away := map[uuid.UUID]bool{}
	for _, a := range rows {
		if !a.FromAt.After(at) {
			away[a.StaffID] = true
		}
	}
	return away, nil
}
