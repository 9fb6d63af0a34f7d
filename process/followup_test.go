package process_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// errands is a yardstick that says something about follow-ups.
func errands(t tester, followUps string) *policy.Policy {
	t.Helper()
	return yardstickAnd(t, "[showroom]", `groups: {trucks: [bob@demo.example, cas@demo.example], desk: [max@demo.example]}
shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [cas@demo.example]}}
follow_ups: {`+followUps+`}`)
}

// What a person has to do begins when the doors open on its day, is due a day
// later and then told to the sales manager, who is asked about it daily.
func TestAFollowUpThatAPersonDoes(t *testing.T) {
	t.Parallel()
	for kind, who := range map[lead.FollowUpKind]string{
		lead.TellProvider: "max", lead.RefundClaim: "max", lead.AfterSales: "max", // the marketer
		lead.BuyingDepartment: "mia", lead.HandOver: "mia",
		lead.StockSearch: "ann", lead.CheckAfterTheDate: "ann", lead.FinanceOffer: "ann", lead.SendLetter: "ann", lead.SendVideo: "ann",
	} {
		e := asked(t, yardstick(t, "[showroom]"), kind, "2026-11-23 10:00", "2026-11-25")
		require.Equal(t, who, e.state.Owner, kind)
		require.Equal(t, []string{"assigned"}, kindsOf(e.events), kind)
		require.Equal(t, map[string]any{"staff_id": who, "why": "follow_up", "follow_up_id": followUpID, "follow_up": string(kind)}, e.entry("assigned"), kind)
		require.Empty(t, e.heard(), "%s: its day has not come", kind)
		require.Equal(t, "2026-11-26 09:00", e.dueAt(), kind)
		require.Equal(t, "2026-11-25 09:00", e.local(e.state.StartsAt), kind)
		e.until("2026-11-25 08:59").forget()

		e.until("2026-11-25 09:00")
		require.Equal(t, []string{who + ": follow-up-due by email, screen"}, e.heard(), kind)
		require.Equal(t, followUpID, e.last.Mails[0].Ref)
		require.Equal(t, []string{"reminded"}, e.happened(), kind)
		e.until("2026-11-26 08:59")
		require.Empty(t, e.heard())
		e.until("2026-11-26 09:00")
		require.Equal(t, []string{who + ": follow-up-due by email, screen"}, e.heard(), kind)
		e.until("2026-11-27 08:59")
		require.Empty(t, e.heard())
		e.until("2026-11-27 09:00")
		require.Equal(t, []string{"mia: follow-up-overdue 1/1 by email, screen"}, e.heard(), kind)
		require.Equal(t, process.Escalation{Kind: process.FollowUp, Step: 1, Steps: 1, At: e.life.world.Now}, e.state.Escalation)
		e.until("2026-11-30 08:59")
		require.Empty(t, e.heard(), "nobody is asked on a weekend")
		e.until("2026-11-30 09:00")
		require.Equal(t, []string{"mia: follow-up-overdue 1/1 by email, screen"}, e.heard(), kind)
		require.Equal(t, 1, e.entry("escalated")["again"])
		e.until("2026-12-01 09:00")
		require.Equal(t, []string{"mia: follow-up-overdue 1/1 by email, screen"}, e.heard(), kind)

		outcome := map[bool]string{true: process.Granted}[kind == lead.RefundClaim]
		e.forget()
		e.does(who, settle(process.Done, outcome))
		require.Equal(t, []string{"follow_up_done"}, e.happened(), kind)
		e.until("2027-01-01 09:00")
		require.Empty(t, e.heard(), "it is done")
	}
}

