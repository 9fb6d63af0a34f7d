// Package board is what everybody watches: the open leads, what is due next
// first, on a desk, on a phone and on the wall of the showroom. It reads the
// database itself; what it changes are the viewer's own saved views.
package board

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	signed.GET("/board", r.show)
	signed.GET("/board/rows", r.changed)
	signed.GET("/board/numbers", r.numbers)
	signed.GET("/board/feed", r.feed)
	signed.GET("/board/here", r.here)
	signed.GET("/board/keys", func(c *gin.Context) { frame.Render(c, http.StatusOK, keys()) })
	signed.GET("/board/wall", r.wall)
	signed.POST("/board/views", r.saveView)
	signed.POST("/board/views/:id/delete", r.deleteView)
}

// page is what a board shows.
type page struct {
	*people
	found

	viewer  *frame.Viewer
	filters *filters
	live    string // the place in the feed before all this was read
	rows    []row
	views   []db.SavedViewsRow
	feed    []celebration
}

// people are those who can be named on the board: staff who left, too.
func (r *Room) people(ctx context.Context) (*people, error) {
	dealer := frame.ViewerOf(ctx).Dealer.ID
	staff, err := r.Store.ListStaff(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	sources, err := r.Store.ListSources(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	return &people{staff: staff, sources: sources}, nil
}

// read reads what a board with the filters of the address shows: of the leads
// with ids only those, at most so many. The numbers above it are counted for
// whoever shows them.
func (r *Room) read(c *gin.Context, ids []uuid.UUID, most int) (*page, error) {
	ctx := c.Request.Context()
	out := &page{viewer: frame.ViewerOf(ctx)}
	var err error
	// First of all: what happens while the rest is read is told by the feed.
	if out.live, err = r.Store.LivePlace(ctx); err != nil {
		return nil, err
	}
	if out.people, err = r.people(ctx); err != nil {
		return nil, err
	}
	f := out.people.read(c.Request.URL.Query())
	out.filters = &f
	if most == 0 {
		return out, nil
	}
	if out.found, err = r.find(ctx, out.people, &f, ids, most); err != nil {
		return nil, err
	}
	if f.Query != "" && len(ids) == 0 {
		if err := r.searched(ctx, out); err != nil {
			return nil, err
		}
	}
	out.rows, err = r.rows(ctx, out.people, out.places)
	return out, err
}

// searched puts on the trail whom somebody looked for found. What a board that is
// open brings up to date is the same look.
func (r *Room) searched(ctx context.Context, p *page) error {
	ids := make([]uuid.UUID, len(p.places))
	for i, place := range p.places {
		ids[i] = place.ID
	}
	return r.Store.Looked(ctx, store.SearchEntry(p.viewer.Dealer.ID, ids))
}

// show is the board.
func (r *Room) show(c *gin.Context) {
	p, err := r.read(c, []uuid.UUID{}, pageRows)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	ctx := c.Request.Context()
	if p.numbers, err = r.count(ctx, p); err != nil {
		frame.Refuse(c, err)
		return
	}
	p.views, err = r.Store.SavedViews(ctx, db.SavedViewsParams{DealerID: p.viewer.Dealer.ID, StaffID: p.viewer.Staff.ID})
	if err != nil {
		frame.Refuse(c, fmt.Errorf("saved views: %w", err))
		return
	}
	p.feed = r.celebrations(ctx, stripLength)
	frame.Render(c, http.StatusOK, board(p))
}

// mostIDs bounds how many leads are asked for one by one.
const mostIDs = 100

// changed answers with those of the named leads that match the filters now, or
// with the whole list when none is named.
func (r *Room) changed(c *gin.Context) {
	named, asked := c.GetQuery("ids")
	ids := []uuid.UUID{}
	for word := range strings.SplitSeq(named, ",") {
		if id, err := uuid.Parse(word); err == nil && len(ids) < mostIDs {
			ids = append(ids, id)
		}
	}
	if asked && len(ids) == 0 {
		ids = append(ids, uuid.Nil) // no lead has it
	}
	p, err := r.read(c, ids, pageRows)
	switch {
	case err != nil:
		frame.Refuse(c, err)
	case asked:
		frame.Render(c, http.StatusOK, someRows(p))
	default:
		frame.Render(c, http.StatusOK, list(p))
	}
}

// numbers answers with the numbers above the list.
func (r *Room) numbers(c *gin.Context) {
	p, err := r.read(c, []uuid.UUID{}, 0)
	if err == nil {
		p.numbers, err = r.count(c.Request.Context(), p)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, figures(p))
}

// here tells a browser that its session still holds, and what time it is.
func (r *Room) here(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"now": frame.ViewerOf(c.Request.Context()).Now.UTC()})
}
