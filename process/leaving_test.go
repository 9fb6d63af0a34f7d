package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Whatever happens next to a lead whose owner left, it has a new one from that
// step on, with his own time.
func TestAnyStepFindsANewOwnerForWhoLeft(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]process.Happening{
		"the clock is looked at":      {What: process.WasDue},
		"the workflow begins a run":   {What: process.WasStarted},
		"a note":                      {What: process.DidNote, Actor: "mia", Note: &process.NoteAdded{ID: otherID}},
		"a wish of the customer":      {What: process.DidCustomer, Actor: "customer", Customer: &process.CustomerWish{Refuses: []lead.Channel{lead.SMS}}},
		"a mail was delivered":        {What: process.WasDelivered, Delivered: []process.Delivery{{Message: otherID, Template: "thank-you", Auto: true, Fate: process.Accepted}}},
		"a cancellation":              {What: process.WasCancelled, Actor: process.Operator},
		"the same person comes again": {What: process.WasLinked, Linked: &process.Linked{Lead: otherID, Source: "website"}},
		"the provider sends it again": {What: process.WasResent, Resent: &process.Resent{Raw: otherID, Reach: process.Reach{Phone: true, Email: true}}},
		"a newer policy is applied":   {What: process.WasRepinned, Repin: &process.Repin{Version: 2}},
		"a call by the customer":      {What: process.DidAttempt, Actor: "cas", Attempt: &process.AttemptMade{Channel: lead.Phone, Direction: lead.In, Outcome: lead.NoAnswer}},
	} {
		l := rings(t, standard(t), "2026-11-23 10:00").until("2026-11-23 10:05")
		require.Equal(t, "ann", l.state.Owner, name)
		l.leaves("ann")
		l.forget()
		h.ID = l.id()
		require.Nil(t, l.do(h).Refused, name)
		require.Equal(t, "bob", l.state.Owner, name)
		require.Equal(t, "bob", l.last.Assigned, name)
		require.Equal(t, l.world.Now, l.state.OwnerSince, name)
		require.Equal(t, map[string]any{"staff_id": "bob", "from_staff_id": "ann", "why": "owner_left"}, l.entry("assigned"), name)
		for _, e := range l.last.Events {
			if e.Kind == "assigned" {
				require.Equal(t, process.System, e.Actor, "%s: nobody decided it", name)
			}
		}
		require.Equal(t, []string{"bob: assigned by email, screen"}, only(l.heard(), "bob: assigned"), name)
		require.Equal(t, "2026-11-23 10:20", l.due(process.LiveResponse), "%s: with his own time", name)
		require.Equal(t, "2026-11-23 10:20", l.due(process.CallAttempt), name)
		require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt), "%s: the first promise stays", name)
	}
}

func TestAnEscalationDoesNotWaitForWhoLeft(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t).until("2026-11-23 10:31")
	require.Equal(t, "bob", l.state.Owner)
	l.leaves("bob")
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "cas", l.state.Owner)
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-23 10:46", l.due(process.LiveResponse))
}

func TestWhoLeavesWhileTheManagerThinksAboutIt(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	l.leaves("ann")
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, lead.Closing, l.state.Status)
	require.Equal(t, "2026-11-23 15:30", l.due(process.ClosingApproval), "the manager's clock is the manager's")
	l.forget()
	l.does("mia", decision(false))
	require.Equal(t, []string{"bob: closing-rejected by email, screen"}, l.heard())
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt), "as the schedule has it")
}

func TestALeadSleepsOnWithANewOwner(t *testing.T) {
	t.Parallel()
	l := parked(t)
	l.leaves("ann")
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, lead.Parked, l.state.Stage)
	require.Equal(t, "2027-03-01 08:30", l.due(process.FollowUp))
	l.until("2027-03-01 08:29").forget()
	l.until("2027-03-01 08:30")
	require.Equal(t, []string{"resumed", "attempt_due"}, l.happened())
	require.Equal(t, []string{"bob: lead-reminder by email, screen"}, l.heard())
}

// The same rules hold as for a new lead.
func TestWhoGetsTheLeadsOfWhoLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*life)
		want   string
	}{
		"not who is absent":            {away("bob"), "cas"},
		"not for whom new leads pause": {paused("bob"), "cas"},
		"not who is full":              {full("bob"), "cas"},
		"a manager when all others do": {withStaff("mia", "max"), "mia"},
		"who is there":                 {withStaff("max"), "max"},
	} {
		l := rings(t, yardstick(t, "[showroom]"), "2026-11-23 10:00").until("2026-11-23 10:01")
		l.leaves("ann")
		c.change(l)
		l.do(process.Happening{What: process.WasDue})
		require.Equal(t, c.want, l.state.Owner, name)
	}

	l := rings(t, yardstick(t, "[showroom]"), "2026-11-23 10:00").until("2026-11-23 10:01")
	withStaff()(l)
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "ann", l.state.Owner, "nobody is left, and nobody is made up")
	l.world.Staff = everybody()[1:]
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, "owner_left", l.entry("assigned")["why"])
}

// A closed lead is nobody's work any more.
func TestWhoeverClosedALeadStaysItsOwner(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
	l.does("ann", closing("no_more_calls", map[string]string{"channels": "phone"}))
	l.leaves("ann")
	l.forget()
	l.do(process.Happening{What: process.WasDue})
	require.Equal(t, "ann", l.state.Owner)
	require.Empty(t, l.happened())
}
