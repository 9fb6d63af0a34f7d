package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/policy"
)

var byMailAndScreen = []policy.Channel{policy.Email, policy.Screen}

// remind tells the owner that his time is nearly over, or has begun, or, for
// an appointment that is past, asks what became of it.
func (b *watch) remind(c Clock, due time.Time) {
	b.own("reminded", map[string]any{"kind": string(c.Kind), "due_at": c.Due, "late_s": b.late(due), "staff_id": b.a.Owner})
	template, ref := b.climb.template(c.Kind, AtReminder)
	b.tell(template, string(c.Kind), b.a.Owner, ref)
}

// due marks that a deadline passed and nobody met it.
func (b *watch) due(c Clock) {
	switch c.Kind {
	case CallAttempt:
		b.own("attempt_due", map[string]any{"n": c.N, "due_at": c.Due, "late_s": b.late(c.Due)})
		// The first call is asked for by the announcement of the lead itself.
		if c.N > 1 {
			template, ref := b.climb.template(c.Kind, AtReminder)
			b.tell(template, string(c.Kind), b.a.Owner, ref)
		}
	case FollowUp:
		b.remind(c, c.Due)
	default:
		// The escalation of the other clocks begins at their due time.
	}
}

// escalate takes one step of a clock's escalation. It reports false when
// nobody of the step is there: the step is skipped and says so (R5).
func (b *watch) escalate(c Clock, steps []policy.Step) bool {
	step := steps[c.Step]
	people := b.recipients(step)
	data := map[string]any{
		"kind": string(c.Kind), "step": c.Step + 1, "steps": len(steps), "repeat": c.Rep,
		"due_at": c.Next, "late_s": b.late(c.Next), "to": recipientNames(step.To),
	}
	if len(people) == 0 {
		data["why"] = "nobody of it is on duty"
		b.own("step_skipped", data)
		return false
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	data["staff_ids"] = ids
	b.own("escalated", data)
	if up := b.a.Escalation; up.Kind == c.Kind || c.Step+1 >= up.Step {
		b.a.Escalation = Escalation{Kind: c.Kind, Step: c.Step + 1, Steps: len(steps), At: b.w.Now}
	}
	if step.Reassign && c.Rep == 0 {
		// It goes on to somebody else, unless the step names the owner himself.
		stays := slices.Contains(step.To, policy.ToOwner)
		other := func(p Person) bool { return p.Role.Sells() && !p.Paused && (stays || p.ID != b.a.Owner) }
		if i := slices.IndexFunc(people, other); i >= 0 {
			b.climb.give(people[i].ID, "escalation")
		}
	}
	template, ref := b.climb.template(c.Kind, AtStep)
	for _, p := range people {
		m := Mail{Template: template, Staff: p.ID, Step: c.Step + 1, Steps: len(steps), Ref: ref, Urgent: step.Clock == policy.Always}
		b.alert(m, string(c.Kind), step.Notify)
	}
	return true
}

// nag brings up again what is escalated as far as it goes: it has no deadline
// ahead otherwise, and would be forgotten.
func (b *watch) nag(c Clock, steps int) {
	people := b.recipients(policy.Step{To: []policy.Recipient{policy.ToSalesManager, policy.ToGeneralManager}})
	if len(people) > 1 {
		people = people[:1]
	}
	data := map[string]any{"kind": string(c.Kind), "step": steps, "steps": steps, "again": c.Nags + 1, "due_at": c.Next, "late_s": b.late(c.Next)}
	if len(people) == 0 {
		data["why"] = "no manager is on duty"
		b.own("step_skipped", data)
		return
	}
	data["staff_ids"] = []string{people[0].ID}
	b.own("escalated", data)
	template, ref := b.climb.template(c.Kind, AtNag)
	b.alert(Mail{Template: template, Staff: people[0].ID, Step: steps, Steps: steps, Ref: ref}, string(c.Kind), managerAlert.Notify)
}

// template names the words for an alert about a clock of a lead.
func (t *turn) template(k Kind, m Mark) (name, ref string) {
	switch {
	case k == AppointmentOutcome:
		return "appointment-outcome-asked", ""
	case m == AtReminder:
		return "lead-reminder", ""
	case k == CallAttempt, k == FollowUp:
		return "attempt-overdue", ""
	case k == ClosingApproval:
		return "closing-proposed", t.s.Proposal.ID
	default:
		return "escalation", ""
	}
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
