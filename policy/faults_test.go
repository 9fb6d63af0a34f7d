package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rule puts one rule's conditions on line 6, column 12, before the last rule.
func rule(when string) string {
	return frame + "tracks: {a: {}}\nchoose:\n  - {when: {" + when + "}, track: a}\n  - {track: a}\n"
}

type faultCase struct {
	src    string
	places []string
	says   []string
}

func requireFaults(t *testing.T, cases map[string]faultCase) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places, all := faults(t, test.src)
			require.Equal(t, test.places, places, all)
			for _, words := range test.says {
				require.Contains(t, all, words)
			}
			require.NotContains(t, strings.ReplaceAll(all, "like name@dealer.example", ""), "@")
		})
	}
}

func TestParseTellsFaultsInConditions(t *testing.T) {
	t.Parallel()
	const when = "choose[0].when."
	requireFaults(t, map[string]faultCase{
		"hours, a word mistyped": {
			rule("hours: opne"),
			[]string{"6:20:" + when + "hours"},
			[]string{`"opne" is not known (did you mean "open"?); write open, closed or hours like "18:00-24:00"`},
		},
		"hours, a word among blocks": {
			rule(`hours: ["18:00-20:00", closed]`),
			[]string{"6:36:" + when + "hours[1]"},
			[]string{"closed stands alone; delete it, or delete the other hours"},
		},
		"hours, both words": {
			rule(`hours: [open, closed]`),
			[]string{"6:21:" + when + "hours[0]", "6:27:" + when + "hours[1]"},
			[]string{"open stands alone"},
		},
		"hours, bad blocks": {
			rule(`hours: ["18-24", "18:00", "25:00-26:00", "18:00-18:00", "24:00-02:00", "09:00-10:00", "09:00-10:00"]`),
			[]string{
				"6:21:" + when + "hours[0]", "6:30:" + when + "hours[1]", "6:39:" + when + "hours[2]",
				"6:54:" + when + "hours[3]", "6:69:" + when + "hours[4]", "6:99:" + when + "hours[6]",
			},
			[]string{`"08:30-12:30"`, "time of day like 08:30", "begin and end at the same time", "cannot begin at 24:00", "twice"},
		},
		"hours, empty": {rule("hours: []"), []string{"6:20:" + when + "hours"}, []string{"is empty; write open, closed or hours like"}},
		"hours, a section": {
			rule("hours: {from: 9}"), []string{"6:20:" + when + "hours"}, []string{"must be a single value"},
		},
		"hours, nothing": {rule("hours: "), []string{"6:13:" + when + "hours"}, []string{"has no value"}},
		"price, one number": {
			rule("price: 20000"), []string{"6:20:" + when + "price"}, []string{"must be a section"},
		},
		"price, no bound": {
			rule("price: {}"), []string{"6:20:" + when + "price"}, []string{"{from: 20000, below: 35000}"},
		},
		"price, unknown bound": {
			rule("price: {from: 1, to: 2}"), []string{"6:30:" + when + "price.to"}, []string{"unknown key; known are from or below"},
		},
		"price, turned round": {
			rule("price: {from: 35000, below: 20000}"),
			[]string{"6:41:" + when + "price.below"},
			[]string{"must be more than 35000, where the range begins"},
		},
		"price, nothing between": {
			rule("price: {from: 9.99, below: 9.99}"),
			[]string{"6:40:" + when + "price.below"},
			[]string{"must be more than 9.99"},
		},
		"price, below nothing": {
			rule("price: {below: 0}"), []string{"6:28:" + when + "price.below"}, []string{"must be more than 0"},
		},
		"price, from nothing on": {
			rule("price: {from: 0}"), []string{"6:27:" + when + "price.from"}, []string{"every price is from 0"},
		},
		"price, no amounts": {
			rule("price: {from: 20.000, below: -1}"),
			[]string{"6:27:" + when + "price.from", "6:42:" + when + "price.below"},
			[]string{"must be an amount like 20000 or 19999.95"},
		},
		"price, more that are no amounts": {
			rule("price: {from: €200, below: 1e5}"),
			[]string{"6:27:" + when + "price.from", "6:40:" + when + "price.below"},
			nil,
		},
		"price, too much": {
			rule(`price: {from: "20,000", below: 1000000000}`),
			[]string{"6:27:" + when + "price.from", "6:44:" + when + "price.below"},
			[]string{"below a thousand million and without signs between the thousands"},
		},
		"price, one good bound": {
			rule("price: {from: 1_000, below: 500}"), []string{"6:27:" + when + "price.from"}, nil,
		},
		"postcode": {
			rule(`postcode: ["", "1999-1000", "10–19", "38*", 1234567890123, "1234-123456789", "38", 3 8]`),
			[]string{
				"6:24:" + when + "postcode[0]", "6:28:" + when + "postcode[1]", "6:41:" + when + "postcode[2]",
				"6:50:" + when + "postcode[3]", "6:57:" + when + "postcode[4]", "6:72:" + when + "postcode[5]",
				"6:96:" + when + "postcode[7]",
			},
			[]string{"beginning of a postal code like 38 or SW1, or a range of digits like 1000-1999", "begins after it ends", "twice"},
		},
		"postcode, empty": {rule("postcode: []"), []string{"6:23:" + when + "postcode"}, []string{"is empty"}},
		"customer": {
			rule("customer: nwe"), []string{"6:23:" + when + "customer"}, []string{`did you mean "new"?`, "known or new"},
		},
		"customer, both": {
			rule("customer: [known, new]"), []string{"6:23:" + when + "customer"}, []string{"must be a single value"},
		},
		"language": {
			rule("language: [dutch, n1, NL, nl]"),
			[]string{"6:24:" + when + "language[0]", "6:31:" + when + "language[1]", "6:39:" + when + "language[3]"},
			[]string{"two letters of a language, for example nl", "twice"},
		},
		"language, empty": {rule("language: []"), []string{"6:23:" + when + "language"}, []string{"is empty"}},
		"key mistyped": {
			rule("postcodes: 38, hour: open"),
			[]string{"6:13:" + when + "postcodes", "6:28:" + when + "hour"},
			[]string{`did you mean "postcode"?`, `did you mean "hours"?`},
		},
	})
}

