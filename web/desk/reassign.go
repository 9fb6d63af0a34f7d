package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// mostAtOnce is how many leads are handed on with one form.
const mostAtOnce = 100

// filter chooses leads; it stands in the address.
type filter struct {
	Owner   string // staff id, "none", or "" for everybody's
	Source  string // code
	Stage   string
	Overdue bool
}

// choice is the page on which leads are chosen.
type choice struct {
	Filter  filter
	Leads   []candidate
	Total   int
	Owners  []person
	Sources []db.Source
	Takers  []taker
}

// candidate is a lead that may go to somebody else.
type candidate struct {
	brief.Lead

	Source, Of string
}

// choose lists the leads that match the address.
func (r *Room) choose(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	p := choice{Filter: filter{Owner: c.Query("owner"), Source: c.Query("source"), Stage: c.Query("stage"), Overdue: c.Query("overdue") == "true"}}
	var staff gen.StaffList
	if err := r.Door.Get(ctx, "/v1/staff", &staff); err != nil {
		frame.Refuse(c, err)
		return
	}
	p.Takers = takersOf(staff.Items)
	var err error
	if p.Leads, p.Total, err = r.candidates(ctx, v, p.Filter, namesOf(staff.Items)); err != nil {
		frame.Away(c, err)
		return
	}
	if p.Owners, err = r.people(ctx, v); err != nil {
		frame.Away(c, err)
		return
	}
	if p.Sources, err = r.Store.ListSources(ctx, v.Dealer.ID); err != nil {
		frame.Away(c, err)
		return
	}
	frame.Render(c, http.StatusOK, choicePage(p))
}

func (r *Room) candidates(ctx context.Context, v *frame.Viewer, f filter, staff names) ([]candidate, int, error) {
	params := db.LeadsToHandOnParams{
		DealerID: v.Dealer.ID, NoOwner: f.Owner == "none", Source: f.Source, Stage: f.Stage, Overdue: f.Overdue, Now: v.Now, Most: mostAtOnce,
	}
	if id, err := uuid.Parse(f.Owner); err == nil {
		params.OwnerID = &id
	}
	rows, err := r.Store.LeadsToHandOn(ctx, params)
	if err != nil {
		return nil, 0, fmt.Errorf("leads to hand on: %w", err)
	}
	ids := make([]uuid.UUID, len(rows))
	total := 0
	for i, row := range rows {
		ids[i], total = row.ID, int(row.Total)
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		return nil, 0, err
	}
	out := make([]candidate, 0, len(rows))
	for _, row := range rows {
		if l, there := leads[row.ID]; there {
			out = append(out, candidate{Lead: l, Source: row.SourceName, Of: staff.of(l.Owner)})
		}
	}
	return out, total, nil
}

// handed is what became of one lead of a form.
type handed struct {
	ID      uuid.UUID
	Called  string // customer and car
	Refusal string // "" when it worked
}

// reassign hands the chosen leads on, one by one: what is refused keeps no
// other from going. Each has its own key, so that a form that is sent twice
// does nothing twice.
func (r *Room) reassign(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	ids := chosen(c)
	to := c.PostForm("to")
	switch {
	case len(ids) == 0:
		frame.Wrong(c, "desk.choose_leads")
		return
	case len(ids) > mostAtOnce:
		frame.Wrong(c, "desk.choose_fewer", "most", mostAtOnce)
		return
	case to == "":
		frame.Wrong(c, "desk.choose_taker")
		return
	}
	name := to
	if person, err := r.Store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: v.Dealer.ID, Lower: to}); err == nil {
		name = person.Name // who is nobody here is refused for each lead
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		frame.Away(c, err)
		return
	}
	out := make([]handed, 0, len(ids))
	for _, id := range ids {
		one := handed{ID: id, Called: leads[id].Called()}
		key := c.PostForm("key")
		if key != "" {
			key += "/" + id.String()
		}
		err := r.give(ctx, id, to, c.PostForm("reason"), key)
		var refused *door.Problem
		switch {
		case errors.As(err, &refused) && refused.Status >= http.StatusInternalServerError && len(out) == 0:
			frame.Refuse(c, err) // nothing works just now, and nothing was done
			return
		case errors.As(err, &refused):
			one.Refusal = said(ctx, refused)
		case err != nil:
			frame.Away(c, err)
			return
		}
		out = append(out, one)
	}
	frame.Render(c, http.StatusOK, handedPage(out, name))
}

// chosen are the leads whose boxes are ticked, or all that were shown when that
// one is.
func chosen(c *gin.Context) []uuid.UUID {
	list := c.PostFormArray("lead")
	if c.PostForm("all") != "" {
		list = c.PostFormArray("shown")
	}
	var out []uuid.UUID
	for _, text := range list {
		if id, err := uuid.Parse(text); err == nil && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// said is why a lead did not go, in one line. The API words each case in
// English; in other languages its kind has to do.
func said(ctx context.Context, p *door.Problem) string {
	w := words.Of(ctx)
	switch {
	case w.Language != words.English:
		kind := strings.ReplaceAll(path.Base(p.Type), "-", "_")
		return w.Or("desk.not_handed_"+kind, w.Or("frame.problem."+kind, p.Title))
	case len(p.Errors) > 0:
		return p.Errors[0].Message
	}
	return cmp.Or(p.Detail, p.Title)
}

// worked counts those that went.
func worked(list []handed) int {
	n := 0
	for _, one := range list {
		if one.Refusal == "" {
			n++
		}
	}
	return n
}
