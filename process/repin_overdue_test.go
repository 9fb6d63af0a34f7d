package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// What is overdue stays overdue, and its escalation goes on by the new steps
// where it was: those that were taken are not taken again.
func TestWhatIsOverdueStaysOverdue(t *testing.T) {
	t.Parallel()
	steps := func(list string) *policy.Policy {
		return yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 10m, remind_before: 0s, escalate: ["+list+"]}")
	}
	old := steps("{after: 0s, to: [owner]}, {after: 20m, to: [sales_manager]}, {after: 60m, to: [general_manager]}")
	for name, c := range map[string]struct {
		at, list string
		heard    []string // by noon of that day
	}{
		"the same steps":           {"10:15", "{after: 0s, to: [owner]}, {after: 20m, to: [sales_manager]}, {after: 60m, to: [general_manager]}", []string{"10:30 mia 2/3", "11:10 gus 3/3"}},
		"the next one sooner":      {"10:15", "{after: 0s, to: [owner]}, {after: 10m, to: [sales_manager]}", []string{"10:20 mia 2/2"}},
		"the next one was over":    {"10:28", "{after: 0s, to: [owner]}, {after: 10m, to: [bdc]}", []string{"10:28 kim 2/2"}},
		"the next one later":       {"10:15", "{after: 0s, to: [owner]}, {after: 40m, to: [sales_manager]}", []string{"10:50 mia 2/2"}},
		"one more":                 {"10:45", "{after: 0s, to: [owner]}, {after: 1m, to: [bdc]}, {after: 50m, to: [marketer]}, {after: 55m, to: [bdc]}", []string{"11:00 max 3/4", "11:05 kim 4/4"}},
		"no more":                  {"10:45", "{after: 0s, to: [owner]}", []string{}},
		"none at all: the manager": {"10:15", "", []string{}},
	} {
		l := rings(t, old, "2026-11-23 10:00").until("2026-11-23 " + c.at)
		l.forget()
		l.repinned(steps(c.list))
		require.Equal(t, "2026-11-23 10:10", l.due(process.LiveResponse), name)
		require.Equal(t, process.LiveResponse, l.state.Escalation.Kind, "%s: it is still up", name)
		heard := []string{}
		for {
			for _, m := range l.mails {
				if m.Channel == lead.Email {
					heard = append(heard, l.world.Now.In(l.world.Policy.Zone).Format("15:04 ")+m.Staff+" "+string(rune('0'+m.Step))+"/"+string(rune('0'+m.Steps)))
				}
			}
			l.forget()
			next := l.state.NextDeadline().Next
			if next.After(l.at("2026-11-23 12:00")) {
				break
			}
			l.to(next)
		}
		require.Equal(t, c.heard, heard, name)
		l.until("2026-11-25 12:00")
		require.NotEmpty(t, l.heard(), "%s: the manager is asked daily", name)
	}
}

// A step whose repeats are under way is not taken again from its beginning.
func TestRepeatsGoOnUnderANewPolicy(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 10m, remind_before: 0s, escalate: [{after: 0s, to: [general_manager], reassign: true, repeat: {every: 30m, times: 3}}]}")
	l := rings(t, p, "2026-11-23 10:00").until("2026-11-23 10:45")
	require.Equal(t, "gus", l.state.Owner)
	l.forget()
	l.repinned(p).until("2026-11-23 11:09")
	require.Empty(t, l.heard(), "he was told at 10:10 and at 10:40")
	l.until("2026-11-23 12:00")
	require.Equal(t, []string{"gus: escalation 1/1 by email, screen", "gus: escalation 1/1 by email, screen"}, l.heard())

	fewer := rings(t, p, "2026-11-23 10:00").until("2026-11-23 10:45")
	fewer.forget()
	fewer.repinned(yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 10m, escalate: [{after: 0s, to: [general_manager]}, {after: 2h, to: [sales_manager]}]}"))
	fewer.until("2026-11-23 12:10")
	require.Equal(t, []string{"mia: escalation 2/2 by email, screen"}, fewer.heard(), "without repeats the next step is next")

	sooner := rings(t, p, "2026-11-23 10:00").until("2026-11-23 10:15")
	sooner.forget()
	sooner.repinned(yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 10m, escalate: [{after: 0s, to: [general_manager], repeat: {every: 30m, times: 3}}, {after: 10m, to: [sales_manager]}]}"))
	sooner.until("2026-11-23 10:39")
	require.Equal(t, []string{"mia: escalation 2/2 by email, screen"}, sooner.heard(), "a step that comes before the next repeat replaces it")
}

