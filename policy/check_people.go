package policy

import (
	"maps"
	"slices"

	"github.com/doorbell-ilm/doorbell/lead"
)

// rolesOf are the roles of which somebody is needed for a recipient to be
// anybody, any of them. The other recipients need no role.
var rolesOf = map[Recipient][]lead.Role{
	ToNextSalesperson: {lead.RoleSalesperson},
	ToFewestOpen:      {lead.RoleSalesperson},
	ToTeam:            {lead.RoleSalesperson, lead.RoleBDC},
	ToBDC:             {lead.RoleBDC},
	ToSalesManager:    {lead.RoleSalesManager},
	ToGeneralManager:  {lead.RoleGeneralManager},
	ToMarketer:        {lead.RoleMarketer},
}

// roleWords are the roles as a sales manager says them.
var roleWords = map[lead.Role]string{
	lead.RoleBDC:            "a call-centre agent",
	lead.RoleSalesperson:    "a salesperson",
	lead.RoleSalesManager:   "a sales manager",
	lead.RoleGeneralManager: "a general manager",
	lead.RoleMarketer:       "a marketer",
}

// people finds addresses that no active colleague has.
func (c *checker) people(addresses []string, at spot) {
	for i, address := range addresses {
		c.person(Recipient(address), at.item(i))
	}
}

// person finds a recipient that is the address of nobody.
func (c *checker) person(r Recipient, at spot) {
	if c.staff == nil || !at.written || !isAddress(string(r)) {
		return
	}
	if _, active := c.staff[string(r)]; !active {
		c.fault(at, "no active colleague has this e-mail address; mend it, or add the colleague first")
	}
}

// recipients finds the addresses of nobody among recipients.
func (c *checker) recipients(to []Recipient, at spot) {
	for i, r := range to {
		c.person(r, at.item(i))
	}
}

// callCentre finds the call centre among recipients of a dealer who has none.
// One that is named alone is found as a role that nobody has.
func (c *checker) callCentre(to []Recipient, at spot) {
	if c.staff == nil || !at.written || c.roles[lead.RoleBDC] || slices.Contains(c.p.Phases, lead.BDC) {
		return
	}
	if i := slices.Index(to, ToBDC); i >= 0 {
		c.remark(at.item(i), "there is no phase bdc and no colleague is a call-centre agent; delete bdc here")
	}
}

// missing returns in words which roles nobody has, when every recipient is a
// role that nobody has, else "". That is worth a remark and no more: somebody
// may have the role tomorrow, and until then the next step or the daily alert
// tells a manager.
func (c *checker) missing(to []Recipient) string {
	if c.staff == nil || len(to) == 0 {
		return ""
	}
	var words []string
	for _, r := range to {
		roles, isRole := rolesOf[r]
		if !isRole || slices.ContainsFunc(roles, func(role lead.Role) bool { return c.roles[role] }) {
			return ""
		}
		for _, role := range roles {
			if !slices.Contains(words, roleWords[role]) {
				words = append(words, roleWords[role])
			}
		}
	}
	return oneWordOf(words)
}

// assign finds new leads that are given to nobody there is.
func (c *checker) assign(t *Track, at spot) {
	c.recipients(t.Assign.To, at)
	if !at.written {
		return
	}
	// A customer who is new has no owner yet.
	fresh := slices.DeleteFunc(slices.Clone(t.Assign.To), func(r Recipient) bool { return r == ToCustomerOwner })
	if who := c.missing(fresh); who != "" {
		c.remark(at, "no colleague is %s, so nobody named here can get a lead; name somebody else, or add the colleague first", who)
		return
	}
	c.callCentre(t.Assign.To, at)
	for i, r := range t.Assign.To {
		if role, known := c.staff[string(r)]; known && !role.Sells() {
			c.fault(at.item(i), "this colleague's role cannot own a lead; name a salesperson, a call-centre agent or a manager")
		}
	}
}

// approval finds closings that nobody named for them can decide on.
func (c *checker) approval(closing *Closing, at spot) {
	by := at.field("by")
	c.person(closing.By, by)
	if !by.written || closing.Approve == Never {
		return
	}
	if who := c.missing([]Recipient{closing.By}); who != "" {
		c.remark(by, "no colleague is %s, so nobody named here can decide on a closing; name another manager, or add the colleague first", who)
	}
	if role, known := c.staff[string(closing.By)]; known && !role.Manages() {
		c.fault(by, "this colleague is no manager, and only a manager decides on closings; name a sales manager or a general manager")
	}
}

// followUps finds follow-ups that are given to nobody there is.
func (c *checker) followUps() {
	for _, kind := range slices.Sorted(maps.Keys(c.p.FollowUps)) {
		f, at := c.p.FollowUps[kind], c.p.spot().field("follow_ups").field(string(kind))
		to := at.field("to")
		c.person(f.To, to)
		if who := c.missing([]Recipient{f.To}); who != "" && to.written {
			c.remark(to, "no colleague is %s, so nobody named here can do it; name somebody else, or add the colleague first", who)
		}
		c.ladder(ladder{at: at.field("escalate"), steps: f.Escalate, clock: OpeningHours, ofFollowUp: true})
	}
}
