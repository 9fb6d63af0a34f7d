package process_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// once is a track on which one call is tried enough.
const once = "attempts: {max: 1, days: 1, dayparts: 1, spacing: 0s, schedule: [0s]}"

// What has not fallen due is counted again from where it began, and is never
// due before now: nobody is late by a rule that he could not know.
func TestDeadlinesAreCountedAgain(t *testing.T) {
	t.Parallel()
	spoken := func(l *life) { l.attempt(lead.Reached) }
	for name, c := range map[string]struct {
		before, after string // a line of the track
		do            func(*life)
		at            string
		kind          process.Kind
		was, want     string
	}{
		"more time for the first answer": {
			"live_response: {due: 30m}", "live_response: {due: 2h}", func(*life) {}, "10:20", process.LiveResponse, "2026-11-23 10:30", "2026-11-23 12:00",
		},
		"less time for it": {
			"live_response: {due: 2h}", "live_response: {due: 30m}", func(*life) {}, "10:20", process.LiveResponse, "2026-11-23 12:00", "2026-11-23 10:30",
		},
		"it would be over, so it is due now": {
			"live_response: {due: 2h}", "live_response: {due: 30m}", func(*life) {}, "10:50", process.LiveResponse, "2026-11-23 12:00", "2026-11-23 10:50",
		},
		"the next call later": {
			"attempts: {schedule: [0s, 2h]}", "attempts: {schedule: [0s, 4h]}", spoken, "10:20", process.CallAttempt, "2026-11-23 12:00", "2026-11-23 14:00",
		},
		"the next call sooner": {
			"attempts: {schedule: [0s, 4h]}", "attempts: {schedule: [0s, 2h]}", spoken, "10:20", process.CallAttempt, "2026-11-23 14:00", "2026-11-23 12:00",
		},
		"the next call would be over": {
			"attempts: {schedule: [0s, 4h]}", "attempts: {schedule: [0s, 1h]}", spoken, "11:20", process.CallAttempt, "2026-11-23 14:00", "2026-11-23 11:20",
		},
		"the decision later": {
			once + "\n    follow_up: {due: 2h}", once + "\n    follow_up: {due: 3h}", spoken, "10:20", process.FollowUp, "2026-11-23 12:00", "2026-11-23 13:00",
		},
		"the decision sooner": {
			once + "\n    follow_up: {due: 3h}", once + "\n    follow_up: {due: 1h}", spoken, "10:20", process.FollowUp, "2026-11-23 13:00", "2026-11-23 11:00",
		},
		"the manager's word later": {
			"closing: {due: 2h}", "closing: {due: 3h}", func(l *life) { l.does("ann", closing("test", nil)) }, "10:20", process.ClosingApproval, "2026-11-23 12:00", "2026-11-23 13:00",
		},
		"the manager's word would be over": {
			"closing: {due: 3h}", "closing: {due: 10m}", func(l *life) { l.does("ann", closing("test", nil)) }, "10:20", process.ClosingApproval, "2026-11-23 13:00", "2026-11-23 10:20",
		},
		"the outcome later": {
			"appointment: {outcome_due: 1h}", "appointment: {outcome_due: 2h}", func(l *life) { l.booked(lead.InShowroom, "2026-11-23 14:00") }, "10:20", process.AppointmentOutcome, "2026-11-23 16:00", "2026-11-23 17:00",
		},
		"another reminder of the customer": {
			"appointment: {remind: [2h]}", "appointment: {remind: [3h]}", func(l *life) { l.booked(lead.InShowroom, "2026-11-23 14:00") }, "10:20", process.AppointmentReminder, "2026-11-23 12:00", "2026-11-23 11:00",
		},
	} {
		l := rings(t, yardstick(t, "[showroom]", c.before), "2026-11-23 10:00")
		c.do(l)
		l.until("2026-11-23 " + c.at)
		require.Equal(t, c.was, l.due(c.kind), name)
		l.forget()
		l.repinned(yardstick(t, "[showroom]", c.after))
		require.Equal(t, c.want, l.due(c.kind), name)
		require.Equal(t, "policy_applied", l.events[0].Kind, name)
		require.Equal(t, map[string]any{
			"from_version": 1, "to_version": 2, "from_track": "standard", "to_track": "standard", "why": "standard rule",
		}, l.events[0].Data, name)
		require.Equal(t, process.Actor("mia"), l.events[0].Actor, name)
		require.Equal(t, 2, l.state.PolicyVersion)
	}
}

