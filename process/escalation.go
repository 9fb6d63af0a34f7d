package process

import (
	"math"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

var byMailAndScreen = []policy.Channel{policy.Email, policy.Screen}

// remind tells the owner that his time is nearly over, or, for an appointment
// that is past, asks what became of it.
func (t *turn) remind(c Clock) {
	template := "lead-reminder"
	if c.Kind == AppointmentOutcome {
		template = "appointment-outcome-asked"
	}
	t.own("reminded", map[string]any{"kind": string(c.Kind), "due_at": c.Due, "late_s": t.late(c.Next), "staff_id": t.s.Owner})
	t.alert(template, string(c.Kind), t.s.Owner, byMailAndScreen, 0, 0, "")
}

// due marks that a deadline passed and nobody met it.
func (t *turn) due(c Clock) {
	switch c.Kind {
	case CallAttempt:
		t.own("attempt_due", map[string]any{"n": c.N, "due_at": c.Due, "late_s": t.late(c.Due)})
		// The first call is asked for by the announcement of the lead itself.
		if c.N > 1 {
			t.alert("lead-reminder", string(c.Kind), t.s.Owner, byMailAndScreen, 0, 0, "")
		}
	case FollowUp:
		t.own("reminded", map[string]any{"kind": string(c.Kind), "due_at": c.Due, "late_s": t.late(c.Due), "staff_id": t.s.Owner})
		t.alert("lead-reminder", string(c.Kind), t.s.Owner, byMailAndScreen, 0, 0, "")
	default:
		// The escalation of the other clocks begins at their due time.
	}
}

// escalate takes one step of a clock's escalation. It reports false when
// nobody of the step is on duty: the step is skipped and says so (R5).
func (t *turn) escalate(c Clock, steps []policy.Step) bool {
	step := steps[c.Step]
	people := t.recipients(step)
	data := map[string]any{
		"kind": string(c.Kind), "step": c.Step + 1, "steps": len(steps), "repeat": c.Rep,
		"due_at": c.Next, "late_s": t.late(c.Next), "to": recipientNames(step.To),
	}
	if len(people) == 0 {
		data["why"] = "nobody of it is on duty"
		t.own("step_skipped", data)
		return false
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	data["staff_ids"] = ids
	t.own("escalated", data)
	if up := t.s.Escalation; up.Kind == c.Kind || c.Step+1 >= up.Step {
		t.s.Escalation = Escalation{Kind: c.Kind, Step: c.Step + 1, Steps: len(steps), At: t.w.Now}
	}
	if step.Reassign && c.Rep == 0 {
		t.give(people[0].ID, "escalation")
	}
	for _, p := range people {
		t.alert(escalationTemplate(c.Kind), string(c.Kind), p.ID, step.Notify, c.Step+1, len(steps), "")
	}
	return true
}

// nag brings up a lead again whose escalation is exhausted: it has no deadline
// ahead otherwise, and would be forgotten.
func (t *turn) nag(c Clock, steps int) {
	people := t.recipients(policy.Step{To: []policy.Recipient{policy.ToSalesManager, policy.ToGeneralManager}})
	if len(people) > 1 {
		people = people[:1]
	}
	data := map[string]any{"kind": string(c.Kind), "step": steps, "steps": steps, "again": c.Nags + 1, "due_at": c.Next, "late_s": t.late(c.Next)}
	if len(people) == 0 {
		data["why"] = "no manager is on duty"
		t.own("step_skipped", data)
		return
	}
	data["staff_ids"] = []string{people[0].ID}
	t.own("escalated", data)
	t.alert(escalationTemplate(c.Kind), string(c.Kind), people[0].ID, managerAlert.Notify, steps, steps, "")
}

func escalationTemplate(k Kind) string {
	switch k {
	case CallAttempt, FollowUp:
		return "attempt-overdue"
	case AppointmentOutcome:
		return "appointment-outcome-asked"
	case ClosingApproval:
		return "closing-proposed"
	default:
		return "escalation"
	}
}

// recipients resolves a step to the people of it who are on duty now, each
// once, in the order of the step.
func (t *turn) recipients(step policy.Step) []Person {
	var out []Person
	add := func(people ...Person) {
		for _, p := range people {
			if !slices.ContainsFunc(out, func(o Person) bool { return o.ID == p.ID }) {
				out = append(out, p)
			}
		}
	}
	for _, to := range step.To {
		switch to {
		case policy.ToOwner:
			if p := t.person(t.s.Owner); p != nil && t.onDuty(*p, t.w.Now) {
				add(*p)
			}
		case policy.ToNextSalesperson:
			if p := t.next(lead.RoleSalesperson, t.w.Now, t.s.Owner); p != nil {
				add(*p)
			}
		case policy.ToTeam:
			add(t.with(t.w.Now, lead.RoleBDC, lead.RoleSalesperson)...)
		case policy.ToBDC:
			add(t.with(t.w.Now, lead.RoleBDC)...)
		case policy.ToSalesManager:
			add(t.with(t.w.Now, lead.RoleSalesManager)...)
		case policy.ToGeneralManager:
			add(t.with(t.w.Now, lead.RoleGeneralManager)...)
		default:
			if p := t.byEmail(string(to)); p != nil && t.onDuty(*p, t.w.Now) {
				add(*p)
			}
		}
	}
	return out
}

func recipientNames(to []policy.Recipient) []string {
	names := make([]string, 0, len(to))
	for _, r := range to {
		if slices.Contains([]byte(r), '@') {
			r = "named person" // addresses are personal; the ids stand beside it
		}
		names = append(names, string(r))
	}
	return names
}

// late returns whole seconds since due, never negative.
func (t *turn) late(due time.Time) int {
	return int(math.Max(0, t.w.Now.Sub(due).Seconds()))
}