// A lead at which nobody could look when it fell due was overdue then.
func TestWhatFellDueDuringAnOutageIsOverdue(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}")
	l := rings(t, p, "2026-11-23 10:00")
	l.world.Now = l.at("2026-11-23 10:40")
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 3h}"))
	require.Equal(t, "2026-11-23 10:15", l.due(process.LiveResponse))
	require.Equal(t, 25*60, as[int](t, l.events[len(l.events)-3].Data["late_s"]), "%v", kindsOf(l.events))
}

func TestAnOverdueCallStaysOverdue(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "attempts: {schedule: [0s, 2h]}"), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 13:30")
	require.Equal(t, process.CallAttempt, l.state.Escalation.Kind)
	up := l.state.Escalation
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "attempts: {schedule: [0s, 6h]}"))
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt))
	require.Equal(t, up, l.state.Escalation)
	require.Equal(t, []string{"policy_applied"}, l.happened())

	decide := rings(t, yardstick(t, "[showroom]", once), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-24 12:00")
	require.Equal(t, process.FollowUp, decide.state.Escalation.Kind)
	decide.repinned(yardstick(t, "[showroom]", once, "follow_up: {due: 5d}"))
	require.Equal(t, "2026-11-24 10:00", decide.due(process.FollowUp))
	require.Equal(t, process.FollowUp, decide.state.Escalation.Kind)
}

// What somebody was given is his, whatever the schedule says.
func TestATimeThatWasGivenIsKept(t *testing.T) {
	t.Parallel()
	quote := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.Reached).mailed("quote").advance("1h").does("ann", closing("quotation", quoted)).advance("1h")
	quote.repinned(standard(t))
	require.Equal(t, "2026-11-25 11:00", quote.due(process.CallAttempt), "the call about a quote")

	given := rings(t, standard(t), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 14:30").does("mia", give("cas")).advance("1m")
	given.repinned(standard(t))
	require.Equal(t, "2026-11-23 14:45", given.due(process.CallAttempt), "a new owner's time")

	p := yardstick(t, "[showroom]", once)
	decide := rings(t, p, "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 16:00").does("mia", give("cas")).advance("1m")
	require.Equal(t, "2026-11-24 10:00", decide.due(process.FollowUp))
	decide.repinned(p)
	require.Equal(t, "2026-11-24 10:00", decide.due(process.FollowUp), "which he had anyway")
}

func TestAnOutcomeThatIsAskedForIsCountedAgain(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "appointment: {outcome_due: 2h}"), "2026-11-23 10:00").attempt(lead.Reached)
	l.booked(lead.InShowroom, "2026-11-23 12:00").until("2026-11-23 13:30")
	require.Equal(t, "2026-11-23 15:00", l.due(process.AppointmentOutcome))
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "appointment: {outcome_due: 4h}"))
	require.Equal(t, "2026-11-23 17:00", l.due(process.AppointmentOutcome))
	l.until("2026-11-23 16:59")
	require.Empty(t, l.heard(), "it was asked before")
}