func TestTheOwnerIsRemindedOfTheNewDeadline(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "live_response: {due: 2h, remind_before: 10m}"), "2026-11-23 10:00").until("2026-11-23 10:05")
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "live_response: {due: 30m, remind_before: 10m}"))
	require.Equal(t, "2026-11-23 12:00", l.local(l.state.LiveDueAt), "the first promise stays what it was")
	l.until("2026-11-23 10:19")
	require.Empty(t, l.heard())
	l.until("2026-11-23 10:20")
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
	l.until("2026-11-23 10:30")
	require.Equal(t, []string{"bob: escalation 1/3 by email, screen"}, l.heard())
}

// A reminder whose time has passed under the new rule is not sent afterwards.
func TestAReminderThatWouldBeOverIsLeftOut(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]", "live_response: {due: 2h, remind_before: 5m}"), "2026-11-23 10:00").until("2026-11-23 10:25")
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "live_response: {due: 30m, remind_before: 10m}")).until("2026-11-23 10:29")
	require.Empty(t, l.heard())
	l.until("2026-11-23 10:30")
	require.Equal(t, []string{"bob: escalation 1/3 by email, screen"}, l.heard())
}

// A track is chosen as if the lead were received now under the new version.
func TestALeadChangesItsTrack(t *testing.T) {
	t.Parallel()
	l := rings(t, standard(t), "2026-11-23 10:00").until("2026-11-23 10:03")
	p := parse(t, `{timezone: Europe/Amsterdam, country: NL, phases: [bdc, showroom], calendar: {open: {mon-fri: ["09:00-18:00"]}},
  choose: [{when: {source: portal, weekday: mon}, track: portals}, {track: rest}],
  tracks: {portals: {live_response: {due: 45m}, attempts: {max: 3, days: 2, dayparts: 1}}, rest: {}}}`)
	l.forget()
	l.repinned(p)
	require.Equal(t, "portals", l.state.Track)
	require.Equal(t, "portals", l.entry("policy_applied")["to_track"])
	require.Equal(t, "standard", l.entry("policy_applied")["from_track"])
	require.Equal(t, l.state.Why, l.entry("policy_applied")["why"])
	require.NotEqual(t, "standard rule", l.state.Why)
	require.Equal(t, process.Measure{Phases: []lead.Phase{lead.BDC, lead.Showroom}, Attempts: 3, Days: 2, Dayparts: 1, Voicemails: 2}, l.state.Measure)
	require.Equal(t, "2026-11-23 10:45", l.due(process.LiveResponse))
	require.Equal(t, []string{"policy_applied"}, l.happened())
	require.Empty(t, l.heard(), "nobody is disturbed by it")
	require.Empty(t, clocksOf(l, process.ContactDue), "the new track has nothing beside the calls")

	// Tried enough is what the new track says.
	l.attempt(lead.NoAnswer).until("2026-11-24 10:00").attempt(lead.NoAnswer).until("2026-11-24 17:00").attempt(lead.NoAnswer).mailed("still-interested")
	l.does("ann", closing("not_reached", nil))
}

func TestTheContactsOfTheNewTrackLieAhead(t *testing.T) {
	t.Parallel()
	before := contacts(t, "{at: 1d, send: email, template: still-interested}, {at: 3d, task: video}")
	l := rings(t, before, "2026-11-23 10:00").until("2026-11-25 11:00")
	l.repinned(contacts(t, "{at: 1d, send: email, template: more-photos}, {at: 2d, task: letter}, {at: 4d, task: letter, stop_on: []}"))
	require.Equal(t, []string{"letter"}, sent(l), "what would have been sent before now is not sent afterwards")

	answered := rings(t, before, "2026-11-23 10:00").does("ann", incoming()).until("2026-11-25 11:00")
	answered.repinned(contacts(t, "{at: 4d, task: letter, stop_on: []}, {at: 4d, task: video, stop_on: [answer]}"))
	require.Equal(t, []string{"letter"}, sent(answered), "what the customer did stays done")

	asleep := rings(t, before, "2026-11-23 10:00").attempt(lead.Reached).does("ann", closing("follow_up_required", march))
	asleep.repinned(contacts(t, "{at: 4d, task: letter, stop_on: []}"))
	require.Empty(t, sent(asleep))

	waits := rings(t, before, "2026-11-23 10:00").does("ann", closing("test", nil))
	waits.repinned(contacts(t, "{at: 4d, task: letter, stop_on: []}"))
	require.Empty(t, clocksOf(waits, process.ContactDue), "the manager thinks about it")
	waits.does("mia", decision(false))
	require.Equal(t, []string{"letter"}, sent(waits))
}

