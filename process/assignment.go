package process

import (
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// assign gives a new lead its first owner, as the track says. Whoever gets it
// must be on duty when the human clock starts, which outside opening hours is
// the next opening. When nobody is, a lead still never stays without an owner:
// anybody of the role, then a manager, then anybody at all.
func (t *turn) assign(at time.Time) string {
	role := lead.RoleSalesperson
	switch to := t.track.Assign; to {
	case policy.ToBDC:
		role = lead.RoleBDC
	case policy.ToSalesManager:
		role = lead.RoleSalesManager
	case policy.ToGeneralManager:
		role = lead.RoleGeneralManager
	case policy.ToCustomerOwner:
		if p := t.person(t.w.CustomerOwner); p != nil && t.onDuty(*p, at) {
			return p.ID
		}
	case policy.ToOwner, policy.ToNextSalesperson, policy.ToTeam:
		// the rotation
	default:
		if p := t.byEmail(string(to)); p != nil && t.onDuty(*p, at) {
			return p.ID
		}
	}
	for _, r := range []lead.Role{role, lead.RoleSalesperson, lead.RoleBDC, lead.RoleSalesManager, lead.RoleGeneralManager} {
		if p := t.anyOf(r, at); p != nil {
			return p.ID
		}
	}
	for _, p := range t.w.Staff {
		if !p.absent(at) {
			return p.ID
		}
	}
	if len(t.w.Staff) > 0 {
		return t.w.Staff[0].ID
	}
	return ""
}

// anyOf returns whose turn it is among those of the role on duty, else the
// first of the role who is not absent, else nil.
func (t *turn) anyOf(role lead.Role, at time.Time) *Person {
	if p := t.next(role, at, ""); p != nil {
		return p
	}
	for i, p := range t.w.Staff {
		if p.Role == role && !p.absent(at) {
			return &t.w.Staff[i]
		}
	}
	return nil
}

// adopt gives a lead that has no owner a new one: nobody was there when it
// came, or its owner left.
func (t *turn) adopt() {
	if t.track == nil || t.s.Status == lead.Closed || t.person(t.s.Owner) != nil {
		return
	}
	owner := t.assign(t.opening())
	if owner == "" {
		return
	}
	t.give(owner, "rotation")
	t.restart()
	t.alert("assigned", "assigned", owner, byMailAndScreen, 0, 0, "")
}

// opening returns the present instant in opening hours, else the next opening.
func (t *turn) opening() time.Time {
	return later(t.w.Now, t.w.Policy.Calendar.NextOpen(t.w.Now))
}

// give makes somebody the owner and says why on the timeline.
func (t *turn) give(to, why string) {
	if to == t.s.Owner {
		return
	}
	data := map[string]any{"staff_id": to, "why": why}
	if t.s.Owner != "" {
		data["from_staff_id"] = t.s.Owner
	}
	t.s.Owner, t.s.OwnerSince = to, t.w.Now
	t.out.Assigned = to
	// Later in this step it is somebody else's turn.
	if i := slices.IndexFunc(t.w.Staff, func(p Person) bool { return p.ID == to }); i >= 0 {
		t.w.Staff = slices.Concat(t.w.Staff[:i], t.w.Staff[i+1:], t.w.Staff[i:i+1])
	}
	if why == "manager" {
		t.event("assigned", data)
		return
	}
	t.own("assigned", data)
}

// reassigned is a person's decision; the new owner's clock starts afresh (R14).
func (t *turn) reassigned(a Assignment) {
	t.give(a.To, "manager")
	if a.NoteID != "" {
		t.out.Events[len(t.out.Events)-1].Data["note_id"] = a.NoteID
	}
	t.restart()
	t.alert("assigned", "assigned", a.To, byMailAndScreen, 0, 0, "")
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

// next returns whose turn it is among those of the role on duty at an instant.
func (t *turn) next(role lead.Role, at time.Time, except string) *Person {
	for i, p := range t.w.Staff {
		if p.Role == role && p.ID != except && t.onDuty(p, at) {
			return &t.w.Staff[i]
		}
	}
	return nil
}

// with returns everybody of the roles on duty at an instant.
func (t *turn) with(at time.Time, roles ...lead.Role) []Person {
	var out []Person
	for _, p := range t.w.Staff {
		if slices.Contains(roles, p.Role) && t.onDuty(p, at) {
			out = append(out, p)
		}
	}
	return out
}

func (t *turn) person(id string) *Person {
	if id == "" {
		return nil
	}
	for i := range t.w.Staff {
		if t.w.Staff[i].ID == id {
			return &t.w.Staff[i]
		}
	}
	return nil
}

func (t *turn) byEmail(address string) *Person {
	for i := range t.w.Staff {
		if strings.EqualFold(t.w.Staff[i].Email, address) {
			return &t.w.Staff[i]
		}
	}
	return nil
}

func (t *turn) onDuty(p Person, at time.Time) bool {
	return !p.absent(at) && t.w.Policy.OnDuty(p.Email, at)
}

func (p Person) absent(at time.Time) bool {
	return slices.ContainsFunc(p.Absent, func(a Period) bool { return !at.Before(a.From) && at.Before(a.Until) })
}
