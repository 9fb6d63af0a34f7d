package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// wants is how the customer of a follow-up can and may be contacted.
func wants(phone, email bool, refused ...lead.Channel) func(*errand) {
	return func(e *errand) { e.world.Reach = process.Reach{Phone: phone, Email: email, Refused: refused} }
}

func TestASoftReminderIsMailedOnItsDay(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.SoftReminder, "2026-11-23 10:00", "2026-11-28")
	require.Equal(t, "ann", e.state.Owner, "somebody answers for it")
	e.until("2026-11-30 08:59")
	require.Empty(t, e.heard(), "nobody is asked")
	e.forget()
	e.until("2026-11-30 09:00")
	require.Equal(t, []string{"customer: soft-reminder by email"}, e.heard())
	require.True(t, e.last.Deliver)
	require.Equal(t, process.Done, e.state.Status)
	require.Equal(t, "mailed", e.state.Why)
	require.Equal(t, map[string]any{"kind": "soft_reminder", "fate": "done", "why": "mailed", "follow_up_id": followUpID, "follow_up": "soft_reminder"}, e.entry("follow_up_done"))
	require.Equal(t, process.System, e.last.Events[0].Actor)

	for name, reach := range map[string]func(*errand){
		"no address": wants(true, false), "he does not want it": wants(true, true, lead.Email),
	} {
		e := asked(t, yardstick(t, "[showroom]"), lead.SoftReminder, "2026-11-23 10:00", "2026-11-24", reach).until("2026-11-24 09:00")
		require.Equal(t, process.Dropped, e.state.Status, name)
		require.Equal(t, "the customer cannot or must not be mailed", e.state.Why, name)
		require.Empty(t, e.heard(), name)
	}

	// What the customer wants counts on the day, not when it was asked.
	later := asked(t, yardstick(t, "[showroom]"), lead.SoftReminder, "2026-11-23 10:00", "2026-11-25")
	wants(true, true, lead.Email)(later)
	later.until("2026-11-25 09:00")
	require.Equal(t, process.Dropped, later.state.Status)
}

func TestTryingAgainIsANewRunOfTheProcess(t *testing.T) {
	t.Parallel()
	for _, kind := range []lead.FollowUpKind{lead.TryAgain, lead.ContactLater} {
		for name, c := range map[string]struct {
			change func(*errand)
			again  bool
			why    string
		}{
			"he can be called and mailed":    {wants(true, true), true, "a new run began"},
			"he can be mailed":               {wants(false, true), true, "a new run began"},
			"he can be called":               {wants(true, true, lead.Email), true, "a new run began"},
			"neither":                        {wants(false, false), false, "the customer cannot or must not be contacted"},
			"he wants neither":               {wants(true, true, lead.Phone, lead.Email), false, "the customer cannot or must not be contacted"},
			"he can be texted, nothing else": {wants(true, false, lead.Phone), false, "the customer cannot or must not be contacted"},
			"he asked by himself meanwhile":  {func(e *errand) { e.world.OtherLead = true }, false, "the customer has an open lead"},
		} {
			e := asked(t, yardstick(t, "[showroom]"), kind, "2026-11-23 10:00", "2026-12-23", c.change)
			e.until("2026-12-23 08:59")
			require.Equal(t, process.Pending, e.state.Status)
			e.forget()
			e.until("2026-12-23 09:00")
			require.Equal(t, c.again, e.last.Again, name)
			require.Equal(t, map[bool]process.FollowUpStatus{true: process.Done, false: process.Dropped}[c.again], e.state.Status, name)
			require.Equal(t, c.why, e.state.Why, name)
			require.Equal(t, c.why, e.entry("follow_up_done")["why"], name)
			require.Empty(t, e.heard(), "%s: the new lead tells its owner", name)
			e.do(process.FollowUpHappening{What: process.WasDue})
			require.False(t, e.last.Again, "once")
		}
	}
}

// A person may be quicker, or think better of it.
func TestSomebodySettlesWhatWouldHaveBeenDoneByItself(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.TryAgain, "2026-11-23 10:00", "2026-12-23").does("ann", dropped())
	e.until("2027-02-01 10:00")
	require.False(t, e.last.Again)
	require.Equal(t, process.Dropped, e.state.Status)
}

