package policy_test

import (
	"fmt"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// frame is a good policy into which the tables put one bad part. The header
// has three lines, so the part begins on line 4.
const frame = "timezone: Europe/Amsterdam\ncountry: NL\ncalendar: {open: {mon-fri: \"09:00-18:00\"}}\n"

// fault is an error as the tables write it: line:column:key.
func fault(e policy.Error) string { return fmt.Sprintf("%d:%d:%s", e.Line, e.Column, e.Key) }

func faults(t *testing.T, src string) (places []string, all string) {
	t.Helper()
	p, err := policy.Parse([]byte(src))
	require.Nil(t, p)
	var list *policy.Errors
	require.ErrorAs(t, err, &list)
	for _, e := range *list {
		places = append(places, fault(e))
	}
	return places, err.Error()
}

func TestParseTellsEveryFault(t *testing.T) {
	t.Parallel()
	track := func(body string) string { return frame + "tracks:\n  standard:\n" + body }
	for name, test := range map[string]struct {
		src    string
		places []string
		says   []string
	}{
		"empty": {"", []string{"1:1:"}, []string{"policy is empty"}},
		"nothing but a list": {
			"- a\n", []string{"1:1:"}, []string{"must be a section"},
		},
		"everything missing": {
			"name: mine\n",
			[]string{"1:1:timezone", "1:1:country", "1:1:calendar", "1:1:tracks"},
			[]string{"timezone: Europe/Amsterdam", "country: NL"},
		},
		"broken yaml": {
			"timezone: [Europe\ncountry: NL\n", []string{"2:1:"}, []string{"not valid YAML", "brackets"},
		},
		"tab": {"calendar:\n\topen: 1\n", []string{"2:1:"}, []string{"not valid YAML"}},
		"two documents": {
			frame + "tracks: {standard: {}}\n---\nname: x\n", []string{"5:1:"}, []string{"second document"},
		},
		"unknown key": {
			frame + "tracks: {standard: {}}\nshift: {}\n",
			[]string{"5:1:shift"},
			[]string{`did you mean "shifts"?`},
		},
		"unknown key deep": {
			track("    live_response:\n      du: 15m\n      remind_befor: 5m\n"),
			[]string{"7:7:tracks.standard.live_response.du", "8:7:tracks.standard.live_response.remind_befor"},
			[]string{`did you mean "due"?`, `did you mean "remind_before"?`},
		},
		"key twice": {
			frame + "tracks: {standard: {}}\ncountry: BE\n", []string{"5:1:country"}, []string{"written twice"},
		},
		"place": {
			"timezone: Europe/Amsterdm\ncountry: NLD\ncalendar: {open: {sat: \"09:00-18:00\"}}\ntracks: {standard: {}}\n",
			[]string{"1:11:timezone", "2:10:country"},
			[]string{`"Europe/Amsterdm" is not a known time zone`, "two letters"},
		},
		"machine's zone": {
			"timezone: Local\ncountry: NL\ncalendar: {open: {sat: \"09:00-18:00\"}}\ntracks: {standard: {}}\n",
			[]string{"1:11:timezone"},
			[]string{"Europe/Amsterdam"},
		},
		"phases": {
			frame + "tracks: {standard: {}}\nphases: [showroom, bcd]\n",
			[]string{"5:20:phases[1]"},
			[]string{`did you mean "bdc"?`},
		},
		"phases turned round": {
			frame + "tracks: {standard: {}}\nphases: [showroom, bdc]\n", []string{"5:9:phases"}, []string{"bdc before showroom"},
		},
		"no tracks": {frame + "tracks: {}\n", []string{"4:9:tracks"}, []string{"at least one track"}},
		"duration without unit": {
			track("    live_response:\n      due: 15\n"),
			[]string{"7:12:tracks.standard.live_response.due"},
			[]string{"unit is missing", "15m"},
		},
		"negative duration": {
			track("    live_response: {due: -5m}\n"),
			[]string{"6:26:tracks.standard.live_response.due"},
			[]string{"cannot be negative"},
		},
		"reminder after due": {
			track("    live_response: {due: 15m, remind_before: 20m}\n"),
			[]string{"6:46:tracks.standard.live_response.remind_before"},
			[]string{"shorter than due, which is 15m"},
		},
		"recipients": {
			track("    live_response:\n      escalate:\n        - {after: 0s, to: [sales_manger, jan@, owner_of_customer]}\n"),
			[]string{
				"8:28:tracks.standard.live_response.escalate[0].to[0]",
				"8:42:tracks.standard.live_response.escalate[0].to[1]",
				"8:48:tracks.standard.live_response.escalate[0].to[2]",
			},
			[]string{`did you mean "sales_manager"?`, "this value is not known"},
		},
		"nobody told": {
			track("    attempts:\n      overdue: {after: 1h}\n"),
			[]string{"7:16:tracks.standard.attempts.overdue.to"},
			[]string{"is missing; add it, for example to: [sales_manager]"},
		},
		"channel": {
			track("    attempts:\n      overdue: {to: owner, notify: [screen, mail]}\n"),
			[]string{"7:45:tracks.standard.attempts.overdue.notify[1]"},
			[]string{`did you mean "email"?`, "email, sms or screen"},
		},
		"repeat": {
			track("    attempts:\n      overdue:\n        - to: owner\n          repeat: {every: 0s, times: 0}\n        - to: owner\n          repeat: {}\n"),
			[]string{
				"9:27:tracks.standard.attempts.overdue[0].repeat.every",
				"9:38:tracks.standard.attempts.overdue[0].repeat.times",
				"11:19:tracks.standard.attempts.overdue[1].repeat.every",
				"11:19:tracks.standard.attempts.overdue[1].repeat.times",
			},
			[]string{"longer than nothing", "from 1 to 100"},
		},
		"steps out of order": {
			track("    closing:\n      escalate:\n        - {after: 1h, to: team}\n        - {after: 30m, to: team}\n"),
			[]string{"9:19:tracks.standard.closing.escalate[1].after"},
			[]string{"before the step above, which is after 1h"},
		},
		"attempts": {
			track("    attempts:\n      max: 0\n      days: 9\n      dayparts: 4\n      voicemails: -1\n      schedule: []\n"),
			[]string{
				"7:12:tracks.standard.attempts.max", "8:13:tracks.standard.attempts.days",
				"9:17:tracks.standard.attempts.dayparts", "10:19:tracks.standard.attempts.voicemails",
				"11:17:tracks.standard.attempts.schedule",
			},
			[]string{"from 1 to 100", "from 1 to 6", "from 1 to 3", "at least one entry"},
		},
		"schedule": {
			track("    attempts: {schedule: [0s, \"+1d 25:00\", \"+2h 10:00\", soon]}\n"),
			[]string{
				"6:31:tracks.standard.attempts.schedule[1]", "6:44:tracks.standard.attempts.schedule[2]",
				"6:57:tracks.standard.attempts.schedule[3]",
			},
			[]string{"time of day like 08:30", "whole days only", `"+1d 10:00"`},
		},
		"contact": {
			track("    contact:\n      - {at: \"+1d 09:00\", send: email}\n      - {at: 1d, task: poem}\n      - {task: letter, template: x}\n      - {at: 1d}\n"),
			[]string{
				"7:9:tracks.standard.contact[0].template", "8:24:tracks.standard.contact[1].task",
				"9:9:tracks.standard.contact[2].at", "9:34:tracks.standard.contact[2].template",
				"10:9:tracks.standard.contact[3]",
			},
			[]string{"template: still-interested", "letter or video", "a task has no template", "either send with a template, or task"},
		},
		"clock, assign, closing": {
			track("    clock: opening-hours\n    assign: {to: owner}\n    closing: {approve: maybe, by: team, due: x}\n    appointment: {remind: [0s]}\n"),
			[]string{
				"6:12:tracks.standard.clock", "7:18:tracks.standard.assign.to", "8:24:tracks.standard.closing.approve",
				"8:35:tracks.standard.closing.by", "8:46:tracks.standard.closing.due", "9:28:tracks.standard.appointment.remind[0]",
			},
			[]string{`did you mean "opening_hours"?`, "by_reason, always or never"},
		},
		"flag": {
			track("    live_response: {escalate: {to: bdc, reassign: yes}}\n"),
			[]string{"6:51:tracks.standard.live_response.escalate.reassign"},
			[]string{"true or false"},
		},
		"no value": {
			track("    live_response:\n      due:\n"),
			[]string{"7:7:tracks.standard.live_response.due"},
			[]string{"has no value; fill it in or delete the line"},
		},
		"track and shift unknown": {
			frame + "tracks: {standard: {}}\nchoose:\n  - {when: {shift: evenin, weekday: [mon, fry]}, track: standrd}\n  - track: standard\n",
			[]string{"6:20:choose[0].when.shift", "6:43:choose[0].when.weekday[1]", "6:57:choose[0].track"},
			[]string{"define it under shifts", `did you mean "fri"?`, `did you mean "standard"?`},
		},
		"last rule has when": {
			frame + "tracks: {standard: {}}\nchoose:\n  - {when: {party: first}, track: standard}\n",
			[]string{"6:12:choose[0].when"},
			[]string{"last rule takes every lead"},
		},
		"earlier rule without when": {
			frame + "tracks: {standard: {}}\nchoose:\n  - {track: standard}\n  - {when: {}, track: standard}\n  - {track: standard}\n",
			[]string{"6:5:choose[0]", "7:5:choose[1]"},
			[]string{"only the last rule"},
		},
		"conditions": {
			frame + "tracks: {standard: {}}\nchoose:\n  - {when: {party: frist, channel: fax, request: [], make: [Opel, Opel], colour: red}, track: standard}\n  - {track: standard}\n",
			[]string{
				"6:20:choose[0].when.party", "6:36:choose[0].when.channel", "6:50:choose[0].when.request",
				"6:67:choose[0].when.make[1]", "6:74:choose[0].when.colour",
			},
			[]string{`did you mean "first"?`, "is empty", "twice", "unknown key"},
		},
		"choose missing": {
			frame + "tracks: {a: {}, b: {}}\n", []string{"1:1:choose"}, []string{"is missing"},
		},
		"choose empty": {
			frame + "tracks: {a: {}}\nchoose: []\n", []string{"5:9:choose"}, []string{"at least one rule"},
		},
		"hours": {
			"timezone: Europe/Amsterdam\ncountry: NL\ncalendar:\n  open:\n    mon-fry: \"09:00-18:00\"\n" +
				"    mon: [\"09:00-12:00\", \"11:00-13:00\", \"10-12\", \"09:00-09:00\", \"24:00-02:00\", \"13:00\"]\ntracks: {a: {}}\n",
			[]string{
				"5:5:calendar.open.mon-fry", "6:26:calendar.open.mon[1]", "6:41:calendar.open.mon[2]",
				"6:50:calendar.open.mon[3]", "6:65:calendar.open.mon[4]", "6:80:calendar.open.mon[5]",
			},
			[]string{`did you mean "fri"?`, "overlaps", "begin and end at the same time", "cannot begin at 24:00", `"08:30-12:30"`},
		},
		"never opens": {
			"timezone: Europe/Amsterdam\ncountry: NL\ncalendar:\n  open: {sun: []}\ntracks: {a: {}}\n",
			[]string{"4:9:calendar.open"},
			[]string{"never opens"},
		},
		"dates": {
			"timezone: Europe/Amsterdam\ncountry: NL\ncalendar:\n  open: {sun: \"09:00-12:00\"}\n  closed: [\"2026-02-30\", 2026-12-25, 2026-12-25]\n" +
				"  special: {2026-13-01: \"09:00-10:00\", 2026-12-25: \"09:00-10:00\", 2026-12-26: []}\ntracks: {a: {}}\n",
			[]string{
				"5:12:calendar.closed[0]", "5:38:calendar.closed[2]", "6:13:calendar.special.2026-13-01",
				"6:40:calendar.special.2026-12-25", "6:79:calendar.special.2026-12-26",
			},
			[]string{"date that exists", "twice", "also under closed", "has no hours"},
		},
		"shifts": {
			frame + "tracks: {a: {}}\nshifts:\n  evening: {days: monday, hours: [\"18:00-21:00\", \"20:00-22:00\"], staff: [Someone]}\n  \"a b\": {}\n  night: {}\n",
			[]string{
				"6:19:shifts.evening.days", "6:50:shifts.evening.hours[1]", "6:74:shifts.evening.staff[0]",
				"7:3:shifts.a b", "8:10:shifts.night.hours",
			},
			[]string{`did you mean "mon"?`, "overlaps", "e-mail address like", "name of a shift", "is missing"},
		},
		"alias unknown": {
			track("    live_response: *fast\n"), []string{"6:20:tracks.standard.live_response"}, []string{"no anchor has this name"},
		},
		"tag": {
			track("    live_response: {due: !!str 15m}\n"), []string{"6:26:tracks.standard.live_response.due"}, []string{"tags have no meaning"},
		},
		"name": {frame + "tracks: {a: {}}\nname: {a: b}\n", []string{"5:7:name"}, []string{"must be a single value"}},
		"name of a track": {
			frame + "tracks: {-a: {}, \"jan@dealer.example\": {}}\n", []string{"4:10:tracks.-a", "4:18:tracks.…"}, []string{"name of a track"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places, all := faults(t, test.src)
			require.Equal(t, test.places, places, all)
			for _, words := range test.says {
				require.Contains(t, all, words)
			}
			require.NotContains(t, all, "jan@")
		})
	}
}

func TestParseTellsNoMoreThanAHundredFaults(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(frame + "tracks: {standard: {}}\n")
	for i := range 400 {
		fmt.Fprintf(&b, "extra%d: 1\n", i)
	}
	places, all := faults(t, b.String())
	require.Len(t, places, 101)
	require.Equal(t, "5:1:extra0", places[0])
	require.Contains(t, all, "and more from here on")
}

func TestParseRefusesWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	circle := frame + "tracks:\n  a: &a {live_response: *b}\n  b: &b {<<: *a}\n  c: &c {<<: *c}\n"
	var keys strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&keys, "%d: 1\n", i)
	}
	for name, test := range map[string]struct{ src, says string }{
		"size":       {frame + "# " + strings.Repeat("x", 256<<10), "may have 262144; shorten it"},
		"signs":      {keys.String(), "more than 16000 words"},
		"flow depth": {"a: " + strings.Repeat("[", 15_000), "nested more than 24"},
		"json depth": {strings.Repeat(`{"a":`, 3_500), "nested more than 24"},
		"dash depth": {strings.Repeat("- ", 10_000) + "a", "nested more than 24"},
		"tags":       {"a: " + strings.Repeat("!!x ", 10_000), "nested more than 24"},
		"circle":     {circle, "round in a circle"},
		"anchors":    {frame + "tracks: {a: &x {}, b: &x {}}\n", "anchor is named twice"},
		"latin-1":    {"name: caf\xe9\n", "UTF-8"},
		"nul":        {"name: a\x00b\n", "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, all := faults(t, test.src)
			require.Contains(t, all, test.says)
		})
	}
}

