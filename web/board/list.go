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

// mostCounted is how far the numbers above the board are counted. Whoever has so
// many leads open need not know how many.
const mostCounted = 10_000

// numbers count the leads that are not closed, up to mostCounted; tests are in no
// figure. AtLeast says that a search found more than were counted.
type numbers struct {
	Open, Late, Escalated, Closing int

	AtLeast bool
}

// found are the places of the leads that match, in their order.
type found struct {
	places []place
	more   bool // there are further ones behind the last place
	numbers

	hits *hits // nil when nothing was searched for
}

// hits are what a search found.
type hits struct {
	open bool // only open leads were looked through
	// few leads have the words: rows are those that match. Many have them: it is
	// quicker to go along the board and look at each, and ids are some of them.
	few  bool
	rows []db.BoardNamedRow
	ids  []uuid.UUID
}

// wanted is what the filters ask the database for.
type wanted struct {
	*filters

	dealer  uuid.UUID
	now     int64 // in microseconds, as places are
	owners  []uuid.UUID
	stages  []string
	phase   *string
	sources []uuid.UUID
	words   []string
}

func (p *people) wanted(f *filters, v *frame.Viewer) *wanted {
	return &wanted{
		filters: f, dealer: v.Dealer.ID, now: v.Now.UnixMicro(), owners: p.owners(f, v), stages: chosen(f.Stage), phase: optional(f.Phase),
		sources: p.from(f), words: store.SearchPatterns(f.Query),
	}
}

// find looks for the leads that match, at most so many from the filters' page
// on; with ids only for these.
func (r *Room) find(ctx context.Context, p *people, f *filters, ids []uuid.UUID, most int) (found, error) {
	w := p.wanted(f, frame.ViewerOf(ctx))
	switch {
	case len(ids) > 0:
		rows, err := r.named(ctx, w, ids, w.words)
		return w.cut(rows, most), err
	case len(w.words) > 0:
		h, err := r.search(ctx, w, w.open())
		if err != nil {
			return found{}, err
		}
		out := w.cut(h.rows, most)
		if !h.few {
			out, err = r.walked(ctx, w, most)
		}
		out.hits = h
		return out, err
	}
	return r.walked(ctx, w, most)
}

// cut is a page of leads that were read all.
func (w *wanted) cut(rows []db.BoardNamedRow, most int) (out found) {
	out.places, out.more = window(w.sorted(rows), w.After, most)
	return out
}

// walked is a page of the board as an index has it.
func (r *Room) walked(ctx context.Context, w *wanted, most int) (out found, err error) {
	from := first
	if w.After != nil {
		from = *w.After
	}
	places, err := r.walk(ctx, w, step{from: from, most: most + 1})
	out.places, out.more = window(places, nil, most)
	return out, err
}

// step is where one goes along the board, and how far.
type step struct {
	from      place
	besides   uuid.UUID // a lead that is passed over
	backwards bool
	most      int
}

// walk goes along the board from a place. Backwards, too, the places come in the
// order of the board.
func (r *Room) walk(ctx context.Context, w *wanted, s step) ([]place, error) {
	until := last.At
	if w.Overdue {
		until = w.now
	}
	var places []place
	if w.open() && w.Sort != sortNewest {
		rows, err := r.Store.BoardDue(ctx, db.BoardDueParams{
			Backwards: s.backwards, FromDue: s.from.At, FromID: s.from.ID, Besides: s.besides, Most: int32(s.most),
			DealerID: w.dealer, Now: w.now, Until: until, Escalated: w.Escalated, Closing: w.Status == statusClosing,
			NoOwner: w.Who == noOne, Owners: w.owners, Stages: w.stages, Phase: w.phase, Sources: w.sources, Words: w.words,
		})
		if err != nil {
			return nil, fmt.Errorf("leads of the board by what is due: %w", err)
		}
		for _, row := range rows {
			places = append(places, place{row.Due, row.ID})
		}
	} else {
		rows, err := r.Store.BoardNewest(ctx, db.BoardNewestParams{
			Backwards: s.backwards, FromAt: s.from.received(), FromID: s.from.ID, Besides: s.besides, Most: int32(s.most),
			DealerID: w.dealer, Open: w.open(), Until: until, Escalated: w.Escalated, Closing: w.Status == statusClosing, Closed: w.Status == statusClosed,
			NoOwner: w.Who == noOne, Owners: w.owners, Stages: w.stages, Phase: w.phase, Sources: w.sources, Words: w.words,
		})
		if err != nil {
			return nil, fmt.Errorf("newest leads of the board: %w", err)
		}
		for _, row := range rows {
			places = append(places, place{-row.ReceivedAt.UnixMicro(), row.ID})
		}
	}
	slices.SortFunc(places, place.compare)
	return places, nil
}

