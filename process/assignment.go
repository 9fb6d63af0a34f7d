package process

import (
	"math"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// assign finds the owner of a new lead, as the track says, and why it is he.
// Whoever gets it should be on duty when the human clock starts, which outside
// opening hours is the next opening. A lead never stays without an owner: when
// nobody of the policy's list can take it, anybody of those roles gets it, then
// a colleague, then a manager, and only when there is nobody else somebody for
// whom new leads pause or who is away.
func (t *turn) assign(at time.Time) (owner, why string) {
	list := t.track.Assign.To
	for _, below := range []int{isFull, offDuty} {
		for _, to := range list {
			if p := t.pick(t.pool(to), at, below, to == policy.ToFewestOpen); p != nil {
				return p.ID, whyAssigned(to)
			}
		}
	}
	for _, below := range []int{isPaused, isAbsent} {
		for _, to := range list {
			if p := t.pick(t.pool(to), at, below, to == policy.ToFewestOpen); p != nil && to != policy.ToCustomerOwner {
				return p.ID, whyAssigned(to)
			}
		}
		for _, role := range []lead.Role{lead.RoleSalesperson, lead.RoleBDC, lead.RoleSalesManager, lead.RoleGeneralManager} {
			if p := t.pick(inRole(role), at, below, false); p != nil {
				return p.ID, "rotation"
			}
		}
	}
	// Only people are left who should own no lead, or are away.
	anybody := func(*Person) bool { return true }
	for _, last := range []struct {
		pool  func(*Person) bool
		below int
	}{{anybody, isAbsent}, {func(p *Person) bool { return p.Role.Sells() }, math.MaxInt}, {anybody, math.MaxInt}} {
		if p := t.pick(last.pool, at, last.below, false); p != nil {
			return p.ID, "nobody_else"
		}
	}
	return "", ""
}

// begins is the instant from which whoever gets the lead now works it.
func (t *turn) begins() time.Time {
	return later(t.w.Now, t.w.Policy.Clock(t.track).NextOpen(t.w.Now))
}

// whyAssigned is the timeline's word for a recipient of new leads.
func whyAssigned(to policy.Recipient) string {
	switch to {
	case policy.ToCustomerOwner:
		return "customer"
	case policy.ToFewestOpen:
		return "fewest_open"
	case policy.ToNextSalesperson, policy.ToBDC, policy.ToSalesManager, policy.ToGeneralManager:
		return "rotation"
	default:
		return "named"
	}
}

// adopt gives a lead that has no owner a new one: nobody was there when it
// came, or its owner left, or his role owns no leads any more.
func (t *turn) adopt() {
	if t.track == nil || t.s.Status == lead.Closed {
		return
	}
	now := t.person(t.s.Owner)
	if now != nil && now.Role.Sells() {
		return
	}
	owner, why := t.assign(t.begins())
	next := t.person(owner)
	if next == nil || (now != nil && !next.Role.Sells()) {
		return
	}
	switch {
	case now != nil:
		why = "role_changed"
	case t.s.Owner != "":
		why = "owner_left"
	}
	t.give(owner, why)
	t.restart()
	t.tell("assigned", "assigned", owner, "")
}

// taken is somebody's "I take it": he claims a lead that nobody acted on. The
// first one wins, and has his own time for it.
func (t *turn) taken() {
	id := string(t.h.Actor)
	data := map[string]any{"staff_id": id, "why": "taken", "kind": string(t.s.Escalation.Kind)}
	if t.s.Owner != "" && t.s.Owner != id {
		data["from_staff_id"] = t.s.Owner
	}
	t.owns(id, data)
	t.s.Took = append(t.s.Took, id)
	t.s.Escalation = Escalation{}
	t.restart()
}

// give makes somebody the owner and says why on the timeline, and what speaks
// against him where nobody else was there.
func (t *turn) give(to, why string) {
	if to == t.s.Owner {
		return
	}
	data := map[string]any{"staff_id": to, "why": why}
	if t.s.Owner != "" {
		data["from_staff_id"] = t.s.Owner
	}
	at := t.begins()
	if why == "escalation" {
		at = t.w.Now // it is worked at once
	}
	if p := t.person(to); p != nil && why != "manager" {
		var although []string
		for _, m := range misfits {
			if t.against(p, at)&m.bit != 0 {
				although = append(although, m.word)
			}
		}
		if len(although) > 0 {
			data["although"] = although
		}
		if over := t.passedOver(p, at); len(over) > 0 {
			data["passed_over"] = over
		}
	}
	t.owns(to, data)
}

// passedOver lists the people before somebody in the rotation for whom new
// leads pause.
func (t *turn) passedOver(chosen *Person, at time.Time) []string {
	var out []string
	for i := range t.w.Staff {
		p := &t.w.Staff[i]
		if p.ID == chosen.ID {
			break
		}
		if p.Paused && p.Role == chosen.Role && t.onDuty(*p, at) {
			out = append(out, p.ID)
		}
	}
	return out
}

// owns writes the new owner down. Later in this step it is somebody else's
// turn.
func (t *turn) owns(to string, data map[string]any) {
	if to != t.s.Owner {
		t.s.Owner, t.s.OwnerSince = to, t.w.Now
		t.out.Assigned = to
		if i := slices.IndexFunc(t.w.Staff, func(p Person) bool { return p.ID == to }); i >= 0 {
			p := t.w.Staff[i]
			p.Open++
			t.w.Staff = slices.Concat(t.w.Staff[:i], t.w.Staff[i+1:], []Person{p})
		}
	}
	if t.h.What == DidAssign || t.h.What == DidTake {
		t.event("assigned", data)
		return
	}
	t.own("assigned", data)
}

// tellPauses tells the sales managers, or when none is there the general
// managers, for whom new leads pause from now on: it is for them to do something
// about it (R24).
func (t *turn) tellPauses() {
	if t.s.Status == lead.Closed {
		return
	}
	for _, id := range t.w.Paused {
		told := t.person(id) == nil
		for _, role := range []lead.Role{lead.RoleSalesManager, lead.RoleGeneralManager} {
			for _, p := range t.w.Staff {
				if !told && p.Role == role && p.ID != id && !p.absent(t.w.Now) {
					// It is not about this lead, which may be closed before the doors
					// open: it goes now.
					t.alert(Mail{Template: "staff-paused", Staff: p.ID, Ref: id, Urgent: true}, "paused/"+id, byMailAndScreen)
				}
			}
			told = told || slices.ContainsFunc(t.w.Staff, func(p Person) bool { return p.Role == role && p.ID != id && !p.absent(t.w.Now) })
		}
	}
}

// reassigned is a person's decision; the new owner's clock starts afresh (R14).
func (t *turn) reassigned(a Assignment) {
	t.give(a.To, "manager")
	if a.NoteID != "" {
		t.out.Events[len(t.out.Events)-1].Data["note_id"] = a.NoteID
	}
	t.s.Took = nil
	t.restart()
	t.tell("assigned", "assigned", a.To, "")
}

// restart gives a new owner his own time for what is to be done now.
func (t *turn) restart() {
	if t.s.Clock(LiveResponse) != nil {
		t.promiseLive(t.w.Now)
	}
	t.fresh()
}

// resumeLive promises a live response again to a lead that is back in the
// process and never had one.
func (t *turn) resumeLive() {
	if t.s.FirstLiveAt.IsZero() {
		t.promiseLive(t.w.Now)
	}
}

// promiseLive starts the clock until the first live attempt.
func (t *turn) promiseLive(start time.Time) {
	due := t.w.Policy.LiveDue(t.track, start)
	c := Clock{Kind: LiveResponse, Start: start, Due: due, Next: due, At: AtDue}
	if at := t.w.Policy.RemindAt(t.track, start, due); !at.IsZero() && at.Before(due) {
		c.At, c.Next = AtReminder, at
	}
	t.s.start(c)
	if t.s.LiveDueAt.IsZero() {
		t.s.LiveDueAt = due
	}
}
