package process

import (
	"slices"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// adopt finds who does it: as the policy says, else a manager, else anybody. A
// customer who was handed over to a colleague is that colleague's.
func (t *followTurn) adopt() {
	if t.person(t.s.Owner) != nil {
		return
	}
	owner, why := t.doer(), "follow_up"
	if t.s.Owner != "" {
		why = "owner_left"
	}
	if owner != nil {
		t.give(owner.ID, why)
		if why == "owner_left" {
			t.afresh()
		}
	}
}

func (t *followTurn) doer() *Person {
	if p := t.person(t.fw.Colleague); p != nil && t.s.Kind == lead.HandOver {
		return p
	}
	at := later(t.opening(), t.s.StartsAt)
	here := func(p *Person) int {
		n := 0
		if p.absent(at) {
			n += 2
		}
		if !t.w.Policy.OnDuty(p.Email, at) {
			n++
		}
		return n
	}
	pools := []func(*Person) bool{t.members(t.how.To), inRole(lead.RoleSalesManager), inRole(lead.RoleGeneralManager), func(*Person) bool { return true }}
	for most := range 3 {
		for _, pool := range pools {
			for i := range t.w.Staff {
				if p := &t.w.Staff[i]; pool(p) && here(p) <= most {
					return p
				}
			}
		}
	}
	if len(t.w.Staff) > 0 {
		return &t.w.Staff[0]
	}
	return nil
}

func (t *followTurn) members(to policy.Recipient) func(*Person) bool {
	switch to {
	case policy.ToOwner:
		return func(p *Person) bool { return p.ID == t.fw.LeadOwner }
	case policy.ToMarketer:
		return inRole(lead.RoleMarketer)
	case policy.ToBDC, policy.ToSalesManager, policy.ToGeneralManager, policy.ToNextSalesperson, policy.ToTeam,
		policy.ToCustomerOwner, policy.ToFewestOpen:
		return t.pool(to)
	}
	// Whoever is named need not be somebody who owns leads.
	members, group := t.w.Policy.Members(to)
	if !group {
		members = []string{string(to)}
	}
	return func(p *Person) bool { return slices.Contains(members, p.Email) }
}

// give makes somebody responsible.
func (t *followTurn) give(to, why string) {
	if to == t.s.Owner {
		return
	}
	data := map[string]any{"staff_id": to, "why": why}
	if t.s.Owner != "" {
		data["from_staff_id"] = t.s.Owner
	}
	t.s.Owner, t.s.OwnerSince = to, t.w.Now
	if why == "manager" {
		put(data, "note_id", t.h.Assign.NoteID)
		t.event("assigned", data)
		return
	}
	t.own("assigned", data)
}

// covered finds somebody else when the owner is away on the day.
func (t *followTurn) covered() {
	if p := t.person(t.s.Owner); p != nil && p.absent(t.w.Now) {
		if other := t.doer(); other != nil && !other.absent(t.w.Now) {
			t.give(other.ID, "owner_absent")
		}
	}
}