// named reads those of the named leads that match and have these words.
func (r *Room) named(ctx context.Context, w *wanted, ids []uuid.UUID, words []string) ([]db.BoardNamedRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := r.Store.BoardNamed(ctx, db.BoardNamedParams{
		DealerID: w.dealer, Now: w.now, Ids: ids, Searched: len(w.words) > 0,
		NoOwner: w.Who == noOne, Owners: w.owners, Stages: w.stages, Phase: w.phase, Sources: w.sources, Words: words,
	})
	if err != nil {
		return nil, fmt.Errorf("named leads of the board: %w", err)
	}
	return rows, nil
}

// search looks for the leads that have the words.
func (r *Room) search(ctx context.Context, w *wanted, open bool) (*hits, error) {
	ids, few, err := r.Store.Search(ctx, w.dealer, w.words, open)
	h := &hits{open: open, few: few, ids: ids}
	if err == nil && few {
		h.rows, err = r.named(ctx, w, ids, []string{})
	}
	return h, err
}

// count counts the leads that match, whatever of their numbers is chosen.
func (r *Room) count(ctx context.Context, p *page) (numbers, error) {
	w := p.wanted(p.filters, p.viewer)
	if len(w.words) > 0 {
		return r.countHits(ctx, w, p.hits)
	}
	row, err := r.Store.BoardNumbers(ctx, db.BoardNumbersParams{
		Most: mostCounted, DealerID: w.dealer, Now: w.now, NoOwner: w.Who == noOne, Owners: w.owners, Stages: w.stages, Phase: w.phase, Sources: w.sources,
	})
	if err != nil {
		return numbers{}, fmt.Errorf("numbers of the board: %w", err)
	}
	return numbers{Open: int(row.Open), Late: int(row.Late), Escalated: int(row.Escalated), Closing: int(row.Closing)}, nil
}

// countHits counts the open leads of what was searched for.
func (r *Room) countHits(ctx context.Context, w *wanted, h *hits) (n numbers, err error) {
	if h == nil || !h.few && !h.open {
		if h, err = r.search(ctx, w, true); err != nil {
			return n, err
		}
	}
	rows := h.rows
	if !h.few {
		rows, err = r.named(ctx, w, h.ids, []string{})
	}
	n = counted(rows, w.now)
	n.AtLeast = !h.few
	return n, err
}

func counted(rows []db.BoardNamedRow, now int64) numbers {
	var n numbers
	for i := range rows {
		l := &rows[i]
		if l.Test || l.Status == statusClosed {
			continue
		}
		n.Open++
		if l.Due <= now {
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

// sorted are the places of the leads that stand on the board.
func (w *wanted) sorted(rows []db.BoardNamedRow) []place {
	out := make([]place, 0, len(rows))
	for i := range rows {
		l := &rows[i]
		if !w.shows(l) {
			continue
		}
		stands := place{l.Due, l.ID}
		if !w.open() || w.Sort == sortNewest {
			stands.At = -l.Received
		}
		out = append(out, stands)
	}
	slices.SortFunc(out, place.compare)
	return out
}

// shows judges a lead by those filters that the numbers leave out.
func (w *wanted) shows(l *db.BoardNamedRow) bool {
	switch {
	case w.Status == statusAll:
		return true
	case !w.open():
		return l.Status == w.Status
	case l.Status == statusClosed, w.Status == statusClosing && l.Status != statusClosing:
		return false
	}
	return (!w.Overdue || l.Due <= w.now) && (!w.Escalated || l.Escalated)
}

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

// The instants between which Postgres has a time for a place, which anybody may
// write into an address: the years 1 and 9999, in microseconds.
const (
	earliest = -62_135_596_800_000_000
	latest   = 253_402_300_799_000_000
)

// received is the instant of a place on a board by receipt.
func (p place) received() time.Time {
	return time.UnixMicro(min(max(-max(p.At, -latest), earliest), latest)).UTC()
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
