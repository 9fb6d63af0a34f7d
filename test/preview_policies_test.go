package test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// neverStops is a policy of somebody who is never closed: everything runs
// through the night.
const neverStops = `
name: never stops
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-sat: "09:00-17:00"}}
tracks:
  standard:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: [fewest_open, next_salesperson]}
    live_response:
      due: 1h
      remind_before: 20m
      escalate:
        - {clock: always, after: 30m, to: [manager@demo.example], notify: [email, sms], repeat: {every: 45m, times: 4}}
        - {clock: opening_hours, after: 2h, to: [general_manager, team], notify: [screen, email]}
    attempts: {schedule: [0s, 90m, "+1d 02:30"], max: 3, days: 2, dayparts: 1, spacing: 10m, overdue: {clock: always, after: 40m, to: [owner], notify: [sms]}}
    contact:
      - {at: 3h, send: email, template: still-interested}
      - {at: "+1d 02:10", task: video}
`

// shiftsAndGroups is a policy with people in shifts and with groups.
const shiftsAndGroups = `
name: shifts and groups
timezone: Europe/Amsterdam
country: NL
calendar:
  open: {mon-fri: ["08:30-12:30", "13:00-18:00"], sat: "10:00-16:00"}
  closed: ["2026-11-30"]
  special: {"2026-12-01": "13:00-15:00"}
shifts:
  evening: {days: mon-fri, hours: "18:00-21:00", staff: [evening@demo.example]}
groups:
  night: [evening@demo.example, director@demo.example]
  both: [sam@demo.example, mia@demo.example]
follow_ups:
  letter: {to: both, within: 3h, escalate: [{after: 0s, to: [night], notify: [email]}, {after: 2h, to: marketer, notify: screen}]}
choose:
  - {when: {shift: evening, postcode: ["38"]}, track: evening}
  - {track: standard}
tracks:
  evening:
    clock: always
    assign: {to: [night, next_salesperson]}
    live_response:
      due: 20m
      remind_before: 5m
      escalate:
        - {after: 0s, to: [night], notify: [email, screen], reassign: true}
        - {after: 10m, to: [both, bdc], notify: [email, sms, screen], repeat: {every: 1h, times: 2}}
        - {after: 1d, to: [sales_manager], notify: [screen]}
    contact:
      - {at: 30m, task: letter}
      - {at: "+2d 09:00", send: email, template: tried-to-reach}
  standard: {}
`

// leftOut is a policy with times of day that the last Sunday of March does not
// have.
const leftOut = `
name: left out
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-sun: ["00:00-02:30", "03:30-24:00"]}}
tracks:
  standard:
    assign: {to: next_salesperson}
    live_response:
      due: 10h
      remind_before: 30m
      escalate:
        - {after: 30m, to: next_salesperson, notify: [email], reassign: true}
        - {after: 1d, to: [team], notify: [email, screen], repeat: {every: 1d, times: 2}}
    attempts: {schedule: [0s, "+1d 02:15", "+1d 02:45", "+2d 02:15"], max: 4, days: 2, dayparts: 1, overdue: {after: 30m, to: sales_manager}}
    contact:
      - {at: "+1d 02:20", send: email, template: still-interested}
      - {at: "+1d 02:50", task: letter}
`

// anyPolicy makes up a policy and a lead.
func anyPolicy(r *rand.Rand, n int) imagined {
	one := func(words ...string) string { return words[r.IntN(len(words))] }
	minutes := func(from, to int) string { return fmt.Sprintf("%dm", from+r.IntN(to-from)) }
	to := func() string {
		return "[" + one("owner", "next_salesperson", "team", "bdc") + ", " + one("sales_manager", "general_manager", "uma@demo.example", "marketer") + "]"
	}
	notify := func() string { return one("[email]", "[screen]", "[email, screen]", "[email, sms, screen]") }
	var steps []string
	after, many := 0, 1+r.IntN(3)
	for i := range many {
		more := one("", ", clock: always", ", clock: opening_hours")
		if i == many-1 {
			// The next step would end the repeats, and the check would say so.
			more += one("", fmt.Sprintf(", repeat: {every: %dm, times: %d}", 5+r.IntN(40), 1+r.IntN(3)))
		}
		who := to()
		if r.IntN(3) == 0 {
			who, more = "[next_salesperson]", more+", reassign: true"
		}
		steps = append(steps, fmt.Sprintf("{after: %dm, to: %s, notify: %s%s}", after, who, notify(), more))
		after += 15 + r.IntN(120)
	}
	text := fmt.Sprintf(`
name: made up %d
timezone: %s
country: NL
calendar: {open: {mon-fri: [%q, %q], sat: %q}, closed: ["2026-10-26"]}
tracks:
  standard:
    clock: %s
    assign: {to: [%s, next_salesperson]}
    live_response: {due: %s, remind_before: 3m, escalate: [%s]}
    attempts: {schedule: [0s, %s, "+1d %02d:15"], max: 3, days: 2, dayparts: 1, overdue: {after: %s, to: %s, notify: %s}}
    contact: [{at: "+%dd %02d:30", send: email, template: still-interested}, {at: %s, task: %s}]
`, n, one("Europe/Amsterdam", "Europe/London", "America/New_York"), "08:00-12:00", "12:45-"+one("17:30", "20:00"), one("09:00-13:00", "10:00-17:00"),
		one("always", "opening_hours"), one("fewest_open", "bdc", "owner_of_customer", "tess@demo.example"), minutes(6, 90), strings.Join(steps, ", "),
		minutes(60, 300), r.IntN(24), minutes(10, 90), to(), notify(), 1+r.IntN(2), r.IntN(24), minutes(30, 2000), one("letter", "video"))
	lead := map[string]any{"source": one("website", "portal"), "channel": one("web", "phone", "chat"), "phone": true}
	if r.IntN(3) == 0 {
		lead["email"] = false
	}
	delete(lead, "phone")
	return imagined{
		name: fmt.Sprintf("made up %d", n), policy: text, at: fmt.Sprintf("2026-10-%02d %02d:%02d", 22+r.IntN(4), r.IntN(24), r.IntN(60)), length: "4d", lead: lead,
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
