package policy

import (
	"slices"
)

// ladder is the escalation of one clock as a check looks at it.
type ladder struct {
	at         spot
	track      spot // zero for a follow-up's
	name       string
	steps      []Step
	clock      Clock // on which its steps happen that name no clock
	ofFollowUp bool
}

// trackLadders lists the escalations of a track.
func trackLadders(t *Track, at spot) []ladder {
	one := func(section, list string, steps []Step) ladder {
		return ladder{at: at.field(section).field(list), track: at, name: section + "." + list, steps: steps, clock: t.Clock}
	}
	return []ladder{
		one("live_response", "escalate", t.LiveResponse.Escalate),
		one("attempts", "overdue", t.Attempts.Overdue),
		one("appointment", "escalate", t.Appointment.Escalate),
		one("follow_up", "escalate", t.FollowUp.Escalate),
		one("closing", "escalate", t.Closing.Escalate),
	}
}

// ladder finds steps that never tell anybody and repeats that never happen.
func (c *checker) ladder(l ladder) {
	for i, step := range l.steps {
		at := l.at.item(i)
		to := at.field("to")
		c.recipients(step.To, to)
		switch who := c.missing(step.To); {
		case who == "":
			c.callCentre(step.To, to)
			c.offDuty(l, i, to)
		case l.at.written:
			c.remark(to, "no colleague is %s, so this step never tells anybody; name another recipient, or add the colleague first", who)
		}
		c.reassigned(l, step, at)
		c.overtaken(l, i, at)
	}
}

// clockOf is the clock on which a step of the ladder happens.
func (l ladder) clockOf(s Step) Clock {
	if s.Clock == "" {
		return l.clock
	}
	return s.Clock
}

// overtaken finds repeats of which not even the first can happen: a higher step
// replaces the repeats of a lower one.
func (c *checker) overtaken(l ladder, i int, at spot) {
	repeat := at.field("repeat")
	if !repeat.written || i+1 >= len(l.steps) || l.steps[i].Times == 0 {
		return
	}
	step, next := l.steps[i], l.steps[i+1]
	first := step.After.plus(step.Every)
	if next.After != first && !next.After.surelyBefore(first) {
		return
	}
	// Opening hours are never quicker than a clock that runs through.
	if l.clockOf(next) != Always && l.clockOf(step) == Always {
		return
	}
	c.fault(repeat, "never happens: the first repeat would come after %s, and the next step, which comes after %s, "+
		"ends the repeats of this one; repeat sooner, or let the next step come later",
		first, next.After)
}

// offDuty finds a step whose people all work in shifts outside the hours in
// which it happens.
func (c *checker) offDuty(l ladder, i int, to spot) {
	if !to.written {
		return
	}
	for _, step := range l.steps[:i+1] {
		// A step that finds nobody hands on to the next one at once, so one that
		// keeps to no hours takes those after it along.
		if l.clockOf(step) == Always {
			return
		}
	}
	var hours weekTimes
	for _, r := range l.steps[i].To {
		members, isGroup := c.p.Members(r)
		if !isGroup {
			if !isAddress(string(r)) {
				return
			}
			members = []string{string(r)}
		}
		for _, member := range members {
			shifts, inShifts := c.p.shiftTimes(member)
			if _, active := c.staff[member]; !inShifts || (c.staff != nil && !active) {
				return
			}
			hours = hours.union(shifts)
		}
	}
	if len(hours.intersect(c.p.openTimes())) == 0 {
		c.fault(to, "everybody named here works in shifts outside the opening hours, in which this step happens, "+
			"so it never finds anybody on duty; write clock: always, or name somebody else")
	}
}

// shiftTimes returns when somebody works whom a shift names, and false when no
// shift does.
func (p *Policy) shiftTimes(address string) (times weekTimes, inShifts bool) {
	for i := range p.Shifts {
		if slices.Contains(p.Shifts[i].Staff, address) {
			times, inShifts = times.union(p.Shifts[i].Hours.weekly()), true
		}
	}
	return times, inShifts
}

// reassigned finds a step that is to pass the lead on and cannot: who owns it
// has it already, and not everybody may own one.
func (c *checker) reassigned(l ladder, step Step, at spot) {
	reassign := at.field("reassign")
	if !step.Reassign || !reassign.written || l.ofFollowUp || slices.ContainsFunc(step.To, c.takes) {
		return
	}
	c.fault(reassign, "nobody named in this step can take the lead over: the owner has it already, and a marketer owns none; "+
		"add for example next_salesperson, or delete reassign")
}

// takes reports whether a lead may pass to somebody of the recipient.
func (c *checker) takes(r Recipient) bool {
	if r == ToOwner || r == ToMarketer {
		return false
	}
	members, isGroup := c.p.Members(r)
	if !isGroup {
		members = []string{string(r)}
	}
	return slices.ContainsFunc(members, func(member string) bool {
		role, known := c.staff[member]
		return !known || role.Sells()
	})
}
