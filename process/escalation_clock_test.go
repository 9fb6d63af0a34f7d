package process_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// climbs is a lead that nobody calls, whose live response is due ten minutes
// after it came, with the given steps after that. There are a group of two and
// a shift in the evening.
func climbs(t *testing.T, at, steps string, changes ...func(*life)) *life {
	t.Helper()
	p := yardstickAnd(t, "[showroom]", `groups: {night: [gus@demo.example, max@demo.example, eva@demo.example]}
shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [cas@demo.example]}}`,
		"attempts: {schedule: [+9d]}", "live_response: {due: 10m, remind_before: 0s, escalate: ["+steps+"]}")
	l := rings(t, p, at, changes...)
	l.forget()
	return l
}

func TestAStepThatKeepsToNoHoursIsToldAtNight(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:30", "{clock: always, after: 3h, to: [sales_manager], notify: [email, sms, screen]}")
	l.until("2026-11-23 20:39")
	require.Empty(t, l.heard())
	l.until("2026-11-23 20:40")
	for _, m := range l.last.Mails {
		require.True(t, m.Urgent, "it does not wait for the morning")
		require.Zero(t, m.NotBefore)
	}
	require.True(t, l.last.Deliver)
	require.Equal(t, []string{"mia: escalation 1/1 by email, sms, screen"}, l.heard())
	require.Nil(t, l.state.Clock(process.HeldBack))
	require.Equal(t, 0, l.entry("escalated")["late_s"])

	// The daily alerts after the last step keep to opening hours.
	l.until("2026-11-25 08:59")
	require.Empty(t, l.heard())
	l.until("2026-11-25 09:00")
	require.Equal(t, []string{"mia: escalation 1/1 by email, screen"}, l.heard())
	for _, m := range l.last.Mails {
		require.False(t, m.Urgent)
	}
}

func TestAStepsDelayIsCountedOnItsOwnClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ track, step, want string }{
		{"opening_hours", "{after: 4h, to: [sales_manager]}", "2026-11-24 12:40"},
		{"opening_hours", "{clock: opening_hours, after: 4h, to: [sales_manager]}", "2026-11-24 12:40"},
		{"opening_hours", "{clock: always, after: 4h, to: [sales_manager]}", "2026-11-23 21:40"},
		{"opening_hours", "{clock: always, after: 14h, to: [sales_manager]}", "2026-11-24 07:40"},
		{"opening_hours", "{clock: always, after: 1d, to: [sales_manager]}", "2026-11-24 17:40"},
		{"always", "{clock: opening_hours, after: 4h, to: [sales_manager]}", "2026-11-24 12:40"},
		{"always", "{clock: always, after: 4h, to: [sales_manager]}", "2026-11-23 21:40"},
	} {
		p := yardstick(t, "[showroom]", "clock: "+c.track, "attempts: {schedule: [+9d]}",
			"live_response: {due: 10m, remind_before: 0s, escalate: ["+c.step+"]}")
		l := rings(t, p, "2026-11-23 17:30")
		l.until("2026-11-23 17:40").forget()
		require.Equal(t, c.want, l.local(l.state.NextDeadline().Next), "%s %s", c.track, c.step)
		l.until(c.want)
		require.Equal(t, []string{"mia: escalation 1/1 by email, screen"}, l.heard(), "%s %s", c.track, c.step)
	}

	// The clocks go back: between eleven in the evening and seven lie nine hours.
	p := yardstick(t, "[showroom]", "clock: always", "attempts: {schedule: [+9d]}",
		"live_response: {due: 10m, remind_before: 0s, escalate: [{clock: always, after: 9h, to: [sales_manager]}]}")
	l := rings(t, p, "2026-10-24 22:50")
	l.until("2026-10-24 23:00").forget()
	require.Equal(t, "2026-10-25 07:00", l.local(l.state.NextDeadline().Next))
}

