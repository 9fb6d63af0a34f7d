package settings

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// applying is what putting the open leads under a version would do.
type applying struct {
	gen.ApplicationPreview

	Newest int
	Cars   map[uuid.UUID]string // of the leads that are shown
}

// policyApply tells what applying would change. It changes nothing.
func (r *Room) policyApply(c *gin.Context) {
	ctx := c.Request.Context()
	newest, err := r.newestPolicy(ctx)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	version := newest.Version
	if asked := versionNumber(c.Query("version")); asked > 0 {
		version = asked
	}
	a := applying{Newest: newest.Version}
	if err = r.Door.Post(ctx, "/v1/policy/apply", "", gen.ApplyRequest{Version: &version}, &a.ApplicationPreview); err == nil {
		a.Cars, err = r.leadNames(ctx, a.Examples)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, applyPage(a))
}

// leadNames names leads by their customers and cars.
func (r *Room) leadNames(ctx context.Context, moves []gen.LeadMove) (map[uuid.UUID]string, error) {
	ids := make([]uuid.UUID, len(moves))
	for i, m := range moves {
		ids[i] = m.Lead.ID
	}
	rows, err := r.Store.NamesOfLeads(ctx, db.NamesOfLeadsParams{DealerID: frame.ViewerOf(ctx).Dealer.ID, LeadIds: ids})
	if err != nil {
		return nil, fmt.Errorf("names of leads: %w", err)
	}
	return namedLeads(rows), nil
}

// applyPolicy puts the open leads under a version, ten a second.
func (r *Room) applyPolicy(c *gin.Context) {
	version, yes := versionNumber(c.PostForm("version")), true
	if version < 1 {
		wrong(c, "policyeditor.no_base")
		return
	}
	var begun gen.PolicyApplication
	err := r.Door.Post(c.Request.Context(), "/v1/policy/apply", c.PostForm("key"), gen.ApplyRequest{Version: &version, Confirm: &yes}, &begun)
	if err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, applicationLink(begun.ID), "policy_applying")
}

// policyApplication shows how far it has got. htmx asks for the part again
// while it is under way.
func (r *Room) policyApplication(c *gin.Context) {
	id, named := idOf(c, "id")
	if !named {
		return
	}
	var a gen.PolicyApplication
	if err := r.Door.Get(c.Request.Context(), "/v1/policy/applications/"+id.String(), &a); err != nil {
		frame.Refuse(c, err)
		return
	}
	if frame.Partial(c) && c.Query("part") != "" {
		frame.Render(c, http.StatusOK, progressNext(a))
		return
	}
	frame.Render(c, http.StatusOK, applicationPage(a))
}

// cancelApplication keeps the leads that have not been told yet where they are.
func (r *Room) cancelApplication(c *gin.Context) {
	id, named := idOf(c, "id")
	if !named {
		return
	}
	var a gen.PolicyApplication
	err := r.Door.Post(c.Request.Context(), "/v1/policy/applications/"+id.String()+"/cancel", c.PostForm("key"), gen.Acting{}, &a)
	if err != nil {
		refuse(c, err, "")
		return
	}
	said := "policy_stopped"
	if a.State != gen.ApplicationStateCancelled {
		said = "" // it was done before
	}
	frame.Done(c, applicationLink(a.ID), said)
}

func applicationLink(id uuid.UUID) string { return policyPath + "/applications/" + id.String() }

// pagePath is a list's path for a page of it.
func pagePath(path, cursor string) string {
	if cursor == "" {
		return path
	}
	return path + "?cursor=" + url.QueryEscape(cursor)
}
