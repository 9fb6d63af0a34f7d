package policy

import (
	"slices"
	"strings"
	"time"
)

// Track returns the track of that name, or nil.
func (p *Policy) Track(name string) *Track { return p.Tracks[name] }

// Choose returns the track of the first rule whose conditions all hold for s,
// and the conditions that decided, in words a manager reads: "first-party ·
// new · weekday", or "standard rule" for the rule without conditions. The words
// say what the policy asks for wherever the lead itself says something
// personal. A parsed policy always has an answer; one built by hand without a
// last rule may give nil and "".
func (p *Policy) Choose(s Subject) (track *Track, why string) {
	a := p.arrived(&s)
	for i := range p.Rules {
		rule := &p.Rules[i]
		if p.holds(&rule.When, &s, &a) {
			return p.Tracks[rule.Track], because(&rule.When, &s, &a)
		}
	}
	return nil, ""
}

// arrival is what the rules ask of a lead's time and place, worked out once.
type arrival struct {
	at       time.Time
	weekday  time.Weekday
	second   int64 // since local midnight on the wall clock
	postcode postcode
	open     answer // in the dealer's opening hours
}

// answer remembers a question to a calendar, which costs more than all others.
type answer struct{ asked, yes bool }

func (p *Policy) arrived(s *Subject) arrival {
	local := s.ReceivedAt.In(p.Zone)
	hour, minute, second := local.Clock()
	return arrival{
		at: local, weekday: local.Weekday(),
		second:   int64(hour*3600 + minute*60 + second),
		postcode: plainPostcode(s.Postcode),
	}
}

// holds reports whether every condition of w holds for s, as it arrived. What
// costs most is asked last.
func (p *Policy) holds(w *When, s *Subject, a *arrival) bool {
	return allows(w.Party, s.Party) &&
		allows(w.Source, s.Source) &&
		allows(w.Channel, s.Channel) &&
		allows(w.Request, s.Request) &&
		allowsName(w.Make, s.Make) &&
		allowsName(w.Model, s.Model) &&
		allows(w.Condition, s.Condition) &&
		w.Price.allows(s.Price) &&
		allows(w.Weekday, a.weekday) &&
		(w.Customer == "" || s.Known == (w.Customer == KnownCustomer)) &&
		allowsName(w.Language, s.Language) &&
		(len(w.Postcode) == 0 || areaOf(w.Postcode, &a.postcode) >= 0) &&
		p.inHours(&w.Hours, a) &&
		(w.Shift == "" || p.shiftIsOn(w.Shift, a.at))
}

// allows reports whether a condition with these values lets the value through.
func allows[T comparable](values []T, value T) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

// allowsName is allows for names that people write with and without capitals.
func allowsName(names []string, name string) bool {
	return len(names) == 0 || indexOfName(names, name) >= 0
}

func indexOfName(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// allows reports whether a price is in the range, if there is one.
func (r PriceRange) allows(price int64) bool {
	if r == (PriceRange{}) {
		return true
	}
	return price > 0 && price >= r.From && (r.Below == 0 || price < r.Below)
}

// areaOf returns which of the areas holds the code first, or -1.
func areaOf(areas []Area, code *postcode) int {
	return slices.IndexFunc(areas, func(a Area) bool { return a.contains(code) })
}

// inHours reports whether the lead came at one of the hours, if there are any.
func (p *Policy) inHours(h *Hours, a *arrival) bool {
	if h.Word != "" {
		if !a.open.asked {
			a.open = answer{asked: true, yes: p.Calendar.IsOpen(a.at)}
		}
		return a.open.yes == (h.Word == hoursOpen)
	}
	return len(h.Blocks) == 0 || blockOf(h.Blocks, a.second) >= 0
}

// blockOf returns which of the blocks holds the second first, or -1. After
// midnight one of the evening before may still run.
func blockOf(blocks []TimeOfDay, second int64) int {
	return slices.IndexFunc(blocks, func(b TimeOfDay) bool {
		return (b.From <= second && second < b.To) || second+daySeconds < b.To
	})
}

func (p *Policy) shiftIsOn(name string, at time.Time) bool {
	for i := range p.Shifts {
		if p.Shifts[i].Name == name {
			return p.Shifts[i].Hours.IsOpen(at)
		}
	}
	return false
}

// OnDuty reports whether a member of staff is on duty at an instant. Somebody
// whom any shift names is on duty in those shifts and at no other time;
// everybody else is on duty in the dealer's opening hours. Absence is not the
// policy's business.
func (p *Policy) OnDuty(email string, at time.Time) bool {
	named := false
	for i := range p.Shifts {
		shift := &p.Shifts[i]
		if !slices.ContainsFunc(shift.Staff, func(s string) bool { return strings.EqualFold(s, email) }) {
			continue
		}
		if shift.Hours.IsOpen(at) {
			return true
		}
		named = true
	}
	return !named && p.Calendar.IsOpen(at)
}
