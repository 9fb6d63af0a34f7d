package rehearse

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// planAgain has a closed lead begin anew on the day that its follow-up says, as
// the product does by itself.
func (r *run) planAgain(l *life, tasks []process.Task) {
	for _, f := range tasks {
		if !slices.Contains([]lead.FollowUpKind{lead.TryAgain, lead.ContactLater}, f.Kind) {
			continue
		}
		at := time.Date(f.DueOn.Year(), f.DueOn.Month(), f.DueOn.Day(), 0, 0, 0, 0, r.setup.Policy.Zone)
		if open := r.setup.Policy.Calendar.NextOpen(at); !open.IsZero() {
			at = open
		}
		if ns := max(at.UnixNano(), r.now); ns < r.end {
			r.plan(moment{at: ns, what: begins, lead: l})
		}
	}
}

// beginAgain is the new run: a lead of its own, for a customer who asked
// nothing now. One who can be contacted no more gets none.
func (r *run) beginAgain(old *life) {
	reach := old.state.Reach
	if !reach.May(lead.Phone) && !reach.May(lead.Email) {
		return
	}
	subject := old.subject
	subject.ReceivedAt, subject.Known = instant(r.now), true
	l := r.enter(len(r.leads)+r.tally.again, subject, reach, old.paid)
	l.state.Again, l.knownTo = true, old.state.Owner
	r.tally.received(r, l)
	r.step(l, process.Happening{What: process.WasReceived})
}
