package mine

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// prompt is how soon a customer is to be answered by a person.
const prompt = 15 * time.Minute

// mostBehind is how many leads stand behind a figure at most.
const mostBehind = 200

// figure is one number and the leads behind it, the latest first.
type figure struct {
	Name  string
	Leads []deed
}

// deed is something that was done with a lead.
type deed struct {
	Lead uuid.UUID
	At   time.Time
	What string // outcome of the attempt; "" where the figure says it
}

// figures are what somebody made of his work.
type figures struct {
	Open    int
	Counted []figure
	// Prompt of Answered leads of this month were answered by a person within a
	// quarter of an hour from when their clock began.
	Prompt, Answered int
}

// Share is how many were answered in time, in whole per cent.
func (f figures) Share() int {
	if f.Answered == 0 {
		return 0
	}
	return f.Prompt * 100 / f.Answered
}

// The figures that are counted from the timeline, as they stand on the page.
const (
	callsToday    = "calls_today"
	callsWeek     = "calls_week"
	conversations = "conversations"
	appointments  = "appointments"
	visits        = "visits"
	sales         = "sales"
	prompts       = "prompt"
)

// since are the instants at which today, this week and this month began in the
// dealer's zone.
type since struct{ today, week, month time.Time }

func begun(now time.Time, zone *time.Location) since {
	local := now.In(zone)
	y, m, d := local.Date()
	monday := d - (int(local.Weekday())+6)%7
	return since{
		today: time.Date(y, m, d, 0, 0, 0, 0, zone), week: time.Date(y, m, monday, 0, 0, 0, 0, zone), month: time.Date(y, m, 1, 0, 0, 0, 0, zone),
	}
}

// rules say which deeds a figure counts: from when on, and whether each lead
// counts once.
var rules = []struct {
	name  string
	from  func(since) time.Time
	is    func(row *db.DoneByRow, me string) bool
	leads bool
}{
	{callsToday, func(s since) time.Time { return s.today }, isCall, false},
	{callsWeek, func(s since) time.Time { return s.week }, isCall, false},
	{conversations, func(s since) time.Time { return s.month }, func(row *db.DoneByRow, me string) bool {
		return row.Kind == "attempt_logged" && row.Actor == me && row.Outcome == string(lead.Reached)
	}, true},
	{appointments, func(s since) time.Time { return s.month }, func(row *db.DoneByRow, me string) bool {
		return row.Kind == "appointment_set" && row.Actor == me
	}, true},
	{visits, func(s since) time.Time { return s.month }, func(row *db.DoneByRow, _ string) bool {
		return row.Kind == "appointment_outcome" && row.Outcome == string(lead.Came)
	}, true},
	{sales, func(s since) time.Time { return s.month }, func(row *db.DoneByRow, _ string) bool {
		return row.Kind == "closed" && row.Stage == string(lead.Won)
	}, true},
}

func isCall(row *db.DoneByRow, me string) bool {
	return row.Kind == "attempt_logged" && row.Actor == me && row.Channel == string(lead.Phone) && row.Direction == string(lead.Out)
}

// counted puts each deed under the figures that count it.
func counted(rows []db.DoneByRow, me string, s since) []figure {
	out := make([]figure, len(rules))
	for i, rule := range rules {
		out[i].Name = rule.name
		seen := map[uuid.UUID]bool{}
		for j := range rows {
			row := &rows[j]
			if row.At.Before(rule.from(s)) || !rule.is(row, me) || (rule.leads && seen[row.LeadID]) {
				continue
			}
			seen[row.LeadID] = true
			out[i].Leads = append(out[i].Leads, deed{Lead: row.LeadID, At: row.At, What: row.Outcome})
		}
	}
	return out
}

func (r *Room) figures(ctx context.Context, v *frame.Viewer) (figures, error) {
	var out figures
	s := begun(v.Now, v.Zone)
	from := s.month
	if s.week.Before(from) {
		from = s.week
	}
	rows, err := r.Store.DoneBy(ctx, db.DoneByParams{DealerID: v.Dealer.ID, StaffID: v.Staff.ID, Since: from})
	if err != nil {
		return out, fmt.Errorf("what somebody did: %w", err)
	}
	out.Counted = counted(rows, v.Staff.ID.String(), s)
	answered, err := r.answered(ctx, v, s)
	if err != nil {
		return out, err
	}
	out.Answered = len(answered)
	for _, a := range answered {
		if a.What == "" {
			out.Prompt++
		}
	}
	open, err := r.Store.OpenByOwner(ctx, v.Dealer.ID)
	if err != nil {
		return out, fmt.Errorf("open leads: %w", err)
	}
	for _, o := range open {
		if o.OwnerID != nil && *o.OwnerID == v.Staff.ID {
			out.Open = int(o.Open)
		}
	}
	return out, nil
}

// answered are this month's leads of the viewer of which it is known whether a
// person answered in time; What says how late he was, "" for in time.
func (r *Room) answered(ctx context.Context, v *frame.Viewer, s since) ([]deed, error) {
	rows, err := r.Store.AnsweredBy(ctx, db.AnsweredByParams{DealerID: v.Dealer.ID, OwnerID: v.Staff.ID, Since: s.month})
	if err != nil {
		return nil, fmt.Errorf("answered leads: %w", err)
	}
	var out []deed
	for _, row := range rows {
		end := v.Now
		if row.FirstLiveAt != nil {
			end = *row.FirstLiveAt
		}
		took := end.Sub(row.BeganAt)
		switch {
		case took > prompt:
			out = append(out, deed{Lead: row.ID, At: row.BeganAt, What: words.T(ctx, "mine.took", "minutes", words.Of(ctx).Number(int(took.Minutes())))})
		case row.FirstLiveAt != nil:
			out = append(out, deed{Lead: row.ID, At: row.BeganAt})
		}
	}
	return out, nil
}

// behind shows the leads behind a figure.
func (r *Room) behind(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	name := c.Param("figure")
	f, err := r.figure(ctx, v, name)
	if err != nil {
		frame.Away(c, err)
		return
	}
	if f == nil {
		frame.NotFound(c)
		return
	}
	total := len(f.Leads)
	f.Leads = f.Leads[:min(total, mostBehind)]
	ids := make([]uuid.UUID, len(f.Leads))
	for i, d := range f.Leads {
		ids[i] = d.Lead
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Render(c, http.StatusOK, figurePage(*f, leads, total))
}

// figure returns one of the figures, nil when there is none of that name.
func (r *Room) figure(ctx context.Context, v *frame.Viewer, name string) (*figure, error) {
	if name == prompts {
		leads, err := r.answered(ctx, v, begun(v.Now, v.Zone))
		return &figure{Name: name, Leads: leads}, err
	}
	all, err := r.figures(ctx, v)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all.Counted, func(f figure) bool { return f.Name == name })
	if i < 0 {
		return nil, nil //nolint:nilnil // no such figure
	}
	return &all.Counted[i], nil
}
