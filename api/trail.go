package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// ops is who acts outside of the API, as it names him.
const ops = "ops"

// trailPlace is a place on the trail.
type trailPlace struct {
	At time.Time `json:"t"`
	ID uuid.UUID `json:"i"`
}

// ListTrail reads who did what, newest first.
func (s *server) ListTrail(ctx context.Context, r gen.ListTrailRequestObject) (gen.ListTrailResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page := db.TrailParams{
		DealerID: callerOf(ctx).dealer, Kind: as[string](r.Params.Kind), ObjectID: r.Params.Object, Since: inUTC(r.Params.After), Most: limit + 1,
	}
	before, given, err := placeOf[trailPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		page.Before, page.BeforeID = &before.At, &before.ID
	}
	out := gen.TrailPage{Items: []gen.TrailEntry{}}
	err = s.store.Read(ctx, func(q *db.Queries) error {
		n, err := namesOf(ctx, q, page.DealerID)
		if err != nil {
			return err
		}
		if r.Params.Actor != nil {
			actor := n.actor(*r.Params.Actor)
			page.Actor = &actor
		}
		rows, err := q.Trail(ctx, page)
		if err != nil {
			return fmt.Errorf("trail: %w", err)
		}
		if len(rows) > int(limit) {
			rows = rows[:limit]
			last := rows[limit-1]
			out.NextCursor = cursorOf(trailPlace{At: last.At.UTC(), ID: last.ID})
		}
		if err := n.ofCustomers(ctx, q, rows); err != nil {
			return err
		}
		for _, row := range rows {
			entry, err := n.entry(row, words.Of(ctx))
			if err != nil {
				return err
			}
			out.Items = append(out.Items, entry)
		}
		return nil
	})
	return gen.ListTrail200JSONResponse(out), err
}

// names are what the things on the trail are called now: the trail itself holds
// none.
type names struct {
	dealer uuid.UUID
	people people
	keys   map[uuid.UUID]string
	things map[uuid.UUID]string // sources, leads and customers
}

func namesOf(ctx context.Context, q *db.Queries, dealer uuid.UUID) (*names, error) {
	n := &names{dealer: dealer, keys: map[uuid.UUID]string{}, things: map[uuid.UUID]string{}}
	var err error
	if n.people, err = peopleOf(ctx, q, dealer); err != nil {
		return nil, err
	}
	keys, err := q.ListKeys(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	for _, k := range keys {
		n.keys[k.ID] = k.Name
	}
	sources, err := q.ListSources(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	for _, o := range sources {
		n.things[o.ID] = o.Name
	}
	return n, nil
}

// ofCustomers adds the customers of these entries.
func (n *names) ofCustomers(ctx context.Context, q *db.Queries, rows []db.Trail) error {
	leads, customers := []uuid.UUID{}, []uuid.UUID{}
	for _, row := range rows {
		switch row.ObjectKind {
		case "lead":
			leads = append(leads, row.ObjectID)
		case "customer":
			customers = append(customers, row.ObjectID)
		}
	}
	named, err := q.NamesOfLeads(ctx, db.NamesOfLeadsParams{DealerID: n.dealer, LeadIds: leads})
	if err != nil {
		return fmt.Errorf("names of leads: %w", err)
	}
	for _, row := range named {
		n.things[row.ID] = store.NameOf(row.Customer)
	}
	people, err := q.NamesOfCustomers(ctx, db.NamesOfCustomersParams{DealerID: n.dealer, Ids: customers})
	if err != nil {
		return fmt.Errorf("names of customers: %w", err)
	}
	for _, row := range people {
		n.things[row.ID] = store.NameOf(row)
	}
	return nil
}

// actor is how the trail names whom a caller asks for. Whom nobody knows has
// done nothing.
func (n *names) actor(asked string) string {
	for id, one := range n.people {
		if one.Email == asked {
			return id
		}
	}
	if asked == ops {
		return store.ByOperator
	}
	return asked
}

func (n *names) entry(row db.Trail, reader *words.Words) (gen.TrailEntry, error) {
	out := gen.TrailEntry{
		ID: row.ID, At: row.At.UTC(), Kind: gen.TrailKind(row.Kind), Actor: row.Actor, Data: map[string]any{},
		Object: gen.TrailObject{Kind: gen.TrailObjectKind(row.ObjectKind)},
	}
	if err := json.Unmarshal(row.Data, &out.Data); err != nil {
		return out, fmt.Errorf("entry %s of the trail: %w", row.ID, err)
	}
	out.Summary = reader.Trail(row.Kind, out.Data)
	if row.KeyID != nil {
		out.Key = filled(n.keys[*row.KeyID])
	}
	switch p := n.people.ref(row.Actor); {
	case p != nil:
		out.Actor, out.ActorName = p.Email, filled(p.Name)
	case row.Actor == store.ByOperator:
		out.Actor = ops
	case row.Actor != string(process.System):
		out.ActorName = out.Key
	}
	if row.ObjectID != n.dealer {
		out.Object.ID, out.Object.Name = &row.ObjectID, filled(n.called(row))
	}
	return out, nil
}

// called is the name of what an entry is about, "" for what has none.
func (n *names) called(row db.Trail) string {
	switch row.ObjectKind {
	case "staff":
		return n.people.name(row.ObjectID.String())
	case "key":
		return n.keys[row.ObjectID]
	}
	return n.things[row.ObjectID]
}
