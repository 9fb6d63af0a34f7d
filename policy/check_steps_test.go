package policy_test

import (
	"testing"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

func TestCheckFindsStepsThatNeverHappen(t *testing.T) {
	t.Parallel()
	const shifts = `shifts:
  evening: {days: mon-fri, hours: "18:00-22:00", staff: [anna@dealer.example, ben@dealer.example]}
  early: {days: fri, hours: "17:00-18:00", staff: [ben@dealer.example, cas@dealer.example]}
groups: {night: [anna@dealer.example]}
`
	requireChecked(t, map[string]checkCase{
		"repeats replaced at once": {
			src: withTrack(`    live_response:
      escalate:
        - {after: 5m, to: owner, repeat: {every: 10m, times: 3}}
        - {after: 15m, to: owner, repeat: {every: 10m, times: 3}}
        - {after: 26m, to: owner, repeat: {every: 1d, times: 3}}
        - {after: 1h, to: owner, repeat: {every: 1m, times: 1}}
`),
			places: []string{"8:42:tracks.standard.live_response.escalate[0].repeat"},
			says:   []string{"never happens: the first repeat would come after 15m, and the next step, which comes after 15m, ends the repeats of this one; repeat sooner, or let the next step come later"},
		},
		"repeats on two clocks": {
			src: withTrack(`    live_response:
      escalate:
        - {after: 0s, to: owner, repeat: {every: 30m, times: 3}}
        - {clock: always, after: 20m, to: owner, repeat: {every: 30m, times: 3}}
        - {clock: opening_hours, after: 30m, to: owner, repeat: {every: 30m, times: 3}}
        - {clock: always, after: 50m, to: owner}
`),
			places: []string{"8:42:tracks.standard.live_response.escalate[0].repeat", "10:65:tracks.standard.live_response.escalate[2].repeat"},
		},
		"people who are never there": {
			src: frame + shifts + `tracks:
  standard:
    live_response:
      escalate:
        - {after: 0s, to: [night, anna@dealer.example]}
        - {after: 0s, to: [night, ben@dealer.example]}
        - {after: 0s, to: [night, owner]}
        - {after: 0s, to: [night, dan@dealer.example]}
        - {clock: always, after: 0s, to: [night]}
        - {after: 0s, to: [night]}
    attempts: {overdue: {to: night}}
  always:
    clock: always
    live_response:
      escalate:
        - {clock: opening_hours, after: 0s, to: night}
        - {after: 0s, to: night}
choose: [{when: {channel: phone}, track: always}, {track: standard}]
`,
			places: []string{
				"12:27:tracks.standard.live_response.escalate[0].to", "18:30:tracks.standard.attempts.overdue.to",
				"23:49:tracks.always.live_response.escalate[0].to",
			},
			says: []string{"everybody named here works in shifts outside the opening hours, in which this step happens, so it never finds anybody on duty; write clock: always"},
		},
		"a special day brings them together": {
			src: "timezone: Europe/Amsterdam\ncountry: NL\ncalendar: {open: {mon-fri: \"09:00-18:00\"}, special: {2026-12-11: \"12:00-20:00\"}}\n" +
				shifts + "tracks: {standard: {attempts: {overdue: {to: night}}}}\n",
		},
		"passing on to nobody": {
			src: frame + `groups: {desk: [mia@dealer.example], mixed: [mia@dealer.example, anna@dealer.example]}
tracks:
  standard:
    live_response:
      escalate:
        - {after: 0s, to: [owner], reassign: true}
        - {after: 0s, to: [owner, marketer, desk, mia@dealer.example], reassign: true}
        - {after: 0s, to: [owner, mixed], reassign: true}
        - {after: 0s, to: [owner, sales_manager], reassign: true}
        - {after: 0s, to: [owner], reassign: false}
follow_ups: {hand_over: {escalate: {to: marketer, reassign: true}}}
`,
			known: known,
			places: []string{
				"9:46:tracks.standard.live_response.escalate[0].reassign",
				"10:82:tracks.standard.live_response.escalate[1].reassign",
			},
			says: []string{"nobody named in this step can take the lead over: the owner has it already, and a marketer owns none; add for example next_salesperson, or delete reassign"},
		},
		"passing on to a role that nobody has and that owns nothing": {
			src:    withTrack("    live_response: {escalate: [{to: marketer, reassign: true}, {to: bdc, reassign: true}]}\n"),
			known:  policy.Known{Staff: colleagues(lead.RoleSalesperson, lead.RoleSalesManager)},
			places: []string{"note 6:37:tracks.standard.live_response.escalate[0].to", "6:57:tracks.standard.live_response.escalate[0].reassign", "note 6:69:tracks.standard.live_response.escalate[1].to"},
		},
		"nothing to approve": {
			src:    withTrack("    closing: {approve: never, escalate: {to: sales_manager}}\n"),
			places: []string{"6:41:tracks.standard.closing.escalate"},
			says:   []string{"no closing waits for approval with approve: never"},
		},
		"nothing to approve, nobody told": {src: withTrack("    closing: {approve: never, escalate: []}\n")},
	})
}

func TestCheckFindsSchedulesThatDoNotFit(t *testing.T) {
	t.Parallel()
	requireChecked(t, map[string]checkCase{
		"too few days": {
			src:    withTrack("    attempts:\n      max: 4\n      days: 3\n      schedule: [0s, 2h, \"+1d 10:00\", \"+1d 16:00\"]\n"),
			places: []string{"8:13:tracks.standard.attempts.days"},
			says:   []string{"counted from opening time, the 4 calls of this schedule fall on 2 days at most and days asks for 3; spread the schedule, or write days: 2"},
		},
		"too few days by default, and the calls go on": {src: withTrack("    attempts:\n      max: 3\n")},
		"too few days by the schedule": {
			src:    withTrack("    attempts: {schedule: [0s, 1h, 2h, 3h, 4h, 5h]}\n"),
			places: []string{"6:26:tracks.standard.attempts.schedule"},
			says:   []string{"the 6 calls of this schedule fall on 1 day at most and days asks for 3", "write days: 1"},
		},
		"calls go on daily after the schedule": {src: withTrack("    attempts: {dayparts: 1, schedule: 0s}\n")},
		"no evening": {
			src:    withTrack("    attempts: {dayparts: 3, schedule: [0s, 1d, 2d, 3d, 4d, \"+5d 14:00\"]}\n"),
			places: []string{"6:26:tracks.standard.attempts.dayparts"},
			says:   []string{"fall in 2 dayparts at most (morning, afternoon) and dayparts asks for 3; spread the schedule, or write dayparts: 2"},
		},
		"too few days on a clock that never stops": {
			src:    withTrack("    clock: always\n    attempts: {max: 3, days: 3, dayparts: 3, schedule: [0s, 10h, 20h]}\n"),
			places: []string{"7:30:tracks.standard.attempts.days"},
			says:   []string{"whenever a lead comes, the 3 calls of this schedule fall on 2 days at most"},
		},
		"on a clock that never stops": {
			src: withTrack("    clock: always\n    attempts: {dayparts: 3, max: 3, days: 2, schedule: [0s, 10h, 20h]}\n"),
		},
		"one call": {src: withTrack("    attempts: {max: 1}\n")},
		"closer than counts": {
			src:    withTrack("    attempts: {days: 2, spacing: 1h, schedule: [0s, 59m, 2h, \"+1d 10:00\", \"+1d 11:00\", \"+1d 11:30\", 5d, 4d]}\n"),
			places: []string{"note 6:53:tracks.standard.attempts.schedule[1]", "note 6:88:tracks.standard.attempts.schedule[5]", "note 6:105:tracks.standard.attempts.schedule[7]"},
			says: []string{
				"note: tracks.standard.attempts.schedule[1]: counted from opening time, call 2 will come 1h after call 1 at the earliest, later than the schedule says, because calls closer together than spacing do not count; move it, or shorten spacing",
				"call 8 will come 1h after call 7 at the earliest",
			},
		},
		"spacing that the usual schedule breaks": {
			src:    withTrack("    attempts: {spacing: 3h}\n"),
			places: []string{"note 6:25:tracks.standard.attempts.spacing"},
			says:   []string{"call 2 will come 3h after call 1 at the earliest"},
		},
		"a weekend brings calls together": {
			src: withTrack("    attempts: {schedule: [0s, 2h, \"+1d 10:00\", \"+1d 17:00\", \"+3d 12:00\", \"+5d 17:30\"]}\n"),
		},
		"nothing is written": {
			src: "timezone: Europe/Amsterdam\ncountry: NL\ncalendar: {open: {sat: \"09:00-10:00\"}}\ntracks: {standard: {attempts: {voicemails: 1}}}\n",
		},
	})
}
