package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// CheckPolicy finds what putting a policy would find, and stores nothing. What
// is wrong with it is the answer and no refusal.
func (s *server) CheckPolicy(ctx context.Context, r gen.CheckPolicyRequestObject) (gen.CheckPolicyResponseObject, error) {
	out := gen.PolicyFindings{Faults: []gen.PolicyFault{}, Remarks: []gen.PolicyRemark{}}
	yardstick, err := policy.Parse([]byte(r.Body.Policy))
	var found policy.Errors
	if err == nil {
		known, err := s.known(ctx)
		if err != nil {
			return nil, err
		}
		found, out.Name = yardstick.Check(known), filled(yardstick.Name)
	} else {
		var unread *policy.Errors
		if !errors.As(err, &unread) {
			return nil, fmt.Errorf("policy: %w", err)
		}
		found = *unread
	}
	for _, f := range found.Faults() {
		out.Faults = append(out.Faults, gen.PolicyFault{Field: fieldOf(f), Message: f.Message, Line: f.Line, Column: f.Column})
	}
	out.Remarks = remarksOf(found)
	out.Usable = len(out.Faults) == 0
	return gen.CheckPolicy200JSONResponse(out), nil
}

// replaced reads which version a policy is put in the place of, 0 for whichever
// is the newest. It was held against openapi.yaml already.
func replaced(version string) int32 {
	n, err := strconv.ParseInt(version, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// putOver stores a policy in the place of a version.
func (s *server) putOver(ctx context.Context, from int32, text []byte) (db.Policy, error) {
	row, err := s.store.PutPolicy(ctx, callerOf(ctx).dealer, staffOf(ctx).ID, from, string(text))
	if newer, is := errors.AsType[*store.NewerPolicy](err); is {
		return row, Conflict(fmt.Sprintf("The policy is at version %d by now. Read it and change that one.", newer.Version), nil)
	}
	return row, err
}

// ListPolicyVersions shows which versions there are, and how many leads are
// still worked under each.
func (s *server) ListPolicyVersions(ctx context.Context, r gen.ListPolicyVersionsRequestObject) (gen.ListPolicyVersionsResponseObject, error) {
	dealer, most := callerOf(ctx).dealer, limitOf(r.Params.Limit)
	before, given, err := placeOf[int32](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if !given {
		before = math.MaxInt32
	}
	rows, err := s.store.PolicyVersions(ctx, db.PolicyVersionsParams{DealerID: dealer, Before: &before, Most: most + 1})
	if err != nil {
		return nil, fmt.Errorf("versions of the policy: %w", err)
	}
	staff, err := peopleOf(ctx, s.store.Queries, dealer)
	if err != nil {
		return nil, err
	}
	out := gen.StoredPolicyList{Items: []gen.StoredPolicy{}}
	if len(rows) > int(most) {
		rows = rows[:most]
		out.NextCursor = cursorOf(rows[most-1].Version)
	}
	for _, row := range rows {
		one := gen.StoredPolicy{Version: int(row.Version), CreatedAt: row.CreatedAt.UTC(), OpenLeads: int(row.OpenLeads)}
		if row.CreatedBy != nil {
			one.CreatedBy = staff.ref(row.CreatedBy.String())
		}
		out.Items = append(out.Items, one)
	}
	return gen.ListPolicyVersions200JSONResponse(out), nil
}

// applicationPlace is where a page of applications ended.
type applicationPlace struct {
	At time.Time `json:"at"`
	ID uuid.UUID `json:"id"`
}

// ListPolicyApplications shows when which version was applied to open leads, and
// how far each has got.
func (s *server) ListPolicyApplications(
	ctx context.Context, r gen.ListPolicyApplicationsRequestObject,
) (gen.ListPolicyApplicationsResponseObject, error) {
	dealer, most := callerOf(ctx).dealer, limitOf(r.Params.Limit)
	place, given, err := placeOf[applicationPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	asked := db.PolicyApplicationsParams{DealerID: dealer, Most: most + 1}
	if given {
		asked.BeforeAt, asked.BeforeID = &place.At, &place.ID
	}
	rows, err := s.store.PolicyApplications(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("applications of the policy: %w", err)
	}
	staff, err := peopleOf(ctx, s.store.Queries, dealer)
	if err != nil {
		return nil, err
	}
	out := gen.PolicyApplicationList{Items: []gen.PolicyApplication{}}
	if len(rows) > int(most) {
		rows = rows[:most]
		last := rows[most-1]
		out.NextCursor = cursorOf(applicationPlace{last.CreatedAt, last.ID})
	}
	for _, row := range rows {
		one, err := applicationOf(store.Application{
			PolicyApplication: db.PolicyApplication{
				ID: row.ID, DealerID: row.DealerID, Version: row.Version, Leads: row.Leads, CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt,
				CancelledBy: row.CancelledBy, CancelledAt: row.CancelledAt,
			},
			Waiting: int(row.Waiting),
		}, staff)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, one)
	}
	return gen.ListPolicyApplications200JSONResponse(out), nil
}
