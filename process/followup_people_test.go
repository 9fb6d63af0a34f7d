package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestWhoDoesAFollowUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   lead.FollowUpKind
		policy string
		change func(*errand)
		want   string
	}{
		"the owner of the lead":               {lead.StockSearch, "", among(), "ann"},
		"the owner is absent":                 {lead.StockSearch, "", among(away("ann")), "mia"},
		"and the sales manager too":           {lead.StockSearch, "", among(away("ann", "mia")), "gus"},
		"the owner has left":                  {lead.StockSearch, "", among(withStaff("bob", "gus", "max")), "gus"},
		"no manager is here":                  {lead.StockSearch, "", among(withStaff("bob", "max")), "bob"},
		"there is no marketer":                {lead.RefundClaim, "", among(withStaff("ann", "mia", "gus")), "mia"},
		"everybody is absent: who is asked":   {lead.StockSearch, "", among(withStaff("bob", "ann"), away("ann", "bob")), "ann"},
		"new leads pause for the owner":       {lead.StockSearch, "", among(paused("ann"), full("ann")), "ann"},
		"as the policy says":                  {lead.StockSearch, "stock_search: {to: general_manager}", among(), "gus"},
		"a group":                             {lead.StockSearch, "stock_search: {to: trucks}", among(), "bob"},
		"the group but for who is absent":     {lead.StockSearch, "stock_search: {to: trucks}", among(away("bob")), "mia"},
		"a colleague by name":                 {lead.StockSearch, "stock_search: {to: Kim@demo.example}", among(), "kim"},
		"a marketer by name":                  {lead.StockSearch, "stock_search: {to: max@demo.example}", among(), "max"},
		"a group of marketers":                {lead.StockSearch, "stock_search: {to: desk}", among(), "max"},
		"the call centre":                     {lead.StockSearch, "stock_search: {to: bdc}", among(), "kim"},
		"who works in the evening, by day":    {lead.StockSearch, "stock_search: {to: cas@demo.example}", among(), "mia"},
		"a colleague, handed over to":         {lead.HandOver, "", func(e *errand) { e.world.Colleague = "cas" }, "cas"},
		"who has left":                        {lead.HandOver, "", func(e *errand) { e.world.Colleague = "old" }, "mia"},
		"another kind knows no colleague":     {lead.StockSearch, "", func(e *errand) { e.world.Colleague = "cas" }, "ann"},
		"a hand-over whose lead has no owner": {lead.HandOver, "", func(e *errand) { e.world.LeadOwner = "" }, "mia"},
		"nobody works here":                   {lead.StockSearch, "", among(withStaff()), ""},
	} {
		require.Equal(t, c.want, asked(t, errands(t, c.policy), c.kind, "2026-11-23 10:00", "2026-11-24", c.change).state.Owner, name)
	}
}

func TestAFollowUpIsHandedOn(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-23").until("2026-11-25 11:00")
	require.NotZero(t, e.state.Escalation)
	e.forget()
	h := hand("cas")
	h.Assign.NoteID = otherID
	e.does("mia", h)
	require.Equal(t, "cas", e.state.Owner)
	require.Equal(t, map[string]any{
		"staff_id": "cas", "from_staff_id": "ann", "why": "manager", "note_id": otherID, "follow_up_id": followUpID, "follow_up": "stock_search",
	}, e.entry("assigned"))
	require.Equal(t, process.Actor("mia"), e.last.Events[0].Actor)
	require.Equal(t, []string{"cas: follow-up-due by email, screen"}, e.heard())
	require.Zero(t, e.state.Escalation)
	require.Equal(t, "2026-11-26 11:00", e.dueAt(), "with his own time")

	early := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25").does("mia", hand("max"))
	require.Empty(t, early.heard(), "its day has not come")
	early.until("2026-11-25 09:00")
	require.Equal(t, []string{"max: follow-up-due by email, screen"}, early.heard(), "anybody may do it")
	require.Equal(t, "2026-11-26 09:00", early.dueAt())

	require.Equal(t, process.Conflict, e.refuses("mia", hand("cas")).Code, "it is his already")
	for _, to := range []string{"eva", "", "cas@demo.example"} {
		r := e.refuses("mia", hand(to))
		require.Equal(t, process.Invalid, r.Code)
		require.Equal(t, "to", r.Field)
		require.NotContains(t, r.Message, "@")
	}
	require.Equal(t, process.Invalid, e.refuses("mia", process.FollowUpHappening{What: process.DidAssign}).Code)
	h.Assign.NoteID = "a word"
	require.Equal(t, process.Invalid, e.refuses("mia", h).Code)
	away("bob")(&e.life)
	require.Equal(t, process.Invalid, e.refuses("mia", hand("bob")).Code, "who is absent")
	e.does("cas", done())
	require.Equal(t, process.Conflict, e.refuses("mia", hand("ann")).Code, "it is done")
}

