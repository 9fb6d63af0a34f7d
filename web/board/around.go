package board

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Around returns the addresses of the leads before and behind one on the board,
// "" where there is none. values are those of the lead's address as the board
// links to it: the filters, and where the lead stood ("at"), so that who has
// worked it goes on from there although it stands elsewhere by then.
func Around(ctx context.Context, h *frame.House, values url.Values, id uuid.UUID) (before, behind string, err error) {
	r := &Room{House: h}
	p, err := r.people(ctx)
	if err != nil {
		return "", "", err
	}
	f := p.read(values)
	f.After = nil
	w := p.wanted(&f, frame.ViewerOf(ctx))
	stood := place{ID: id}
	if at, err := strconv.ParseInt(values.Get("at"), 10, 64); err == nil {
		stood.At = at
	} else {
		itself, err := r.named(ctx, w, []uuid.UUID{id}, w.words)
		if err != nil {
			return "", "", err
		}
		now := w.sorted(itself)
		if len(now) == 0 {
			return "", "", nil
		}
		stood = now[0]
	}
	previous, next, err := r.neighbours(ctx, w, stood)
	if previous != nil {
		before = f.lead(*previous)
	}
	if next != nil {
		behind = f.lead(*next)
	}
	return before, behind, err
}

// neighbours are the places next to one on the board, nil where there is none.
func (r *Room) neighbours(ctx context.Context, w *wanted, stood place) (before, behind *place, err error) {
	if len(w.words) > 0 {
		h, err := r.search(ctx, w, w.open())
		if err != nil {
			return nil, nil, err
		}
		if h.few {
			others := slices.DeleteFunc(h.rows, func(l db.BoardNamedRow) bool { return l.ID == stood.ID })
			before, behind = between(w.sorted(others), stood)
			return before, behind, nil
		}
	}
	places, err := r.walk(ctx, w, step{from: stood, besides: stood.ID, backwards: true, most: 1})
	if err != nil {
		return nil, nil, err
	}
	before, _ = between(places, stood)
	if places, err = r.walk(ctx, w, step{from: stood, besides: stood.ID, most: 1}); err != nil {
		return nil, nil, err
	}
	_, behind = between(places, stood)
	return before, behind, nil
}

// between are the places between which one stands.
func between(places []place, stood place) (before, behind *place) {
	i, _ := slices.BinarySearchFunc(places, stood, place.compare)
	if i > 0 {
		before = &places[i-1]
	}
	if i < len(places) {
		behind = &places[i]
	}
	return before, behind
}

// lead is the address of a lead's page from which next and previous go on along
// the board.
func (f *filters) lead(at place) string {
	values := f.values()
	values.Set("at", strconv.FormatInt(at.At, 10))
	return withQuery("/leads/"+at.ID.String(), values)
}
