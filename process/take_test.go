package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// calledFor is a lead with whom nobody dealt: at half past ten the team and the
// manager were asked, and it is bob's by then.
func calledFor(t *testing.T) *life {
	t.Helper()
	l := nobodyCalls(t).until("2026-11-23 10:31")
	require.Equal(t, "bob", l.state.Owner)
	l.forget()
	return l
}

func TestTheFirstWhoTakesALeadHasIt(t *testing.T) {
	t.Parallel()
	l := calledFor(t).does("cas", take)
	require.Equal(t, "cas", l.state.Owner)
	require.Equal(t, "cas", l.last.Assigned, "it was his turn")
	require.Equal(t, []string{"assigned"}, kindsOf(l.events))
	require.Equal(t, map[string]any{"staff_id": "cas", "from_staff_id": "bob", "why": "taken", "kind": "live_response"}, l.entry("assigned"))
	require.Equal(t, process.Actor("cas"), l.last.Events[0].Actor)
	require.Empty(t, l.heard(), "he knows")
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-23 10:46", l.due(process.LiveResponse), "with his own time")
	require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt), "the first promise stays")
	require.Equal(t, process.Conflict, l.refuses("ann", take).Code, "who comes second")
	require.Equal(t, process.Conflict, l.refuses("cas", take).Code, "nor twice")

	l.until("2026-11-23 10:45")
	require.Equal(t, []string{"cas: lead-reminder by email, screen"}, l.heard())
}

func kindsOf(events []process.Event) []string {
	list := []string{}
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}

// "I take it" is no way to keep a customer waiting.
func TestNobodyTakesALeadTwiceWithoutActing(t *testing.T) {
	t.Parallel()
	l := calledFor(t).does("cas", take).until("2026-11-23 11:02")
	require.Equal(t, 2, l.state.Escalation.Step, "he did nothing")
	r := l.refuses("cas", take)
	require.Equal(t, process.Conflict, r.Code)
	require.Contains(t, r.Message, "call him")
	l.does("ann", take).until("2026-11-23 11:33")
	require.Equal(t, process.Conflict, l.refuses("cas", take).Code)
	require.Equal(t, process.Conflict, l.refuses("ann", take).Code)
	l.does("kim", take).until("2026-11-23 12:10")

	// Who calls has acted, and may help again when the next call is overdue.
	l.does("cas", call(lead.NoAnswer))
	for l.state.Escalation.Kind == "" {
		l.advance("1h")
	}
	l.does("cas", take)
	require.Equal(t, "cas", l.state.Owner)
}

func TestAManagersWordLetsHimTakeItAgain(t *testing.T) {
	t.Parallel()
	l := calledFor(t).does("cas", take).until("2026-11-23 11:02")
	l.does("mia", give("kim")).until("2026-11-23 11:33")
	require.NotEmpty(t, l.state.Escalation.Kind)
	l.does("cas", take)
}

// The owner himself may say that he is on it, and a manager too.
func TestTheOwnerTakesHisOwnLead(t *testing.T) {
	t.Parallel()
	l := calledFor(t).does("bob", take)
	require.Equal(t, "bob", l.state.Owner)
	require.Empty(t, l.last.Assigned, "it is no new lead of his")
	require.Equal(t, map[string]any{"staff_id": "bob", "why": "taken", "kind": "live_response"}, l.entry("assigned"))
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-23 10:46", l.due(process.LiveResponse))

	manager := calledFor(t).does("mia", take)
	require.Equal(t, "mia", manager.state.Owner)
}

func TestWhoeverTakesAnOverdueCallHasHisTime(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 14:30")
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind)
	l.does("cas", take)
	require.Equal(t, "2026-11-23 14:45", l.due(process.CallAttempt))
	require.Equal(t, 2, l.state.Clock(process.CallAttempt).N)

	decide := rings(t, standard(t), "2026-11-23 10:00", withoutPhone).mailed("ask-for-phone").until("2026-11-24 14:00")
	require.Equal(t, process.FollowUp, decide.state.Escalation.Kind)
	decide.does("cas", take)
	require.Equal(t, "2026-11-24 14:15", decide.due(process.FollowUp))
}

func TestTakingIsRefused(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"max", "eva", "customer", "system", "operator", ""} {
		require.Equal(t, process.NotAllowed, calledFor(t).refuses(who, take).Code, who)
	}
	l := calledFor(t)
	away("cas")(l)
	require.Equal(t, process.NotAllowed, l.refuses("cas", take).Code, "who is absent")
	admin := calledFor(t)
	with("cas", func(p *process.Person) { p.Role = lead.RoleAdmin })(admin)
	require.Equal(t, process.NotAllowed, admin.refuses("cas", take).Code, "an admin owns no leads")

	early := nobodyCalls(t).until("2026-11-23 10:10")
	require.Equal(t, process.Conflict, early.refuses("cas", take).Code, "nobody was asked")
	acted := calledFor(t).attempt(lead.NoAnswer)
	require.Equal(t, process.Conflict, acted.refuses("cas", take).Code, "somebody acted")
	require.Equal(t, process.Conflict, parked(t).refuses("cas", take).Code, "it sleeps")

	waits := proposed(t, "2026-11-23 11:00").until("2026-11-23 15:31")
	require.Equal(t, process.ClosingApproval, waits.state.Escalation.Kind)
	require.Equal(t, process.Conflict, waits.refuses("cas", take).Code, "a closing waits; there is nothing to take")
	over := proposed(t, "2026-11-23 11:00").does("mia", decision(true))
	require.Equal(t, process.Conflict, over.refuses("cas", take).Code)
}

