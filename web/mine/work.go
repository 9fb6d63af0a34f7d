package mine

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
	"github.com/doorbell-ilm/doorbell/web/desk/brief"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const (
	mostLeads     = 300 // of one person; nobody works more
	mostFollowUps = 100
	mostShown     = 60 // of a list; further ones are behind the link to the board
)

// soon is what counts as now: whatever is to be done within it.
const soon = time.Hour

// item is one thing to do.
type item struct {
	Path     string // where it is done
	Customer string
	Car      string
	Todo     string // what to do
	State    standing.State
	Test     bool
}

// at is when it is to be done, or begins; zero when nothing says.
func (i item) at(now time.Time) time.Time {
	if i.State.Tone(now) == standing.ToneWaits && !i.State.Until.IsZero() {
		return i.State.Until
	}
	return i.State.Due
}

// presses reports whether it is to be done now: it is late, escalated, running,
// or begins within the hour. A closing that waits is the manager's to decide.
func (i item) presses(now time.Time) bool {
	if i.State.Kind == standing.Closing {
		return false
	}
	at := i.at(now)
	return i.State.Tone(now) != standing.ToneWaits || (!at.IsZero() && !at.After(now.Add(soon)))
}

// work is what somebody has to do, by when.
type work struct {
	Now, Next, Later []item
	More             int // that are not shown
	Closings         int // that wait for a manager's decision
}

// work gathers the leads and the follow-ups of the viewer.
func (r *Room) work(ctx context.Context, v *frame.Viewer) (work, error) {
	ids, err := r.Store.WorkOf(ctx, db.WorkOfParams{DealerID: v.Dealer.ID, OwnerID: v.Staff.ID, Most: mostLeads})
	if err != nil {
		return work{}, fmt.Errorf("leads of somebody: %w", err)
	}
	leads, err := brief.Leads(ctx, r.Store, ids)
	if err != nil {
		return work{}, err
	}
	items := make([]item, 0, len(ids))
	for _, id := range ids {
		if l, there := leads[id]; there {
			items = append(items, item{
				Path: "/leads/" + id.String() + "?who=mine", Customer: l.Customer, Car: l.Car, Test: l.Test, State: l.State, Todo: task(ctx, &l, v.Now),
			})
		}
	}
	var page gen.FollowUpPage
	query := url.Values{"owner": {"me"}, "limit": {fmt.Sprint(mostFollowUps)}}
	if err := r.Door.Get(ctx, "/v1/follow-ups?"+query.Encode(), &page); err != nil {
		return work{}, err
	}
	for i := range page.Items {
		if one, mine := followUp(ctx, &page.Items[i]); mine {
			items = append(items, one)
		}
	}
	out := sorted(items, v.Now, v.Zone)
	if v.Manages() {
		waiting, err := r.Store.ClosingsWaiting(ctx, v.Dealer.ID)
		if err != nil {
			return work{}, fmt.Errorf("closings that wait: %w", err)
		}
		out.Closings = int(waiting)
	}
	return out, nil
}

// sorted puts what presses under now, what is to be done today under next, and
// the rest under later.
func sorted(items []item, now time.Time, zone *time.Location) work {
	local := now.In(zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
	slices.SortStableFunc(items, func(a, b item) int {
		x, y := a.at(now), b.at(now)
		switch {
		case x.IsZero() && !y.IsZero():
			return 1
		case y.IsZero() && !x.IsZero():
			return -1
		}
		return x.Compare(y)
	})
	var w work
	for _, one := range items {
		at := one.at(now)
		switch {
		case one.presses(now):
			w.Now = append(w.Now, one)
		case one.State.Kind != standing.Closing && !at.IsZero() && at.Before(midnight):
			w.Next = append(w.Next, one)
		default:
			w.Later = append(w.Later, one)
		}
	}
	for _, list := range []*[]item{&w.Now, &w.Next, &w.Later} {
		if over := len(*list) - mostShown; over > 0 {
			*list, w.More = (*list)[:mostShown], w.More+over
		}
	}
	return w
}

// task says in a few words what is to be done.
func task(ctx context.Context, l *brief.Lead, now time.Time) string {
	s := l.State
	switch {
	case s.Kind == standing.Closing:
		return words.T(ctx, "mine.todo_closing")
	case s.Kind == standing.Parked:
		return words.T(ctx, "mine.todo_parked")
	case s.Visit != "" && s.Tone(now) == standing.ToneWaits:
		return words.T(ctx, "appointment."+string(s.Visit))
	}
	switch s.About {
	case process.LiveResponse, process.CallAttempt:
		switch {
		case !l.Callable:
			return words.T(ctx, "mine.todo_write")
		case s.About == process.LiveResponse || s.N <= 1:
			return words.T(ctx, "mine.todo_first")
		}
		return words.T(ctx, "mine.todo_call", "n", s.N, "of", max(l.Required, s.N))
	case process.AppointmentOutcome:
		return words.T(ctx, "mine.todo_outcome")
	case process.FollowUp:
		return words.T(ctx, "mine.todo_decide")
	case process.AppointmentReminder, process.ClosingApproval, process.ContactDue, process.HeldBack:
	}
	return words.T(ctx, "mine.todo_new")
}

// byItself are the follow-ups that Doorbell does when their day has come.
var byItself = []gen.FollowUpKind{
	gen.FollowUpKindTryAgain, gen.FollowUpKindContactLater, gen.FollowUpKindSoftReminder, gen.FollowUpKindCallAboutQuote,
}

// followUp says what is to be done for a follow-up, and whether it is for a
// person at all.
func followUp(ctx context.Context, f *gen.FollowUp) (item, bool) {
	if slices.Contains(byItself, f.Kind) {
		return item{}, false
	}
	return item{
		Path: "/follow-ups/" + f.ID.String(), Customer: cmp.Or(given(f.Lead.Customer), nobody(ctx, f)), Car: given(f.Lead.Vehicle),
		Todo: words.T(ctx, "followup."+string(f.Kind)), State: brief.Running(f.DueAt),
	}, true
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// nobody stands in the place of a name that nobody knows, or that was erased.
func nobody(ctx context.Context, f *gen.FollowUp) string {
	if f.Lead.Erased != nil && *f.Lead.Erased {
		return words.T(ctx, "kind.erased")
	}
	return words.T(ctx, "mine.nobody")
}
