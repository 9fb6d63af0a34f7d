package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// mostFirings bounds what one step may catch up with, so that a policy with a
// tiny repeat and a long outage cannot keep a step busy for ever.
const mostFirings = 500

// daily is how often a lead whose escalation is exhausted is brought up again.
var daily = policy.Duration{Days: 1}

// managerAlert is who is told, and how, when the policy leaves it open.
var managerAlert = policy.Step{To: []policy.Recipient{policy.ToSalesManager}, Notify: []policy.Channel{policy.Email, policy.Screen}}

// tick makes every clock act that is due at the present instant, the earliest
// first, until none is.
func (b *watch) tick() {
	if b.track == nil {
		return
	}
	for range mostFirings {
		c := b.a.NextDeadline()
		if c == nil || c.Next.After(b.w.Now) {
			return
		}
		b.climb.fire(*c) // a copy: the list changes under it
	}
}

// fire lets one clock of a lead act and sets when it acts next.
func (t *turn) fire(c Clock) {
	switch {
	case c.Kind == HeldBack:
		t.drop(c)
		t.out.Deliver = true
	case c.Kind == ContactDue:
		t.drop(c)
		t.contactDue(c)
	case c.Kind == AppointmentReminder:
		t.appointmentReminder(c)
	case c.Kind == FollowUp && t.s.Stage == lead.Parked:
		t.resume("date", c.Due)
	case c.At == AtDue && (c.Kind == CallAttempt || c.Kind == FollowUp) && t.covered():
		// The clock runs again, against somebody who is there.
	default:
		t.ladder(c)
	}
}

// covered gives a lead whose owner is away to somebody else when it is to be
// worked. Who is back by the same time tomorrow keeps it.
func (t *turn) covered() bool {
	p := t.person(t.s.Owner)
	if p == nil || !p.absent(t.w.Now) || !p.absent(t.workday(t.w.Now, daily)) {
		return false
	}
	owner, _ := t.assign(t.begins())
	if other := t.person(owner); other == nil || owner == p.ID || other.absent(t.w.Now) {
		return false
	}
	t.give(owner, "owner_absent")
	t.fresh()
	t.tell("assigned", "assigned", owner, "")
	return true
}

// ladder climbs one rung of a clock that has an escalation.
func (b *watch) ladder(c Clock) {
	steps := b.climb.steps(c.Kind)
	switch c.At {
	case AtReminder:
		b.remind(c, c.Next)
		c.At, c.Next = AtDue, c.Due
	case AtDue:
		b.due(c)
		c.At, c.Step, c.Rep = AtStep, 0, 0
		b.aim(&c, steps)
	case AtStep:
		taken := b.escalate(c, steps)
		last := steps[c.Step]
		c.Rep++
		if !taken || c.Rep > last.Times || b.overtaken(c, steps) {
			c.Step, c.Rep = c.Step+1, 0
		}
		b.aim(&c, steps)
		c.Hurried = !taken
		if !taken {
			// Nobody was there: what comes next does not wait its turn, only
			// for the doors to open, where it keeps to them.
			switch {
			case c.At == AtNag:
				c.Next = b.reopens()
			case b.hours(steps[c.Step]) == policy.Always:
				c.Next = b.w.Now
			default:
				c.Next = b.opening()
			}
		}
	case AtNag:
		b.nag(c, len(steps))
		c.Nags++
		c.Next = b.workday(b.w.Now, daily)
	}
	b.put(c)
}

// hours is the clock to which a step keeps.
func (b *watch) hours(step policy.Step) policy.Clock {
	if step.Clock != "" {
		return step.Clock
	}
	return b.track.Clock
}

// aim sets when the clock's next step is due, or the daily alert after the
// last one.
func (b *watch) aim(c *Clock, steps []policy.Step) {
	if c.Step < len(steps) {
		c.At, c.Next = AtStep, b.w.Policy.StepAt(b.track, c.Due, steps[c.Step], c.Rep)
		return
	}
	c.At, c.Next = AtNag, b.workday(b.w.Now, daily)
}

// overtaken reports whether the following step comes before the repetition
// that would be next: a higher step replaces the repeats of a lower one.
func (b *watch) overtaken(c Clock, steps []policy.Step) bool {
	if c.Step+1 >= len(steps) {
		return false
	}
	rep := b.w.Policy.StepAt(b.track, c.Due, steps[c.Step], c.Rep)
	up := b.w.Policy.StepAt(b.track, c.Due, steps[c.Step+1], 0)
	return !up.After(rep)
}

// steps returns the escalation of a clock, as the track says.
func (t *turn) steps(k Kind) []policy.Step {
	var steps []policy.Step
	switch k {
	case LiveResponse:
		steps = t.track.LiveResponse.Escalate
	case CallAttempt:
		steps = t.track.Attempts.Overdue
	case FollowUp:
		if steps = t.track.FollowUp.Escalate; len(steps) == 0 {
			steps = t.track.Attempts.Overdue
		}
	case AppointmentOutcome:
		steps = t.track.Appointment.Escalate
	case ClosingApproval:
		steps = t.track.Closing.Escalate
	case AppointmentReminder, ContactDue, HeldBack:
		return nil
	}
	if len(steps) == 0 {
		steps = []policy.Step{managerAlert}
	}
	return steps
}