// On a track that always runs people are on duty when they are on duty, unless
// the step itself keeps to no hours.
func TestWhoIsReachedAtNight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step   string
		change func(*life)
		want   []string
	}{
		"in the evening who works then":     {"{after: 0s, to: [team, sales_manager]}", func(*life) {}, []string{"cas: escalation 1/1 by email, screen"}},
		"the team but for who is absent":    {"{clock: always, after: 0s, to: [team]}", away("ann", "kim"), []string{"bob: escalation 1/1 by email, screen", "cas: escalation 1/1 by email, screen"}},
		"a group, each once":                {"{clock: always, after: 0s, to: [night, general_manager, marketer]}", func(*life) {}, []string{"gus: escalation 1/1 by email, screen", "max: escalation 1/1 by email, screen"}},
		"the group but for who is absent":   {"{clock: always, after: 0s, to: [night]}", away("gus"), []string{"max: escalation 1/1 by email, screen"}},
		"a name":                            {"{clock: always, after: 0s, to: [Max@demo.example]}", func(*life) {}, []string{"max: escalation 1/1 by email, screen"}},
		"the owner":                         {"{clock: always, after: 0s, to: [owner]}", func(*life) {}, []string{"ann: escalation 1/1 by email, screen"}},
		"for whom new leads pause, he too":  {"{clock: always, after: 0s, to: [team]}", all(paused("bob"), withStaff("ann", "bob")), []string{"ann: escalation 1/1 by email, screen", "bob: escalation 1/1 by email, screen"}},
		"a group of whom nobody works here": {"{clock: always, after: 0s, to: [night]}", withStaff("ann"), []string{}},
	} {
		p := yardstickAnd(t, "[showroom]", `groups: {night: [gus@demo.example, max@demo.example, eva@demo.example]}
shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [cas@demo.example]}}`, "clock: always", "assign: {to: ann@demo.example}",
			"attempts: {schedule: [+9d]}", "live_response: {due: 10m, remind_before: 0s, escalate: ["+c.step+"]}")
		l := rings(t, p, "2026-11-23 19:00", c.change)
		l.forget()
		l.until("2026-11-23 19:10")
		heard := sorted(l.heard(), "ann", "bob", "cas", "kim", "mia", "gus", "max")
		require.ElementsMatch(t, c.want, heard, name)
	}
}

func TestNobodyAbsentIsToldAtNight(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:30", "{clock: always, after: 3h, to: [sales_manager], notify: [sms]}, {clock: always, after: 5h, to: [general_manager], notify: [sms]}", away("mia"))
	l.until("2026-11-23 20:40")
	require.Equal(t, []string{"step_skipped", "escalated"}, l.happened(), "the next step does not wait for its time")
	require.Equal(t, []string{"gus: escalation 2/2 by sms"}, l.heard())
	require.Equal(t, []process.Clock{}, clocksOf(l, process.HeldBack))
}

func clocksOf(l *life, k process.Kind) []process.Clock {
	list := []process.Clock{}
	for _, c := range l.state.Clocks {
		if c.Kind == k {
			list = append(list, c)
		}
	}
	return list
}

func TestAGroupIsTold(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 10:00", "{after: 0s, to: [night, owner], notify: [screen], repeat: {every: 20m, times: 1}}")
	l.until("2026-11-23 10:10")
	require.Equal(t, []string{"gus: escalation 1/1 by screen", "max: escalation 1/1 by screen", "ann: escalation 1/1 by screen"}, l.heard())
	require.Equal(t, []string{"night", "owner"}, l.entry("escalated")["to"])
	require.Equal(t, []string{"gus", "max", "ann"}, l.entry("escalated")["staff_ids"])
	l.until("2026-11-23 10:30")
	require.Len(t, l.heard(), 3)
	require.Equal(t, 1, l.entry("escalated")["repeat"])
}

func TestRepeatsThroughTheNight(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:30", "{clock: always, after: 1h, to: [sales_manager], notify: [sms], repeat: {every: 3h, times: 3}}")
	var at []string
	for range 5 {
		l.to(l.state.NextDeadline().Next)
		if len(l.heard()) > 0 {
			at = append(at, l.local(l.world.Now))
		}
	}
	require.Equal(t, []string{"2026-11-23 18:40", "2026-11-23 21:40", "2026-11-24 00:40", "2026-11-24 03:40"}, at)
}

