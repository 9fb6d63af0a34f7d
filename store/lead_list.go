package store

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// LeadList is a list of a dealer's leads by one of two instants, forwards or
// backwards, which is read page by page.
type LeadList struct {
	Dealer           uuid.UUID
	Statuses, Stages []string // none are all
	NoOwner          bool
	Owner            *uuid.UUID
	OwnSource        *uuid.UUID // came from there
	Source           *string    // code; is credited with it, too
	Overdue          *bool
	Patterns         []string // of SearchPatterns

	ByDeadline, Backwards bool
	After                 *LeadPlace
	Most                  int
}

// LeadPlace is where a lead stands in a list: its instant in microseconds,
// negative backwards, and of equals the smaller id first.
type LeadPlace struct {
	Place int64
	ID    uuid.UUID
}

func (p LeadPlace) compare(o LeadPlace) int {
	return cmp.Or(cmp.Compare(p.Place, o.Place), bytes.Compare(p.ID[:], o.ID[:]))
}

// noDeadline is the place of a lead without a deadline, behind all others.
const noDeadline = 9_000_000_000_000_000_000

// The instants between which Postgres has a time for a place: the years 1 and
// 9999, in microseconds.
const (
	earliest = -62_135_596_800_000_000
	latest   = 253_402_300_799_000_000
)

// Page returns the places of the leads behind After, and whether there are more
// of them than Most.
func (l *LeadList) Page(ctx context.Context, q *db.Queries) (places []LeadPlace, more bool, err error) {
	few := false
	if len(l.Patterns) > 0 {
		places, few, err = l.found(ctx, q)
	}
	if !few && err == nil {
		if l.ByDeadline {
			places, err = l.byDeadline(ctx, q)
		} else {
			places, err = l.byReceipt(ctx, q)
		}
	}
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(places, LeadPlace.compare)
	if l.After != nil {
		from, there := slices.BinarySearchFunc(places, *l.After, LeadPlace.compare)
		if there {
			from++
		}
		places = places[from:]
	}
	if len(places) > l.Most {
		return places[:l.Most], true, nil
	}
	return places, false, nil
}

// after is where the page begins, as an instant of the year 1 at the earliest.
func (l *LeadList) after() (at int64, id uuid.UUID) {
	switch {
	case l.After == nil && l.Backwards:
		return math.MaxInt64, uuid.Nil
	case l.After == nil:
		return earliest, uuid.Nil
	case l.Backwards:
		return -max(l.After.Place, -math.MaxInt64), l.After.ID
	}
	return max(l.After.Place, earliest), l.After.ID
}

func (l *LeadList) byReceipt(ctx context.Context, q *db.Queries) ([]LeadPlace, error) {
	at, id := l.after()
	rows, err := q.LeadsByReceipt(ctx, db.LeadsByReceiptParams{
		FromAt: time.UnixMicro(min(max(at, earliest), latest)).UTC(), FromID: id, Backwards: l.Backwards, Most: int32(l.Most + 1),
		DealerID: l.Dealer, Statuses: l.Statuses, Stages: l.Stages, NoOwner: l.NoOwner, OwnerID: l.Owner, OwnSource: l.OwnSource, Source: l.Source,
		Overdue: l.Overdue, Words: l.Patterns,
	})
	places := make([]LeadPlace, len(rows))
	for i, row := range rows {
		places[i] = l.place(row.ReceivedAt.UnixMicro(), row.ID)
	}
	return places, err
}

func (l *LeadList) byDeadline(ctx context.Context, q *db.Queries) ([]LeadPlace, error) {
	at, id := l.after()
	query := db.LeadsByDeadlineParams{
		FromID: id, Backwards: l.Backwards, Most: int32(l.Most + 1),
		DealerID: l.Dealer, Statuses: l.Statuses, Stages: l.Stages, NoOwner: l.NoOwner, OwnerID: l.Owner, OwnSource: l.OwnSource, Source: l.Source,
		Overdue: l.Overdue, Words: l.Patterns,
	}
	if at < latest {
		from := time.UnixMicro(max(at, earliest)).UTC()
		query.FromAt = &from
	}
	rows, err := q.LeadsByDeadline(ctx, query)
	places := make([]LeadPlace, len(rows))
	for i, row := range rows {
		places[i] = l.place(row.Due, row.ID)
	}
	return places, err
}

// found are the places of the leads that have the words, when they are few.
func (l *LeadList) found(ctx context.Context, q *db.Queries) (places []LeadPlace, few bool, err error) {
	ids, few, err := search(ctx, q, l.Dealer, l.Patterns, false)
	if !few || err != nil {
		return nil, false, err
	}
	rows, err := q.LeadsNamed(ctx, db.LeadsNamedParams{
		Ids: ids, DealerID: l.Dealer, Statuses: l.Statuses, Stages: l.Stages, NoOwner: l.NoOwner, OwnerID: l.Owner, OwnSource: l.OwnSource,
		Source: l.Source, Overdue: l.Overdue,
	})
	places = make([]LeadPlace, len(rows))
	for i, row := range rows {
		at := row.ReceivedAt.UnixMicro()
		if l.ByDeadline {
			at = noDeadline
			if row.NextDeadlineAt != nil {
				at = row.NextDeadlineAt.UnixMicro()
			}
		}
		places[i] = l.place(at, row.ID)
	}
	return places, true, err
}

func (l *LeadList) place(at int64, id uuid.UUID) LeadPlace {
	if l.Backwards {
		at = -at
	}
	return LeadPlace{at, id}
}
