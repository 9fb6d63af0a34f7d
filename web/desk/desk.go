// Package desk is where managers steer: what waits for them, whom to help,
// whose leads to hand on, and what came in that nobody could read.
package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	desk := signed.Group("/desk", only((*frame.Viewer).Manages))
	desk.GET("", r.show)
	desk.POST("/closings/:id/approve", r.approve)
	desk.POST("/closings/:id/refuse", r.refuse)
	desk.POST("/leads/:id/assign", r.assign)
	desk.GET("/reassign", r.choose)
	desk.POST("/reassign", r.reassign)
	desk.POST("/staff/:id/intervention", r.intervene)
	desk.POST("/exemptions", r.exempt)
	desk.POST("/staff/:id/exemption/end", r.endExemption)

	held := signed.Group("/desk/quarantine", only((*frame.Viewer).Arranges))
	held.GET("", r.quarantine)
	held.GET("/:id", r.quarantined)
	held.POST("/:id/lead", r.makeLead)
}

// only lets those through whose role may; the API asks again.
func only(may func(*frame.Viewer) bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !may(frame.ViewerOf(c.Request.Context())) {
			frame.Forbidden(c)
		}
	}
}

// page is all that stands on the desk.
type page struct {
	Place       string // in the feed
	Decided     bool   // a decision was made just now: the next one gets the focus
	Closings    closings
	Escalations escalations
	People      []person
	Earning     earning
	Ownerless   int
	Held        int // messages in quarantine
	Takers      []taker
}

// show is the desk, or the part of it that the address asks for.
func (r *Room) show(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	part, chosen := c.Query("part"), c.Query("closing")
	if part == "waiting" || part == "closing" {
		r.showClosings(c, part, chosen)
		return
	}
	p := page{Decided: c.Query("said") != ""}
	var err error
	if p.Place, err = r.Store.LivePlace(ctx); err != nil {
		frame.Away(c, err)
		return
	}
	var staff gen.StaffList
	if err := r.Door.Get(ctx, "/v1/staff", &staff); err != nil {
		frame.Refuse(c, err)
		return
	}
	if err := r.readNow(ctx, v, &p, staff.Items); err != nil {
		frame.Away(c, err)
		return
	}
	if part == "now" {
		frame.Render(c, http.StatusOK, nowPart(p))
		return
	}
	if err := r.readRest(ctx, v, &p, staff.Items, chosen); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, deskPage(p))
}

// showClosings answers with the list of what waits, or with the closing that is
// looked at as it is.
func (r *Room) showClosings(c *gin.Context, part, chosen string) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	list, err := r.waitingClosings(ctx, v)
	if err != nil {
		frame.Away(c, err)
		return
	}
	if chosen == "" && len(list) > 0 {
		chosen = list[next(list)].ID.String()
	}
	if part == "waiting" {
		frame.Render(c, http.StatusOK, waitingPart(closings{Waiting: list, Beside: chosen}))
		return
	}
	at := slices.IndexFunc(list, func(w waiting) bool { return w.ID.String() == chosen })
	switch {
	case chosen == "":
		frame.Render(c, http.StatusOK, nothingWaits())
		return
	case at < 0:
		frame.Render(c, http.StatusOK, decidedCard())
		return
	}
	staff, err := r.Store.ListStaff(ctx, v.Dealer.ID)
	if err != nil {
		frame.Away(c, fmt.Errorf("staff: %w", err))
		return
	}
	all := make(names, 2*len(staff))
	for _, s := range staff {
		all[s.Email], all[s.ID.String()] = s.Name, s.Name
	}
	one, err := r.look(ctx, v, list[at], all)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, closingCard(*one, false))
}

// readNow gathers what changes from minute to minute.
func (r *Room) readNow(ctx context.Context, v *frame.Viewer, p *page, staff []gen.Staff) error {
	p.Takers = takersOf(staff)
	var err error
	if p.Escalations, err = r.escalations(ctx, v, namesOf(staff)); err != nil {
		return err
	}
	p.People, err = r.people(ctx, v)
	return err
}

// readRest gathers the closings and what is less in a hurry; chosen is the lead
// whose closing is looked at, "" for the next one.
func (r *Room) readRest(ctx context.Context, v *frame.Viewer, p *page, staff []gen.Staff, chosen string) error {
	var err error
	if p.Closings, err = r.closings(ctx, v, chosen, namesOf(staff)); err != nil {
		return err
	}
	if p.Earning, err = r.earning(ctx, v, staff, namesOf(staff)); err != nil {
		return err
	}
	ownerless, err := r.Store.OwnerlessLeads(ctx, v.Dealer.ID)
	if err != nil {
		return fmt.Errorf("leads without owner: %w", err)
	}
	held, err := r.Store.QuarantineWaiting(ctx, v.Dealer.ID)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	p.Ownerless, p.Held = int(ownerless), int(held)
	return nil
}

// names are those of the staff, by e-mail address and by id.
type names map[string]string

func namesOf(staff []gen.Staff) names {
	out := make(names, 2*len(staff))
	for i := range staff {
		out[staff[i].Email], out[staff[i].ID.String()] = staff[i].Name, staff[i].Name
	}
	return out
}

// of names somebody by his id, "" for nobody.
func (n names) of(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return n[id.String()]
}

// taker is somebody to whom a lead may be given.
type taker struct {
	Email, Name string
	Open        int
	Away        bool // absent now: the API refuses
}

func takersOf(staff []gen.Staff) []taker {
	var out []taker
	for i := range staff {
		s := &staff[i]
		if s.Active && sells(s.Role) {
			out = append(out, taker{Email: s.Email, Name: s.Name, Open: s.OpenLeads, Away: s.Absent})
		}
	}
	return out
}

func sells(role gen.Role) bool {
	return role != gen.RoleMarketer && role != gen.RoleAdmin
}

// idOf reads the id in the address; it answers for what is none.
func idOf(c *gin.Context) (uuid.UUID, bool) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return id, false
	}
	return id, true
}

// others reports whether somebody else decides on closings too.
func (r *Room) others(ctx context.Context, v *frame.Viewer) (bool, error) {
	n, err := r.Store.OtherManagers(ctx, db.OtherManagersParams{DealerID: v.Dealer.ID, ID: v.Staff.ID})
	if err != nil {
		return false, fmt.Errorf("other managers: %w", err)
	}
	return n > 0, nil
}