// A lead passes on to who may own one and may get new ones, whoever else is
// told.
func TestToWhomALeadPassesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to     string
		change func(*life)
		want   string
	}{
		"not to a marketer":                {"[marketer, bob@demo.example]", func(*life) {}, "bob"},
		"not for whom new leads pause":     {"[bob@demo.example, cas@demo.example, bdc]", paused("bob"), "kim"},
		"a group":                          {"[night]", func(*life) {}, "gus"},
		"not to who is absent":             {"[bob@demo.example, kim@demo.example]", away("bob"), "kim"},
		"to nobody if nobody may have it":  {"[marketer, bob@demo.example]", paused("bob"), "ann"},
		"a manager":                        {"[sales_manager]", func(*life) {}, "mia"},
		"it stays with the owner if named": {"[owner, sales_manager]", func(*life) {}, "ann"},
	} {
		l := climbs(t, "2026-11-23 10:00", "{after: 0s, to: "+c.to+", reassign: true, repeat: {every: 5m, times: 2}}", c.change)
		l.until("2026-11-23 10:10")
		require.Equal(t, c.want, l.state.Owner, name)
		require.Contains(t, kindsOf(l.events), "escalated", name)
		l.forget()
		l.until("2026-11-23 10:21")
		require.Equal(t, c.want, l.state.Owner, "%s: a repeat passes nothing on", name)
		require.NotContains(t, kindsOf(l.events), "assigned", name)
	}
}

// The clock by which somebody says how a lead goes on has steps of its own.
func TestAnOverdueDecisionClimbsItsOwnSteps(t *testing.T) {
	t.Parallel()
	own := "follow_up: {due: 3h, escalate: [{after: 30m, to: [general_manager]}, {clock: always, after: 10h, to: [marketer], notify: [sms]}]}"
	l := rings(t, yardstick(t, "[showroom]", "attempts: {overdue: {after: 1h, to: [bdc]}}", own), "2026-11-23 10:00", withoutPhone).mailed("ask-for-phone")
	l.forget()
	require.Equal(t, "2026-11-23 13:00", l.due(process.FollowUp))
	l.until("2026-11-23 13:29")
	require.Equal(t, []string{"ann: lead-reminder by email, screen"}, l.heard())
	l.until("2026-11-23 13:30")
	require.Equal(t, []string{"gus: attempt-overdue 1/2 by email, screen"}, l.heard())
	l.until("2026-11-23 22:59")
	require.Empty(t, l.heard())
	l.until("2026-11-23 23:00")
	require.Equal(t, []string{"max: attempt-overdue 2/2 by sms"}, l.heard())

	l = rings(t, yardstick(t, "[showroom]", "attempts: {overdue: {after: 1h, to: [bdc]}}"), "2026-11-23 10:00", withoutPhone).mailed("ask-for-phone")
	l.until("2026-11-24 10:59").forget()
	l.until("2026-11-24 11:00")
	require.Equal(t, []string{"kim: attempt-overdue 1/1 by email, screen"}, l.heard(), "without any of its own those of an overdue call")
}

// A step that keeps to opening hours comes the next morning; the one after it,
// which would have come at night, does not overtake it.
func TestStepsOfDifferentClocksStayInTheirOrder(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:30", `{after: 1h, to: [sales_manager]}, {clock: always, after: 2h, to: [general_manager], notify: [sms]}, {clock: always, after: 20h, to: [marketer], notify: [sms]}`)
	l.until("2026-11-24 09:39")
	require.Empty(t, l.heard())
	l.until("2026-11-24 09:40")
	require.Equal(t, []string{"mia: escalation 1/3 by email, screen", "gus: escalation 2/3 by sms"}, l.heard())
	require.Equal(t, 2, l.state.Escalation.Step)
	require.Equal(t, 14*3600, l.entry("escalated")["late_s"], "since twenty to eight in the evening")
	l.until("2026-11-24 13:39")
	require.Empty(t, l.heard())
	l.until("2026-11-24 13:40")
	require.Equal(t, []string{"max: escalation 3/3 by sms"}, l.heard())
	l.until("2026-11-25 13:39")
	require.Empty(t, l.heard(), "each was told once")
}

