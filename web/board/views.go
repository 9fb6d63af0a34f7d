package board

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

const (
	mostViews    = 30
	mostViewName = 60 // letters
)

// saveView gives the filters of the form a name. The same name again replaces
// what it stood for. A view is its owner's alone, so it is written here and not
// through the API.
func (r *Room) saveView(c *gin.Context) {
	ctx := c.Request.Context()
	name := strings.Join(strings.Fields(c.PostForm("name")), " ")
	if name == "" || utf8.RuneCountInString(name) > mostViewName || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		frame.Wrong(c, "board.view_name_wrong", "most", mostViewName)
		return
	}
	p, err := r.people(ctx)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	asked, err := url.ParseQuery(c.PostForm("query"))
	if err != nil {
		asked = url.Values{}
	}
	f := p.read(asked)
	v := frame.ViewerOf(ctx)
	saved, err := r.Store.PutSavedView(ctx, db.PutSavedViewParams{
		ID: store.NewID(), DealerID: v.Dealer.ID, StaffID: v.Staff.ID, Name: name, Query: f.values().Encode(), Most: mostViews,
	})
	switch {
	case err != nil:
		frame.Refuse(c, fmt.Errorf("save view: %w", err))
	case saved == 0:
		frame.Wrong(c, "board.views_full", "most", mostViews)
	default:
		frame.Done(c, f.address("/board"), "saved")
	}
}

// deleteView forgets one of the viewer's views.
func (r *Room) deleteView(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return
	}
	v := frame.ViewerOf(c.Request.Context())
	deleted, err := r.Store.DeleteSavedView(c.Request.Context(), db.DeleteSavedViewParams{DealerID: v.Dealer.ID, StaffID: v.Staff.ID, ID: id})
	switch {
	case err != nil:
		frame.Refuse(c, fmt.Errorf("delete view: %w", err))
	case deleted == 0:
		frame.NotFound(c)
	default:
		c.Redirect(http.StatusSeeOther, "/board")
	}
}
