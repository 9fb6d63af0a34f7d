package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestWhichClosingsWaitForTheManager(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		approve, reason string
		details         map[string]string
		waits           bool
	}{
		{"by_reason", "trade_in_value_only", nil, true},
		{"by_reason", "no_more_calls", map[string]string{"channels": "phone"}, false},
		{"by_reason", "double", map[string]string{"lead_id": otherID}, true},
		{"always", "no_more_calls", map[string]string{"channels": "phone"}, true},
		{"always", "follow_up_required", map[string]string{"on": "2027-01-04", "about": lead.Kept}, true},
		{"never", "trade_in_value_only", nil, false},
		{"never", "double", map[string]string{"lead_id": otherID}, false},
	} {
		l := rings(t, yardstick(t, "[showroom]", "closing: {approve: "+c.approve+"}"), "2026-11-23 10:00").attempt(lead.Reached)
		l.does("ann", closing(c.reason, c.details))
		require.Equal(t, c.waits, l.state.Status == lead.Closing, "%s %s", c.approve, c.reason)
		if c.waits {
			stage := l.state.Stage
			require.Equal(t, lead.Conversation, stage, "nothing has happened yet")
			l.does("mia", decision(true))
			require.NotEqual(t, stage, l.state.Stage)
		}
	}
}

// proposed is a lead whose owner wants to close it, proposed at the given time.
func proposed(t *testing.T, at string) *life {
	t.Helper()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).until(at)
	l.forget()
	return l.does("ann", closing("trade_in_value_only", nil))
}

func TestAProposalHasItsOwnDeadlineAndEscalation(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	require.Equal(t, []string{"mia: closing-proposed by email, screen"}, l.heard())
	require.Equal(t, l.at("2026-11-23 15:30"), l.entry("closing_proposed")["due_at"])
	require.Equal(t, "2026-11-23 15:30", l.due(process.ClosingApproval), "four hours of opening")
	require.Len(t, l.state.Clocks, 1, "nothing else runs meanwhile")
	l.until("2026-11-23 15:29")
	require.Empty(t, l.heard())
	l.until("2026-11-23 15:30")
	require.Equal(t, []string{"gus: closing-proposed 1/1 by email, screen"}, l.heard())
	require.Equal(t, process.ClosingApproval, l.state.Escalation.Kind)
	l.until("2026-11-24 15:30")
	require.Equal(t, []string{"mia: closing-proposed 1/1 by email, screen"}, l.heard(), "daily until somebody decides")
	l.does("gus", decision(true))
	require.Zero(t, l.state.Escalation)
}

func TestAProposalInTheEveningReachesTheManagerInTheMorning(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 19:00")
	require.Equal(t, []string{"mia: closing-proposed from 2026-11-24 08:30 by email", "mia: closing-proposed by screen"}, l.heard())
	l.until("2026-11-24 08:30")
	require.True(t, l.last.Deliver)
}

func TestWhoIsAskedToDecide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by     string
		actor  string
		change func(*life)
		want   []string
	}{
		"whom the policy names":              {"general_manager", "ann", func(*life) {}, []string{"gus: closing-proposed by email, screen"}},
		"nobody about his own":               {"sales_manager", "mia", func(*life) {}, []string{"gus: closing-proposed by email, screen"}},
		"another when the manager is absent": {"sales_manager", "ann", func(l *life) { l.absent("mia", "2026-11-20 00:00", "2026-12-20 00:00") }, []string{"gus: closing-proposed by email, screen"}},
		"a colleague by name":                {"cas@demo.example", "ann", func(*life) {}, []string{"cas: closing-proposed by email, screen"}},
		"nobody there":                       {"sales_manager", "ann", withStaff("ann", "max"), []string{}},
	} {
		l := rings(t, yardstick(t, "[showroom]", "closing: {by: "+c.by+"}"), "2026-11-23 10:00", c.change).attempt(lead.Reached)
		l.heard()
		l.does(c.actor, closing("trade_in_value_only", nil))
		require.Equal(t, c.want, l.heard(), name)
	}
}

func TestAnApprovedClosingIsFinal(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	l.forget()
	l.does("mia", decision(true))
	require.Equal(t, []string{"closing_approved", "closed", "follow_up_started"}, l.happened())
	require.Equal(t, []string{"ann: closing-approved by email, screen"}, l.heard())
	require.True(t, l.last.Withdraw)
	require.Equal(t, process.ClosingFate{
		ID: otherID, State: "approved", By: "mia", Ask: process.ClosingAsked{ID: otherID, Reason: "trade_in_value_only"},
	}, *l.last.Closing)

	// It sends nothing more, whatever happens.
	l.until("2027-11-23 11:00")
	for _, h := range []process.Happening{
		{What: process.WasDue},
		{What: process.WasStarted},
		{What: process.WasLinked, Linked: &process.Linked{Lead: otherID}},
		{What: process.WasResent, Resent: &process.Resent{Raw: otherID, Reach: process.Reach{Phone: true}}},
		{What: process.WasDelivered, Delivered: []process.Delivery{{Fate: process.Failed}}},
		{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: []lead.Channel{lead.Email}, Bounced: true}},
		{What: process.DidNote, Note: &process.NoteAdded{ID: otherID}},
		{What: process.WasCancelled},
	} {
		require.Nil(t, l.do(h).Refused, h.What)
	}
	require.Empty(t, l.heard())
	for _, h := range []process.Happening{
		call(lead.Reached), closing("test", nil), decision(true),
		{What: process.DidMessage, Message: &process.MessageAsked{ID: otherID}},
		{What: process.DidAssign, Assign: &process.Assignment{To: "bob"}},
		{What: process.DidAppointment, Appointment: &process.AppointmentAction{Verb: process.SetIt, ID: otherID}},
	} {
		require.Equal(t, process.Conflict, l.refuses("ann", h).Code, h.What)
	}
}