func TestParseBoundsWhatAliasesMultiply(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(frame + "tracks:\n  a:\n    attempts:\n      overdue: &o\n")
	for range 20 {
		b.WriteString("        - {to: [owner, next_salesperson, team, bdc, sales_manager, general_manager], notify: [email, sms, screen]}\n")
	}
	for i := range 98 {
		fmt.Fprintf(&b, "  t%d: {attempts: {overdue: *o}, live_response: {escalate: *o}, closing: {escalate: *o}}\n", i)
	}
	b.WriteString("choose: [{track: a}]\n")
	_, all := faults(t, b.String())
	require.Contains(t, all, "the aliases make the policy larger than 50000 values")
}

func TestParseFollowsAliasesAndMerges(t *testing.T) {
	t.Parallel()
	p := parse(t, frame+`
tracks:
  standard: &base
    clock: always
    live_response: &fast {due: 5m, remind_before: 1m}
    attempts: {max: 4}
  other:
    <<: *base
    attempts: {max: 8}
  third: {live_response: *fast}
choose: [{track: standard}]
`)
	require.Equal(t, policy.Always, p.Track("other").Clock)
	require.Equal(t, 8, p.Track("other").Attempts.Max)
	require.Equal(t, 4, p.Track("standard").Attempts.Max)
	require.Equal(t, p.Track("standard").LiveResponse, p.Track("third").LiveResponse)
	require.Equal(t, policy.OpeningHours, p.Track("third").Clock)
}

