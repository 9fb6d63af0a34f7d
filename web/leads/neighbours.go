package leads

import (
	"context"
	"net/url"

	"github.com/doorbell-ilm/doorbell/web/board"
)

// neighbours finds the leads before and behind this one on the board from
// which the page was opened. Who comes from a mail goes through his own leads.
func (r *Room) neighbours(ctx context.Context, f *file) error {
	query := f.query
	if len(query) == 0 && mayAct(f.viewer) && !f.viewer.Manages() {
		query = url.Values{"who": {"mine"}}
	}
	var err error
	f.prev, f.next, err = board.Around(ctx, r.House, query, f.lead.ID)
	return err
}

// board is the address of the board from which the page was opened.
func (f *file) board() string {
	query := url.Values{}
	for name, values := range f.query {
		if name != "at" {
			query[name] = values
		}
	}
	if len(query) == 0 {
		return "/board"
	}
	return "/board?" + query.Encode()
}
