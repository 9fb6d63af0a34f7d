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
func (t *turn) tick() {
	if t.track == nil {
		return
	}
	for range mostFirings {
		c := t.s.NextDeadline()
		if c == nil || c.Next.After(t.w.Now) {
			return
		}
		t.fire(c)
	}
}

// fire lets one clock act and sets when it acts next. The pointer is into the
// state's list and must not be used after the list changed.
func (t *turn) fire(c *Clock) {
	now := *c
	switch now.Kind {
	case HeldBack:
		t.drop(now)
		t.out.Deliver = true
	case ContactDue:
		t.drop(now)
		t.contactDue(now)
	case AppointmentReminder:
		t.appointmentReminder(now)
	case FollowUp:
		if t.s.Stage == lead.Parked {
			t.resume("date", now.Due)
			return
		}
		t.ladder(now)
	default:
		t.ladder(now)
	}
}

// ladder climbs one rung of a clock that has an escalation.
func (t *turn) ladder(c Clock) {
	steps := t.steps(c.Kind)
	switch c.At {
	case AtReminder:
		t.remind(c)
		c.At, c.Next = AtDue, c.Due
	case AtDue:
		t.due(c)
		c.At, c.Step, c.Rep = AtStep, 0, 0
		t.aim(&c, steps)
	case AtStep:
		taken := t.escalate(c, steps)
		last := steps[c.Step]
		c.Rep++
		if !taken || c.Rep > last.Times || t.overtaken(c, steps) {
			c.Step, c.Rep = c.Step+1, 0
		}
		t.aim(&c, steps)
		if !taken {
			// Nobody was there: what comes next does not wait its turn, but
			// for the doors to open when even the last step found nobody.
			c.Next = t.w.Now
			if c.At == AtNag {
				c.Next = t.reopens()
			}
		}
	case AtNag:
		t.nag(c, len(steps))
		c.Nags++
		c.Next = t.workday(t.w.Now)
	}
	t.put(c)
}

// aim sets when the clock's next step is due, or the daily alert after the
// last one.
func (t *turn) aim(c *Clock, steps []policy.Step) {
	if c.Step < len(steps) {
		c.At, c.Next = AtStep, t.w.Policy.StepAt(t.track, c.Due, steps[c.Step], c.Rep)
		return
	}
	c.At, c.Next = AtNag, t.workday(t.w.Now)
}

// overtaken reports whether the following step comes before the repetition
// that would be next: a higher step replaces the repeats of a lower one.
func (t *turn) overtaken(c Clock, steps []policy.Step) bool {
	if c.Step+1 >= len(steps) {
		return false
	}
	rep := t.w.Policy.StepAt(t.track, c.Due, steps[c.Step], c.Rep)
	up := t.w.Policy.StepAt(t.track, c.Due, steps[c.Step+1], 0)
	return !up.After(rep)
}

// steps returns the escalation of a clock, as the track says.
func (t *turn) steps(k Kind) []policy.Step {
	var steps []policy.Step
	switch k {
	case LiveResponse:
		steps = t.track.LiveResponse.Escalate
	case CallAttempt, FollowUp:
		steps = t.track.Attempts.Overdue
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

// workday returns the next instant for a daily alert: a calendar day later,
// in opening hours.
func (t *turn) workday(after time.Time) time.Time {
	at := t.w.Policy.Calendar.Add(after, daily)
	if at.IsZero() {
		return after.AddDate(0, 0, 1)
	}
	return at
}

// reopens returns the next opening when it is closed now, else the time of the
// next daily alert.
func (t *turn) reopens() time.Time {
	if at := t.opening(); at.After(t.w.Now) {
		return at
	}
	return t.workday(t.w.Now)
}

func (t *turn) put(c Clock) {
	for i := range t.s.Clocks {
		if t.s.Clocks[i].Kind == c.Kind {
			t.s.Clocks[i] = c
			return
		}
	}
}

func (t *turn) drop(c Clock) {
	t.s.Clocks = slices.DeleteFunc(t.s.Clocks, func(o Clock) bool { return o == c })
}

// plan sees to it that an open lead always has a next deadline: a call by the
// schedule, or, where no call can or need be made, a date to decide by.
func (t *turn) plan() {
	s := &t.s
	if s.Status != lead.Open || s.Stage == lead.Parked {
		return
	}
	if s.Appointment != nil {
		s.stop(CallAttempt, FollowUp, ContactDue)
		return
	}
	attempts, days, parts := s.Counted()
	enough := attempts >= s.Measure.Attempts && days >= s.Measure.Days && parts >= s.Measure.Dayparts
	if enough || !s.Reach.May(lead.Phone) || s.Stage == lead.Visit {
		s.stop(CallAttempt)
		if s.Clock(FollowUp) == nil {
			t.decideBy(t.workday(t.w.Now))
		}
		return
	}
	s.stop(FollowUp)
	anchor := later(s.CycleStart, s.ClockStart)
	t.callBy(attempts+1, t.w.Policy.AttemptDue(t.track, anchor, attempts+1, t.lastAttempt()))
}

// callBy starts the clock of call attempt n, unless it runs already. One that
// runs never becomes due sooner: somebody was given that time.
func (t *turn) callBy(n int, due time.Time) {
	if c := t.s.Clock(CallAttempt); c != nil && c.N == n && !due.After(c.Due) {
		return
	}
	t.s.start(Clock{Kind: CallAttempt, Start: t.w.Now, Due: due, Next: due, At: AtDue, N: n})
}

// decideBy starts the clock until the owner says how the lead goes on.
func (t *turn) decideBy(due time.Time) {
	t.s.start(Clock{Kind: FollowUp, Start: t.w.Now, Due: due, Next: due, At: AtDue})
}

// fresh gives whoever works the lead now his own time for the next call.
func (t *turn) fresh() {
	due := t.w.Policy.LiveDue(t.track, t.w.Now)
	for _, k := range []Kind{CallAttempt, FollowUp} {
		if c := t.s.Clock(k); c != nil {
			n := *c
			if n.Due.Before(due) {
				n.Due = due
			}
			n.Start, n.Next, n.At, n.Step, n.Rep, n.Nags = t.w.Now, n.Due, AtDue, 0, 0, 0
			t.s.start(n)
		}
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