// toDepartment is a hand-over to a department that has an address.
func toDepartment(t *testing.T, kind lead.FollowUpKind) *errand {
	t.Helper()
	e := asked(t, yardstick(t, "[showroom]"), kind, "2026-11-23 20:00", "2026-11-23", func(e *errand) { e.world.Department = "service" })
	e.forget()
	return e
}

func TestAHandOverToADepartmentIsMailed(t *testing.T) {
	t.Parallel()
	for _, kind := range []lead.FollowUpKind{lead.HandOver, lead.BuyingDepartment} {
		e := toDepartment(t, kind)
		e.until("2026-11-24 08:59")
		require.Empty(t, e.heard())
		e.until("2026-11-24 09:00")
		require.Equal(t, []string{"service: hand-over by email"}, e.heard(), kind)
		require.True(t, e.last.Deliver)
		require.True(t, e.state.Mailed)
		require.Equal(t, process.Pending, e.state.Status, "it is done when the mail has gone out")
		require.Equal(t, "2026-11-25 09:00", e.dueAt())

		e.forget()
		e.do(arrives(process.Accepted))
		require.Equal(t, []string{"message_sent", "follow_up_done"}, e.happened(), kind)
		require.Equal(t, process.Done, e.state.Status)
		require.Equal(t, "handed over by mail", e.state.Why)
		require.Equal(t, "mia", e.state.Owner)
		e.do(arrives(process.Accepted))
		require.Equal(t, []string{"message_sent"}, e.happened(), "what the provider says twice is told and changes nothing")
	}
}

func TestWhatTheMailCouldNotHandOverAPersonHasTo(t *testing.T) {
	t.Parallel()
	for _, fate := range []process.Fate{process.Failed, process.Suppressed, process.Unknown} {
		e := toDepartment(t, lead.HandOver).until("2026-11-24 11:00")
		e.forget()
		e.do(arrives(fate))
		require.Equal(t, []string{"message_failed", "reminded"}, e.happened(), fate)
		require.Equal(t, []string{"mia: follow-up-due by email, screen"}, e.heard(), fate)
		require.Equal(t, "2026-11-25 11:00", e.dueAt())
		e.until("2026-11-26 11:00")
		require.Equal(t, []string{"mia: follow-up-due by email, screen", "mia: follow-up-overdue 1/1 by email, screen"}, e.heard(), "and no second mail to the department")
		e.does("mia", done())
	}

	// At night nobody is woken for it.
	night := toDepartment(t, lead.HandOver).until("2026-11-24 19:00")
	night.forget()
	night.do(arrives(process.Failed))
	require.Equal(t, []string{"mia: follow-up-due from 2026-11-25 09:00 by email", "mia: follow-up-due by screen"}, night.heard())
	night.until("2026-11-25 09:00")
	require.True(t, night.last.Deliver)
}

// If the fate of the mail never becomes known somebody has to look after it.
func TestAHandOverOfWhichNothingIsHeard(t *testing.T) {
	t.Parallel()
	e := toDepartment(t, lead.HandOver).until("2026-11-24 09:00")
	e.forget()
	e.until("2026-11-25 09:00")
	require.Equal(t, []string{"mia: follow-up-due by email, screen"}, e.heard())
	e.until("2026-11-26 09:00")
	require.Equal(t, []string{"mia: follow-up-overdue 1/1 by email, screen"}, e.heard())
	e.do(arrives(process.Accepted))
	require.Equal(t, process.Done, e.state.Status, "late, but it arrived")
}

// The mail went out; who looks after it changes nothing about that.
func TestAHandOverIsMailedOnce(t *testing.T) {
	t.Parallel()
	e := toDepartment(t, lead.HandOver).until("2026-11-24 10:00")
	e.forget()
	e.does("mia", hand("ann"))
	require.Equal(t, []string{"ann: follow-up-due by email, screen"}, e.heard())
	e.leaves("ann")
	e.do(process.FollowUpHappening{What: process.WasDue})
	require.Equal(t, []string{"mia: follow-up-due by email, screen"}, e.heard())
	e.until("2026-11-28 10:00")
	require.Empty(t, only(e.heard(), "service", "customer"))
}