func TestParseTellsFaultsAboutPeople(t *testing.T) {
	t.Parallel()
	with := func(part string) string { return frame + "tracks: {a: {}}\n" + part + "\n" }
	requireFaults(t, map[string]faultCase{
		"groups": {
			with("groups: {team: ann@dealer.example, night: [], \"a b\": ann@dealer.example, day: [Ann, bo@dealer.example, BO@dealer.example], none: }"),
			[]string{
				"5:10:groups.team", "5:43:groups.night", "5:47:groups.a b", "5:80:groups.day[0]",
				"5:104:groups.day[2]", "5:124:groups.none",
			},
			[]string{"names a role already", "name at least one member", "name of a group", "e-mail address like name@dealer.example", "twice"},
		},
		"groups, words of other places": {
			with("groups: {fewest_open: a@dealer.example, owner_of_customer: b@dealer.example, marketer: c@dealer.example}"),
			[]string{"5:10:groups.fewest_open", "5:41:groups.owner_of_customer", "5:78:groups.marketer"},
			[]string{"names a role already; give the group another name"},
		},
		"groups, a list": {with("groups: [a]"), []string{"5:9:groups"}, []string{"must be a section"}},
		"group unknown": {
			frame + "groups: {nights: ann@dealer.example}\ntracks:\n  a: {live_response: {escalate: {to: [night, nights]}}}\n",
			[]string{"6:39:tracks.a.live_response.escalate.to[0]"},
			[]string{`"night" is not known (did you mean "nights"?)`, "general_manager, marketer, a name under groups, or the e-mail address"},
		},
		"a group whose members are wrong is still a group": {
			frame + "groups: {night: [Ann]}\ntracks:\n  a: {assign: night}\n",
			[]string{"4:18:groups.night[0]"},
			nil,
		},
		"departments": {
			with("departments: {services: s@dealer.example, parts: desk, hr: }"),
			[]string{"5:15:departments.services", "5:50:departments.parts", "5:56:departments.hr"},
			[]string{`did you mean "service"?`, "service, parts, aftersales, finance, hr, other_dealer or buying", "e-mail address", "has no value"},
		},
		"earning without norm": {
			with("earning: {sample: 20}"), []string{"5:10:earning.norm"}, []string{"is missing; add it, for example norm: 30%"},
		},
		"earning": {
			with("earning: {result: sold, norm: 30, sample: 4, window: 12h, judge: soon}"),
			[]string{"5:19:earning.result", "5:31:earning.norm", "5:43:earning.sample", "5:54:earning.window", "5:66:earning.judge"},
			[]string{
				"appointment, visit or won", "percentage from 1% to 100%, written with its sign", "from 5 to 1000",
				"whole days, for example 90d", "duration like",
			},
		},
		"norm out of range": {with("earning: {norm: 0%}"), []string{"5:17:earning.norm"}, []string{"from 1% to 100%"}},
		"norm above":        {with("earning: {norm: 101%}"), []string{"5:17:earning.norm"}, nil},
		"norm as a number":  {with("earning: {norm: 0.3%}"), []string{"5:17:earning.norm"}, nil},
		"norm with a sign":  {with("earning: {norm: +30%}"), []string{"5:17:earning.norm"}, nil},
		"judge too long": {
			with("earning: {norm: 30%, window: 30d, judge: 30d}"), []string{"5:42:earning.judge"}, []string{"shorter than window, which is 30d"},
		},
		"judge too long in hours": {
			with("earning: {norm: 30%, window: 2d, judge: 48h}"), []string{"5:41:earning.judge"}, []string{"shorter than window, which is 2d"},
		},
		"judge longer than the usual window": {
			with("earning: {norm: 30%, judge: 100d}"), []string{"5:29:earning.judge"}, []string{"which is 90d"},
		},
		"window shorter than the usual judge": {
			with("earning: {norm: 30%, window: 7d}"),
			[]string{"5:30:earning.window"},
			[]string{"must be longer than judge, which is 7d when it is not written; add a shorter judge"},
		},
		"follow-ups": {
			with("follow_ups:\n  refund_clam: {}\n  refund_claim: {to: team, in: 2d}\n  letter: {within: now, escalate: {to: nobody}}\n  video:"),
			[]string{
				"6:3:follow_ups.refund_clam", "7:22:follow_ups.refund_claim.to", "7:28:follow_ups.refund_claim.in",
				"8:20:follow_ups.letter.within", "8:40:follow_ups.letter.escalate.to", "9:3:follow_ups.video",
			},
			[]string{
				`unknown follow-up (did you mean "refund_claim"?)`, `"team" is not known; write owner, bdc, sales_manager, general_manager, marketer`,
				"unknown key", "has no value",
			},
		},
		"follow-ups that nobody does": {
			with("follow_ups: {try_again: {}, contact_later: {}, soft_reminder: {}, do_not_contact: {}, celebrate: {}, link: {}}"),
			[]string{
				"5:14:follow_ups.try_again", "5:29:follow_ups.contact_later", "5:48:follow_ups.soft_reminder",
				"5:67:follow_ups.do_not_contact", "5:87:follow_ups.celebrate", "5:102:follow_ups.link",
			},
			[]string{"Doorbell does this follow-up by itself; delete it"},
		},
	})
}

