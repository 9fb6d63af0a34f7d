package process_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// asksApproval is a lead on a yardstick whose closings are approved as said,
// with whose customer somebody spoke.
func asksApproval(t tester, phases, closing string, changes ...func(*life)) *life {
	t.Helper()
	l := rings(t, yardstick(t, phases, "closing: {"+closing+"}"), "2026-11-23 10:00", changes...).attempt(lead.Reached).mailed("quote")
	l.forget()
	return l
}

func costs(cents int64) func(*life) { return func(l *life) { l.world.Subject.Price = cents } }

// recordedCall is a call that the telephone system knows.
func recordedCall(outcome lead.Outcome) process.Happening {
	h := call(outcome)
	h.Attempt.Recorded = true
	return h
}

// whyItWaits closes the lead and tells why the closing waits for the manager,
// "" when it does not.
func whyItWaits(l *life, reason string, details map[string]string) string {
	l.t.Helper()
	l.does("ann", closing(reason, details))
	if l.state.Status != lead.Closing {
		require.Equal(l.t, "final", l.last.Closing.State)
		return ""
	}
	require.Equal(l.t, "proposed", l.last.Closing.State)
	return as[string](l.t, l.entry("closing_proposed")["why"])
}

var (
	noMore = map[string]string{"channels": "sms"}
	quoted = map[string]string{"amount": "31990.00", "valid_until": "2026-12-23"}
	sale   = map[string]string{"vehicle": lead.Kept, "order_number": lead.Kept, "amount": "29950.00"}
	twin   = map[string]string{"lead_id": otherID}
)

func TestWhyAClosingWaitsForTheManager(t *testing.T) {
	t.Parallel()
	proved := func(l *life) { l.world.DoubleProved = true }
	for _, c := range []struct {
		phases, closing string
		change          func(*life)
		reason          string
		details         map[string]string
		want            string
	}{
		{"[showroom]", "approve: by_reason", costs(0), "trade_in_value_only", nil, "reason"},
		{"[showroom]", "approve: by_reason", costs(0), "no_more_calls", noMore, ""},
		{"[showroom]", "approve: by_reason", costs(0), "double", twin, "not_proved"},
		{"[showroom]", "approve: by_reason", proved, "double", twin, ""},
		{"[showroom]", "approve: always", costs(0), "no_more_calls", noMore, "always"},
		{"[showroom]", "approve: always", costs(0), "sold", sale, "always"},
		{"[bdc, showroom]", "approve: always", costs(0), "quotation", quoted, "always"},

		{"[showroom]", "value: 40000", costs(40_000_00), "no_more_calls", noMore, "value"},
		{"[showroom]", "value: 40000", costs(39_999_99), "no_more_calls", noMore, ""},
		{"[showroom]", "value: 40000", costs(0), "no_more_calls", noMore, ""},
		{"[showroom]", "value: 40000", costs(90_000_00), "trade_in_value_only", nil, "reason"},
		{"[showroom]", "value: 40000", all(proved, costs(90_000_00)), "double", twin, "value"},
		{"[showroom]", "value: 40000", costs(90_000_00), "follow_up_required", march, "value"},

		{"[showroom]", "self_reported: true", costs(0), "no_more_calls", noMore, "self_reported"},
		{"[showroom]", "self_reported: true", costs(0), "follow_up_required", march, "self_reported"},
		{"[showroom]", "self_reported: true", proved, "double", twin, ""},
		{"[showroom]", "sample: 100%", costs(0), "no_more_calls", noMore, "sample"},
		{"[showroom]", "sample: 100%", costs(0), "follow_up_required", march, "sample"},
		{"[showroom]", "sample: 0%", costs(0), "no_more_calls", noMore, ""},
		{"[showroom]", "value: 40000, sample: 100%, self_reported: true", costs(90_000_00), "no_more_calls", noMore, "value"},
		{"[showroom]", "value: 40000, sample: 100%, self_reported: true", costs(0), "no_more_calls", noMore, "self_reported"},

		// What moves the lead on is not held up.
		{"[showroom]", "value: 40000, sample: 100%, self_reported: true", costs(90_000_00), "sold", sale, ""},
		{"[bdc, showroom]", "value: 40000, sample: 100%, self_reported: true", costs(90_000_00), "quotation", quoted, ""},

		{"[showroom]", "approve: never", costs(90_000_00), "trade_in_value_only", nil, ""},
		{"[showroom]", "approve: never", costs(90_000_00), "double", twin, ""},
	} {
		l := asksApproval(t, c.phases, c.closing, c.change)
		require.Equal(t, c.want, whyItWaits(l, c.reason, c.details), "%s: %s", c.closing, c.reason)
	}
}

