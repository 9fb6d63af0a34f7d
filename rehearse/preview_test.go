package rehearse

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// preview asks a policy what would happen to a lead of a portal.
func preview(t tester, p *policy.Policy, at string, changes ...func(*Plan)) Course {
	t.Helper()
	plan := Plan{Policy: p, Staff: Standin(p), Now: local(t, p, at)}
	plan.Subject, plan.Reach = portalLead()
	for _, change := range changes {
		change(&plan)
	}
	return Preview(plan)
}

// said writes a course in short: local time, and what happens to whom.
func said(c Course, zone *time.Location) []string {
	at := func(t time.Time) string { return t.In(zone).Format("Mon 2 15:04 MST") }
	var lines []string
	for _, d := range c.Deadlines {
		lines = append(lines, at(d.DueAt)+" due "+string(d.Kind))
	}
	for _, a := range c.Alerts {
		lines = append(lines, fmt.Sprintf("%s %s %s %v", at(a.SentAt), a.Staff, a.Template, a.Channels))
	}
	for _, m := range c.Mails {
		lines = append(lines, at(m.At)+" customer "+m.Template)
	}
	return lines
}

func TestOverAWeekendTheClockStartsOnMonday(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks:
  standard:
    live_response: {due: 15m, remind_before: 5m, escalate: [{after: 0s, to: [next_salesperson], notify: [email, screen], reassign: true}, {after: 1h, to: [sales_manager], notify: [sms]}]}
    attempts: {overdue: {after: 1d, to: [sales_manager], notify: [screen]}}
`)
	c := preview(t, p, "2026-11-27 17:55", func(p *Plan) { p.Until = p.Now.AddDate(0, 0, 4).Add(-time.Hour) })
	require.Equal(t, "standard", c.Track)
	require.Equal(t, "standard rule", c.Why)
	require.Equal(t, "salesperson 1", c.Owner)
	require.Equal(t, "Europe/Amsterdam", c.Zone)
	require.Equal(t, []string{
		"Fri 27 17:55 CET due call_attempt",
		"Mon 30 09:10 CET due live_response",
		"Fri 27 17:55 CET salesperson 1 new-lead [email screen]",
		"Fri 27 17:55 CET sales manager new-lead [email screen]",
		"Mon 30 09:00 CET sales manager attempt-overdue [screen]",
		"Mon 30 09:05 CET salesperson 1 lead-reminder [email screen]",
		"Mon 30 09:10 CET salesperson 2 escalation [email screen]",
		"Mon 30 10:10 CET sales manager escalation [sms]",
		"Tue 1 09:00 CET sales manager attempt-overdue [email screen]",
		"Tue 1 10:10 CET sales manager escalation [email screen]",
		"Fri 27 17:55 CET customer thank-you",
	}, said(c, p.Zone))
	require.False(t, c.Cut)
}

func TestWhoIsOffDutyIsToldWhenTheDoorsOpenButForTheScreen(t *testing.T) {
	t.Parallel()
	p := parse(t, small+"tracks: {standard: {contact: []}}\n")
	c := preview(t, p, "2026-11-28 16:50", func(p *Plan) { p.Until = p.Now.AddDate(0, 0, 2) })
	require.Equal(t, local(t, p, "2026-11-30 09:00").UTC(), c.ClockStart)
	var told []string
	for _, a := range c.Alerts {
		if a.Template == "new-lead" && a.Staff == c.Owner {
			told = append(told, fmt.Sprintf("%s for %s by %v", a.SentAt.In(p.Zone).Format("Mon 15:04"), a.At.In(p.Zone).Format("Mon 15:04"), a.Channels))
		}
	}
	require.Equal(t, []string{"Sat 16:50 for Sat 16:50 by [screen]", "Mon 09:00 for Sat 16:50 by [email]"}, told)
}

func TestLocalTimesHoldOverAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	p := parse(t, strings.Replace(small, "mon-fri", "mon-sun", 1)+`tracks:
  standard:
    live_response: {due: 15m, escalate: [{after: 1d, to: [sales_manager], notify: [email]}]}
    attempts: {schedule: [0s, "+1d 10:00"], overdue: {after: 1d, to: [sales_manager], notify: [screen]}}
    contact: [{at: "+1d 09:30", send: email, template: still-interested}]
`)
	for _, c := range []struct{ name, at, due, next, mail string }{
		{"autumn", "2026-10-24 16:50", "Sun 25 17:05 CET", "Sun 25 10:00 CET", "Sun 25 09:30 CET"},
		{"spring", "2027-03-27 16:50", "Sun 28 17:05 CEST", "Sun 28 10:00 CEST", "Sun 28 09:30 CEST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := preview(t, p, c.at)
			at := func(t time.Time) string { return t.In(p.Zone).Format("Mon 2 15:04 MST") }
			require.Equal(t, c.next, at(got.Calls[1].DueAt))
			require.Equal(t, c.mail, at(got.Mails[1].At))
			i := slices.IndexFunc(got.Alerts, func(a Alert) bool { return a.Template == "escalation" })
			require.Equal(t, c.due, at(got.Alerts[i].SentAt), "a day later on the calendar, at the same time of day")
		})
	}
}

func TestTheCallsAreThoseOfAScheduleThatIsKept(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks: {standard: {attempts: {max: 4, days: 2, dayparts: 1, schedule: [0s, 2h, "+1d 10:00", "+1d 17:00"]}}}`+"\n")
	c := preview(t, p, "2026-11-23 10:00")
	var due []string
	for _, call := range c.Calls {
		due = append(due, fmt.Sprintf("%d %s", call.N, call.DueAt.In(p.Zone).Format("Mon 15:04")))
	}
	require.Equal(t, []string{"1 Mon 10:00", "2 Mon 12:00", "3 Tue 10:00", "4 Tue 17:00"}, due)
	require.Empty(t, preview(t, p, "2026-11-23 10:00", func(p *Plan) { p.Reach.Phone = false }).Calls, "nobody can be called")
}

