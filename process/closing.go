package process

import (
	"maps"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// closing closes the lead, or proposes it to the manager where the policy says
// so (R9, R10). Its evidence was checked before.
func (t *turn) closing(c ClosingAsked) {
	reason, _ := t.w.Reasons.Find(c.Reason)
	// Whoever signals from Temporal's own tools writes words where the API
	// writes Kept. They stay with the closing in Postgres.
	details := reason.Travelling(c.Details)
	why := t.w.approval(t.track, &t.s, reason)
	if why == "" {
		t.out.Closing = &ClosingFate{ID: c.ID, State: "final", Ask: c, By: t.h.Actor}
		t.finish(reason, details, c.NoteID)
		return
	}
	t.out.Closing = &ClosingFate{ID: c.ID, State: "proposed", Ask: c, By: t.h.Actor}
	t.s.Proposal = &Proposal{ID: c.ID, Reason: c.Reason, Details: details, By: string(t.h.Actor), At: t.w.Now}
	t.s.Status = lead.Closing
	t.s.stop(LiveResponse, CallAttempt, FollowUp, ContactDue)
	t.s.Took = nil
	due := t.w.Policy.After(t.track, t.w.Now, t.track.Closing.Due)
	t.s.start(Clock{Kind: ClosingApproval, Start: t.w.Now, Due: due, Next: due, At: AtDue})
	data := t.closingData(reason, details, c.NoteID)
	data["due_at"], data["why"] = due, why
	t.event("closing_proposed", data)
	for _, p := range t.approvers() {
		t.tell("closing-proposed", "closing", p.ID, c.ID)
	}
}

// approvers returns who is asked to decide on the proposal: whom the policy
// names, else any manager, on duty or not, for it waits until they are. Nobody
// is asked about his own proposal.
func (t *turn) approvers() []Person {
	by := t.track.Closing.By
	if by == "" {
		by = policy.ToSalesManager
	}
	is := t.pool(by)
	var named, managers []Person
	for _, p := range t.w.Staff {
		if p.absent(t.w.Now) || p.ID == string(t.h.Actor) {
			continue
		}
		if is(&p) {
			named = append(named, p)
		}
		if p.Role.Manages() {
			managers = append(managers, p)
		}
	}
	if len(named) > 0 {
		return named
	}
	return managers
}

// decided is the manager's word on the closing that waits.
func (t *turn) decided(d Decision) {
	p := *t.s.Proposal
	reason, _ := t.w.Reasons.Find(p.Reason)
	t.s.Proposal = nil
	t.s.stop(ClosingApproval)
	t.s.Status = lead.Open
	data := t.closingData(reason, p.Details, d.NoteID)
	data["proposed_by"] = p.By
	ask := ClosingAsked{ID: p.ID, Reason: p.Reason, Details: p.Details}
	if d.Approve {
		t.event("closing_approved", data)
		t.out.Closing = &ClosingFate{ID: p.ID, State: "approved", Ask: ask, By: t.h.Actor}
		t.tell("closing-approved", "decision", p.By, p.ID)
		t.finish(reason, p.Details, "")
		return
	}
	t.event("closing_rejected", data)
	t.out.Closing = &ClosingFate{ID: p.ID, State: "rejected", Ask: ask, By: t.h.Actor}
	t.putBack()
	told := p.By
	if t.s.Owner != "" {
		told = t.s.Owner
	}
	t.tell("closing-rejected", "decision", told, p.ID)
}

// putBack starts again what the proposal had stopped.
func (t *turn) putBack() {
	if t.s.Stage == lead.Parked {
		t.sleep(t.s.ParkedUntil)
		return
	}
	t.schedule(t.w.Now)
	t.resumeLive()
	t.plan()
	t.fresh()
}

// finish lets a closing take effect.
func (t *turn) finish(r lead.Reason, details map[string]string, noteID string) {
	switch r.Effect {
	case lead.OpensShowroom:
		t.openShowroom(r, details, noteID)
	case lead.Parks:
		t.park(r, details, noteID)
	case lead.EndsLost, lead.EndsDropped, lead.EndsWon:
		t.end(r, details, noteID)
	}
}

// openShowroom ends the call centre's part of the lead (R13).
func (t *turn) openShowroom(r lead.Reason, details map[string]string, noteID string) {
	data := t.closingData(r, details, noteID)
	data["from"], data["to"] = string(t.s.Phase), string(lead.Showroom)
	t.s.Phase = lead.Showroom
	t.s.CycleStart = t.w.Now
	t.s.Escalation = Escalation{}
	t.unpark()
	t.event("phase_changed", data)
	t.handOn()
	t.followUps(r, details)
	t.plan()
	for _, f := range r.FollowUps {
		if f.Kind == lead.CallAboutQuote && t.s.Clock(CallAttempt) != nil {
			t.callBy(1, t.w.Policy.After(t.track, t.w.Now, policy.Duration{Days: f.Days}))
			t.s.Clock(CallAttempt).Granted = true
		}
	}
}

// handOn gives a lead of the call centre to the showroom.
func (t *turn) handOn() {
	if p := t.person(t.s.Owner); p != nil && p.Role != lead.RoleBDC {
		return
	}
	if next := t.successor(); next != nil {
		t.give(next.ID, "phase")
		t.tell("assigned", "assigned", next.ID, "")
	}
}

// successor is the salesperson who takes the lead over from the call centre:
// whoever has the appointment's customer already, else whose turn it is. It is
// nil when no salesperson is left who may get leads.
func (t *turn) successor() *Person {
	at := t.begins()
	known := t.pool(policy.ToCustomerOwner)
	if p := t.pick(func(p *Person) bool { return known(p) && p.Role == lead.RoleSalesperson }, at, offDuty, false); p != nil {
		return p
	}
	return t.pick(inRole(lead.RoleSalesperson), at, isPaused, slices.Contains(t.track.Assign.To, policy.ToFewestOpen))
}

// park lets the lead sleep until the agreed date (R11).
func (t *turn) park(r lead.Reason, details map[string]string, noteID string) {
	on, err := time.ParseInLocation(time.DateOnly, details["on"], t.w.Policy.Zone)
	if err != nil {
		on = t.w.Now.AddDate(0, 0, 1) // checked before; a recorded closing must not block the lead
	}
	at := t.w.Policy.Calendar.NextOpen(on)
	if at.IsZero() {
		at = on
	}
	t.s.Stage, t.s.ParkedUntil = lead.Parked, at.UTC()
	t.s.Escalation = Escalation{}
	t.s.stop(LiveResponse, CallAttempt, ContactDue)
	t.sleep(t.s.ParkedUntil)
	data := t.closingData(r, details, noteID)
	data["until"] = t.s.ParkedUntil
	t.event("parked", data)
	t.followUps(r, details)
}

// sleep starts the clock that wakes a parked lead.
func (t *turn) sleep(until time.Time) {
	t.s.start(Clock{Kind: FollowUp, Start: t.w.Now, Due: until, Next: until, At: AtDue})
}

// unpark ends a lead's sleep, because more was agreed than to call later.
func (t *turn) unpark() {
	if t.s.Stage != lead.Parked {
		return
	}
	t.s.stop(FollowUp)
	t.s.Stage, t.s.ParkedUntil = t.spokenStage(), time.Time{}
}

// resume wakes a parked lead; the attempts start again.
//
// An owner who is away does not wake with it.
func (t *turn) resume(why string, due time.Time) {
	t.unpark()
	t.s.Took = nil
	t.s.CycleStart = t.w.Now
	t.own("resumed", map[string]any{"why": why, "due_at": due, "late_s": t.late(due)})
	if p := t.person(t.s.Owner); p != nil && p.absent(t.begins()) {
		owner, _ := t.assign(t.begins())
		t.give(owner, "owner_absent")
	}
	t.plan()
	t.tell("lead-reminder", "resumed", t.s.Owner, "")
}

// end closes the lead for good. What was pending is taken back; the mail of
// the reason itself is the last word.
func (t *turn) end(r lead.Reason, details map[string]string, noteID string) {
	s := &t.s
	s.Status, s.CloseReason, s.ClosedAt = lead.Closed, r.Code, t.w.Now
	switch r.Effect {
	case lead.EndsWon:
		s.Stage = lead.Won
	case lead.EndsDropped:
		s.Stage = lead.Dropped
	default:
		s.Stage = lead.Lost
	}
	t.out.Withdraw = true
	t.settle(Dropped, "the lead is closed", s.Tasks...)
	if s.Appointment != nil {
		// It stands in the customer's calendar.
		s.Appointment.Sequence++
		t.event("appointment_cancelled", t.appointmentData(AppointmentAction{}))
		t.agreed(AppointmentCancelled)
		t.mail("appointment-cancelled", "appointment", s.Appointment.ID)
	}
	s.Clocks, s.Escalation, s.Appointment, s.ParkedUntil = nil, Escalation{}, nil, time.Time{}
	data := t.closingData(r, details, noteID)
	data["stage"] = string(s.Stage)
	t.event("closed", data)
	t.followUps(r, details)
	if r.Mail != "" {
		t.mail(r.Mail, "closing", "")
	}
}

// reopened puts a closed lead back; its attempts start again.
func (t *turn) reopened(r Reopening) {
	s := &t.s
	data := map[string]any{"reason": s.CloseReason}
	put(data, "note_id", r.NoteID)
	s.Status, s.Stage, s.CloseReason, s.ClosedAt = lead.Open, t.spokenStage(), "", time.Time{}
	s.CycleStart = t.w.Now
	s.Reach = t.w.Reach
	s.Took = nil
	t.event("reopened", data)
	// What the closing left to be done is void with it.
	for _, kind := range lead.FollowUpKinds {
		t.out.Settled = append(t.out.Settled, Settled{Kind: kind, Fate: Dropped, Why: "the lead was reopened"})
	}
	t.resumeLive()
	t.plan()
	t.fresh()
	t.tell("assigned", "assigned", s.Owner, "")
}

func (t *turn) closingData(r lead.Reason, details map[string]string, noteID string) map[string]any {
	data := map[string]any{"reason": r.Code, "outcome": string(r.Result)}
	if len(details) > 0 {
		data["details"] = maps.Clone(details)
	}
	put(data, "note_id", noteID)
	return data
}