// A call that was not wanted any more, and is wanted now, is due now and not
// before: nobody is late by a rule that he could not know.
func TestACallThatIsWantedAgainIsNotLate(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", once), "2026-11-23 10:00").attempt(lead.NoAnswer).until("2026-11-23 16:00")
	require.NotEqual(t, "never", l.due(process.FollowUp))
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "attempts: {schedule: [0s, 2h]}"))
	require.Equal(t, "2026-11-23 16:00", l.due(process.CallAttempt))
	require.Empty(t, only(l.heard(), "mia"))
}

// What was sent is not sent again because the new track has it later, and what
// an outage kept is sent.
func TestNoContactIsMadeTwiceOrLost(t *testing.T) {
	t.Parallel()
	l := rings(t, contacts(t, "{at: 1d, send: email, template: still-interested}"), "2026-11-23 10:00").until("2026-11-24 11:00")
	require.Contains(t, l.heard(), "customer: still-interested by email")
	l.repinned(contacts(t, "{at: 2d, send: email, template: still-interested}, {at: 3d, send: email, template: more-photos}"))
	require.Equal(t, []string{"more-photos"}, sent(l))

	p := contacts(t, "{at: 1d, task: letter}")
	kept := rings(t, p, "2026-11-23 10:00")
	kept.world.Now = kept.at("2026-11-24 10:05")
	kept.repinned(p)
	require.Equal(t, []lead.FollowUpKind{lead.SendLetter}, kept.state.Tasks)
	require.Empty(t, sent(kept), "once")

	p = contacts(t, "{at: 1d, task: letter, stop_on: []}, {at: 3d, task: video, stop_on: []}")
	both := rings(t, p, "2026-11-23 10:00")
	both.world.Now = both.at("2026-11-24 10:05")
	both.repinned(p)
	require.Equal(t, []lead.FollowUpKind{lead.SendLetter}, both.state.Tasks)
	require.Equal(t, []string{"video"}, sent(both))

	// Nor while the manager thinks about a closing.
	waits := rings(t, contacts(t, "{at: 1d, send: email, template: still-interested, stop_on: []}"), "2026-11-23 10:00").until("2026-11-24 11:00")
	waits.does("ann", closing("test", nil))
	waits.repinned(contacts(t, "{at: 2d, send: email, template: still-interested, stop_on: []}"))
	waits.does("mia", decision(false))
	require.Empty(t, sent(waits))
}

// A step that follows one which found nobody waits for the doors to open, under
// whichever policy.
func TestAStepThatIsHurriedStaysSo(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "attempts: {schedule: [+9d]}", "live_response: {due: 10m, remind_before: 0s, escalate: [{clock: always, after: 3h, to: [bdc]}, {after: 20h, to: [team]}]}")
	l := rings(t, p, "2026-11-23 17:00", withStaff("ann", "bob", "mia")).until("2026-11-23 21:00")
	l.forget()
	l.repinned(p)
	l.until("2026-11-24 09:00")
	require.Equal(t, []string{"ann: escalation 2/2 by email, screen", "bob: escalation 2/2 by email, screen"}, sorted(l.heard(), "ann", "bob"))
}

// A customer whom an outage kept from being reminded is reminded now.
func TestTheCustomersReminderIsNotLost(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "appointment: {remind: [24h, 2h]}")
	l := rings(t, p, "2026-11-23 10:00").attempt(lead.Reached).booked(lead.InShowroom, "2026-11-25 14:00")
	l.forget()
	l.world.Now = l.at("2026-11-25 13:00")
	l.repinned(p)
	l.until("2026-11-25 13:59")
	require.Equal(t, []string{"customer: appointment-reminder by email"}, only(l.heard(), "customer"))

	l = rings(t, p, "2026-11-23 10:00").attempt(lead.Reached).booked(lead.InShowroom, "2026-11-25 14:00").until("2026-11-24 15:00")
	l.forget()
	l.repinned(p).until("2026-11-25 13:59")
	require.Equal(t, []string{"customer: appointment-reminder by email"}, only(l.heard(), "customer"), "the first one was sent before")
}
