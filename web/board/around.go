package board

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

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
	there, err := r.find(ctx, p, &f, []uuid.UUID{}, mostAround)
	if err != nil {
		return "", "", err
	}
	stood := place{ID: id}
	if at, err := strconv.ParseInt(values.Get("at"), 10, 64); err == nil {
		stood.At = at
	} else if now := slices.IndexFunc(there.places, func(o place) bool { return o.ID == id }); now >= 0 {
		stood = there.places[now]
	} else {
		return "", "", nil
	}
	others := slices.DeleteFunc(there.places, func(o place) bool { return o.ID == id })
	i, _ := slices.BinarySearchFunc(others, stood, place.compare)
	if i > 0 {
		before = f.lead(others[i-1])
	}
	if i < len(others) {
		behind = f.lead(others[i])
	}
	return before, behind, nil
}

// mostAround bounds how far next and previous reach among leads that are
// closed; those that are open are all there.
const mostAround = 2_000

// lead is the address of a lead's page from which next and previous go on along
// the board.
func (f *filters) lead(at place) string {
	values := f.values()
	values.Set("at", strconv.FormatInt(at.At, 10))
	return withQuery("/leads/"+at.ID.String(), values)
}
