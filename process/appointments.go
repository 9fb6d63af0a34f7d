package process

import (
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// appointed sets an appointment or changes what became of it (R8).
func (t *turn) appointed(a AppointmentAction) {
	if t.h.Actor == Customer {
		t.answered(t.w.Now)
		t.s.Kept.ByCustomer = t.s.Kept.ByCustomer || a.Verb == ConfirmIt || a.Verb == MoveIt
	}
	switch a.Verb {
	case SetIt:
		t.setAppointment(a)
	case ConfirmIt:
		t.confirmAppointment(a)
	case MoveIt:
		t.moveAppointment(a)
	case CancelIt:
		t.cancelAppointment(a)
	case OutcomeOf:
		t.appointmentOutcome(a)
	}
}

func (t *turn) setAppointment(a AppointmentAction) {
	t.unpark()
	t.s.Appointment = &Appointment{ID: a.ID, Kind: a.Kind, StartsAt: a.StartsAt.UTC(), Minutes: a.Minutes, Confirmed: a.Confirmed}
	t.s.Stage = lead.Appointed
	t.event("appointment_set", t.appointmentData(a))
	t.agreed(AppointmentSet)
	// Nobody books an appointment without having dealt with the customer.
	t.live(t.w.Now)
	t.thinOut("there is an appointment")
	t.mail("appointment-set", "appointment", a.ID)
	t.watchAppointment()
	t.plan()
}

func (t *turn) confirmAppointment(a AppointmentAction) {
	if t.s.Appointment.Confirmed {
		return
	}
	t.s.Appointment.Confirmed = true
	t.event("appointment_confirmed", t.appointmentData(a))
	t.agreed(AppointmentSet)
	t.tellOwner("confirmed")
}

func (t *turn) moveAppointment(a AppointmentAction) {
	p := t.s.Appointment
	from := p.StartsAt
	p.StartsAt = a.StartsAt.UTC()
	if a.Minutes > 0 {
		p.Minutes = a.Minutes
	}
	p.Sequence++
	// Whoever moves it has agreed to the new time, and so has the customer
	// when he does it himself; a colleague's word needs the customer's.
	p.Confirmed = t.h.Actor == Customer || a.Confirmed
	data := t.appointmentData(a)
	data["from"] = from
	t.event("appointment_moved", data)
	t.agreed(AppointmentSet)
	t.mail("appointment-moved", "appointment", p.ID)
	t.watchAppointment()
	t.tellOwner("moved")
}

func (t *turn) cancelAppointment(a AppointmentAction) {
	t.s.Appointment.Sequence++
	t.event("appointment_cancelled", t.appointmentData(a))
	t.agreed(AppointmentCancelled)
	t.mail("appointment-cancelled", "appointment", a.ID)
	t.tellOwner("cancelled")
	t.endAppointment()
	t.s.Stage = t.spokenStage()
	t.s.CycleStart = t.w.Now
	t.plan()
}

func (t *turn) appointmentOutcome(a AppointmentAction) {
	data := t.appointmentData(a)
	data["outcome"] = string(a.Outcome)
	t.event("appointment_outcome", data)
	t.agreed(string(a.Outcome))
	t.s.Took = nil
	kind, began := t.s.Appointment.Kind, t.s.Appointment.StartsAt
	t.endAppointment()
	if a.Outcome == lead.NoShow {
		t.s.Kept.DidNotComeAt = t.w.Now
		t.s.Stage = t.spokenStage()
		t.s.CycleStart = t.w.Now // the attempts of the policy start again
		t.plan()
		return
	}
	// He came when it began, not when somebody got round to telling.
	t.spoke(began)
	t.s.Kept.DidNotComeAt = time.Time{}
	if kind.Visit() {
		if t.s.Kept.VisitedAt.IsZero() {
			t.s.Kept.VisitedAt = began
		}
		t.s.Kept.Showroom = t.s.Kept.Showroom || kind == lead.InShowroom
		t.s.Kept.TestDrive = t.s.Kept.TestDrive || kind == lead.DriveTest
	}
	t.s.Stage = t.spokenStage()
	t.plan()
}

// agreed tells the log of appointments how this one stands.
func (t *turn) agreed(state string) {
	t.out.Appointment = &AppointmentFate{Appointment: *t.s.Appointment, State: state}
}

// endAppointment takes the appointment and its clocks away.
func (t *turn) endAppointment() {
	t.s.Appointment = nil
	t.s.stop(AppointmentReminder, AppointmentOutcome)
}

// spokenStage is where a lead stands in the funnel without its appointment.
func (t *turn) spokenStage() lead.Stage {
	switch {
	case !t.s.Kept.VisitedAt.IsZero():
		return lead.Visit
	case !t.s.Kept.Conversation.IsZero():
		return lead.Conversation
	default:
		return lead.Contacting
	}
}

// watchAppointment arms the reminders and the question for the outcome.
func (t *turn) watchAppointment() {
	t.s.stop(AppointmentReminder, AppointmentOutcome)
	t.remindCustomer()
	ends := t.s.Appointment.EndsAt()
	due := t.w.Policy.After(t.track, ends, t.track.Appointment.OutcomeDue)
	t.s.start(Clock{Kind: AppointmentOutcome, Start: ends, Due: due, Next: ends, At: AtReminder})
}

// remindCustomer arms the first reminder that lies ahead. Days are those of the
// dealer's calendar.
func (t *turn) remindCustomer() {
	t.s.stop(AppointmentReminder)
	starts := t.s.Appointment.StartsAt.In(t.w.Policy.Zone)
	for i, before := range t.track.Appointment.Remind {
		at := starts.AddDate(0, 0, -before.Days).Add(-before.Span).UTC()
		if !at.After(t.w.Now) {
			continue
		}
		if c := t.s.Clock(AppointmentReminder); c == nil || at.Before(c.Due) {
			t.s.start(Clock{Kind: AppointmentReminder, Start: t.w.Now, Due: at, Next: at, At: AtDue, N: i})
		}
	}
}

// appointmentReminder reminds the customer of what lies ahead. One that comes
// after the appointment began, because of an outage, is not sent.
func (t *turn) appointmentReminder(c Clock) {
	a := t.s.Appointment
	if a == nil {
		t.s.stop(AppointmentReminder)
		return
	}
	if t.w.Now.Before(a.StartsAt) {
		data := map[string]any{
			"kind": string(AppointmentReminder), "appointment_id": a.ID, "starts_at": a.StartsAt, "to": "customer",
			"due_at": c.Due, "late_s": t.late(c.Due),
		}
		if t.mail("appointment-reminder", "appointment_reminder", a.ID) {
			t.own("reminded", data)
		} else {
			data["why"] = noMail
			t.own("step_skipped", data)
		}
	}
	t.remindCustomer()
}

// tellOwner tells the owner what the customer did by himself: act is one of
// confirmed, moved, cancelled.
func (t *turn) tellOwner(act string) {
	if t.h.Actor == Customer {
		t.tell("customer-acted", "appointment", t.s.Owner, act)
	}
}

func (t *turn) appointmentData(a AppointmentAction) map[string]any {
	p := t.s.Appointment
	data := map[string]any{
		"appointment_id": p.ID, "kind": string(p.Kind), "starts_at": p.StartsAt,
		"duration_min": p.Minutes, "confirmed": p.Confirmed, "sequence": p.Sequence,
	}
	put(data, "note_id", a.NoteID)
	return data
}

// tooFar is how far ahead an appointment may lie.
const tooFar = 365 * 24 * time.Hour