func TestAStepThatFindsNobodySaysSo(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks: {standard: {live_response: {due: 15m, escalate: [{after: 0s, to: [bdc], notify: [email]}, {after: 1h, to: [sales_manager], notify: [email]}]}}}`+"\n")
	c := preview(t, p, "2026-11-23 10:00", func(p *Plan) {
		p.Staff = slices.DeleteFunc(p.Staff, func(o process.Person) bool { return o.Role == lead.RoleBDC })
	})
	i := slices.IndexFunc(c.Events, func(e Event) bool { return e.Kind == "step_skipped" })
	require.Equal(t, 1, c.Events[i].Data["step"])
	require.Equal(t, "escalated", c.Events[i+1].Kind, "the next step does not wait its turn")
	require.Equal(t, c.Events[i].At, c.Events[i+1].At)
}

func TestTasksOfTheContactScheduleRunBesideTheLead(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks: {standard: {contact: [{at: "+1d 10:00", task: letter}]}}`+"\n")
	c := preview(t, p, "2026-11-23 10:00")
	i := slices.IndexFunc(c.Deadlines, func(d Deadline) bool { return d.Task == lead.SendLetter })
	require.Equal(t, local(t, p, "2026-11-25 10:00").UTC(), c.Deadlines[i].DueAt)
	var told []string
	for _, a := range c.Alerts {
		if a.Task == lead.SendLetter && a.SentAt.Before(local(t, p, "2026-11-27 00:00")) {
			told = append(told, a.SentAt.In(p.Zone).Format("Mon 15:04")+" "+a.Staff+" "+a.Template)
		}
	}
	require.Equal(t, []string{"Tue 10:00 salesperson 2 follow-up-due", "Wed 10:00 salesperson 2 follow-up-due", "Thu 10:00 sales manager follow-up-overdue"}, told)
}