// A customer who confirmed his appointment himself is more than somebody's word,
// and moves the lead on either way.
func TestAnAppointmentIsNotHeldUp(t *testing.T) {
	t.Parallel()
	l := asksApproval(t, "[bdc, showroom]", "value: 1, sample: 100%, self_reported: true", costs(90_000_00)).booked(lead.InShowroom, "2026-11-25 14:00")
	l.does("ann", l.appointment(process.ConfirmIt))
	require.Empty(t, whyItWaits(l, "appointment_showroom", nil))
	require.Equal(t, lead.Showroom, l.state.Phase)
}

func TestACallThatTheTelephoneSystemKnowsIsMoreThanSomebodysWord(t *testing.T) {
	t.Parallel()
	l := asksApproval(t, "[showroom]", "self_reported: true")
	l.advance("1h").does("ann", recordedCall(lead.Reached))
	require.Equal(t, true, l.entry("attempt_logged")["recorded"])
	require.Empty(t, whyItWaits(l, "no_more_calls", noMore))

	byWord := asksApproval(t, "[showroom]", "self_reported: true")
	byWord.advance("1h").does("ann", recordedCall(lead.NoAnswer))
	require.Equal(t, "self_reported", whyItWaits(byWord, "no_more_calls", noMore), "that nobody answered is known; the conversation is claimed")

	refusing := func(h process.Happening) string {
		l := rings(t, yardstick(t, "[showroom]", "closing: {self_reported: true}"), "2026-11-23 10:00")
		reasons := lead.Shipped()
		for i := range reasons {
			reasons[i].Approve = lead.NoApproval
		}
		l.world.Reasons = reasons
		return whyItWaits(l.does("ann", h), map[lead.Outcome]string{lead.Refused: "refused_call", lead.WrongNumber: "wrong_personal_data"}[h.Attempt.Outcome], nil)
	}
	for _, outcome := range []lead.Outcome{lead.Refused, lead.WrongNumber} {
		require.Equal(t, "self_reported", refusing(call(outcome)), outcome)
		require.Empty(t, refusing(recordedCall(outcome)), outcome)
	}
}

// The customer's own act is more than a colleague's word, too.
func TestAnAppointmentThatTheCustomerConfirmed(t *testing.T) {
	t.Parallel()
	why := func(who string, verb process.AppointmentVerb) string {
		l := rings(t, yardstick(t, "[showroom]", "closing: {self_reported: true}"), "2026-11-23 10:00")
		l.world.Reasons = append(lead.Shipped(), lead.Reason{Code: "moves_abroad", Effect: lead.EndsLost, Evidence: []lead.Rule{lead.ShowroomConfirmed}, Approve: lead.NoApproval})
		l.booked(lead.InShowroom, "2026-11-25 14:00").does(who, l.appointment(verb, func(a *process.AppointmentAction) {
			a.StartsAt, a.Confirmed = l.at("2026-11-25 15:00"), true
		}))
		return whyItWaits(l, "moves_abroad", nil)
	}
	for _, verb := range []process.AppointmentVerb{process.ConfirmIt, process.MoveIt} {
		require.Empty(t, why("customer", verb), verb)
		require.Equal(t, "self_reported", why("ann", verb), verb)
	}
}

// Only the calls that the telephone system knows count, and only those that
// count at all.
func TestEnoughRecordedCallsOrTheManagerLooks(t *testing.T) {
	t.Parallel()
	tried := func(recorded, byWord int) *life {
		l := rings(t, yardstick(t, "[showroom]", "attempts: {max: 3, days: 1, dayparts: 1, schedule: [0s]}", "closing: {self_reported: true}"), "2026-11-23 10:00")
		reasons := lead.Shipped()
		for i := range reasons {
			reasons[i].Approve = lead.NoApproval
			if reasons[i].Code == "not_reached" {
				reasons[i].Evidence = []lead.Rule{lead.EnoughAttempts, lead.EnoughDays, lead.EnoughDayparts}
			}
		}
		l.world.Reasons = reasons
		for range recorded {
			l.advance("31m").does("ann", recordedCall(lead.NoAnswer))
		}
		for range byWord {
			l.advance("31m").attempt(lead.NoAnswer)
		}
		return l
	}
	require.Empty(t, whyItWaits(tried(3, 0), "not_reached", nil))
	require.Empty(t, whyItWaits(tried(3, 2), "not_reached", nil))
	require.Equal(t, "self_reported", whyItWaits(tried(2, 2), "not_reached", nil))
	require.Equal(t, "self_reported", whyItWaits(tried(0, 3), "not_reached", nil))
	hasty := tried(2, 1)
	hasty.does("ann", recordedCall(lead.NoAnswer))
	require.False(t, hasty.last.Attempt.Counted, "too close to the one before")
	require.Equal(t, "self_reported", whyItWaits(hasty, "not_reached", nil))
}

