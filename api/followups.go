package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// followUpPlace is a place in a list of follow-ups.
type followUpPlace struct {
	Place int64     `json:"p"`
	ID    uuid.UUID `json:"i"`
}

// ListFollowUps lists the follow-ups that match every filter, what is due next
// first; those that are open unless the request says otherwise.
func (s *server) ListFollowUps(ctx context.Context, r gen.ListFollowUpsRequestObject) (gen.ListFollowUpsResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page := db.FollowUpPageParams{
		DealerID: callerOf(ctx).dealer, Statuses: texts(r.Params.Status), Kinds: texts(r.Params.Kind), LeadID: r.Params.Lead,
		Overdue: r.Params.Overdue, Most: limit + 1,
	}
	if len(page.Statuses) == 0 {
		page.Statuses = []string{string(process.Pending)}
	}
	if r.Params.DueBefore != nil {
		on, err := time.Parse(time.DateOnly, *r.Params.DueBefore)
		if err != nil {
			return nil, BadParameter(FieldError{Field: "due_before", Message: "must be a date such as 2027-01-01"})
		}
		page.DueBefore = &on
	}
	after, given, err := placeOf[followUpPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		page.AfterPlace, page.AfterID = &after.Place, &after.ID
	}
	out := gen.FollowUpPage{Items: []gen.FollowUp{}}
	somebody, err := s.doneBy(ctx, r.Params.Owner, &page)
	if err != nil || !somebody {
		return gen.ListFollowUps200JSONResponse(out), err
	}
	err = s.store.Read(ctx, func(q *db.Queries) error {
		rows, err := q.FollowUpPage(ctx, page)
		if err != nil {
			return fmt.Errorf("list follow-ups: %w", err)
		}
		if len(rows) > int(limit) {
			rows = rows[:limit]
			last := rows[limit-1]
			out.NextCursor = cursorOf(followUpPlace{Place: last.Place, ID: last.ID})
		}
		out.Items, err = s.followUpsOf(ctx, q, rows)
		return err
	})
	return gen.ListFollowUps200JSONResponse(out), err
}

// doneBy adds the filter by owner. It reports false when nobody has that
// address, and so no follow-up either.
func (s *server) doneBy(ctx context.Context, owner *string, page *db.FollowUpPageParams) (bool, error) {
	if owner == nil {
		return true, nil
	}
	if *owner == "me" {
		me := staffOf(ctx)
		if me == nil {
			return false, BadParameter(FieldError{
				Field: "owner", Message: "me is for whoever is named in the header X-Actor; name somebody there, or give an e-mail address",
			})
		}
		page.OwnerID = &me.ID
		return true, nil
	}
	person, err := s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: page.DealerID, Lower: *owner})
	if notThere(err) {
		return false, nil
	}
	page.OwnerID = &person.ID
	return true, err
}

// GetFollowUp reads a follow-up.
func (s *server) GetFollowUp(ctx context.Context, r gen.GetFollowUpRequestObject) (gen.GetFollowUpResponseObject, error) {
	now, _, err := s.followUpNow(ctx, callerOf(ctx).dealer, r.ID)
	return gen.GetFollowUp200JSONResponse{FollowUpAsItIsJSONResponse: gen.FollowUpAsItIsJSONResponse(now)}, err
}

// followUpNow returns a follow-up of the dealer as it was last committed, and
// its row.
func (s *server) followUpNow(ctx context.Context, dealer, id uuid.UUID) (gen.FollowUp, db.FollowUpPageRow, error) {
	var out gen.FollowUp
	var row db.FollowUpPageRow
	err := s.store.Read(ctx, func(q *db.Queries) error {
		rows, err := q.FollowUpPage(ctx, db.FollowUpPageParams{DealerID: dealer, ID: &id, Statuses: []string{}, Kinds: []string{}, Most: 1})
		if err != nil {
			return fmt.Errorf("follow-up: %w", err)
		}
		if len(rows) == 0 {
			return NotFound("follow-up")
		}
		shown, err := s.followUpsOf(ctx, q, rows)
		if err == nil {
			out, row = shown[0], rows[0]
		}
		return err
	})
	return out, row, err
}

// followUpsOf tells the rows as openapi.yaml describes them. Reasons are told
// in the words of the newest catalogue: a code never goes away, and a better
// label is meant for the old ones too.
func (s *server) followUpsOf(ctx context.Context, q *db.Queries, rows []db.FollowUpPageRow) ([]gen.FollowUp, error) {
	out := make([]gen.FollowUp, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	dealer := rows[0].DealerID
	versions, err := q.CurrentVersions(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	catalogue, err := s.store.Reasons(ctx, q, dealer, versions.Reasons)
	if err != nil {
		return nil, err
	}
	labels := labelsOf(catalogue, words.Of(ctx))
	for i := range rows {
		if out[i], err = s.followUp(&rows[i], labels, words.Of(ctx)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// labelsOf are the labels of a catalogue's reasons by their codes, in the
// reader's language.
func labelsOf(catalogue lead.Catalogue, reader *words.Words) map[string]string {
	labels, shipped := make(map[string]string, len(catalogue)), lead.Shipped()
	for _, r := range catalogue {
		ours, _ := shipped.Find(r.Code)
		labels[r.Code] = reader.Reason(r.Code, r.Label, ours.Label)
	}
	return labels
}

func (s *server) followUp(row *db.FollowUpPageRow, labels map[string]string, reader *words.Words) (gen.FollowUp, error) {
	out := gen.FollowUp{
		ID: row.ID, Kind: gen.FollowUpKind(row.Kind), Reason: filled(row.Reason), Status: gen.FollowUpStatus(row.Status),
		Outcome: filled(gen.FollowUpOutcome(row.Outcome)), Why: filled(reader.Told(row.Why)), Note: filled(row.Note),
		Lead: gen.FollowUpLead{
			ID: row.LeadID, URL: s.address("/v1/leads/" + row.LeadID.String()), Source: row.Source,
			Customer: filled(nameOf(row)), Vehicle: filled(strings.TrimSpace(row.Make + " " + row.Model)),
		},
		DueOn: row.DueOn.Format(time.DateOnly), DueAt: utc(row.DeadlineAt), EscalationStep: int(row.EscalationStep),
		SettledAt: utc(row.SettledAt), NewLeadID: row.NewLeadID, CreatedAt: row.CreatedAt.UTC(),
	}
	if row.ErasedAt != nil {
		erased := true
		out.Lead.Erased = &erased
	}
	if label, known := labels[row.Reason]; known {
		out.ReasonLabel = &label
	}
	if row.OwnerEmail != nil && row.OwnerName != nil {
		out.Owner = &gen.StaffRef{Email: *row.OwnerEmail, Name: *row.OwnerName}
	}
	if row.SettledAt == nil {
		return out, nil
	}
	var by gen.SettledBy
	var err error
	switch {
	case row.SettledByEmail != nil && row.SettledByName != nil:
		err = by.FromStaffRef(gen.StaffRef{Email: *row.SettledByEmail, Name: *row.SettledByName})
	case row.SettledBy == string(process.Operator):
		err = by.FromNobodyOfStaff(gen.NobodyOfStaffOps)
	default:
		err = by.FromNobodyOfStaff(gen.NobodyOfStaffSystem)
	}
	out.SettledBy = &by
	return out, err
}

// nameOf is the customer's name as it is said.
func nameOf(row *db.FollowUpPageRow) string {
	parts := strings.Join(strings.Fields(row.FirstName+" "+row.Infix+" "+row.LastName), " ")
	if row.LastName != "" || row.FullName == "" {
		return parts
	}
	return row.FullName
}
