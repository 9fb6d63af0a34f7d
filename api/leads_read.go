package api

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// GetLead reads a lead. An intake key sees those of its own source.
func (s *server) GetLead(ctx context.Context, r gen.GetLeadRequestObject) (gen.GetLeadResponseObject, error) {
	who := callerOf(ctx)
	if err := s.mayRead(ctx, who, r.ID); err != nil {
		return nil, err
	}
	if err := s.looked(ctx, store.LeadViewed, r.ID); err != nil {
		return nil, err
	}
	l, err := s.leadNow(ctx, who.dealer, r.ID)
	return gen.GetLead200JSONResponse{LeadAsItIsJSONResponse: gen.LeadAsItIsJSONResponse(l)}, err
}

// mayRead returns NotFound for a lead that the caller may not see.
func (s *server) mayRead(ctx context.Context, who caller, id uuid.UUID) error {
	standing, err := s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: who.dealer, ID: id})
	if notThere(err) || (err == nil && who.source != nil && *who.source != standing.SourceID) {
		return NotFound("lead")
	}
	if err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	return nil
}

// leadNow returns a lead as it was last committed.
func (s *server) leadNow(ctx context.Context, dealer, id uuid.UUID) (gen.Lead, error) {
	var leads []gen.Lead
	err := s.store.ReadByKey(ctx, func(q *db.Queries) error {
		var err error
		leads, err = s.leadsOf(ctx, q, dealer, []uuid.UUID{id})
		return err
	})
	if err != nil {
		return gen.Lead{}, err
	}
	if len(leads) == 0 {
		return gen.Lead{}, NotFound("lead")
	}
	return leads[0], nil
}

// ListLeads lists the leads that match every filter.
func (s *server) ListLeads(ctx context.Context, r gen.ListLeadsRequestObject) (gen.ListLeadsResponseObject, error) {
	who := callerOf(ctx)
	list := store.LeadList{
		Dealer: who.dealer, OwnSource: who.source, Source: r.Params.Source, Overdue: r.Params.Overdue, Patterns: []string{},
		Statuses: texts(r.Params.Status), Stages: texts(r.Params.Stage), Most: int(limitOf(r.Params.Limit)),
	}
	sort := gen.LeadSortNextDeadline
	if r.Params.Sort != nil {
		sort = *r.Params.Sort
	}
	list.ByDeadline = sort == gen.LeadSortNextDeadline || sort == gen.LeadSortNextDeadlineLast
	list.Backwards = sort == gen.LeadSortNextDeadlineLast || sort == gen.LeadSortNewestFirst
	if r.Params.Q != nil {
		list.Patterns = store.SearchPatterns(*r.Params.Q)
	}
	after, given, err := placeOf[leadPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		if after.Sort != sort {
			return nil, badCursor()
		}
		list.After = &store.LeadPlace{Place: after.Place, ID: after.ID}
	}
	somebody, err := s.ownedBy(ctx, who, r.Params.Owner, &list)
	if err != nil {
		return nil, err
	}
	out := gen.LeadPage{Items: []gen.Lead{}}
	if !somebody {
		return gen.ListLeads200JSONResponse(out), nil
	}
	err = s.store.Read(ctx, func(q *db.Queries) error {
		places, more, err := list.Page(ctx, q)
		if err != nil {
			return fmt.Errorf("list leads: %w", err)
		}
		ids := make([]uuid.UUID, len(places))
		for i, at := range places {
			ids[i] = at.ID
		}
		if more {
			last := places[len(places)-1]
			out.NextCursor = cursorOf(leadPlace{Sort: sort, Place: last.Place, ID: last.ID})
		}
		out.Items, err = s.leadsOf(ctx, q, who.dealer, ids)
		return err
	})
	if err == nil {
		err = s.store.Looked(ctx, listed(who.dealer, len(list.Patterns) > 0, out.Items))
	}
	return gen.ListLeads200JSONResponse(out), err
}

// leadPlace is a place in a list of leads, as a cursor has it.
type leadPlace struct {
	Sort  gen.LeadSort `json:"s"`
	Place int64        `json:"p"`
	ID    uuid.UUID    `json:"i"`
}

// listed is what the trail keeps of a list of leads that was given out: of a
// search whom it found, for it asks for somebody.
func listed(dealer uuid.UUID, searched bool, leads []gen.Lead) store.Entry {
	if !searched {
		return store.Entry{Dealer: dealer, Kind: store.LeadsListed}
	}
	ids := make([]uuid.UUID, len(leads))
	for i := range leads {
		ids[i] = leads[i].ID
	}
	return store.SearchEntry(dealer, ids)
}

// looked puts on the trail that the caller saw something personal. Nothing is
// shown that could not be recorded.
func (s *server) looked(ctx context.Context, kind store.TrailKind, id uuid.UUID) error {
	return s.store.Looked(ctx, store.Entry{Dealer: callerOf(ctx).dealer, Kind: kind, Object: id})
}

// ownedBy adds the filter by owner. It reports false when nobody has that
// address, and so no lead either.
func (s *server) ownedBy(ctx context.Context, who caller, owner *string, list *store.LeadList) (bool, error) {
	switch {
	case owner == nil:
		return true, nil
	case *owner == "none":
		list.NoOwner = true
		return true, nil
	case *owner == "me":
		me := staffOf(ctx)
		if me == nil {
			return false, BadParameter(FieldError{
				Field: "owner", Message: "me is for whoever is named in the header X-Actor; name somebody there, or give an e-mail address",
			})
		}
		list.Owner = &me.ID
		return true, nil
	}
	person, err := s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: who.dealer, Lower: *owner})
	if notThere(err) {
		return false, nil
	}
	list.Owner = &person.ID
	return true, err
}

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// people are the dealer's staff by id.
type people map[string]gen.StaffRef

func peopleOf(ctx context.Context, q *db.Queries, dealer uuid.UUID) (people, error) {
	staff, err := q.ListStaff(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	out := make(people, len(staff))
	for _, p := range staff {
		out[p.ID.String()] = gen.StaffRef{Email: p.Email, Name: p.Name}
	}
	return out, nil
}

// ref returns the member of staff behind an actor, nil when it is none.
func (p people) ref(actor string) *gen.StaffRef {
	if one, ok := p[actor]; ok {
		return &one
	}
	return nil
}

// leadsOf returns these leads of the dealer in the order of their ids. All
// that belongs to them is read in a fixed number of queries.
func (s *server) leadsOf(ctx context.Context, q *db.Queries, dealer uuid.UUID, ids []uuid.UUID) ([]gen.Lead, error) {
	if len(ids) == 0 {
		return []gen.Lead{}, nil
	}
	rows, err := q.LeadsByID(ctx, db.LeadsByIDParams{DealerID: dealer, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("leads: %w", err)
	}
	slices.SortFunc(rows, func(a, b db.LeadsByIDRow) int { return slices.Index(ids, a.Lead.ID) - slices.Index(ids, b.Lead.ID) })
	f, err := s.read(ctx, q, dealer, rows)
	if err != nil {
		return nil, err
	}
	out := make([]gen.Lead, len(rows))
	for i := range rows {
		if out[i], err = f.lead(&rows[i]); err != nil {
			return nil, fmt.Errorf("lead %s: %w", rows[i].Lead.ID, err)
		}
	}
	return out, nil
}
