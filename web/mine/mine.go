// Package mine is what somebody has to do himself: now, next, later.
package mine

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	signed.GET("/mine", r.show)
	signed.GET("/mine/figures/:figure", r.behind)
	signed.POST("/mine/leads/:id/take", r.take)
}

// show is the page: what to do, what others ask of him, and what he made of it.
func (r *Room) show(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	if !v.Role().Sells() {
		frame.Done(c, "/follow-ups", "") // all that a marketer or an admin has to do
		return
	}
	var p page
	var err error
	if p.Place, err = r.Store.LivePlace(ctx); err != nil {
		frame.Away(c, err)
		return
	}
	if p.Work, err = r.work(ctx, v); err != nil {
		frame.Refuse(c, err)
		return
	}
	if p.Alerts, err = r.alerts(ctx, v); err != nil {
		frame.Away(c, err)
		return
	}
	if c.Query("part") == "work" {
		frame.Render(c, http.StatusOK, todoPart(p))
		return
	}
	if p.Figures, err = r.figures(ctx, v); err != nil {
		frame.Away(c, err)
		return
	}
	if p.Earning, err = r.earning(ctx, v); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, minePage(p))
}

// take is "I take it": the lead becomes his, and he sees it.
func (r *Room) take(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/leads/"+id.String()+"/take", c.PostForm("key"), nil, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.DoneElsewhere(c, "/leads/"+id.String(), "mine_taken")
}