func TestAFollowUpBeginsWhenTheDoorsOpenOnItsDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ at, due, starts, ends string }{
		"today, by day":              {"2026-11-23 10:00", "2026-11-23", "2026-11-23 10:00", "2026-11-24 10:00"},
		"today, in the evening":      {"2026-11-23 20:00", "2026-11-23", "2026-11-24 09:00", "2026-11-25 09:00"},
		"tomorrow":                   {"2026-11-23 20:00", "2026-11-24", "2026-11-24 09:00", "2026-11-25 09:00"},
		"on a Saturday":              {"2026-11-23 10:00", "2026-11-28", "2026-11-30 09:00", "2026-12-01 09:00"},
		"on a Friday":                {"2026-11-23 10:00", "2026-11-27", "2026-11-27 09:00", "2026-11-30 09:00"},
		"in two years":               {"2026-11-23 10:00", "2028-11-23", "2028-11-23 09:00", "2028-11-24 09:00"},
		"yesterday":                  {"2026-11-23 10:00", "2026-11-22", "2026-11-23 10:00", "2026-11-24 10:00"},
		"when the clocks go forward": {"2026-11-23 10:00", "2027-03-28", "2027-03-29 09:00", "2027-03-30 09:00"},
	} {
		e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, c.at, c.due)
		require.Equal(t, c.starts, e.local(e.state.StartsAt), name)
		require.Equal(t, c.ends, e.dueAt(), name)
	}
	// A letter of the contact schedule begins at its instant.
	letter := asked(t, yardstick(t, "[showroom]"), lead.SendLetter, "2026-11-23 10:00", "2026-11-23", func(e *errand) { e.state.StartsAt = e.at("2026-11-23 15:30") })
	require.Equal(t, "2026-11-23 15:30", letter.local(letter.state.StartsAt))
}

func TestAPolicysOwnTimesAndStepsOfAFollowUp(t *testing.T) {
	t.Parallel()
	p := errands(t, "refund_claim: {to: owner, within: 4h, escalate: [{after: 0s, to: [marketer]}, {clock: always, after: 6h, to: [trucks], notify: [sms], repeat: {every: 3h, times: 1}}]}")
	e := asked(t, p, lead.RefundClaim, "2026-11-23 10:00", "2026-11-23")
	require.Equal(t, []string{"ann: follow-up-due by email, screen"}, e.heard(), "at once")
	require.Equal(t, "2026-11-23 14:00", e.dueAt())
	e.until("2026-11-23 13:59")
	require.Empty(t, e.heard())
	e.until("2026-11-23 14:00")
	require.Equal(t, []string{"ann: follow-up-due by email, screen", "max: follow-up-overdue 1/2 by email, screen"}, e.heard())
	e.until("2026-11-23 20:00")
	require.Equal(t, []string{"bob: follow-up-overdue 2/2 by sms", "cas: follow-up-overdue 2/2 by sms"}, e.heard(), "at night")
	e.until("2026-11-23 23:00")
	require.Equal(t, []string{"bob: follow-up-overdue 2/2 by sms", "cas: follow-up-overdue 2/2 by sms"}, e.heard())
	e.until("2026-11-25 09:00")
	require.Equal(t, []string{"mia: follow-up-overdue 2/2 by email, screen"}, e.heard(), "daily in opening hours")

	// It keeps to opening hours whatever the clock of its lead's track.
	always := yardstick(t, "[showroom]", "clock: always")
	require.Equal(t, "2026-11-24 09:00", asked(t, always, lead.StockSearch, "2026-11-20 22:00", "2026-11-20").dueAt())
}