// workday returns the instant in opening hours at which a while has passed.
func (b *watch) workday(after time.Time, d policy.Duration) time.Time {
	at := b.w.Policy.Calendar.Add(after, d)
	if at.IsZero() {
		return after.AddDate(0, 0, max(d.Days, 1))
	}
	return at
}

// reopens returns the next opening when it is closed now, else the time of the
// next daily alert.
func (b *watch) reopens() time.Time {
	if at := b.opening(); at.After(b.w.Now) {
		return at
	}
	return b.workday(b.w.Now, daily)
}

// opening returns the present instant in opening hours, else the next opening.
func (b *watch) opening() time.Time {
	return later(b.w.Now, b.w.Policy.Calendar.NextOpen(b.w.Now))
}

func (b *watch) put(c Clock) {
	for i := range b.a.Clocks {
		if b.a.Clocks[i].Kind == c.Kind {
			b.a.Clocks[i] = c
			return
		}
	}
}

func (b *watch) drop(c Clock) {
	b.a.Clocks = slices.DeleteFunc(b.a.Clocks, func(o Clock) bool { return o == c })
}

// plan sees to it that an open lead always has a next deadline: a call by the
// schedule, or, where no call can or need be made, a date to decide by.
func (t *turn) plan() {
	s := &t.s
	if s.Status != lead.Open || s.Stage == lead.Parked {
		return
	}
	if s.Appointment != nil {
		s.stop(CallAttempt, FollowUp)
		return
	}
	attempts, days, parts := s.Counted()
	most := t.asked()
	enough := attempts >= most.Attempts && days >= most.Days && parts >= most.Dayparts
	if enough || !s.Reach.May(lead.Phone) || s.Stage == lead.Visit {
		s.stop(CallAttempt)
		if s.Clock(FollowUp) == nil {
			t.decideBy(t.workday(t.w.Now, t.track.FollowUp.Due))
		}
		return
	}
	s.stop(FollowUp)
	anchor := later(s.CycleStart, s.ClockStart)
	t.callBy(attempts+1, t.w.Policy.AttemptDue(t.track, anchor, attempts+1, t.lastAttempt()))
}

// asked is how much has to be tried before no call is due any more: what the
// policy says, or what a reason of the dealer asks for beyond it. Otherwise a
// lead could neither be called nor closed.
func (t *turn) asked() Measure {
	most := t.s.Measure
	for i := range t.w.Reasons {
		r := &t.w.Reasons[i]
		if len(r.Numbers) == 0 || !r.UsableIn(t.s.Phase) {
			continue
		}
		most.Attempts = max(most.Attempts, r.Numbers[lead.EnoughAttempts])
		most.Days = max(most.Days, r.Numbers[lead.EnoughDays])
		most.Dayparts = max(most.Dayparts, r.Numbers[lead.EnoughDayparts])
	}
	return most
}

// callBy starts the clock of call attempt n, unless it runs already. One that
// runs never becomes due sooner: somebody was given that time. Where a policy is
// applied, or a mail came back, it was counted already.
func (t *turn) callBy(n int, due time.Time) {
	if c := t.s.Clock(CallAttempt); c != nil && c.N == n && (c.Instead || !due.After(c.Due) || t.h.What == WasRepinned) {
		return
	}
	if t.h.What == WasRepinned {
		due = later(due, t.w.Now) // nobody is late by a rule that he could not know
	}
	t.s.start(Clock{Kind: CallAttempt, Start: t.w.Now, Due: due, Next: due, At: AtDue, N: n})
}

// decideBy starts the clock until the owner says how the lead goes on.
func (t *turn) decideBy(due time.Time) {
	t.s.start(Clock{Kind: FollowUp, Start: t.w.Now, Due: due, Next: due, At: AtDue})
}

// fresh gives whoever works the lead now his own time for what is to be done
// next.
func (t *turn) fresh() {
	due := t.w.Policy.LiveDue(t.track, t.w.Now)
	for _, k := range []Kind{CallAttempt, FollowUp, AppointmentOutcome} {
		c := t.s.Clock(k)
		if c == nil || (k == AppointmentOutcome && c.At == AtReminder) {
			continue
		}
		n := *c
		if n.Due.Before(due) {
			n.Due, n.Granted = due, true
			if k != AppointmentOutcome {
				n.Start = t.w.Now
			}
		}
		n.Next, n.At, n.Step, n.Rep, n.Nags, n.Hurried = n.Due, AtDue, 0, 0, 0, false
		t.s.start(n)
	}
}

// lastAttempt returns when the last attempt of this cycle that counts was made.
// One that does not count puts nothing off.
func (t *turn) lastAttempt() time.Time {
	var last time.Time
	for _, a := range t.s.Attempts {
		if t.s.counts(a) {
			last = later(last, a.At)
		}
	}
	return last
}
