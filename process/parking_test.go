package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

var march = map[string]string{"on": "2027-03-01", "about": "the lease of Mr. Marked ends"}

func parked(t *testing.T) *life {
	t.Helper()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).advance("1h")
	l.forget()
	return l.does("ann", closing("follow_up_required", march))
}

func TestAParkedLeadSleepsAndWakesOnItsDate(t *testing.T) {
	t.Parallel()
	l := parked(t)
	require.Equal(t, []string{"parked"}, l.happened())
	require.Equal(t, lead.Parked, l.state.Stage)
	require.Equal(t, lead.Open, l.state.Status)
	require.Equal(t, "2027-03-01 08:30", l.local(l.state.ParkedUntil))
	require.Equal(t, "2027-03-01 08:30", l.due(process.FollowUp))
	l.until("2027-03-01 08:29")
	require.Empty(t, l.heard())

	l.until("2027-03-01 08:30")
	require.Equal(t, []string{"resumed", "attempt_due"}, l.happened())
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, [3]int{0, 0, 0}, counted(l), "the attempts start again")
	require.Equal(t, "2027-03-01 08:30", l.due(process.CallAttempt))
}

func TestALateWakeIsToldAsLate(t *testing.T) {
	t.Parallel()
	l := parked(t)
	l.outage("2027-03-01 09:30")
	require.Equal(t, map[string]any{"why": "date", "due_at": l.at("2027-03-01 08:30"), "late_s": 3600}, l.entry("resumed"))
}

func TestAnOwnerWhoIsAwayDoesNotWakeWithTheLead(t *testing.T) {
	t.Parallel()
	l := parked(t)
	l.absent("ann", "2027-02-20 00:00", "2027-03-10 00:00")
	l.until("2027-03-01 08:30")
	require.Equal(t, "bob", l.state.Owner)
	require.Contains(t, l.heard(), "bob: lead-reminder by email, screen")

	left := parked(t)
	left.leaves("ann")
	left.until("2027-03-01 08:30")
	require.Equal(t, "bob", left.state.Owner)
}

func TestTheWordsOfAClosingStayWithIt(t *testing.T) {
	t.Parallel()
	l := parked(t)
	require.Equal(t, march, l.last.Closing.Ask.Details)
	require.NotContains(t, written(t, l.state)+written(t, l.last.Events), "Marked")
}

func TestACustomerWhoAsksAgainWakesAParkedLead(t *testing.T) {
	t.Parallel()
	l := parked(t).until("2026-12-10 11:00")
	l.forget()
	l.do(process.Happening{What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website", SameCar: true}})
	require.Equal(t, []string{"duplicate_linked", "resumed", "attempt_due"}, l.happened())
	require.Equal(t, []string{"ann: lead-reminder by email, screen", "ann: customer-acted by email, screen"}, l.heard())
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-12-10 11:00", l.due(process.CallAttempt))
}

func TestAnAppointmentEndsTheSleep(t *testing.T) {
	t.Parallel()
	l := parked(t).booked(lead.InShowroom, "2026-12-02 14:00")
	require.Equal(t, lead.Appointed, l.state.Stage)
	require.Equal(t, "never", l.due(process.FollowUp))
	require.Equal(t, process.Conflict, l.refuses("ann", closing("follow_up_required", march)).Code, "both at once say nothing")
}

func TestACallDoesNotEndTheSleep(t *testing.T) {
	t.Parallel()
	l := parked(t).attempt(lead.Reached)
	require.Equal(t, lead.Parked, l.state.Stage)
	require.Equal(t, "2027-03-01 08:30", l.due(process.FollowUp))
}

func TestAParkedLeadCanBeParkedUntilAnotherDate(t *testing.T) {
	t.Parallel()
	l := parked(t).does("ann", closing("follow_up_required", map[string]string{"on": "2027-05-03", "about": "later"}))
	require.Equal(t, "2027-05-03 08:30", l.due(process.FollowUp))
}

func TestARejectedClosingOfAParkedLeadLetsItSleepOn(t *testing.T) {
	t.Parallel()
	l := parked(t)
	l.does("ann", closing("trade_in_value_only", nil))
	require.Equal(t, "never", l.due(process.FollowUp))
	l.does("mia", decision(false))
	require.Equal(t, lead.Parked, l.state.Stage)
	require.Equal(t, "2027-03-01 08:30", l.due(process.FollowUp))

	late := parked(t).does("ann", closing("trade_in_value_only", nil)).until("2027-03-02 10:00").does("mia", decision(false))
	require.Equal(t, lead.Conversation, late.state.Stage, "the date has passed meanwhile")

	asked := parked(t).does("ann", closing("trade_in_value_only", nil))
	asked.do(process.Happening{What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website"}})
	asked.does("mia", decision(false))
	require.Equal(t, lead.Conversation, asked.state.Stage, "the customer asked meanwhile")
	require.Equal(t, "2026-11-23 11:15", asked.due(process.CallAttempt))
}

func TestAParkedLeadThatIsHandedOverWakes(t *testing.T) {
	t.Parallel()
	l := parked(t).mailed("quote").does("ann", closing("quotation", map[string]string{"amount": "1", "valid_until": "2027-03-01"}))
	require.Equal(t, lead.Showroom, l.state.Phase)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-11-25 11:00", l.due(process.CallAttempt))
}
