package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// nobodyCalls is a lead on the standard yardstick, received in opening hours,
// without the call that its schedule begins with, which has its own ladder.
func nobodyCalls(t *testing.T, changes ...func(*life)) *life {
	t.Helper()
	l := rings(t, parse(t, `{timezone: Europe/Amsterdam, country: NL, phases: [bdc, showroom],
  calendar: {open: {mon-fri: ["08:30-12:30", "13:00-18:00"]}},
  tracks: {standard: {attempts: {schedule: ["+5d"]}}}}`), "2026-11-23 10:00", changes...)
	l.forget()
	return l
}

func TestNobodyCallsWithinFifteenMinutes(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t)

	l.until("2026-11-23 10:09")
	require.Empty(t, l.heard())
	l.until("2026-11-23 10:10")
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())

	l.until("2026-11-23 10:14")
	require.Empty(t, l.heard(), "nothing comes early")
	l.until("2026-11-23 10:15")
	require.Equal(t, []string{"bob: escalation 1/3 by email, screen"}, l.heard())
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, "bob", l.last.Assigned)
	require.Equal(t, map[string]any{"staff_id": "bob", "from_staff_id": "ann", "why": "escalation"}, l.entry("assigned"))
	require.Equal(t, process.Escalation{Kind: process.LiveResponse, Step: 1, Steps: 3, At: l.world.Now}, l.state.Escalation)

	l.until("2026-11-23 10:29")
	require.Empty(t, l.heard())
	l.until("2026-11-23 10:30")
	require.Equal(t, []string{
		"kim: escalation 2/3 by email, sms, screen", "cas: escalation 2/3 by email, sms, screen", "ann: escalation 2/3 by email, sms, screen",
		"bob: escalation 2/3 by email, sms, screen", "mia: escalation 2/3 by email, sms, screen",
	}, sorted(l.heard(), "kim", "cas", "ann", "bob", "mia"))

	for _, at := range []string{"11:00", "11:30", "12:00"} {
		l.until("2026-11-23 " + at)
		require.Equal(t, []string{"gus: escalation 3/3 by email, sms, screen"}, l.heard(), at)
	}
	// Half past twelve is lunch: the clock stands until one.
	l.until("2026-11-23 12:59")
	require.Empty(t, l.heard())
	l.until("2026-11-23 13:00")
	require.Equal(t, []string{"gus: escalation 3/3 by email, sms, screen"}, l.heard())

	// The steps and their repeats are over: the manager is asked once a day.
	l.until("2026-11-24 12:59")
	require.Empty(t, l.heard())
	l.until("2026-11-24 13:00")
	require.Equal(t, []string{"mia: escalation 3/3 by email, screen"}, l.heard())
	require.Equal(t, 1, l.entry("escalated")["again"])
	l.until("2026-11-25 13:00")
	require.Equal(t, []string{"mia: escalation 3/3 by email, screen"}, l.heard())
	require.Equal(t, 2, l.entry("escalated")["again"])
}

func sorted(lines []string, begin ...string) []string {
	var out []string
	for _, b := range begin {
		out = append(out, only(lines, b)...)
	}
	return out
}

func TestACallEndsTheEscalationAndItsLatenessStays(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t).until("2026-11-23 10:22")
	l.attempt(lead.NoAnswer)
	require.Equal(t, "never", l.due(process.LiveResponse))
	require.Zero(t, l.state.Escalation)
	require.Equal(t, 7*60, l.entry("attempt_logged")["live_response_late_s"])
	require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt))
	require.Equal(t, "2026-11-23 10:22", l.local(l.state.FirstLiveAt))
	l.heard()
	l.until("2026-11-23 18:00")
	require.Empty(t, only(l.heard(), "ann", "bob", "mia", "gus"))
	l.attempt(lead.NoAnswer)
	require.NotContains(t, l.entry("attempt_logged"), "live_response_late_s", "only the first is late")
}

func TestAStepWithNobodyOnDutyIsSkippedAtOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	// No salesperson: the first step finds nobody, and the second does not wait.
	l := nobodyCalls(t, withStaff("kim", "mia", "gus")).until("2026-11-23 10:14")
	l.forget()
	l.until("2026-11-23 10:15")
	require.Equal(t, []string{"step_skipped", "escalated"}, l.happened())
	require.Equal(t, []string{"kim: escalation 2/3 by email, sms, screen", "mia: escalation 2/3 by email, sms, screen"}, l.heard())
	// What comes after keeps its own time.
	l.until("2026-11-23 10:59")
	require.Empty(t, l.heard())
	l.until("2026-11-23 11:00")
	require.Equal(t, []string{"gus: escalation 3/3 by email, sms, screen"}, l.heard())
}

