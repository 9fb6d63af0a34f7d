package mine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// How far back the screen remembers: who was asked to help still is as long as
// the escalation is up; what merely happened is news for two days.
const (
	helpSince = 30 * 24 * time.Hour
	newsSince = 48 * time.Hour
	mostNews  = 8
)

// help is a lead of somebody else on which he was asked to help.
type help struct {
	brief.Lead

	Of   string // whose it is, "" when nobody has it
	Took bool   // he took it before and did nothing
}

// news is something that he was told.
type news struct {
	At   time.Time
	Text string
	Path string
}

// alerts are what stands on somebody's screen beside his own work.
type alerts struct {
	Help []help
	News []news
}

// newsworthy are the alerts that tell of something. The others ask for what
// stands in the list of work, and go away with it.
var newsworthy = []string{"assigned", "customer-acted", "closing-approved", "closing-rejected", "message-failed", "staff-paused", store.ColleagueUnreachable}

func (r *Room) alerts(ctx context.Context, v *frame.Viewer) (alerts, error) {
	var out alerts
	asked, err := r.Store.AskedToHelp(ctx, db.AskedToHelpParams{DealerID: v.Dealer.ID, StaffID: v.Staff.ID, Since: v.Now.Add(-helpSince)})
	if err != nil {
		return out, fmt.Errorf("leads to help with: %w", err)
	}
	told, err := r.Store.ScreenOf(ctx, db.ScreenOfParams{
		DealerID: v.Dealer.ID, StaffID: v.Staff.ID, Since: v.Now.Add(-newsSince), Templates: newsworthy, Most: mostNews,
	})
	if err != nil {
		return out, fmt.Errorf("alerts on the screen: %w", err)
	}
	ids := make([]uuid.UUID, 0, len(asked)+len(told))
	for _, a := range asked {
		ids = append(ids, a.ID)
	}
	for _, n := range told {
		ids = append(ids, n.LeadID)
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		return out, err
	}
	owners, err := r.Store.ListStaff(ctx, v.Dealer.ID)
	if err != nil {
		return out, fmt.Errorf("staff: %w", err)
	}
	for _, a := range asked {
		if l, there := leads[a.ID]; there {
			out.Help = append(out.Help, help{Lead: l, Of: nameOf(owners, l.Owner), Took: a.Took})
		}
	}
	for _, n := range told {
		if l, there := leads[n.LeadID]; there {
			out.News = append(out.News, newsOf(ctx, n, l))
		}
	}
	return out, nil
}

func nameOf(staff []db.Staff, id *uuid.UUID) string {
	for i := range staff {
		if id != nil && staff[i].ID == *id {
			return staff[i].Name
		}
	}
	return ""
}

// newsOf words what somebody was told. A colleague's pause is about no lead.
func newsOf(ctx context.Context, n db.ScreenOfRow, about brief.Lead) news {
	out := news{At: n.CreatedAt, Path: "/leads/" + n.LeadID.String()}
	key := "mine.news_" + strings.ReplaceAll(n.Template, "-", "_")
	switch n.Template {
	case store.ColleagueUnreachable:
		// It is about no lead, whatever its mail was about.
		out.Path = "/settings/staff"
		if lead.IsID(n.Ref) {
			out.Path += "/" + n.Ref
		}
	case "staff-paused":
		out.Path = "/desk#paused"
	case "customer-acted":
		key += "_" + n.Ref
	}
	out.Text = words.T(ctx, key, "who", about.Called())
	return out
}