func TestParseReadsJSONAndForeignLineEnds(t *testing.T) {
	t.Parallel()
	yaml := parse(t, frame+"tracks:\n  standard: {live_response: {due: 20m}}\n")
	for name, src := range map[string]string{
		"json": "\ufeff{\n\t\"timezone\": \"Europe\\/Amsterdam\", \"country\": \"NL\",\r\n\t\"calendar\": {\"open\": {\"mon-fri\": [\"09:00-18:00\"]}},\n" +
			"\t\"tracks\": {\"standard\": {\"live_response\": {\"due\": \"20m\"}}}\n}\n",
		"crlf": strings.ReplaceAll(frame+"tracks:\n  standard: {live_response: {due: 20m}}\n", "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, src)
			require.Equal(t, yaml.Tracks, p.Tracks)
			require.Equal(t, yaml.Calendar.String(), p.Calendar.String())
			require.Equal(t, "Europe/Amsterdam", p.Zone.String())
		})
	}
	places, _ := faults(t, "{\n\t\"timezone\": \"Europe/Amsterdam\",\n\t\"colour\": 1}")
	require.Contains(t, places, "3:2:colour")
}

func TestParseFillsInTheYardstick(t *testing.T) {
	t.Parallel()
	p := parse(t, frame+"tracks: {only: {}}\n")
	require.Equal(t, "standard", p.Name)
	require.Equal(t, []lead.Phase{lead.BDC, lead.Showroom}, p.Phases)
	require.Equal(t, []policy.Rule{{Track: "only"}}, p.Rules)
	require.Equal(t, policy.DefaultTrack("only"), p.Track("only"))

	p = parse(t, frame+`
phases: showroom
tracks:
  only:
    auto_response: none
    assign: Manager@Dealer.example
    live_response: {due: 4m, escalate: []}
    attempts: {max: 2, overdue: []}
`)
	track := p.Track("only")
	require.Equal(t, []lead.Phase{lead.Showroom}, p.Phases)
	require.Empty(t, track.AutoResponse)
	require.Equal(t, []policy.Recipient{"manager@dealer.example"}, track.Assign.To)
	require.True(t, track.LiveResponse.RemindBefore.IsZero(), "the default reminder does not fit before 4m")
	require.Empty(t, track.LiveResponse.Escalate)
	require.Equal(t, 2, track.Attempts.Days)
	require.Equal(t, 2, track.Attempts.Dayparts)
	require.Empty(t, track.Attempts.Overdue)
}

// parse reads a policy that must be good.
func parse(tb testing.TB, src string) *policy.Policy {
	tb.Helper()
	p, err := policy.Parse([]byte(src))
	require.NoError(tb, err)
	return p
}
