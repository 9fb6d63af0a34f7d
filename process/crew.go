package process

import (
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// The reasons for which somebody is not the right one for a new lead, the
// gravest highest: a lead goes to whoever has the least against him, and always
// to somebody.
const (
	lastMatch = 1 << iota // does not fit the match that is given up first
	firstMatch
	isFull
	offDuty
	isPaused
	isAbsent
)

// misfits are the words for them on the timeline.
var misfits = []struct {
	bit  int
	word string
}{{isAbsent, "absent"}, {isPaused, "paused"}, {offDuty, "off_duty"}, {isFull, "full"}}

// against weighs what speaks against giving somebody a new lead that is to be
// worked from an instant on.
func (b *watch) against(p *Person, at time.Time) int {
	n := 0
	if p.absent(at) {
		n |= isAbsent
	}
	if p.Paused {
		n |= isPaused
	}
	if !b.w.Policy.OnDuty(p.Email, at) {
		n |= offDuty
	}
	if p.Capacity > 0 && p.Open >= p.Capacity {
		n |= isFull
	}
	for i, m := range b.track.Assign.Match {
		if i < 2 && !b.fits(p, m) {
			n |= firstMatch >> i
		}
	}
	return n
}

// fits reports whether somebody is trained on the make, or speaks the language.
// What is not known of the lead asks for nobody in particular.
func (b *watch) fits(p *Person, m policy.Match) bool {
	is := func(word string) func(string) bool {
		return func(o string) bool { return strings.EqualFold(o, word) }
	}
	switch subject := b.w.Subject; m {
	case policy.MatchMake:
		return subject.Make == "" || len(p.Makes) == 0 || slices.ContainsFunc(p.Makes, is(subject.Make))
	case policy.MatchLanguage:
		return subject.Language == "" || strings.EqualFold(subject.Language, b.w.Language) || slices.ContainsFunc(p.Languages, is(subject.Language))
	}
	return true
}

// pick returns whoever of a pool has the least against him, below a bound: of
// equals whose turn it is or, with fewest, who has the fewest open leads. It
// returns nil when the pool has nobody below the bound.
func (b *watch) pick(pool func(*Person) bool, at time.Time, below int, fewest bool) *Person {
	var best *Person
	least := below
	for i := range b.w.Staff {
		p := &b.w.Staff[i]
		if !pool(p) {
			continue
		}
		n := b.against(p, at)
		if n < least || (fewest && best != nil && n == least && p.Open < best.Open) {
			best, least = p, n
		}
	}
	return best
}

// inRole is the pool of everybody with one of the roles.
func inRole(roles ...lead.Role) func(*Person) bool {
	return func(p *Person) bool { return slices.Contains(roles, p.Role) }
}

// pool is whom a recipient stands for, of those who can own a lead.
func (b *watch) pool(r policy.Recipient) func(*Person) bool {
	switch r {
	case policy.ToBDC:
		return inRole(lead.RoleBDC)
	case policy.ToSalesManager:
		return inRole(lead.RoleSalesManager)
	case policy.ToGeneralManager:
		return inRole(lead.RoleGeneralManager)
	case policy.ToCustomerOwner:
		return func(p *Person) bool { return p.ID == b.w.CustomerOwner && p.Role.Sells() }
	case policy.ToNextSalesperson, policy.ToFewestOpen, policy.ToOwner, policy.ToTeam, policy.ToMarketer:
		return inRole(lead.RoleSalesperson)
	}
	if members, ok := b.w.Policy.Members(r); ok {
		return func(p *Person) bool { return p.Role.Sells() && slices.Contains(members, p.Email) }
	}
	return func(p *Person) bool { return p.Role.Sells() && strings.EqualFold(p.Email, string(r)) }
}

// recipients resolves a step to the people of it who are there, each once, in
// the order of the step.
func (b *watch) recipients(step policy.Step) []Person {
	var out []Person
	there := func(p *Person) bool { return b.reached(*p, step) }
	add := func(of func(*Person) bool) {
		for i := range b.w.Staff {
			p := &b.w.Staff[i]
			if of(p) && there(p) && !slices.ContainsFunc(out, func(o Person) bool { return o.ID == p.ID }) {
				out = append(out, *p)
			}
		}
	}
	for _, to := range step.To {
		switch to {
		case policy.ToOwner:
			add(func(p *Person) bool { return p.ID == b.a.Owner })
		case policy.ToNextSalesperson:
			// Nobody gets a lead for whom new leads pause.
			next := b.pick(func(p *Person) bool { return p.Role == lead.RoleSalesperson && p.ID != b.a.Owner && there(p) }, b.w.Now, isPaused, false)
			add(func(p *Person) bool { return next != nil && p.ID == next.ID })
		case policy.ToTeam:
			add(inRole(lead.RoleBDC, lead.RoleSalesperson))
		case policy.ToMarketer:
			add(inRole(lead.RoleMarketer))
		case policy.ToBDC, policy.ToSalesManager, policy.ToGeneralManager:
			add(b.pool(to))
		default:
			members, ok := b.w.Policy.Members(to)
			if !ok {
				members = []string{strings.ToLower(string(to))}
			}
			add(func(p *Person) bool { return slices.Contains(members, p.Email) })
		}
	}
	return out
}

// reached reports whether a step of an escalation finds somebody: on duty, or,
// when the step keeps to no hours, not absent.
func (b *watch) reached(p Person, step policy.Step) bool {
	if step.Clock == policy.Always {
		return !p.absent(b.w.Now)
	}
	return b.onDuty(p, b.w.Now)
}

func (b *watch) person(id string) *Person {
	if id == "" {
		return nil
	}
	for i := range b.w.Staff {
		if b.w.Staff[i].ID == id {
			return &b.w.Staff[i]
		}
	}
	return nil
}

func (b *watch) onDuty(p Person, at time.Time) bool {
	return !p.absent(at) && b.w.Policy.OnDuty(p.Email, at)
}

func (p Person) absent(at time.Time) bool {
	return slices.ContainsFunc(p.Absent, func(a Period) bool { return !at.Before(a.From) && at.Before(a.Until) })
}
