package policy

import (
	"slices"
	"strings"
	"unicode"
)

// taker is a rule as the search for unreached rules sees it: the leads it can
// take, apart from what is asked of them beside their time and their customer.
type taker struct {
	p    *Policy
	rule *Rule
	// The names it asks for, as they are compared, sorted.
	sources, makes, models, languages []string
	wall                              weekTimes // when its weekday and hours of the day hold
	left                              leads
}

// leads are those of one rule by when they come and whose they are: in or
// outside opening hours, of known or new customers. Each set of times holds at
// least every time of the week at which such a lead can come.
type leads [2][2]weekTimes

const (
	inHours, outsideHours = 0, 1
	ofKnown, ofNew        = 0, 1
)

func (p *Policy) taker(rule *Rule, folds []block) *taker {
	w := &rule.When
	t := &taker{
		p: p, rule: rule,
		sources: sorted(w.Source), makes: folded(w.Make), models: folded(w.Model), languages: folded(w.Language),
		wall: wholeWeek,
	}
	if len(w.Weekday) > 0 {
		t.wall = onDays(w.Weekday)
	}
	if len(w.Hours.Blocks) > 0 {
		t.wall = t.wall.intersect(daily(w.Hours.Blocks))
	}
	open := t.wall.intersect(p.openTimes().shown(folds))
	closed := t.wall.intersect(p.closedTimes().shown(folds))
	if shift := p.shift(w.Shift); shift != nil {
		times := shift.Hours.weekly().shown(folds)
		open, closed = open.intersect(times), closed.intersect(times)
		if shift.Hours.within(p.Calendar) {
			closed = nil
		}
	}
	if w.Hours.Word == hoursClosed {
		open = nil
	}
	if w.Hours.Word == hoursOpen {
		closed = nil
	}
	if w.Customer != NewCustomer {
		t.left[inHours][ofKnown], t.left[outsideHours][ofKnown] = open, closed
	}
	if w.Customer != KnownCustomer {
		t.left[inHours][ofNew], t.left[outsideHours][ofNew] = open, closed
	}
	return t
}

func (p *Policy) shift(name string) *Shift {
	for i := range p.Shifts {
		if p.Shifts[i].Name == name {
			return &p.Shifts[i]
		}
	}
	return nil
}

// none reports whether no lead can be left.
func (l leads) none() bool {
	for _, ofHours := range l {
		for _, times := range ofHours {
			if len(times) > 0 {
				return false
			}
		}
	}
	return true
}

func (l leads) same(other leads) bool {
	for hours := range l {
		for customer := range l[hours] {
			if !slices.Equal(l[hours][customer], other[hours][customer]) {
				return false
			}
		}
	}
	return true
}

// after returns the leads that a rule leaves which asks for nothing else of
// them than their time and their customer.
func (l leads) after(a *taker) leads {
	when := &a.rule.When
	for hours := range l {
		for customer := range l[hours] {
			if (hours == inHours && when.Hours.Word == hoursClosed) || (hours == outsideHours && when.Hours.Word == hoursOpen) ||
				(customer == ofKnown && when.Customer == NewCustomer) || (customer == ofNew && when.Customer == KnownCustomer) {
				continue
			}
			l[hours][customer] = l[hours][customer].without(a.wall)
		}
	}
	return l
}

// asksLess reports whether every lead of the other rule fits a too, as far as
// weekday, hours and customer do not decide.
func (a *taker) asksLess(other *taker) bool {
	w, o := &a.rule.When, &other.rule.When
	return covers(w.Party, o.Party) &&
		covers(w.Channel, o.Channel) &&
		covers(w.Request, o.Request) &&
		covers(w.Condition, o.Condition) &&
		w.Price.covers(o.Price) &&
		a.shiftCovers(o.Shift) &&
		coversSorted(a.sources, other.sources) &&
		coversSorted(a.makes, other.makes) &&
		coversSorted(a.models, other.models) &&
		coversSorted(a.languages, other.languages) &&
		areasCover(w.Postcode, o.Postcode)
}

// shiftCovers reports whether the rule's shift is on whenever the other one is.
func (a *taker) shiftCovers(other string) bool {
	mine := a.rule.When.Shift
	if mine == "" || mine == other {
		return true
	}
	one, another := a.p.shift(mine), a.p.shift(other)
	return one != nil && another != nil && another.Hours.withinWeek(one.Hours)
}

// covers reports whether a condition lets through whatever the other lets
// through.
func covers[T comparable](values, other []T) bool {
	if len(values) == 0 {
		return true
	}
	return len(other) > 0 && !slices.ContainsFunc(other, func(o T) bool { return !slices.Contains(values, o) })
}

// coversSorted is covers for long lists.
func coversSorted(values, other []string) bool {
	if len(values) == 0 {
		return true
	}
	i := 0
	for _, o := range other {
		for i < len(values) && values[i] < o {
			i++
		}
		if i == len(values) || values[i] != o {
			return false
		}
	}
	return len(other) > 0
}

// covers reports whether every price in the other range is in this one.
func (r PriceRange) covers(other PriceRange) bool {
	if r == (PriceRange{}) {
		return true
	}
	return other != (PriceRange{}) && r.From <= other.From &&
		(r.Below == 0 || (other.Below != 0 && other.Below <= r.Below))
}

// areasCover reports whether every code in one of the other areas is in one of
// these.
func areasCover(areas, other []Area) bool {
	if len(areas) == 0 {
		return true
	}
	return len(other) > 0 && !slices.ContainsFunc(other, func(o Area) bool {
		return !slices.ContainsFunc(areas, func(a Area) bool { return a.covers(o) })
	})
}

// covers reports whether every code in the other area is in this one. Numbers
// of the same length are in the order of their texts.
func (a Area) covers(other Area) bool {
	if a.From == "" {
		if other.From == "" {
			return strings.HasPrefix(other.Prefix, a.Prefix)
		}
		return strings.HasPrefix(other.From, a.Prefix) && strings.HasPrefix(other.To, a.Prefix)
	}
	from, to := other.From, other.To
	if other.From == "" {
		from, to = other.Prefix, other.Prefix
	}
	n := len(a.From)
	if len(from) < n || !areDigits(from[:n]) {
		return false
	}
	return a.From <= from[:n] && to[:n] <= a.To
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// folded returns names so that two that differ in capitals only are the same.
func folded(names []string) []string {
	same := make([]string, len(names))
	for i, name := range names {
		same[i] = strings.Map(func(r rune) rune {
			least := r
			for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
				least = min(least, other)
			}
			return least
		}, name)
	}
	slices.Sort(same)
	return same
}
