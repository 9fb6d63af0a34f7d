package policy

import (
	"slices"
	"strings"
	"time"
)

// standardRule is the reason given when the rule without conditions decided.
const standardRule = "standard rule"

// Track returns the track of that name, or nil.
func (p *Policy) Track(name string) *Track { return p.Tracks[name] }

// Choose returns the track of the first rule whose conditions all hold for s,
// and the conditions that decided, in words a manager reads: "first-party ·
// new · weekday", or "standard rule" for the rule without conditions. A parsed
// policy always has an answer; one built by hand without a last rule may give
// nil and "".
func (p *Policy) Choose(s Subject) (track *Track, why string) {
	local := s.ReceivedAt.In(p.Zone)
	for i := range p.Rules {
		rule := &p.Rules[i]
		if p.holds(&rule.When, &s, local) {
			return p.Tracks[rule.Track], because(&rule.When, &s, local)
		}
	}
	return nil, ""
}

// holds reports whether every condition of w holds for s, received at local.
func (p *Policy) holds(w *When, s *Subject, local time.Time) bool {
	return allows(w.Party, s.Party) &&
		allows(w.Source, s.Source) &&
		allows(w.Channel, s.Channel) &&
		allows(w.Request, s.Request) &&
		allowsName(w.Make, s.Make) &&
		allowsName(w.Model, s.Model) &&
		allows(w.Condition, s.Condition) &&
		allows(w.Weekday, local.Weekday()) &&
		(w.Shift == "" || p.shiftIsOn(w.Shift, local))
}

// allows reports whether a condition with these values lets the value through.
func allows[T comparable](values []T, value T) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

// allowsName is allows for names that people write with and without capitals.
func allowsName(names []string, name string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool {
		return strings.EqualFold(n, name)
	})
}

// because names the conditions of w in the order of the contract.
func because(w *When, s *Subject, local time.Time) string {
	var words []string
	say := func(restricts bool, word string) {
		if restricts {
			words = append(words, word)
		}
	}
	say(len(w.Party) > 0, string(s.Party)+"-party")
	say(len(w.Source) > 0, s.Source)
	say(len(w.Channel) > 0, string(s.Channel))
	say(len(w.Request) > 0, string(s.Request))
	say(len(w.Make) > 0, s.Make)
	say(len(w.Model) > 0, s.Model)
	say(len(w.Condition) > 0, string(s.Condition))
	say(len(w.Weekday) > 0, nameDays(w.Weekday, local.Weekday()))
	say(w.Shift != "", "shift "+w.Shift)
	if len(words) == 0 {
		return standardRule
	}
	return strings.Join(words, " · ")
}

// nameDays says "weekday" or "weekend" when the condition means just that,
// else the day on which the lead came.
func nameDays(condition []time.Weekday, day time.Weekday) string {
	weekend := 0
	for _, d := range condition {
		if d == time.Saturday || d == time.Sunday {
			weekend++
		}
	}
	switch {
	case len(condition) == 5 && weekend == 0:
		return "weekday"
	case len(condition) == 2 && weekend == 2:
		return "weekend"
	default:
		return day.String()
	}
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