// The share is drawn by the id of the lead, as ids come.
func TestTheShareOfClosingsThatTheManagerSees(t *testing.T) {
	t.Parallel()
	const leads = 4000
	for _, percent := range []int{0, 1, 10, 50, 90, 100} {
		base := asksApproval(t, "[showroom]", fmt.Sprintf("sample: %d%%", percent))
		seen := 0
		for i := range leads {
			s := base.state
			s.Lead = fmt.Sprintf("0192d0a4-%04x-7b3f-9a55-%012x", i%7919, i*2_654_435_761)
			out := process.Step(base.world, s, closing("no_more_calls", noMore))
			if out.State.Status == lead.Closing {
				seen++
			}
		}
		want := leads * percent / 100
		require.InDelta(t, want, seen, 0.02*leads, "%d per cent", percent)
		if percent == 0 || percent == 100 {
			require.Equal(t, want, seen)
		}
	}
}

// Whoever asks again for the same lead, or closes it after it was put back,
// does not draw again; and who is drawn at a share is drawn at a greater one.
func TestNobodyDrawsAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}`).Draw(t, "lead")
		small := rapid.IntRange(1, 99).Draw(t, "share")
		great := rapid.IntRange(small, 100).Draw(t, "greater share")
		drawn := func(percent int) *life {
			return asksApproval(t, "[showroom]", fmt.Sprintf("sample: %d%%", percent), func(l *life) { l.state.Lead = id })
		}
		l := drawn(small)
		first := whyItWaits(l, "no_more_calls", noMore)
		require.Equal(t, first, whyItWaits(drawn(small), "no_more_calls", noMore))
		if first != "" {
			require.Equal(t, first, whyItWaits(drawn(great), "no_more_calls", noMore))
			l.does("mia", decision(false)).advance("26h")
			require.Equal(t, first, whyItWaits(l, "no_more_calls", noMore))
			return
		}
		l.does("mia", process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}}).advance("26h")
		l.forget()
		require.Empty(t, whyItWaits(l, "no_more_calls", noMore))
	})
}

// While another manager works here, be he away, paused or asleep, nobody
// approves what he proposed himself.
func TestAnotherManagerHasToApprove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached)
		by := rapid.SampledFrom([]string{"mia", "gus"}).Draw(t, "by")
		l.does(by, closing("trade_in_value_only", nil))
		l.world.Staff = drawPeople(t, l.world.Now)
		for i := range l.world.Staff {
			if l.world.Staff[i].ID == by {
				l.world.Staff[i].Role = rapid.SampledFrom([]lead.Role{lead.RoleSalesManager, lead.RoleGeneralManager}).Draw(t, "role")
			}
		}
		managers, there := 0, false
		for _, p := range l.world.Staff {
			if p.ID == by {
				there = true
			} else if p.Role.Manages() {
				managers++
			}
		}
		h := decision(true)
		h.ID, h.Actor = l.id(), process.Actor(by)
		out := l.do(h)
		if !there || managers > 0 {
			require.NotNil(t, out.Refused)
			require.Equal(t, process.NotAllowed, out.Refused.Code)
			require.Equal(t, lead.Closing, l.state.Status)
			return
		}
		require.Nil(t, out.Refused, "there is nobody else")
		require.Equal(t, lead.Closed, l.state.Status)
	})
}

// A lead that goes over to the showroom goes to a salesperson who may get it.
func TestWhoTakesTheLeadOverFromTheCallCentre(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		assign string
		change func(*life)
		want   string
	}{
		"whose turn it is":             {"bdc", func(*life) {}, "ann"},
		"whose customer he is":         {"bdc", knownTo("cas"), "cas"},
		"but no manager":               {"bdc", knownTo("mia"), "ann"},
		"nor somebody absent":          {"bdc", all(knownTo("cas"), away("cas")), "ann"},
		"nor for whom new leads pause": {"bdc", all(knownTo("cas"), paused("cas", "ann")), "bob"},
		"not who is full":              {"bdc", full("ann"), "bob"},
		"who has the fewest":           {"[bdc, fewest_open]", all(works("ann", 3), works("bob", 1), works("cas", 2)), "bob"},
		"nobody else may get it":       {"bdc", paused("ann", "bob", "cas"), "kim"},
		"there is no salesperson":      {"bdc", withStaff("kim", "mia"), "kim"},
	} {
		l := rings(t, yardstick(t, "[bdc, showroom]", "assign: {to: "+c.assign+"}"), "2026-11-23 10:00", c.change).mailed("quote")
		require.Equal(t, "kim", l.state.Owner, name)
		l.forget()
		l.does("kim", closing("quotation", quoted))
		require.Equal(t, lead.Showroom, l.state.Phase, name)
		require.Equal(t, c.want, l.state.Owner, name)
		if c.want == "kim" {
			require.NotContains(t, kindsOf(l.events), "assigned", name)
			continue
		}
		require.Equal(t, "phase", l.entry("assigned")["why"], name)
		require.Equal(t, []string{c.want + ": assigned by email, screen"}, l.heard(), name)
	}

	kept := rings(t, yardstick(t, "[bdc, showroom]"), "2026-11-23 10:00").mailed("quote")
	require.Equal(t, "ann", kept.state.Owner)
	kept.does("ann", closing("quotation", quoted))
	require.Equal(t, "ann", kept.state.Owner, "who sells keeps it")
}
