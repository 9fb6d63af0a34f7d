package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

const mostEscalations = 25

// escalations are leads on which nobody acted in time.
type escalations struct {
	Up    []escalation
	Total int
}

// escalation is one of them.
type escalation struct {
	brief.Lead

	Of string   // whose it is, "" when nobody has it
	To []string // whom the last step told
}

func (r *Room) escalations(ctx context.Context, v *frame.Viewer, staff names) (escalations, error) {
	var out escalations
	rows, err := r.Store.EscalationsUp(ctx, db.EscalationsUpParams{DealerID: v.Dealer.ID, Most: mostEscalations})
	if err != nil {
		return out, fmt.Errorf("escalations: %w", err)
	}
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i], out.Total = row.ID, int(row.Total)
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		return out, err
	}
	for _, id := range ids {
		l, there := leads[id]
		if !there {
			continue // erased a moment ago
		}
		one := escalation{Lead: l, Of: staff.of(l.Owner)}
		for _, told := range l.Told {
			if name := staff[told]; name != "" {
				one.To = append(one.To, name)
			}
		}
		out.Up = append(out.Up, one)
	}
	return out, nil
}

// assign gives a lead to somebody.
func (r *Room) assign(c *gin.Context) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	if c.PostForm("to") == "" {
		frame.Wrong(c, "desk.choose_taker")
		return
	}
	if err := r.give(c.Request.Context(), id, c.PostForm("to"), c.PostForm("reason"), c.PostForm("key")); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/desk", "desk_assigned")
}

// give makes somebody the owner of a lead.
func (r *Room) give(ctx context.Context, id uuid.UUID, to, reason, key string) error {
	body := gen.Assignment{To: to}
	if reason = strings.TrimSpace(reason); reason != "" {
		body.Reason = &reason
	}
	return r.Door.Post(ctx, "/v1/leads/"+id.String()+"/assign", key, body, nil)
}