func TestTheCustomersOwnerGetsTheLeadWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	p := parse(t, small+"tracks: {standard: {assign: {to: [owner_of_customer, next_salesperson]}}}\n")
	require.Equal(t, "salesperson 1", preview(t, p, "2026-11-23 10:00").Owner)
	require.Equal(t, "salesperson 3", preview(t, p, "2026-11-23 10:00", func(p *Plan) { p.CustomerOwner = "salesperson 3" }).Owner)
	paused := preview(t, p, "2026-11-23 10:00", func(p *Plan) { p.Pausing = []string{"salesperson 1"} })
	require.Equal(t, "salesperson 2", paused.Owner)
	require.True(t, slices.ContainsFunc(paused.Alerts, func(a Alert) bool { return a.Template == "staff-paused" && a.Staff == "sales manager" }))
}

func TestAPreviewIsBounded(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`tracks: {standard: {live_response: {due: 1m, escalate: [{after: 0s, to: [sales_manager], notify: [screen], repeat: {every: 1m, times: 100}}]}}}`+"\n")
	c := preview(t, p, "2026-11-23 10:00", func(p *Plan) { p.Most = 20 })
	require.True(t, c.Cut)
	require.InDelta(t, 20, len(c.Events), 5)
	require.False(t, preview(t, p, "2026-11-23 10:00", func(p *Plan) { p.Most = 2000 }).Cut)
}

func TestAPreviewWithoutStaffHasNoOwner(t *testing.T) {
	t.Parallel()
	c := preview(t, standard(t), "2026-11-23 10:00", func(p *Plan) { p.Staff = nil })
	require.Empty(t, c.Owner)
	require.Empty(t, c.Alerts)
	require.NotEmpty(t, c.Deadlines)
}

