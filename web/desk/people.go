package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// lately is how far back the last thing that somebody did is looked for.
const lately = 7 * 24 * time.Hour

// person is how somebody stands with his leads.
type person struct {
	ID                       uuid.UUID
	Email, Name              string
	Role                     lead.Role
	Gone                     bool // left, and still owns leads
	Open, Overdue, Escalated int
	Oldest                   time.Time // deadline that passed first, zero when none did
	Calls                    int       // today
	Last                     time.Time // when he last did something, zero for not lately
	Away                     time.Time // absent until, zero when he is there
}

// people are those who own leads, who is furthest behind first.
func (r *Room) people(ctx context.Context, v *frame.Viewer) ([]person, error) {
	rows, err := r.Store.Workloads(ctx, db.WorkloadsParams{DealerID: v.Dealer.ID, Now: v.Now})
	if err != nil {
		return nil, fmt.Errorf("workloads: %w", err)
	}
	local := v.Now.In(v.Zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, v.Zone)
	did, err := r.Store.LastDoneBy(ctx, db.LastDoneByParams{DealerID: v.Dealer.ID, Today: today, Since: v.Now.Add(-lately)})
	if err != nil {
		return nil, fmt.Errorf("what people did lately: %w", err)
	}
	last := make(map[string]db.LastDoneByRow, len(did))
	for _, d := range did {
		last[d.Actor] = d
	}
	out := make([]person, len(rows))
	for i, row := range rows {
		out[i] = person{
			ID: row.ID, Email: row.Email, Name: row.Name, Role: lead.Role(row.Role), Gone: !row.Active, Open: int(row.Open), Overdue: int(row.Overdue),
			Escalated: int(row.Escalated), Calls: int(last[row.ID.String()].Calls), Last: last[row.ID.String()].LastAt,
		}
		if row.Overdue > 0 {
			out[i].Oldest = row.Oldest
		}
		if row.AbsentUntil.After(v.Now) {
			out[i].Away = row.AbsentUntil
		}
	}
	return out, nil
}