// At night the colleague's mail could only be sent by a clock, and a closed
// lead has none: his page tells him.
func TestAnApprovalAtNightIsToldOnTheScreenOnly(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00").until("2026-11-23 20:00")
	l.heard()
	l.does("gus", decision(true))
	require.Equal(t, []string{"ann: closing-approved by screen"}, l.heard())
}

func TestARejectedClosingIsBackInTheProcess(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00").until("2026-11-24 14:00")
	l.forget()
	d := decision(false)
	d.Decide.NoteID = otherID
	l.does("mia", d)
	require.Equal(t, []string{"closing_rejected"}, l.happened())
	require.Equal(t, []string{"ann: closing-rejected by email, screen"}, l.heard())
	require.Equal(t, "rejected", l.last.Closing.State)
	require.Equal(t, lead.Open, l.state.Status)
	require.Equal(t, lead.Conversation, l.state.Stage)
	require.Equal(t, "2026-11-24 14:15", l.due(process.CallAttempt), "with time for the next call")
}

// A proposal must not be a way out of the clocks.
func TestARejectedClosingStartsEverythingAgainThatItStopped(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").advance("1m")
	l.does("ann", closing("test", nil))
	require.Equal(t, "never", l.due(process.LiveResponse))
	l.until("2026-11-25 09:00").does("mia", decision(false))
	require.Equal(t, "2026-11-25 09:15", l.due(process.LiveResponse))
	require.Equal(t, "2026-11-25 09:15", l.due(process.CallAttempt))
	require.Equal(t, "2026-11-27 10:00", l.due(process.ContactDue), "the letter that lies ahead, not the mail that was missed")
	require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt))
}

// What happened while the manager thought about it is not undone.
func TestWhatHappensDuringAProposalStays(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).booked(lead.InShowroom, "2026-11-24 14:00")
	l.does("ann", closing("trade_in_value_only", nil))
	l.until("2026-11-24 15:00").told(lead.Came)
	require.Equal(t, lead.Closing, l.state.Status)
	require.Equal(t, process.Conflict, l.refuses("ann", process.Happening{What: process.DidAppointment, Appointment: &process.AppointmentAction{
		Verb: process.SetIt, ID: otherID, Kind: lead.InShowroom, StartsAt: l.at("2026-11-26 10:00"), Minutes: 60,
	}}).Code)
	l.does("mia", decision(false))
	require.Equal(t, lead.Visit, l.state.Stage)
	require.Nil(t, l.state.Appointment)
	require.Equal(t, "2026-11-25 15:00", l.due(process.FollowUp))
}

func TestWhoMayDecide(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	for _, who := range []string{"ann", "kim", "max", "customer", "system", "eva", ""} {
		require.Equal(t, process.NotAllowed, l.refuses(who, decision(true)).Code, who)
	}
	l.does("operator", decision(true))
	require.Equal(t, process.Conflict, l.refuses("mia", decision(true)).Code, "nothing waits any more")
}

func TestNobodyApprovesHisOwnProposal(t *testing.T) {
	t.Parallel()
	own := func(changes ...func(*life)) *life {
		l := rings(t, standard(t), "2026-11-23 10:00", changes...).attempt(lead.Reached)
		return l.does("mia", closing("trade_in_value_only", nil))
	}
	l := own()
	require.Equal(t, process.NotAllowed, l.refuses("mia", decision(true)).Code)
	l.does("mia", decision(false)) // but may take it back
	require.Equal(t, lead.Open, l.state.Status)

	alone := own(withStaff("ann", "mia"))
	alone.does("mia", decision(true))
	require.Equal(t, lead.Closed, alone.state.Status, "there is nobody else")

	away := own(func(l *life) { l.absent("gus", "2026-11-20 00:00", "2026-12-20 00:00") })
	require.Equal(t, process.NotAllowed, away.refuses("mia", decision(true)).Code, "the other one comes back")
}

// An operator is no colleague who could be told, and above all no customer.
func TestWhoProposedFromTemporalIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
	h := closing("trade_in_value_only", nil)
	h.Signal, h.Actor = true, process.Operator
	l.do(h)
	l.forget()
	l.does("mia", decision(true))
	require.Empty(t, l.heard())
}