func TestAPhaseThatIsNoMore(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[bdc, showroom]"), "2026-11-23 10:00").until("2026-11-23 10:03")
	require.Equal(t, lead.BDC, l.state.Phase)
	l.forget()
	l.repinned(yardstick(t, "[showroom]"))
	require.Equal(t, lead.Showroom, l.state.Phase)
	require.Equal(t, "bdc", l.entry("policy_applied")["from_phase"])
	require.Equal(t, "showroom", l.entry("policy_applied")["to_phase"])
	require.Equal(t, process.UnknownReason, l.refuses("ann", closing("quotation", quoted)).Code)

	// The other way round a lead stays in the showroom.
	l.repinned(yardstick(t, "[bdc, showroom]"))
	require.Equal(t, lead.Showroom, l.state.Phase)
	require.NotContains(t, l.entry("policy_applied"), "from_phase")
}

func TestALeadSleepsOnUnderANewPolicy(t *testing.T) {
	t.Parallel()
	l := parked(t).until("2026-12-10 11:00")
	l.forget()
	l.repinned(yardstick(t, "[showroom]", "follow_up: {due: 1h}"))
	require.Equal(t, []string{"policy_applied"}, l.happened())
	require.Equal(t, lead.Parked, l.state.Stage)
	require.Equal(t, "2027-03-01 08:30", l.due(process.FollowUp))
	require.Equal(t, "2027-03-01 08:30", l.local(l.state.ParkedUntil))
	l.until("2027-03-01 08:30")
	require.Contains(t, l.happened(), "resumed")
}

func TestATryThatIsEnoughNow(t *testing.T) {
	t.Parallel()
	l := rings(t, yardstick(t, "[showroom]"), "2026-11-23 10:00").attempt(lead.NoAnswer)
	require.Equal(t, "never", l.due(process.FollowUp))
	l.repinned(yardstick(t, "[showroom]", once))
	require.Equal(t, "never", l.due(process.CallAttempt))
	require.Equal(t, "2026-11-24 10:00", l.due(process.FollowUp))
	l.repinned(yardstick(t, "[showroom]"))
	require.Equal(t, "2026-11-23 12:00", l.due(process.CallAttempt), "and then not enough again")
	require.Equal(t, "never", l.due(process.FollowUp))
}

func TestApplyingAPolicyIsRefused(t *testing.T) {
	t.Parallel()
	repin := func(version int) process.Happening {
		return process.Happening{What: process.WasRepinned, Repin: &process.Repin{Version: version}}
	}
	l := rings(t, standard(t), "2026-11-23 10:00", func(l *life) { l.state.PolicyVersion = 4 })
	for version, code := range map[int]process.Code{-1: process.Invalid, 0: process.Invalid, 1: process.Conflict, 3: process.Conflict, 4: process.Conflict} {
		require.Equal(t, code, l.refuses("mia", repin(version)).Code, version)
	}
	require.Equal(t, process.Invalid, l.refuses("mia", process.Happening{What: process.WasRepinned}).Code)
	l.does("mia", repin(6))
	require.Equal(t, 6, l.state.PolicyVersion)
	require.Equal(t, process.Conflict, l.refuses("mia", repin(5)).Code, "two applications that overtook each other")

	closed := proposed(t, "2026-11-23 11:00").does("mia", decision(true))
	require.Equal(t, process.Conflict, closed.refuses("mia", repin(2)).Code)
	h := repin(2)
	h.Signal, h.Actor = true, "mia"
	closed.forget()
	require.NotNil(t, closed.do(h).Refused)
	require.Equal(t, []string{"refused"}, closed.happened())
	require.Equal(t, 1, closed.state.PolicyVersion)
}

// A proposal waits on under the new rules: what was asked is answered.
func TestAProposalOutlivesThePolicyThatAskedForIt(t *testing.T) {
	t.Parallel()
	l := proposed(t, "2026-11-23 11:00")
	l.repinned(yardstick(t, "[bdc, showroom]", "closing: {approve: never}"))
	require.Equal(t, lead.Closing, l.state.Status)
	l.does("mia", decision(true))
	require.Equal(t, lead.Closed, l.state.Status)
}
