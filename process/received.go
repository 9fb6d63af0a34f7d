package process

import (
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// noMail says on the timeline why a mail to the customer was left out.
const noMail = "the customer cannot or must not be mailed"

// received is the doorbell: the lead gets its track, its answer, its owner and
// its clocks in one step (R1, R2, R4).
func (t *turn) received() {
	track, why := t.w.Policy.Choose(t.w.Subject)
	t.track = track
	s := &t.s
	s.Track, s.Why = track.Name, why
	s.Phase, s.Stage, s.Status = t.w.Policy.Phases[0], lead.New, lead.Open
	s.ReceivedAt = t.w.Subject.ReceivedAt
	s.Measure = measure(t.w.Policy, track)
	s.ClockStart = t.w.Policy.Clock(track).NextOpen(s.ReceivedAt)
	if s.ClockStart.IsZero() {
		s.ClockStart = s.ReceivedAt
	}
	s.CycleStart = s.ReceivedAt
	t.own("received", map[string]any{"source": s.Source, "track": s.Track, "why": why, "policy_version": s.PolicyVersion})
	t.answer()
	if owner, why := t.assign(later(s.ClockStart, t.w.Now)); owner != "" {
		t.give(owner, why)
	}
	t.promiseLive(s.ClockStart)
	t.plan()
	t.schedule(time.Time{})
	t.announce()
}

func measure(p *policy.Policy, track *policy.Track) Measure {
	return Measure{
		Phases: p.Phases, Attempts: track.Attempts.Max, Days: track.Attempts.Days,
		Dayparts: track.Attempts.Dayparts, Voicemails: track.Attempts.Voicemails,
	}
}

// answer sends the automatic response. It never counts as the response (R2).
func (t *turn) answer() {
	template := t.track.AutoResponse
	if template == "" {
		return
	}
	if t.s.Again {
		t.own("step_skipped", map[string]any{"kind": "auto_response", "why": "the customer asked nothing now"})
		return
	}
	if !t.s.Reach.May(lead.Email) {
		t.own("step_skipped", map[string]any{"kind": "auto_response", "why": noMail})
		return
	}
	t.send(Mail{Key: "auto_response", Template: template, Channel: lead.Email})
}

// announce tells the owner and the sales managers that there is a lead (R1).
func (t *turn) announce() {
	told := []string{t.s.Owner}
	for _, p := range t.w.Staff {
		if p.Role == lead.RoleSalesManager && p.ID != t.s.Owner && !p.absent(t.s.ClockStart) {
			told = append(told, p.ID)
		}
	}
	template := "new-lead"
	if t.s.Again {
		template = "lead-again"
	}
	for _, id := range told {
		t.tell(template, "new", id, "")
	}
}

// linked notes that the same person came in again (R17). A parked lead wakes:
// the customer is asking now.
func (t *turn) linked(l Linked) {
	t.own("duplicate_linked", map[string]any{"lead_id": l.Lead, "source": plain(l.Source), "same_car": l.SameCar})
	if t.s.Status != lead.Closed {
		t.answered(t.w.Now)
	}
	t.askedAgain()
}

// resent notes that the provider sent the lead again with more in it.
func (t *turn) resent(r Resent) {
	refused, callable := t.s.Reach.Refused, t.s.Reach.May(lead.Phone)
	t.s.Reach = r.Reach
	t.s.Reach.Refused = refused
	for _, c := range r.Reach.Refused {
		if slices.Contains(lead.RefusableChannels, c) {
			t.respect([]lead.Channel{c})
		}
	}
	changed := make([]string, 0, len(r.Changed))
	for _, field := range r.Changed {
		changed = append(changed, plain(field))
	}
	t.own("message_received", map[string]any{"resend": true, "raw_id": r.Raw, "changed": changed})
	t.askedAgain()
	t.plan()
	if !callable && t.s.Reach.May(lead.Phone) {
		t.fresh() // calls that are possible from now on were not due before
	}
}

func (t *turn) askedAgain() {
	if t.s.Stage == lead.Parked {
		t.resume("customer", t.w.Now)
	}
	if t.s.Status != lead.Closed {
		t.tell("customer-acted", "asked", t.s.Owner, "asked_again")
	}
}
