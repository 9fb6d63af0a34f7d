package rehearse

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// Headcount says how many people of each role there are.
type Headcount map[lead.Role]int

// Everybody is one colleague of each role, and three salespeople.
func Everybody() Headcount {
	return Headcount{
		lead.RoleBDC: 1, lead.RoleSalesperson: 3, lead.RoleSalesManager: 1, lead.RoleGeneralManager: 1, lead.RoleMarketer: 1,
	}
}

// Roles are the roles of staff, in the order in which they are named.
var Roles = []lead.Role{
	lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin,
}

// Standin makes up staff for a policy file without a dealer: one colleague of
// each role, three salespeople, and everybody whom the policy names by address.
// Their ids can be read: "salesperson 1", "sales manager", and the addresses.
func Standin(p *policy.Policy) []process.Person { return Staffed(p, Everybody()) }

// Staffed makes up staff of a size, and everybody whom the policy names by
// address besides: what somebody is named for tells his role. Who works a shift
// or is given leads sells them; who approves closings is a sales manager;
// anybody else is only told things, like a marketer.
func Staffed(p *policy.Policy, many Headcount) []process.Person {
	var staff []process.Person
	for _, role := range Roles {
		for i := range many[role] {
			id := strings.ReplaceAll(string(role), "_", " ")
			if many[role] > 1 {
				id += " " + strconv.Itoa(i+1)
			}
			// An address of nobody, so that no shift has it.
			staff = append(staff, process.Person{ID: id, Email: strings.ReplaceAll(id, " ", "-") + "@stand-in.invalid", Role: role})
		}
	}
	return append(staff, named(p)...)
}

// named is everybody whom the policy names by address, by address.
func named(p *policy.Policy) []process.Person {
	roles := map[string]lead.Role{}
	// Of two roles the one that works more of the lead.
	rank := func(r lead.Role) int {
		return slices.Index([]lead.Role{lead.RoleMarketer, lead.RoleSalesManager, lead.RoleSalesperson}, r)
	}
	name := func(role lead.Role, addresses ...string) {
		for _, a := range addresses {
			if had, known := roles[a]; !known || rank(had) < rank(role) {
				roles[a] = role
			}
		}
	}
	who := func(role lead.Role, recipients ...policy.Recipient) {
		for _, r := range recipients {
			if members, ok := p.Members(r); ok {
				name(role, members...)
			} else if strings.Contains(string(r), "@") {
				name(role, strings.ToLower(string(r)))
			}
		}
	}
	steps := func(lists ...[]policy.Step) {
		for _, list := range lists {
			for _, step := range list {
				who(lead.RoleMarketer, step.To...)
			}
		}
	}
	for _, shift := range p.Shifts {
		name(lead.RoleSalesperson, shift.Staff...)
	}
	for _, group := range p.Groups {
		name(lead.RoleMarketer, group.Staff...)
	}
	for _, track := range p.Tracks {
		who(lead.RoleSalesperson, track.Assign.To...)
		who(lead.RoleSalesManager, track.Closing.By)
		steps(track.LiveResponse.Escalate, track.Attempts.Overdue, track.Appointment.Escalate, track.FollowUp.Escalate, track.Closing.Escalate)
	}
	for _, f := range p.FollowUps {
		who(lead.RoleMarketer, f.To)
		steps(f.Escalate)
	}
	staff := make([]process.Person, 0, len(roles))
	for address, role := range roles {
		staff = append(staff, process.Person{ID: address, Email: address, Role: role})
	}
	slices.SortFunc(staff, func(a, b process.Person) int { return cmp.Compare(a.ID, b.ID) })
	return staff
}

// Unstaffed counts the addresses that a policy names and nobody of the team has:
// their shifts are empty, and steps that are for them find nobody.
func Unstaffed(p *policy.Policy, team []Seller) int {
	n := 0
	for _, one := range named(p) {
		if !slices.ContainsFunc(team, func(s Seller) bool { return s.Email == one.Email }) {
			n++
		}
	}
	return n
}
