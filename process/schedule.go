package process

import (
	"slices"
	"strconv"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// schedule starts the clocks of what is sent or asked beside the calls (R35),
// lies after an instant and is not needless already. What was sent or asked
// before, be it under another policy, is not repeated.
func (t *turn) schedule(after time.Time) {
	done := slices.Clone(t.s.Contacted)
	for i, c := range t.track.Contact {
		if at := slices.Index(done, c.Template+c.Task); at >= 0 {
			done = slices.Delete(done, at, at+1)
			continue
		}
		at := t.w.Policy.ContactAt(t.track, t.s.ClockStart, c)
		if !at.After(after) || t.needless(c) {
			continue
		}
		t.s.Clocks = append(t.s.Clocks, Clock{Kind: ContactDue, Start: t.s.ClockStart, Due: at, Next: at, At: AtDue, N: i})
	}
}

// needless reports whether what a contact waited for has happened, or the
// customer does not want it.
func (t *turn) needless(c policy.Contact) bool {
	for _, stop := range c.StopOn {
		switch {
		case stop == policy.OnAnswer && !t.s.AnsweredAt.IsZero(),
			stop == policy.OnConversation && !t.s.Kept.Conversation.IsZero(),
			stop == policy.OnAppointment && t.s.Appointment != nil:
			return true
		}
	}
	refused := func(channel lead.Channel) bool { return slices.Contains(t.s.Reach.Refused, channel) }
	if c.Task == string(lead.SendLetter) {
		// No wish speaks of letters, but who wants neither calls nor mails wants
		// to be left alone.
		return refused(lead.Phone) && refused(lead.Email)
	}
	return refused(lead.Email)
}

// thinOut stops the contacts that have become needless, and the tasks that
// came of them.
func (t *turn) thinOut(why string) {
	t.s.Clocks = slices.DeleteFunc(t.s.Clocks, func(c Clock) bool {
		return c.Kind == ContactDue && (c.N >= len(t.track.Contact) || t.needless(t.track.Contact[c.N]))
	})
	for _, task := range []lead.FollowUpKind{lead.SendLetter, lead.SendVideo} {
		wanted := func(c policy.Contact) bool { return c.Task == string(task) && !t.needless(c) }
		if !slices.ContainsFunc(t.track.Contact, wanted) {
			t.settle(Dropped, why, task)
		}
	}
}

// answered notes that the customer himself did something.
func (t *turn) answered(at time.Time) {
	t.s.AnsweredAt = later(t.s.AnsweredAt, at)
	t.thinOut("the customer answered")
}

// contactDue sends or asks what the contact schedule has for now.
func (t *turn) contactDue(c Clock) {
	if c.N >= len(t.track.Contact) || t.s.Status != lead.Open || t.needless(t.track.Contact[c.N]) {
		return
	}
	what := t.track.Contact[c.N]
	t.s.Contacted = append(t.s.Contacted, what.Template+what.Task)
	if what.Send == policy.Email {
		if !t.mail(what.Template, "contact/"+strconv.Itoa(c.N), "") {
			t.own("step_skipped", map[string]any{"kind": "contact", "template": what.Template, "due_at": c.Due, "late_s": t.late(c.Due), "why": noMail})
		}
		return
	}
	t.start(Task{Kind: lead.FollowUpKind(what.Task), DueOn: dateOf(t.w.Now.In(t.w.Policy.Zone)), StartsAt: t.w.Now})
}
