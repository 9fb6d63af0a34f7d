package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// threeTracks has one of everything. Its weekend rule asks for a shift on days
// on which the shift does not run, as one does before the shift is extended.
const threeTracks = `name: standard
timezone: Europe/Amsterdam
country: NL
phases: [bdc, showroom]
calendar:
  open: {mon-fri: ["08:30-12:30", "13:00-18:00"], sat: ["09:00-17:00"]}
  closed: ["2026-12-25"]
  special: {"2026-12-24": ["09:00-13:00"]}
shifts:
  evening: {days: mon-fri, hours: "18:00-21:00", staff: ["evening@demo.example"]}
choose:                                   # first match wins, the last has no when
  - {when: {party: first, condition: new}, track: first-party}
  - {when: {source: [portal], make: [Renault], weekday: [sat, sun], shift: evening}, track: weekend}
  - {track: standard}
tracks:
  standard:
    clock: opening_hours                  # or always
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}        # next_salesperson, bdc, owner_of_customer, a named person
    live_response:
      due: 15m
      remind_before: 5m
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [email, screen], reassign: true}
        - {after: 15m, to: [team, sales_manager], notify: [email, sms, screen]}
        - {after: 45m, to: [general_manager], notify: [email, sms, screen], repeat: {every: 30m, times: 3}}
    attempts:
      max: 6
      days: 3
      dayparts: 2
      spacing: 30m
      voicemails: 2
      schedule: [0s, 2h, "+1d 10:00", "+1d 17:00", "+3d 12:00", "+5d 17:30"]
      overdue: {after: 1h, to: [sales_manager], notify: [email, screen]}
    contact:                              # what is sent or asked beside the calls
      - {at: "+1d 09:00", send: email, template: still-interested}
      - {at: "+4d 10:00", task: letter}
    appointment: {remind: [24h, 2h], outcome_due: 2h}
    closing: {approve: by_reason, by: sales_manager, due: 4h, escalate: [{after: 0s, to: [general_manager], notify: [email, screen]}]}
  first-party: {}
  weekend: {}
`

func TestCheckTakesARuleForAShiftThatIsToCome(t *testing.T) {
	t.Parallel()
	p := parse(t, threeTracks)
	found := p.Check(policy.Known{
		Staff:   append(slices.Clip(everybody), policy.Colleague{Email: "evening@demo.example", Role: lead.RoleSalesperson}),
		Sources: []string{"website", "portal"}, Template: templates,
		Now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	})
	require.Empty(t, found.Faults())
	require.Equal(t, policy.Errors{{
		Line: 13, Column: 12, Key: "choose[1].when", Remark: true,
		Message: "no moment of the week fits weekday and shift evening at once, so the rule never holds " +
			"and the track weekend is never chosen; change or delete one of them",
	}}, found)
	// The rest of the policy works meanwhile.
	track, _ := p.Choose(policy.Subject{Source: "portal", Make: "Renault", ReceivedAt: local(t, amsterdam, "2026-11-28 18:30")})
	require.Equal(t, "standard", track.Name)
}

func TestFaultsAndRemarksAreToldApart(t *testing.T) {
	t.Parallel()
	found := policy.Errors{
		{Line: 1, Column: 2, Key: "a", Message: "one", Remark: true},
		{Line: 3, Column: 4, Key: "b", Message: "two"},
		{Line: 5, Column: 6, Message: "three", Remark: true},
	}
	require.Equal(t, found[1:2], found.Faults())
	require.Equal(t, policy.Errors{found[0], found[2]}, found.Remarks())
	require.Equal(t, "line 1, column 2: note: a: one\nline 3, column 4: b: two\nline 5, column 6: note: three", found.Error())
	require.Nil(t, found[:1].Faults())
	require.Nil(t, found[1:2].Remarks())
}

// However many remarks there are, the fault below them is told.
func TestRemarksNeverCrowdOutAFault(t *testing.T) {
	t.Parallel()
	src := frame + "shifts: {evening: {days: mon-fri, hours: \"18:00-22:00\"}}\ntracks: {a: {}}\nchoose:\n"
	for range 150 {
		src += "  - {when: {weekday: sun, shift: evening}, track: a}\n"
	}
	src += strings.Repeat("  - {when: {channel: web}, track: a}\n", 2) + "  - {track: a}\n"
	found := parse(t, src).Check(policy.Known{})
	faults, remarks := found.Faults(), found.Remarks()
	require.Len(t, faults, 1)
	require.Equal(t, "choose[151]", faults[0].Key)
	require.Len(t, remarks, 101)
	require.Equal(t, "and more remarks from here on", remarks[100].Message)
	require.Equal(t, 107, remarks[100].Line)
	require.Equal(t, faults[0], found[len(found)-1], "in the order of the file")
}

// A call of which it is said that it comes later than the schedule says does so
// on every day.
func TestCheckTellsWhereSpacingMovesCalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var schedule []string
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(0, 600), 2, 6).Draw(t, "schedule") {
			schedule = append(schedule, fmt.Sprintf("%dm", minutes))
		}
		src := frame + fmt.Sprintf("tracks: {s: {attempts: {max: %d, days: 1, dayparts: 1, spacing: %dm, schedule: [%s]}}}\n",
			len(schedule), rapid.IntRange(1, 240).Draw(t, "spacing"), strings.Join(schedule, ", "))
		p := readGood(t, src)
		track := p.Track("s")
		for _, e := range p.Check(policy.Known{}) {
			require.True(t, e.Remark, e)
			var n int
			_, err := fmt.Sscanf(e.Key, "tracks.s.attempts.schedule[%d]", &n)
			require.NoError(t, err, e)
			year, month, day := drawInstant(t, p.Calendar, "day").Date()
			anchor := p.Calendar.NextOpen(time.Date(year, month, day, 0, 0, 0, 0, p.Zone))
			before := p.AttemptDue(track, anchor, n, time.Time{})
			alone := p.AttemptDue(track, anchor, n+1, time.Time{})
			require.True(t, p.AttemptDue(track, anchor, n+1, before).After(alone), src)
		}
	})
}