func TestARepeatEndsWhenTheNextStepIsDue(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "attempts: {schedule: [+5d]}",
		"live_response: {due: 10m, remind_before: 0s, escalate: [{after: 0s, to: [owner], repeat: {every: 10m, times: 50}}, {after: 25m, to: [gus@demo.example], notify: [sms]}]}"),
		"2026-11-23 10:00")
	l.forget()
	l.until("2026-11-23 17:00")
	require.Equal(t, []string{
		"ann: escalation 1/2 by email, screen", "ann: escalation 1/2 by email, screen", "ann: escalation 1/2 by email, screen",
		"gus: escalation 2/2 by sms",
	}, l.heard(), "at 10:10, 10:20, 10:30 and 10:35")
	require.Equal(t, []string{"named person"}, l.entry("escalated")["to"], "an address is personal")
}

func TestAfterAnOutageEverybodyIsToldTheLatestStepOnce(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t)
	l.outage("2026-11-23 11:40")
	require.Equal(t, []string{
		"kim: escalation 2/3 by email, sms, screen", "cas: escalation 2/3 by email, sms, screen", "ann: escalation 2/3 by email, sms, screen",
		"bob: escalation 2/3 by email, sms, screen", "mia: escalation 2/3 by email, sms, screen", "gus: escalation 3/3 by email, sms, screen",
	}, sorted(l.heard(), "kim", "cas", "ann", "bob", "mia", "gus"))

	type entry struct {
		kind, due string
		late      int
	}
	var got []entry
	for _, e := range l.events {
		if due, ok := e.Data["due_at"].(time.Time); ok {
			got = append(got, entry{e.Kind, l.local(due), as[int](t, e.Data["late_s"])})
		}
	}
	require.Equal(t, []entry{
		{"reminded", "2026-11-23 10:15", 90 * 60},
		{"escalated", "2026-11-23 10:15", 85 * 60},
		{"escalated", "2026-11-23 10:30", 70 * 60},
		{"escalated", "2026-11-23 11:00", 40 * 60},
		{"escalated", "2026-11-23 11:30", 10 * 60},
	}, got)
	l.until("2026-11-23 12:00")
	require.Equal(t, []string{"gus: escalation 3/3 by email, sms, screen"}, l.heard(), "the rest comes in its time")
}

// During an outage two steps that give the lead on must not give it back.
func TestALeadIsNotGivenBackToWhomItWasTakenFrom(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "attempts: {schedule: [+5d]}",
		"live_response: {due: 10m, escalate: [{after: 0s, to: [next_salesperson], reassign: true}, {after: 10m, to: [next_salesperson], reassign: true}]}"),
		"2026-11-23 10:00", lateBy(2*time.Hour))
	require.Equal(t, "cas", l.state.Owner)
	require.Equal(t, []string{"cas: escalation 2/2 by email, screen"}, only(l.heard(), "cas"))
}

func TestAManagerGivesTheLeadToSomebodyElse(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t).until("2026-11-23 10:31")
	require.Equal(t, 2, l.state.Escalation.Step)
	l.forget()
	give := func(to string) process.Happening {
		return process.Happening{What: process.DidAssign, Assign: &process.Assignment{To: to, NoteID: otherID}}
	}
	l.does("mia", give("cas"))
	require.Equal(t, "cas", l.state.Owner)
	require.Equal(t, map[string]any{"staff_id": "cas", "from_staff_id": "bob", "why": "manager", "note_id": otherID}, l.entry("assigned"))
	require.Equal(t, []string{"cas: assigned by email, screen"}, l.heard())
	require.Zero(t, l.state.Escalation)
	require.Equal(t, "2026-11-23 10:46", l.due(process.LiveResponse), "his clock starts afresh")
	require.Equal(t, "2026-11-23 10:15", l.local(l.state.LiveDueAt), "the first promise stays what it was")
	l.until("2026-11-23 10:46")
	require.Equal(t, "ann", l.state.Owner)

	l.absent("bob", "2026-11-23 00:00", "2026-11-24 00:00")
	require.Equal(t, process.Invalid, l.refuses("mia", give("bob")).Code, "who is absent never gets leads")
	require.Equal(t, process.Invalid, l.refuses("mia", give("eva")).Code, "nor who left")
	require.Equal(t, process.Invalid, l.refuses("mia", give("")).Code)
	require.Equal(t, process.Conflict, l.refuses("mia", give("ann")).Code, "it is hers already")
}

func TestANewOwnerHasHisTimeForTheNextCall(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 14:30")
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind)
	l.does("mia", process.Happening{What: process.DidAssign, Assign: &process.Assignment{To: "cas"}})
	require.Equal(t, "2026-11-23 14:45", l.due(process.CallAttempt))
	require.Zero(t, l.state.Escalation)
	l.does("cas", process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: []lead.Channel{lead.SMS}}})
	require.Equal(t, "2026-11-23 14:45", l.due(process.CallAttempt), "and keeps it whatever else happens")
}

// The board shows the highest step that is up.
func TestALowerEscalationDoesNotHideAHigherOne(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").until("2026-11-23 11:01")
	require.Equal(t, process.LiveResponse, l.state.Escalation.Kind)
	require.Equal(t, 3, l.state.Escalation.Step)
}
