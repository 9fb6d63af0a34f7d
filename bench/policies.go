package main

import (
	"fmt"
	"strings"
	"time"
)

// shortClocks is the dealer's policy. Its clocks are real: what takes hours
// elsewhere takes seconds where a scenario waits for it.
const shortClocks = `name: bench
timezone: ZONE
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["HOURS"]}}
shifts:
  all: {days: mon-sun, hours: "00:00-24:00", staff: [sam@bench.example, tess@bench.example, uma@bench.example, max@bench.example, gwen@bench.example]}
choose: [{track: standard}]
tracks:
  standard:
    clock: CLOCK
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}
    live_response:
      due: DUE
      remind_before: 0s
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [screen], reassign: true}
        - {after: AFTER, to: [sales_manager], notify: [screen]}
    attempts: {max: 6, days: 3, dayparts: 1, spacing: 30m, voicemails: 2, schedule: [0s, 2d], overdue: {after: 2d, to: [sales_manager], notify: [screen]}}
`

func policyOf(zone, hours, clock, due, after string) string {
	return strings.NewReplacer("ZONE", zone, "HOURS", hours, "CLOCK", clock, "DUE", due, "AFTER", after).Replace(shortClocks)
}

// quiet is the policy under which nothing falls due during a run.
func quiet() string { return policyOf("Europe/Amsterdam", "00:00-24:00", "always", "16h", "8h") }

// soon is the policy under which each lead falls due twice, d and 2 × d after it
// came.
func soon(d time.Duration) string {
	return policyOf("Europe/Amsterdam", "00:00-24:00", "always", d.String(), d.String())
}

// together is the policy under which all leads fall due in one second: the
// dealer is closed until opening, and a second later somebody must have called.
// The staff are on duty all the time, so that they are told of each lead at once
// and nothing else waits for the doors.
func together(opening time.Time) string {
	zone := daytime(opening)
	local := opening.In(zone)
	return policyOf(zone.String(), fmt.Sprintf("%s-23:59", local.Format("15:04")), "opening_hours", "1s", "8h")
}

// daytime returns a zone in which t is in the middle of a day, so that its hours
// do not run into midnight.
func daytime(t time.Time) *time.Location {
	for _, name := range []string{"Europe/Amsterdam", "America/Los_Angeles", "Asia/Tokyo"} {
		if zone, err := time.LoadLocation(name); err == nil {
			if hour := t.In(zone).Hour(); hour >= 2 && hour < 22 {
				return zone
			}
		}
	}
	return time.UTC
}
