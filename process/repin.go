package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// repinned puts an open lead under a newer version of the policy: its track is
// chosen again as if it were received now under that version, and what has not
// fallen due yet is counted again from where it began. What is overdue stays
// overdue, and nothing is due before now: nobody is late by a rule that he
// could not know.
func (t *turn) repinned(r Repin) {
	s := &t.s
	from, old := s.PolicyVersion, s.Track
	track, why := t.w.Policy.Choose(t.w.Subject)
	t.track = track
	s.PolicyVersion, s.Track, s.Why = r.Version, track.Name, why
	s.Measure = measure(t.w.Policy, track)
	data := map[string]any{
		"from_version": from, "to_version": r.Version, "from_track": old, "to_track": track.Name, "why": why,
	}
	if !slices.Contains(s.Measure.Phases, s.Phase) {
		data["from_phase"], data["to_phase"] = string(s.Phase), string(s.Measure.Phases[0])
		s.Phase = s.Measure.Phases[0]
	}
	t.event("policy_applied", data)
	if data["to_phase"] == string(lead.Showroom) {
		t.handOn()
	}
	t.recount()
	t.rescheduled()
	// A reminder that an outage held up goes out first.
	if c := s.Clock(AppointmentReminder); s.Appointment != nil && (c == nil || c.Due.After(t.w.Now)) {
		t.remindCustomer()
	}
	t.plan()
}

// rescheduled takes the contacts from the new track. What an outage kept from
// being sent is sent now, and nothing is sent twice.
func (t *turn) rescheduled() {
	after := t.w.Now
	for _, c := range t.s.Clocks {
		if c.Kind == ContactDue && !c.Due.After(after) {
			after = c.Due.Add(-time.Second)
		}
	}
	t.s.stop(ContactDue)
	if t.s.Status == lead.Open && t.s.Stage != lead.Parked {
		t.schedule(after)
	}
}

// recount sets the running clocks by the track that holds now.
func (t *turn) recount() {
	for _, c := range slices.Clone(t.s.Clocks) {
		switch {
		case c.Kind == AppointmentReminder || c.Kind == ContactDue || c.Kind == HeldBack:
			continue // set again as a whole, or somebody's working hours
		case c.At == AtStep:
			t.reaim(&c)
		case c.Granted || !c.Due.After(t.w.Now) || c.At == AtNag:
			continue
		default:
			t.redate(&c)
		}
		t.put(c)
	}
}

// reaim finds the clock's place in an escalation that may have fewer steps, or
// other ones. Those that were taken are not taken again.
func (t *turn) reaim(c *Clock) {
	steps := t.steps(c.Kind)
	c.Step = min(c.Step, len(steps))
	if c.Step == len(steps) || c.Rep > steps[c.Step].Times || (c.Rep > 0 && t.overtaken(*c, steps)) {
		c.Step, c.Rep = min(c.Step+1, len(steps)), 0
	}
	next := c.Next
	t.aim(c, steps)
	c.Next = later(c.Next, t.w.Now)
	if c.At == AtStep && c.Hurried {
		c.Next = later(next, t.w.Now)
	}
}

// redate counts a deadline that has not come yet again from where it began.
func (t *turn) redate(c *Clock) {
	p := t.w.Policy
	switch c.Kind {
	case LiveResponse:
		c.Due = p.LiveDue(t.track, c.Start)
	case CallAttempt:
		c.Due = p.AttemptDue(t.track, later(t.s.CycleStart, t.s.ClockStart), c.N, t.lastAttempt())
	case ClosingApproval:
		c.Due = p.After(t.track, c.Start, t.track.Closing.Due)
	case AppointmentOutcome:
		c.Due = p.After(t.track, c.Start, t.track.Appointment.OutcomeDue)
	case FollowUp:
		if t.s.Stage == lead.Parked {
			return
		}
		c.Due = t.workday(c.Start, t.track.FollowUp.Due)
	default:
		return
	}
	c.Due = later(c.Due, t.w.Now)
	if c.Kind == AppointmentOutcome && c.At == AtReminder {
		return // it asks when the appointment is over
	}
	c.At, c.Next = AtDue, c.Due
	if c.Kind == LiveResponse {
		if at := p.RemindAt(t.track, c.Start, c.Due); at.After(t.w.Now) && at.Before(c.Due) {
			c.At, c.Next = AtReminder, at
		}
	}
}