func TestTwoPhases(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[bdc, showroom]", "assign: {to: bdc}")
	l := rings(t, p, "2026-11-23 10:00").attempt(lead.Reached)
	require.Equal(t, "kim", l.state.Owner)
	l.booked(lead.InShowroom, "2026-11-25 14:00").does("customer", l.appointment(process.ConfirmIt))
	l.forget()
	l.advance("1h").does("kim", closing("appointment_showroom", nil))
	require.Equal(t, []string{"phase_changed", "assigned"}, l.happened())
	require.Equal(t, []string{"ann: assigned by email, screen"}, l.heard())
	require.Equal(t, lead.Showroom, l.state.Phase)
	require.Equal(t, lead.Open, l.state.Status)
	require.Equal(t, "ann", l.state.Owner)
	require.NotNil(t, l.state.Appointment)
	l.until("2026-11-25 15:00").told(lead.Came).does("ann", closing("sold", map[string]string{"vehicle": "kept", "order_number": "kept", "amount": "29950.00"}))
	require.Equal(t, lead.Won, l.state.Stage)

	night := rings(t, p, "2026-11-23 10:00").attempt(lead.Reached).mailed("quote").until("2026-11-23 20:00")
	night.does("kim", closing("quotation", map[string]string{"amount": "1", "valid_until": "2026-12-23"}))
	require.Equal(t, "ann", night.state.Owner, "who is on duty tomorrow")
}

func TestAQuoteIsCalledAboutInTwoDays(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).mailed("quote").advance("1h")
	l.does("ann", closing("quotation", map[string]string{"amount": "31990", "valid_until": "2026-12-23"}))
	require.Equal(t, "2026-11-25 11:00", l.due(process.CallAttempt))
	l.advance("1h").mailed("more-photos")
	l.do(process.Happening{What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website"}})
	require.Equal(t, "2026-11-25 11:00", l.due(process.CallAttempt), "whatever happens meanwhile")
	l.until("2026-11-24 10:00").attempt(lead.NoAnswer)
	require.True(t, l.last.Attempt.Counted, "who calls sooner has called")
}

func TestAClosedLeadIsReopened(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 11:00")
	l.does("ann", closing("test", nil)).does("mia", decision(true))
	l.leaves("ann")
	reopen := process.Happening{What: process.DidReopen, Reopen: &process.Reopening{NoteID: otherID}}
	require.Equal(t, process.NotAllowed, l.refuses("bob", reopen).Code)
	l.until("2026-12-01 10:00").forget()
	l.does("mia", reopen)
	require.Equal(t, "reopened", l.events[0].Kind)
	require.Equal(t, map[string]any{"reason": "test", "note_id": otherID}, l.events[0].Data)
	require.Equal(t, lead.Open, l.state.Status)
	require.Equal(t, lead.Contacting, l.state.Stage)
	require.Empty(t, l.state.CloseReason)
	require.Zero(t, l.state.ClosedAt)
	require.Contains(t, l.last.Settled, process.Settled{Kind: lead.TellProvider, Fate: process.Dropped, Why: "the lead was reopened"}, "void with the closing")
	require.Equal(t, "bob", l.state.Owner, "who left does not get it back")
	require.Equal(t, []string{"bob: assigned by email, screen"}, l.heard())
	require.Equal(t, [3]int{0, 0, 0}, counted(l))
	require.Equal(t, "2026-12-01 10:15", l.due(process.CallAttempt))
	require.Equal(t, process.Conflict, l.refuses("mia", reopen).Code)
}

// Much may have been said since the lead was closed.
func TestAReopenedLeadKnowsWhatTheCustomerWantsByNow(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.does("ann", closing("test", nil)).does("mia", decision(true)).until("2026-12-01 10:00")
	l.said = &process.Reach{Phone: true, Email: true, Refused: []lead.Channel{lead.Phone}}
	l.does("mia", process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}})
	require.Equal(t, "never", l.due(process.CallAttempt))
	require.Equal(t, process.Conflict, l.refuses("ann", call(lead.NoAnswer)).Code)
}

func TestAReopenedLeadThatNobodyEverAnsweredIsPromisedAResponse(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00")
	l.does("ann", closing("test", nil)).does("mia", decision(true)).until("2026-12-01 10:00")
	l.does("mia", process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}})
	require.Equal(t, "2026-12-01 10:15", l.due(process.LiveResponse))
	require.Equal(t, "ann", l.state.Owner)
}

// What a closing left to be done is void when the lead is open again; who must
// not be contacted stays so.
func TestReopeningEndsWhatTheClosingLeftToBeDone(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00").does("mia", decision(true))
	require.Equal(t, lead.BuyingDepartment, l.last.FollowUps[0].Kind)
	l.until("2026-11-24 10:00").does("mia", process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}})
	require.Contains(t, l.last.Settled, process.Settled{Kind: lead.BuyingDepartment, Fate: process.Dropped, Why: "the lead was reopened"})
	require.Contains(t, l.last.Settled, process.Settled{Kind: lead.TryAgain, Fate: process.Dropped, Why: "the lead was reopened"})
	require.Empty(t, l.last.FollowUps)
}
