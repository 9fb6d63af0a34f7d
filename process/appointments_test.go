package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func spokenTo(t *testing.T) *life {
	t.Helper()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
	l.forget()
	return l
}

func TestAnAppointmentIsConfirmedRemindedAndAskedAfter(t *testing.T) {
	t.Parallel()
	l := spokenTo(t).booked(lead.DriveTest, "2026-11-25 14:00")
	require.Equal(t, lead.Appointed, l.state.Stage)
	require.Equal(t, []string{"customer: appointment-set by email"}, l.heard())
	require.Equal(t, map[string]any{
		"appointment_id": l.state.Appointment.ID, "kind": "test_drive", "starts_at": l.at("2026-11-25 14:00"),
		"duration_min": 60, "confirmed": false, "sequence": 0,
	}, l.entry("appointment_set"))
	require.Equal(t, "never", l.due(process.CallAttempt), "nobody calls any more")
	require.Equal(t, "2026-11-24 14:00", l.due(process.AppointmentReminder))
	require.Equal(t, "2026-11-25 17:00", l.due(process.AppointmentOutcome))

	l.does("customer", l.appointment(process.ConfirmIt))
	require.True(t, l.state.Appointment.Confirmed)
	require.Equal(t, []string{"ann: customer-acted by email, screen"}, l.heard())
	require.Equal(t, "confirmed", l.last.Mails[0].Ref)
	l.forget()
	l.does("customer", l.appointment(process.ConfirmIt))
	require.Empty(t, l.happened(), "the link may be followed twice")

	for _, at := range []string{"2026-11-24 14:00", "2026-11-25 12:00"} {
		l.until(at)
		require.Equal(t, []string{"customer: appointment-reminder by email"}, l.heard(), at)
		require.Equal(t, "customer", l.entry("reminded")["to"])
	}
	require.Equal(t, "never", l.due(process.AppointmentReminder))
	l.until("2026-11-25 14:59")
	require.Empty(t, l.heard())
	l.until("2026-11-25 15:00")
	require.Equal(t, []string{"ann: appointment-outcome-asked by email, screen"}, l.heard())
	l.until("2026-11-25 17:00")
	require.Equal(t, []string{"mia: appointment-outcome-asked 1/1 by email, screen"}, l.heard())
	require.Equal(t, process.AppointmentOutcome, l.state.Escalation.Kind)

	l.told(lead.Came)
	require.Equal(t, lead.Visit, l.state.Stage)
	require.Equal(t, "2026-11-25 14:00", l.local(l.state.Kept.VisitedAt), "he came when it began")
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-26 17:00", l.due(process.FollowUp), "now somebody says how it goes on")
}

func TestTheCalendarFilesSequenceRises(t *testing.T) {
	t.Parallel()
	l := spokenTo(t).booked(lead.InShowroom, "2026-11-25 14:00")
	l.does("ann", l.appointment(process.ConfirmIt))
	move := func(to string) func(*process.AppointmentAction) {
		return func(a *process.AppointmentAction) { a.StartsAt = l.at(to) }
	}
	l.forget()
	l.does("ann", l.appointment(process.MoveIt, move("2026-11-26 09:00")))
	require.Equal(t, 1, l.state.Appointment.Sequence)
	require.False(t, l.state.Appointment.Confirmed, "the customer has to agree to a colleague's new time")
	require.Equal(t, 60, l.state.Appointment.Minutes)
	require.Equal(t, []string{"customer: appointment-moved by email"}, l.heard())
	require.Equal(t, l.at("2026-11-25 14:00"), l.entry("appointment_moved")["from"])
	require.Equal(t, "2026-11-25 09:00", l.due(process.AppointmentReminder))

	l.does("customer", l.appointment(process.MoveIt, move("2026-11-27 16:00"), func(a *process.AppointmentAction) { a.Minutes = 30 }))
	require.Equal(t, 2, l.state.Appointment.Sequence)
	require.True(t, l.state.Appointment.Confirmed, "his own new time suits him")
	require.Equal(t, []string{"customer: appointment-moved by email", "ann: customer-acted by email, screen"}, l.heard())
	require.Equal(t, l.at("2026-11-27 16:30"), l.state.Appointment.EndsAt())

	l.advance("1h").does("customer", l.appointment(process.CancelIt))
	require.Equal(t, 3, l.entry("appointment_cancelled")["sequence"])
	require.Equal(t, []string{"customer: appointment-cancelled by email", "ann: customer-acted by email, screen"}, l.heard())
	require.Equal(t, "cancelled", l.last.Mails[1].Ref)
	require.Equal(t, process.AppointmentCancelled, l.last.Appointment.State)
	require.Equal(t, 3, l.last.Appointment.Sequence)
	require.Nil(t, l.state.Appointment)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-11-23 11:00", l.due(process.CallAttempt), "the calls start again")
	require.Equal(t, [3]int{0, 0, 0}, counted(l))
}

func TestWhoDoesNotComeIsCalledAgain(t *testing.T) {
	t.Parallel()
	l := spokenTo(t).booked(lead.InShowroom, "2026-11-25 14:00").until("2026-11-25 16:00")
	l.told(lead.NoShow)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, [3]int{0, 0, 0}, counted(l))
	require.Equal(t, "2026-11-25 16:00", l.due(process.CallAttempt))
	require.Equal(t, "2026-11-25 16:00", l.local(l.state.Kept.DidNotComeAt))
	l.attempt(lead.Reached).booked(lead.InShowroom, "2026-11-27 14:00").until("2026-11-27 15:00").told(lead.Came)
	require.Zero(t, l.state.Kept.DidNotComeAt, "he came after all")
}