func TestParseTellsFaultsInTheNewPartsOfATrack(t *testing.T) {
	t.Parallel()
	track := func(part string) string { return frame + "tracks:\n  a: {" + part + "}\n" }
	requireFaults(t, map[string]faultCase{
		"assign": {
			track("assign: {to: [team, next_salesperson, next_salesperson], match: [make, brand]}"),
			[]string{"5:21:tracks.a.assign.to[0]", "5:45:tracks.a.assign.to[2]", "5:78:tracks.a.assign.match[1]"},
			[]string{`"team" is not known; write next_salesperson, fewest_open, bdc, owner_of_customer, sales_manager, general_manager, a name`, "twice", "make or language"},
		},
		"assign to nobody":  {track("assign: {to: []}"), []string{"5:20:tracks.a.assign.to"}, []string{"name at least one, for example next_salesperson"}},
		"assign without to": {track("assign: {match: make}"), []string{"5:15:tracks.a.assign.to"}, []string{"is missing"}},
		"assign mistyped":   {track("assign: fewest_opn"), []string{"5:15:tracks.a.assign"}, []string{`did you mean "fewest_open"?`}},
		"assign nothing":    {track("assign: "), []string{"5:7:tracks.a.assign"}, []string{"has no value"}},
		"follow-up": {
			track("follow_up: {due: tomorrow, escalate: [{to: fewest_open}], remind: 1h}"),
			[]string{"5:24:tracks.a.follow_up.due", "5:50:tracks.a.follow_up.escalate[0].to", "5:65:tracks.a.follow_up.remind"},
			[]string{"duration like", "is not known", "known are due or escalate"},
		},
		"clock of a step": {
			track("closing: {escalate: [{clock: allways, to: team}]}"),
			[]string{"5:36:tracks.a.closing.escalate[0].clock"},
			[]string{`did you mean "always"?`, "opening_hours or always"},
		},
		"order of steps, the sooner clock later": {
			track("attempts: {overdue: [{after: 1h, to: team}, {clock: always, after: 30m, to: team}]}"),
			[]string{"5:74:tracks.a.attempts.overdue[1].after"},
			[]string{"before the step above, which is after 1h"},
		},
		"order of steps, one clock": {
			track("attempts: {overdue: [{clock: always, after: 1h, to: team}, {clock: always, after: 30m, to: team}]}"),
			[]string{"5:89:tracks.a.attempts.overdue[1].after"},
			nil,
		},
		"stop_on": {
			track("contact: {at: 1d, task: letter, stop_on: [answer, visit, answer]}"),
			[]string{"5:57:tracks.a.contact.stop_on[1]", "5:64:tracks.a.contact.stop_on[2]"},
			[]string{"answer, conversation or appointment", "twice"},
		},
		"closing": {
			track("closing: {value: 0, sample: 110%, self_reported: yes, by: marketer}"),
			[]string{
				"5:24:tracks.a.closing.value", "5:35:tracks.a.closing.sample", "5:56:tracks.a.closing.self_reported",
				"5:65:tracks.a.closing.by",
			},
			[]string{"must be more than 0", "from 0% to 100%", "true or false", "is not known"},
		},
		"closing, without effect": {
			track("closing: {value: 40000, sample: 0%, self_reported: false, approve: never}"),
			[]string{"5:24:tracks.a.closing.value", "5:39:tracks.a.closing.sample", "5:58:tracks.a.closing.self_reported"},
			[]string{"has no effect with approve: never; delete it or write approve: by_reason"},
		},
	})
}

// Steps on different clocks may stand in any order that some day makes true.
func TestParseKeepsStepsOfDifferentClocks(t *testing.T) {
	t.Parallel()
	p := parse(t, frame+"tracks: {a: {attempts: {overdue: [{clock: always, after: 2h, to: team}, {after: 1h, to: owner}]}}}\n")
	require.Len(t, p.Track("a").Attempts.Overdue, 2)
}

func TestParseBoundsGroups(t *testing.T) {
	t.Parallel()
	var groups strings.Builder
	for i := range 101 {
		fmt.Fprintf(&groups, "g%d: a@dealer.example, ", i)
	}
	places, all := faults(t, frame+"tracks: {a: {}}\ngroups: {"+groups.String()+"}\n")
	require.Equal(t, []string{"5:9:groups"}, places)
	require.Contains(t, all, "has 101 groups and may have 100")
}
