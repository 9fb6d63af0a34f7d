package leads

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// other is another lead of the same person.
type other struct {
	id         uuid.UUID
	how        string // linked, duplicate_of or again_of
	car        string
	source     string
	stage      string
	receivedAt time.Time
	owner      string
}

// mostOthers is how many other leads of a person are listed.
const mostOthers = 20

// othersOf reads the customer's other leads: the one that this one was linked
// to, the one that it tries again, and those that were linked with it.
func (r *Room) othersOf(ctx context.Context, f *file) error {
	how := map[uuid.UUID]string{}
	var ids []uuid.UUID
	add := func(id uuid.UUID, as string) {
		if how[id] == "" && len(ids) < mostOthers {
			how[id], ids = as, append(ids, id)
		}
	}
	if f.lead.DuplicateOf != nil {
		add(*f.lead.DuplicateOf, "duplicate_of")
	}
	if f.row.Lead.AgainOf != nil {
		add(*f.row.Lead.AgainOf, "again_of")
	}
	for _, id := range f.lead.Linked {
		add(id, "linked")
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := r.Store.LeadsByID(ctx, db.LeadsByIDParams{DealerID: f.viewer.Dealer.ID, Ids: ids})
	if err != nil {
		return fmt.Errorf("other leads: %w", err)
	}
	slices.SortFunc(rows, func(a, b db.LeadsByIDRow) int { return slices.Index(ids, a.Lead.ID) - slices.Index(ids, b.Lead.ID) })
	f.others = make([]other, len(rows))
	for i := range rows {
		l := &rows[i].Lead
		f.others[i] = other{
			id: l.ID, how: how[l.ID], car: joined(&l.Make, &l.Model), source: rows[i].SourceCode, stage: l.Stage,
			receivedAt: l.ReceivedAt, owner: text(rows[i].OwnerName),
		}
	}
	return nil
}

// workflowFor is the address of the lead's workflow, for those who look after
// the system and for managers.
func (r *Room) workflowFor(f *file) string {
	if !f.viewer.Arranges() || f.lead.DuplicateOf != nil {
		return ""
	}
	return r.Workflow(workflows.ID(f.lead.ID.String()))
}
