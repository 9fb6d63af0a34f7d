package settings

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const trailPath = "/settings/trail"

func (r *Room) mountTrail(signed gin.IRouter) {
	signed.GET(trailPath, only(holdsKeys), r.trail)
}

// trailPage is who did what, as far as the filters of the address let it through.
type trailPage struct {
	gen.TrailPage

	Staff                     []gen.Staff
	Kind, Actor, Object, From string // as they stand in the address; From is a date
	Later                     bool   // not the first page
}

func (r *Room) trail(c *gin.Context) {
	ctx := c.Request.Context()
	p := trailPage{Kind: c.Query("kind"), Actor: c.Query("actor"), Object: c.Query("object"), From: c.Query("from"), Later: c.Query("cursor") != ""}
	// What somebody mistyped in the address is left out rather than refused.
	if !slices.Contains(store.TrailKinds(), store.TrailKind(p.Kind)) {
		p.Kind = ""
	}
	if _, err := uuid.Parse(p.Object); err != nil {
		p.Object = ""
	}
	query := p.query()
	query.Del("from")
	if at, err := time.ParseInLocation(time.DateOnly, p.From, frame.ViewerOf(ctx).Zone); err == nil {
		query.Set("after", at.UTC().Format(time.RFC3339))
	} else {
		p.From = ""
	}
	query.Set("cursor", c.Query("cursor"))
	err := r.Door.Get(ctx, "/v1/trail?"+query.Encode(), &p.TrailPage)
	if err == nil {
		var all gen.StaffList
		err = r.Door.Get(ctx, "/v1/staff", &all)
		p.Staff = all.Items
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, trailList(p))
}

// query are the filters as an address has them.
func (p trailPage) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"kind": p.Kind, "actor": p.Actor, "object": p.Object, "from": p.From} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// with is the address of the page with one filter changed.
func (p trailPage) with(name, value string) string {
	query := p.query()
	query.Set(name, value)
	if value == "" {
		query.Del(name)
	}
	return trailPath + "?" + query.Encode()
}

// about is what all entries are about, as far as its name is known.
func (p trailPage) about() string {
	for _, e := range p.Items {
		if e.Object.ID != nil && e.Object.ID.String() == p.Object && e.Object.Name != nil {
			return *e.Object.Name
		}
	}
	return ""
}

// doer says who did it, and with which key.
func doer(ctx context.Context, e gen.TrailEntry) string {
	name := words.Of(ctx).Or("actor."+e.Actor, e.Actor)
	switch {
	case e.ActorName != nil && e.Key != nil && *e.ActorName == *e.Key:
		return words.T(ctx, "trail.of_key", "key", *e.Key)
	case e.ActorName != nil:
		name = *e.ActorName
	}
	if e.Key != nil {
		name += " · " + words.T(ctx, "trail.through", "key", *e.Key)
	}
	return name
}
