package board

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// pageRows is how many rows a page of the board has.
const pageRows = 200

// noDeadline is the place of a lead for which nothing is due, behind all others.
const noDeadline = 9_000_000_000_000_000

// numbers count the leads that are not closed; tests are in no figure.
type numbers struct{ Open, Late, Escalated, Closing int }

// found are the places of the leads that match, in their order.
type found struct {
	places []place
	more   bool // there are further ones behind the last place
	numbers
}

// overdue reports whether a lead is late at now, in microseconds: what is due is
// over.
func overdue(l *db.BoardOpenRow, now int64) bool { return l.Due != noDeadline && l.Due <= now }

// find looks for the leads that match, at most so many from the filters' page
// on; with ids only for these.
func (r *Room) find(ctx context.Context, p *people, f *filters, ids []uuid.UUID, most int) (found, error) {
	v := frame.ViewerOf(ctx)
	query := db.BoardOpenParams{
		Now: v.Now, DealerID: v.Dealer.ID, Ids: ids, NoOwner: f.Who == noOne, Owners: p.owners(f, v), Stages: chosen(f.Stage),
		Phase: optional(f.Phase), Sources: p.from(f), Words: store.SearchPatterns(f.Query),
	}
	open, err := r.Store.BoardOpen(ctx, query)
	if err != nil {
		return found{}, fmt.Errorf("open leads of the board: %w", err)
	}
	out := found{numbers: count(open, v.Now)}
	if !f.open() {
		err = r.past(ctx, &out, f, query, most)
		return out, err
	}
	out.places, out.more = window(sorted(open, f, v.Now), f.After, most)
	return out, nil
}

// past looks for leads that need not be open; an index has them in order.
func (r *Room) past(ctx context.Context, out *found, f *filters, q db.BoardOpenParams, most int) error {
	query := db.BoardPastParams{
		DealerID: q.DealerID, ClosedOnly: f.Status == statusClosed, Words: q.Words, Ids: q.Ids, NoOwner: q.NoOwner,
		Owners: q.Owners, Stages: q.Stages, Phase: q.Phase, Sources: q.Sources, Most: int32(most + 1),
	}
	if f.After != nil {
		at := time.UnixMicro(min(max(-f.After.At, earliest), latest)).UTC()
		query.AfterAt, query.AfterID = &at, f.After.ID
	}
	rows, err := r.Store.BoardPast(ctx, query)
	if err != nil {
		return fmt.Errorf("leads of the board: %w", err)
	}
	if out.more = len(rows) > most; out.more {
		rows = rows[:most]
	}
	for _, row := range rows {
		out.places = append(out.places, place{-row.ReceivedAt.UnixMicro(), row.ID})
	}
	return nil
}

func count(open []db.BoardOpenRow, at time.Time) numbers {
	var n numbers
	now := at.UnixMicro()
	for i := range open {
		l := &open[i]
		if l.Test {
			continue
		}
		n.Open++
		if overdue(l, now) {
			n.Late++
		}
		if l.Escalated {
			n.Escalated++
		}
		if l.Status == statusClosing {
			n.Closing++
		}
	}
	return n
}

// sorted are the places of the open leads that match the filters which the
// numbers leave out.
func sorted(open []db.BoardOpenRow, f *filters, at time.Time) []place {
	now := at.UnixMicro()
	out := make([]place, 0, len(open))
	for i := range open {
		l := &open[i]
		if (f.Overdue && !overdue(l, now)) || (f.Escalated && !l.Escalated) || (f.Status == statusClosing && l.Status != statusClosing) {
			continue
		}
		stands := place{l.Due, l.ID}
		if f.Sort == sortNewest {
			stands.At = -l.Received
		}
		out = append(out, stands)
	}
	slices.SortFunc(out, place.compare)
	return out
}

// The instants between which Postgres has a time for a place, which anybody may
// write into an address: the years 1 and 9999, in microseconds.
const (
	earliest = -62_135_596_800_000_000
	latest   = 253_402_300_799_000_000
)

// window cuts a page out of the places, and reports whether there are more
// behind it.
func window(places []place, after *place, most int) ([]place, bool) {
	if after != nil {
		from, there := slices.BinarySearchFunc(places, *after, place.compare)
		if there {
			from++
		}
		places = places[from:]
	}
	if len(places) > most {
		return places[:most], true
	}
	return places, false
}

func chosen(one string) []string {
	if one == "" {
		return []string{}
	}
	return []string{one}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