// A senseless one from Temporal's own tools is on the timeline.
func TestTakingBySignal(t *testing.T) {
	t.Parallel()
	l := calledFor(t)
	h := take
	h.Signal, h.Actor = true, "MARK"
	out := l.do(h)
	require.Equal(t, process.NotAllowed, out.Refused.Code)
	require.Equal(t, []string{"refused"}, l.happened())
	require.Equal(t, "bob", l.state.Owner)
}

// From any state in which a lead can be taken: of two who take it, in whichever
// order, the first has it and the second is told so.
func TestOfTwoWhoTakeALeadOneHasIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := rings(t, drawPolicy(t, "standard"), "2026-11-23 10:00")
		for range 40 {
			if l.state.Escalation.Kind != "" && rapid.Bool().Draw(t, "so far") {
				break
			}
			if c := l.state.NextDeadline(); c != nil && c.Next.After(l.world.Now) {
				l.world.Now = c.Next
			}
			l.do(process.Happening{What: process.WasDue})
		}
		if l.state.Escalation.Kind == "" {
			t.Skip("the policy asks nobody")
		}
		who := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ann", "bob", "cas", "kim", "mia", "gus"}), 2, 2, rapid.ID[string]).Draw(t, "who")
		for _, order := range [][]string{who, {who[1], who[0]}} {
			first := process.Step(l.world, l.state, process.Happening{ID: l.id(), What: process.DidTake, Actor: process.Actor(order[0])})
			require.Nil(t, first.Refused)
			require.Equal(t, order[0], first.State.Owner)
			second := process.Step(l.world, first.State, process.Happening{ID: l.id(), What: process.DidTake, Actor: process.Actor(order[1])})
			if first.State.Escalation.Kind != "" {
				continue // the policy leaves the taker no time at all: others are asked again
			}
			require.Equal(t, process.Conflict, second.Refused.Code)
			require.Equal(t, order[0], second.State.Owner)
		}
	})
}

// Somebody calls and somebody takes the lead in the same moment: the call is
// logged either way, and whoever was called for comes too late or has it.
func TestACallAndATakingAtOnce(t *testing.T) {
	t.Parallel()
	l := calledFor(t)
	taken := process.Step(l.world, l.state, process.Happening{What: process.DidTake, Actor: "cas"})
	h := call(lead.NoAnswer)
	h.Actor = "bob"
	after := process.Step(l.world, taken.State, h)
	require.Nil(t, after.Refused)
	require.Equal(t, "cas", after.State.Owner)
	require.Equal(t, "bob", after.State.Attempts[0].By)

	called := process.Step(l.world, l.state, h)
	late := process.Step(l.world, called.State, process.Happening{What: process.DidTake, Actor: "cas"})
	require.Equal(t, process.Conflict, late.Refused.Code)
	require.Equal(t, "bob", late.State.Owner)
	require.Len(t, late.State.Attempts, 1)
}

// To claim a lead and to work it is one thing; later another escalation is up,
// and whoever took the lead before may help again.
func TestWhoTookALeadOnceMayTakeItAfterItWasWorked(t *testing.T) {
	t.Parallel()
	up := func(l *life) *life {
		l.t.Helper()
		for range 100 {
			if l.state.Escalation.Kind != "" {
				return l
			}
			l.to(l.state.NextDeadline().Next)
		}
		require.Fail(l.t, "nobody is asked")
		return l
	}
	reopened := rings(t, yardstick(t, "[showroom]", "closing: {approve: never}"), "2026-11-23 10:00").until("2026-11-23 10:31").does("cas", take)
	reopened.does("cas", closing("test", nil)).until("2026-11-24 10:00").does("mia", process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}})
	up(reopened).does("cas", take)

	slept := up(rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)).does("cas", take)
	slept.does("cas", closing("follow_up_required", march)).until("2027-03-01 08:30")
	up(slept).does("cas", take)

	asked := spokenTo(t).booked(lead.InShowroom, "2026-11-25 14:00").until("2026-11-25 17:05").does("cas", take)
	require.Equal(t, process.Conflict, asked.refuses("cas", take).Code)
	asked.told(lead.NoShow)
	require.Equal(t, process.CallAttempt, up(asked).state.Escalation.Kind)
	asked.does("cas", take)
}

func TestWhoeverTakesAnUntoldOutcomeHasHisTime(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "appointment: {outcome_due: 1h, escalate: [{after: 0s, to: [team]}, {after: 10m, to: [general_manager]}]}")
	l := rings(t, p, "2026-11-23 10:00").attempt(lead.Reached).booked(lead.InShowroom, "2026-11-23 12:00").until("2026-11-23 14:09").does("cas", take)
	require.Equal(t, "2026-11-23 14:24", l.due(process.AppointmentOutcome))
	l.forget()
	l.until("2026-11-23 14:23")
	require.Empty(t, l.heard())
	l.until("2026-11-23 14:34")
	require.Contains(t, l.heard(), "gus: appointment-outcome-asked 2/2 by email, screen")
}

// For whom new leads pause takes none either.
func TestWhoseLeadsPauseTakesNone(t *testing.T) {
	t.Parallel()
	l := calledFor(t)
	paused("cas", "bob")(l)
	require.Equal(t, process.NotAllowed, l.refuses("cas", take).Code)
}