func TestAPhoneAppointmentIsAConversationAndNoVisit(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").booked(lead.PhoneAgreement, "2026-11-23 16:00")
	require.Equal(t, "2026-11-23 10:00", l.local(l.state.FirstLiveAt), "who books has dealt with the customer")
	l.until("2026-11-23 17:00").told(lead.Came)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-11-23 16:00", l.local(l.state.FirstConversation))

	visited := spokenTo(t).booked(lead.InShowroom, "2026-11-24 14:00").until("2026-11-24 15:00").told(lead.Came)
	visited.booked(lead.PhoneAgreement, "2026-11-26 14:00").until("2026-11-26 15:00").told(lead.Came)
	require.Equal(t, lead.Visit, visited.state.Stage, "the funnel does not run backwards")
}

func TestAReminderThatComesTooLateIsNotSent(t *testing.T) {
	t.Parallel()
	l := spokenTo(t).booked(lead.InShowroom, "2026-11-25 14:00")
	l.forget()
	l.outage("2026-11-25 13:30")
	require.Equal(t, []string{"customer: appointment-reminder by email"}, l.heard(), "one for the two that were missed")
	require.Equal(t, 23*3600+1800, l.entry("reminded")["late_s"])

	missed := spokenTo(t).booked(lead.InShowroom, "2026-11-25 14:00")
	missed.outage("2026-11-25 14:01")
	require.Empty(t, only(missed.heard(), "customer"))
}

func TestRemindersInAnyOrderAndOnTheDealersDays(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "appointment: {remind: [2h, 1d, 48h]}"), "2027-03-25 10:00").attempt(lead.Reached)
	l.booked(lead.InShowroom, "2027-03-29 09:00") // the Monday after the clocks went forward
	var at []string
	for range 3 {
		at = append(at, l.due(process.AppointmentReminder))
		l.until(l.due(process.AppointmentReminder))
	}
	require.Equal(t, []string{"2027-03-27 08:00", "2027-03-28 09:00", "2027-03-29 07:00"}, at)
}

func TestACustomerWithoutAnAddressIsNotSaidToBeReminded(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00", withoutEmail).attempt(lead.Reached).booked(lead.InShowroom, "2026-11-25 14:00")
	l.forget()
	l.until("2026-11-25 13:00")
	require.Equal(t, []string{"step_skipped", "step_skipped"}, l.happened())
	require.Empty(t, l.heard())
}

func TestAnAppointmentIsRefused(t *testing.T) {
	t.Parallel()
	l := spokenTo(t)
	set := func(change func(*process.AppointmentAction)) process.Happening {
		a := &process.AppointmentAction{Verb: process.SetIt, ID: otherID, Kind: lead.InShowroom, StartsAt: l.at("2026-11-25 14:00"), Minutes: 60}
		change(a)
		return process.Happening{What: process.DidAppointment, Appointment: a}
	}
	for field, change := range map[string]func(*process.AppointmentAction){
		"kind":         func(a *process.AppointmentAction) { a.Kind = "dinner" },
		"starts_at":    func(a *process.AppointmentAction) { a.StartsAt = l.world.Now },
		"duration_min": func(a *process.AppointmentAction) { a.Minutes = 0 },
		"id":           func(a *process.AppointmentAction) { a.ID = "tomorrow" },
	} {
		require.Equal(t, field, l.refuses("ann", set(change)).Field)
	}
	require.Equal(t, "starts_at", l.refuses("ann", set(func(a *process.AppointmentAction) { a.StartsAt = l.world.Now.AddDate(1, 0, 1) })).Field)
	require.Equal(t, "duration_min", l.refuses("ann", set(func(a *process.AppointmentAction) { a.Minutes = 481 })).Field)
	for _, verb := range []process.AppointmentVerb{process.ConfirmIt, process.MoveIt, process.CancelIt, process.OutcomeOf, "forget"} {
		require.Equal(t, process.Conflict, l.refuses("ann", set(func(a *process.AppointmentAction) { a.Verb = verb })).Code, verb)
	}

	l.booked(lead.InShowroom, "2026-11-25 14:00")
	require.Equal(t, process.Conflict, l.refuses("ann", set(func(*process.AppointmentAction) {})).Code, "there is one")
	require.Equal(t, "verb", l.refuses("ann", l.appointment("forget")).Field)
	require.Equal(t, "outcome", l.refuses("ann", l.appointment(process.OutcomeOf)).Field)
	came := func(a *process.AppointmentAction) { a.Outcome = lead.Came }
	require.Equal(t, process.Conflict, l.refuses("ann", l.appointment(process.OutcomeOf, came)).Code, "it has not begun")
	other := func(a *process.AppointmentAction) { a.ID = otherID }
	require.Equal(t, process.Conflict, l.refuses("ann", l.appointment(process.ConfirmIt, other)).Code, "it is another")

	l.until("2026-11-25 15:00")
	require.Equal(t, process.Conflict, l.refuses("customer", l.appointment(process.ConfirmIt)).Code, "it is past")
	require.Equal(t, process.Conflict, l.refuses("customer", l.appointment(process.CancelIt)).Code, "it is past")
	l.does("customer", l.appointment(process.MoveIt, func(a *process.AppointmentAction) { a.StartsAt = l.world.Now.Add(48 * time.Hour) }))
}