func TestAFollowUpWhoseOwnerLeft(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]process.FollowUpHappening{
		"the clock is looked at":    {What: process.WasDue},
		"the workflow begins a run": {What: process.WasStarted},
		"a cancellation":            {What: process.WasCancelled, Actor: process.Operator},
	} {
		e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-23").until("2026-11-25 11:00")
		e.leaves("ann")
		e.world.LeadOwner = "bob" // the lead has a new owner by then
		e.forget()
		require.Nil(t, e.do(h).Refused)
		require.Equal(t, "bob", e.state.Owner, name)
		require.Equal(t, "owner_left", e.entry("assigned")["why"], name)
		require.Equal(t, "ann", e.entry("assigned")["from_staff_id"], name)
		for _, v := range e.last.Events {
			require.True(t, v.Kind != "assigned" || v.Actor == process.System, "%s: nobody decided it", name)
		}
		require.Equal(t, "2026-11-26 11:00", e.dueAt(), "%s: with his own time", name)
		require.Zero(t, e.state.Escalation, name)
		require.Equal(t, []string{"bob: follow-up-due by email, screen"}, e.heard(), name)
	}

	asleep := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-12-23")
	asleep.leaves("ann")
	asleep.do(process.FollowUpHappening{What: process.WasDue})
	require.Equal(t, "mia", asleep.state.Owner)
	require.Equal(t, "2026-12-24 09:00", asleep.dueAt(), "it is not sooner due")
	require.Empty(t, asleep.heard())

	none := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-23", among(withStaff()))
	none.until("2026-12-01 10:00")
	require.Empty(t, none.state.Owner)
	none.life.world.Staff = everybody()
	none.do(process.FollowUpHappening{What: process.WasDue})
	require.Equal(t, "ann", none.state.Owner)
}

// Who does it is who is here when it begins, which may be in a month.
func TestWhoIsHereWhenAFollowUpBegins(t *testing.T) {
	t.Parallel()
	absent := func(from, until string) func(*errand) {
		return func(e *errand) { e.absent("ann", from, until) }
	}
	p := yardstick(t, "[showroom]")
	back := asked(t, p, lead.StockSearch, "2026-11-23 10:00", "2026-12-23", absent("2026-11-20 00:00", "2026-11-25 00:00"))
	require.Equal(t, "ann", back.state.Owner, "she is back by then")
	gone := asked(t, p, lead.StockSearch, "2026-11-23 10:00", "2026-12-23", absent("2026-12-20 00:00", "2027-01-10 00:00"))
	require.Equal(t, "mia", gone.state.Owner)

	// What was asked for later counts on the day.
	e := asked(t, p, lead.StockSearch, "2026-11-23 10:00", "2026-12-23")
	require.Equal(t, "ann", e.state.Owner)
	absent("2026-12-20 00:00", "2027-01-10 00:00")(e)
	e.forget()
	e.until("2026-12-23 09:00")
	require.Equal(t, []string{"mia: follow-up-due by email, screen"}, e.heard())
	require.Equal(t, "mia", e.state.Owner)
	require.Equal(t, "2026-12-24 09:00", e.dueAt())
}

// What an escalation does in the step in which a manager handed the follow-up on
// is not his doing.
func TestAnEscalationIsNotTheManagersWord(t *testing.T) {
	t.Parallel()
	p := errands(t, "stock_search: {to: owner, within: 0s, escalate: [{after: 0s, to: [sales_manager], reassign: true}]}")
	h := hand("cas")
	h.Assign.NoteID = otherID
	e := asked(t, p, lead.StockSearch, "2026-11-23 10:00", "2026-11-23").does("gus", h)
	require.Equal(t, "mia", e.state.Owner)
	for _, v := range e.last.Events {
		if v.Kind == "assigned" && v.Data["why"] == "escalation" {
			require.NotContains(t, v.Data, "note_id")
			require.Equal(t, process.System, v.Actor)
		}
	}
}