func TestSettlingAFollowUp(t *testing.T) {
	t.Parallel()
	begin := func(kind lead.FollowUpKind) *errand {
		return asked(t, yardstick(t, "[showroom]"), kind, "2026-11-23 10:00", "2026-11-23").until("2026-11-23 11:00")
	}
	e := begin(lead.StockSearch)
	e.forget()
	e.does("ann", dropped())
	require.Equal(t, process.Dropped, e.state.Status)
	require.Equal(t, e.life.world.Now, e.state.SettledAt)
	require.Empty(t, e.state.Why, "the note says it")
	require.Equal(t, map[string]any{"kind": "stock_search", "fate": "dropped", "note_id": otherID, "follow_up_id": followUpID, "follow_up": "stock_search"}, e.entry("follow_up_done"))
	require.Equal(t, process.Actor("ann"), e.last.Events[0].Actor)
	require.Equal(t, process.Conflict, e.refuses("ann", done()).Code, "once")
	require.Contains(t, e.refuses("ann", done()).Message, "dropped already")

	for fate, kind := range map[string]lead.FollowUpKind{process.Granted: lead.RefundClaim, process.Denied: lead.RefundClaim} {
		claim := begin(kind).does("max", settle(process.Done, fate))
		require.Equal(t, fate, claim.state.Outcome)
		require.Equal(t, fate, claim.entry("follow_up_done")["outcome"])
	}
	begin(lead.RefundClaim).does("max", dropped()) // it was not worth it

	for name, c := range map[string]struct {
		kind  lead.FollowUpKind
		h     process.FollowUpHappening
		field string
	}{
		"without a word":                   {lead.StockSearch, process.FollowUpHappening{What: process.DidSettle, Settle: &process.Settlement{Fate: process.Done}}, "note"},
		"with words in place of its id":    {lead.StockSearch, process.FollowUpHappening{What: process.DidSettle, Settle: &process.Settlement{Fate: process.Done, NoteID: "done"}}, "note"},
		"neither done nor dropped":         {lead.StockSearch, settle("open", ""), "fate"},
		"nothing said":                     {lead.StockSearch, process.FollowUpHappening{What: process.DidSettle}, "fate"},
		"an outcome of what has none":      {lead.StockSearch, settle(process.Done, process.Granted), "outcome"},
		"a claim without its outcome":      {lead.RefundClaim, settle(process.Done, ""), "outcome"},
		"a dropped claim with words":       {lead.RefundClaim, settle(process.Dropped, "half of it\x00"), "outcome"},
		"a claim with an outcome of words": {lead.RefundClaim, settle(process.Done, "half of it"), "outcome"},
	} {
		e := begin(c.kind)
		r := e.refuses("ann", c.h)
		require.Equal(t, process.Invalid, r.Code, name)
		require.Equal(t, c.field, r.Field, name)
		require.Equal(t, process.Pending, e.state.Status, name)
	}
}

// What happens to the lead can settle a follow-up that runs beside it.
func TestAFollowUpThatItsLeadSettled(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.SendLetter, "2026-11-23 10:00", "2026-11-23").until("2026-11-25 11:00")
	require.NotZero(t, e.state.Escalation)
	before := written(t, e.state)
	now := e.life.world.Now
	settled, event := e.state.SettledBy(process.Settled{Kind: lead.SendLetter, Fate: process.Dropped, Why: "the customer answered"}, now)
	require.JSONEq(t, before, written(t, e.state))
	require.Equal(t, process.Dropped, settled.Status)
	require.Equal(t, "the customer answered", settled.Why)
	require.Equal(t, now, settled.SettledAt)
	require.Equal(t, e.state.Step+1, settled.Step, "the newer state wins")
	require.Empty(t, settled.Clocks)
	require.Zero(t, settled.Escalation)
	require.Equal(t, process.Event{Kind: "follow_up_done", Actor: process.System, Data: map[string]any{
		"follow_up_id": followUpID, "follow_up": "letter", "kind": "letter", "fate": "dropped", "why": "the customer answered",
	}}, event)

	// Its workflow wakes and finds it settled.
	e.state = settled
	e.forget()
	e.do(process.FollowUpHappening{What: process.WasDue})
	require.Empty(t, e.happened())
	require.Equal(t, settled, e.state)
	require.Equal(t, process.Conflict, e.refuses("ann", done()).Code)

	var read process.FollowUpState
	require.NoError(t, json.Unmarshal([]byte(written(t, settled)), &read))
	require.Equal(t, settled, read)
}

// After an outage each hears the latest once, and nothing is lost.
func TestAFollowUpAfterAnOutage(t *testing.T) {
	t.Parallel()
	e := asked(t, yardstick(t, "[showroom]"), lead.StockSearch, "2026-11-23 10:00", "2026-11-25")
	e.life.world.Now = e.at("2026-11-30 11:00")
	e.forget()
	e.do(process.FollowUpHappening{What: process.WasStarted})
	require.Equal(t, []string{"reminded", "reminded", "escalated"}, e.happened())
	require.Equal(t, []string{"ann: follow-up-due by email, screen", "mia: follow-up-overdue 1/1 by email, screen"}, e.heard())
	require.Equal(t, "2026-12-01 11:00", e.local(e.state.NextDeadline().Next))

	again := e.state
	e.do(process.FollowUpHappening{What: process.WasReceived, Signal: false})
	require.Equal(t, again, e.state, "a beginning that comes twice is refused")
	require.Equal(t, process.Conflict, e.last.Refused.Code)
	require.Equal(t, 24*time.Hour, e.state.NextDeadline().Next.Sub(e.life.world.Now))
}