func TestAStepOfTheNightComesFirstAndThenThatOfTheMorning(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:30", `{clock: always, after: 1h, to: [sales_manager], notify: [sms], repeat: {every: 2h, times: 20}}, {after: 1h, to: [team], notify: [screen]}`)
	var at []string
	for range 10 {
		l.to(l.state.NextDeadline().Next)
		for _, line := range l.heard() {
			at = append(at, l.world.Now.In(l.world.Policy.Zone).Format("15:04 ")+line[:3])
		}
	}
	require.Equal(t, []string{
		"18:40 mia", "20:40 mia", "22:40 mia", "00:40 mia", "02:40 mia", "04:40 mia", "06:40 mia", "08:40 mia",
		"09:40 bob", "09:40 kim", "09:40 ann",
	}, at, "the second step ends the repeats of the first")
}

// After a night in which Doorbell was down each hears the latest of what was
// for him, once.
func TestAnOutageOverNight(t *testing.T) {
	t.Parallel()
	steps := "{clock: always, after: 1h, to: [sales_manager], notify: [sms], repeat: {every: 1h, times: 5}}, {clock: always, after: 8h, to: [sales_manager, general_manager], notify: [sms]}"
	l := climbs(t, "2026-11-23 17:30", steps)
	l.outage("2026-11-24 03:00")
	require.Equal(t, []string{"mia: escalation 2/2 by sms", "gus: escalation 2/2 by sms"}, l.heard())
	var late []time.Duration
	for _, e := range l.events {
		if e.Kind == "escalated" {
			late = append(late, time.Duration(as[int](t, e.Data["late_s"]))*time.Second)
		}
	}
	require.Equal(t, []time.Duration{
		500 * time.Minute, 440 * time.Minute, 380 * time.Minute, 320 * time.Minute, 260 * time.Minute, 200 * time.Minute, 80 * time.Minute,
	}, late)
	l.attempt(lead.NoAnswer)
	require.Zero(t, l.state.Escalation)
}

// A step of the night that finds nobody passes on to the next one, which waits
// for the doors to open where it keeps to them.
func TestAStepOfTheDayIsNotSkippedAtNight(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 17:00", "{clock: always, after: 3h, to: [bdc]}, {clock: opening_hours, after: 4h, to: [team]}", withStaff("ann", "bob", "mia"))
	l.until("2026-11-24 08:59")
	require.Empty(t, l.heard())
	l.until("2026-11-24 09:00")
	require.Equal(t, []string{"ann: escalation 2/2 by email, screen", "bob: escalation 2/2 by email, screen"}, sorted(l.heard(), "ann", "bob", "mia"))
}

// A repeat tells who is next by then, and passes nothing on.
func TestARepeatDoesNotPassTheLeadOn(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 10:00", "{after: 0s, to: [next_salesperson], reassign: true, repeat: {every: 5m, times: 2}}", with("cas", func(p *process.Person) { p.Email = "c@demo.example" }))
	l.until("2026-11-23 10:20")
	require.Equal(t, "bob", l.state.Owner)
	require.Equal(t, []string{"bob: escalation 1/1 by email, screen", "cas: escalation 1/1 by email, screen", "cas: escalation 1/1 by email, screen"}, l.heard())
}

// A step that passes the lead on passes it to somebody else, though the owner is
// told with the others.
func TestALeadPassesOnToSomebodyElse(t *testing.T) {
	t.Parallel()
	l := climbs(t, "2026-11-23 10:00", "{after: 0s, to: [sales_manager, general_manager], reassign: true}").does("gus", give("mia"))
	require.Equal(t, "2026-11-23 10:10", l.due(process.LiveResponse))
	l.forget()
	l.until("2026-11-23 10:10")
	require.Equal(t, "gus", l.state.Owner)
	require.Equal(t, []string{"mia: escalation 1/1 by email, screen", "gus: escalation 1/1 by email, screen"}, l.heard())
}

// Nobody is mailed on his holiday; his page has it when he is back.
func TestWhoIsAbsentIsNotMailed(t *testing.T) {
	t.Parallel()
	l := nobodyCalls(t)
	l.absent("ann", "2026-11-23 10:05", "2026-11-24 00:00")
	l.until("2026-11-23 10:10")
	require.Equal(t, []string{"ann: lead-reminder by screen"}, l.heard())
	l.until("2026-11-23 10:15")
	require.Equal(t, "bob", l.state.Owner)
}