func TestAHandOverToAColleagueIsHis(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.HandOver, "2026-11-23 10:00", "2026-11-23", func(e *errand) { e.world.Colleague = "kim" })
	require.Equal(t, []string{"kim: follow-up-due by email, screen"}, e.heard())
	require.False(t, e.state.Mailed)
	e.does("kim", done())

	buying := asked(t, yardstick(t, "[showroom]"), lead.BuyingDepartment, "2026-11-23 10:00", "2026-11-23", func(e *errand) { e.world.Colleague = "kim" })
	require.Equal(t, "mia", buying.state.Owner, "no department has an address, so the manager does it")
	require.Equal(t, []string{"mia: follow-up-due by email, screen"}, buying.heard())
}

func TestCancellingAFollowUpIsNotDoingIt(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
	before := e.state
	e.forget()
	e.do(process.FollowUpHappening{What: process.WasCancelled, Actor: process.Operator})
	require.Equal(t, []string{"refused"}, kindsOf(e.events))
	require.Contains(t, e.entry("refused")["message"], "cancelling is not doing")
	before.Step++
	require.Equal(t, before, e.state)
}

// nonsense are the signals that somebody may send to a follow-up from Temporal's
// own tools.
func nonsense() []process.FollowUpHappening {
	list := []process.FollowUpHappening{
		{What: process.DidSettle},
		{What: process.DidAssign},
		{What: "cheer"},
		{What: ""},
		{What: process.WasReceived},
		{What: process.DidSettle, Settle: &process.Settlement{}},
		{What: process.DidAssign, Assign: &process.Assignment{}},
		settle("won", ""), settle(process.Done, "MARK"), settle(process.Pending, ""), hand("MARK"), hand("MARK@demo.example"), hand("ann"),
		{What: process.DidAttempt},
		{What: process.DidClose},
		{What: process.DidTake},
		{What: "MARK\x00"},
	}
	for i := range list {
		list[i].Signal, list[i].Actor = true, "MARK"
	}
	return list
}

func TestASenselessSignalToAFollowUpIsOnTheTimeline(t *testing.T) {
	t.Parallel()
	for _, h := range nonsense() {
		e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
		before := e.state
		e.forget()
		out := e.do(h)
		require.NotNil(t, out.Refused, "%v", h)
		require.Equal(t, []string{"refused"}, kindsOf(out.Events))
		require.Equal(t, process.Operator, out.Events[0].Actor)
		require.Equal(t, out.Refused.Message, e.entry("refused")["message"])
		require.NotContains(t, written(t, out), `\u0000`)
		before.Step++
		require.Equal(t, before, out.State)

		h.Signal = false
		require.Empty(t, e.do(h).Events, "who waits for the answer has it")
	}
}

// A sensible one needs no note, for there only the API can store one, and is the
// operator's.
func TestASensibleSignalToAFollowUpIsTaken(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
	h := settle(process.Done, "")
	h.Settle.NoteID, h.Signal, h.Actor = "MARK", true, "MARK"
	e.forget()
	require.Nil(t, e.do(h).Refused)
	require.Equal(t, process.Done, e.state.Status)
	require.Equal(t, process.Operator, e.last.Events[0].Actor)
	require.NotContains(t, written(t, e.state)+written(t, e.events), "MARK")

	given := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
	a := hand("bob")
	a.Assign.NoteID, a.Signal, a.Actor = "MARK", true, "mia"
	require.Nil(t, given.do(a).Refused)
	require.Equal(t, "bob", given.state.Owner)
	require.Equal(t, process.Actor("mia"), given.last.Events[0].Actor)
	require.NotContains(t, written(t, given.state)+written(t, given.events), "MARK")
}

// A signal that overtakes the first step must not be taken for it.
func TestBeforeAFollowUpBeginsNothingElseHappens(t *testing.T) {
	t.Parallel()
	for _, h := range append(nonsense(), process.FollowUpHappening{What: process.WasDue}, process.FollowUpHappening{What: process.WasStarted}, done(), hand("bob"), arrives(process.Accepted)) {
		if h.What == process.WasReceived {
			continue
		}
		e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
		e.state = process.FollowUpState{ID: followUpID, Kind: lead.StockSearch, Status: process.Pending}
		out := e.do(h)
		require.Zero(t, out.State.Step)
		require.Empty(t, out.Events)
		require.Empty(t, out.State.Clocks)
	}
}