// drawPlan is a lead of any kind at any time under one of many policies.
func drawPlan(t *rapid.T) Plan {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	p := parse(t, fmt.Sprintf(`timezone: %s
country: NL
calendar: {open: {%s}, closed: ["2026-11-24"]}
shifts: {evening: {days: mon-sun, hours: "18:00-22:00", staff: ["eve@dealer.example"]}}
groups: {closers: ["eve@dealer.example", "kay@dealer.example"]}
tracks:
  standard:
    clock: %s
    assign: {to: [%s]}
    live_response: {due: %s, remind_before: %s, escalate: [{after: %s, to: [%s], notify: [email, sms], reassign: %s}, {after: 3h, to: [closers, sales_manager], notify: [email, screen], repeat: {every: %s, times: 3}}]}
    attempts: {overdue: {after: 2h, to: [%s], notify: [email]}}
    contact: %s
`, pick("zone", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns"),
		pick("hours", `mon-fri: ["08:30-12:30", "13:00-18:00"]`, `mon-sun: ["00:00-24:00"]`, `tue: ["22:00-03:00"]`),
		pick("clock", "opening_hours", "always"), pick("assign", "next_salesperson", "fewest_open", "closers", "bdc"),
		pick("due", "6m", "15m", "1d"), pick("remind", "0s", "5m"), pick("after", "0s", "1h"), pick("to", "next_salesperson", "team", "closers", "eve@dealer.example"),
		pick("reassign", "true", "false"), pick("every", "30m", "1d"), pick("overdue", "sales_manager", "general_manager", "owner"),
		pick("contact", "[]", `[{at: 1h, send: email, template: still-interested}, {at: "+1d 09:00", task: letter}, {at: "+1d 10:00", task: video}]`)))
	plan := Plan{Policy: p, Staff: Standin(p), Now: time.Unix(rapid.Int64Range(1_790_000_000, 1_820_000_000).Draw(t, "now"), 0).UTC()}
	plan.Subject, plan.Reach = portalLead()
	plan.Reach = process.Reach{Phone: rapid.Bool().Draw(t, "phone"), Email: rapid.Bool().Draw(t, "email")}
	for i := range plan.Staff {
		plan.Staff[i].Open, plan.Staff[i].Capacity = rapid.IntRange(0, 3).Draw(t, "open"), rapid.IntRange(0, 3).Draw(t, "capacity")
		if rapid.IntRange(0, 4).Draw(t, "away") == 0 {
			plan.Staff[i].Absent = []process.Period{{From: plan.Now.Add(-time.Hour), Until: plan.Now.Add(50 * time.Hour)}}
		}
	}
	return plan
}

// Whatever the policy and the lead: a preview is the process itself, looked at
// whenever it asks for it, with the rotation kept as the store keeps it.
func TestAPreviewIsTheProcessItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		got := Preview(plan)

		w := process.World{Now: plan.Now, Policy: plan.Policy, Reasons: lead.Shipped(), Staff: slices.Clone(plan.Staff), Subject: plan.Subject}
		w.Subject.ReceivedAt = plan.Now
		s := process.State{Lead: previewLead, Source: "portal", Phase: lead.BDC, Stage: lead.New, Status: lead.Open, ReceivedAt: plan.Now, Reach: plan.Reach}
		var events []string
		alerts := map[string]int{}
		do := func(h process.Happening) {
			owner := s.Owner
			out := process.Step(w, s, h)
			require.Nil(t, out.Refused)
			s = out.State
			for i := range w.Staff {
				if owner != s.Owner && w.Staff[i].ID == owner {
					w.Staff[i].Open--
				}
				if owner != s.Owner && w.Staff[i].ID == s.Owner {
					w.Staff[i].Open++
				}
			}
			if i := slices.IndexFunc(w.Staff, func(p process.Person) bool { return p.ID == out.Assigned }); i >= 0 {
				w.Staff = slices.Concat(w.Staff[:i], w.Staff[i+1:], w.Staff[i:i+1])
			}
			for _, e := range out.Events {
				events = append(events, written(t, Event{At: w.Now, Kind: e.Kind, Actor: e.Actor, Data: e.Data}))
			}
			for _, m := range out.Mails {
				if m.Staff != "" {
					at := w.Now
					if m.NotBefore.After(at) {
						at = m.NotBefore
					}
					alerts[fmt.Sprintf("%s %s %s %s %d", at, m.Staff, m.Template, m.Channel, m.Step)]++
				}
			}
			if fates := delivered(out.Mails, "", w.Now); len(fates) > 0 {
				events = append(events, deliveries(t, &w, &s, fates)...)
			}
		}
		do(process.Happening{What: process.WasReceived})
		until := plan.Now.AddDate(0, 0, previewDays)
		for c := s.NextDeadline(); c != nil && !c.Next.After(until) && len(events) < mostEntries; c = s.NextDeadline() {
			if c.Next.After(w.Now) {
				w.Now = c.Next
			}
			do(process.Happening{What: process.WasDue})
		}

		var shown []string
		for _, e := range got.Events {
			require.False(t, e.At.After(until))
			if e.Data["follow_up_id"] == nil {
				shown = append(shown, written(t, e))
			}
		}
		if !got.Cut {
			require.Equal(t, events, shown)
			told := map[string]int{}
			for _, a := range got.Alerts {
				for _, channel := range a.Channels {
					if a.Task == "" {
						told[fmt.Sprintf("%s %s %s %s %d", a.SentAt, a.Staff, a.Template, channel, a.Step)]++
					}
				}
			}
			require.Equal(t, alerts, told)
		}
		require.True(t, slices.IsSortedFunc(got.Deadlines, func(a, b Deadline) int { return a.DueAt.Compare(b.DueAt) }))
		require.True(t, slices.IsSortedFunc(got.Alerts, func(a, b Alert) int { return a.SentAt.Compare(b.SentAt) }))
		require.NotEmpty(t, got.Deadlines)
		require.NotEmpty(t, got.Owner)
	})
}

// deliveries tells the process that the customer's mails were accepted, and
// returns the entries of the timeline.
func deliveries(t tester, w *process.World, s *process.State, fates []process.Delivery) []string {
	out := process.Step(*w, *s, process.Happening{What: process.WasDelivered, Delivered: fates})
	require.Nil(t, out.Refused)
	*s = out.State
	var events []string
	for _, e := range out.Events {
		events = append(events, written(t, Event{At: w.Now, Kind: e.Kind, Actor: e.Actor, Data: e.Data}))
	}
	return events
}

func written(t tester, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
