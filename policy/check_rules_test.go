package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/doorbell-ilm/doorbell/policy"
)

// ruled is a dealer with an evening shift whose rules begin on line 8, each with
// a track of its own.
func ruled(conditions ...string) string {
	src := `timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00", sat: "10:00-16:00"}, closed: [2026-12-25]}
shifts: {evening: {days: mon-fri, hours: "18:00-22:00"}, late: {days: fri, hours: "20:00-22:00"}, lunch: {days: mon-sat, hours: "12:00-13:00"}}
tracks: {` + "\n"
	var tracks []string
	for i := range len(conditions) + 1 {
		tracks = append(tracks, fmt.Sprintf("t%d: {}", i))
	}
	src += strings.Join(tracks, ", ") + "}\nchoose:\n"
	for i, when := range conditions {
		src += fmt.Sprintf("  - {when: {%s}, track: t%d}\n", when, i)
	}
	return src + fmt.Sprintf("  - {track: t%d}\n", len(conditions))
}

func TestCheckFindsRulesThatNothingReaches(t *testing.T) {
	t.Parallel()
	// takes tells that the rule on line 8 takes all that the one on line 9 would.
	takes := func(conditions ...string) checkCase {
		return checkCase{
			src: ruled(conditions...), places: []string{"9:5:choose[1]"},
			says: []string{"no lead reaches this rule, because the rule on line 8 takes every one of them before and the track t1 is never chosen; put this rule above, or delete it"},
		}
	}
	clean := func(conditions ...string) checkCase { return checkCase{src: ruled(conditions...)} }
	never := func(words string, conditions ...string) checkCase {
		return checkCase{src: ruled(conditions...), places: []string{"note 8:12:choose[0].when"}, says: []string{words}}
	}
	requireChecked(t, map[string]checkCase{
		"the same rule twice":      takes("party: first, condition: new", "condition: new, party: first"),
		"more is asked below":      takes("party: first", "party: first, channel: web"),
		"fewer values below":       takes("request: [quote, test_drive]", "request: quote"),
		"more values below":        clean("request: quote", "request: [quote, test_drive]"),
		"other conditions":         clean("party: first", "channel: web"),
		"sources":                  takes("source: [portal, site]", "source: site"),
		"other sources":            clean("source: [portal]", "source: [site, portal]"),
		"capitals":                 takes("make: [RENAULT, dacia], language: NL", "make: Renault, model: Clio, language: nl"),
		"capitals of sources":      clean("source: Portal", "source: portal"),
		"prices":                   takes("price: {from: 20000}", "price: {from: 20000, below: 30000}"),
		"prices below":             takes("price: {below: 30000}", "price: {from: 10000, below: 30000}"),
		"a dearer one":             clean("price: {from: 20000}", "price: {from: 19999, below: 30000}"),
		"no bound":                 clean("price: {from: 20000, below: 30000}", "price: {from: 20000}"),
		"without a price":          clean("price: {from: 1}", "channel: web"),
		"every area in one":        takes(`postcode: ["38", 1000-1999]`, `postcode: [3811, 381-382, "1234 ab", 1500-1999, 10000-10999]`),
		"an area beside":           clean(`postcode: ["38", 1000-1999]`, `postcode: [3811, 2000]`),
		"an area around":           clean(`postcode: ["381", 1000-1999]`, `postcode: ["38"]`),
		"a range around":           clean(`postcode: [1000-1999]`, `postcode: ["1"]`),
		"longer codes":             clean(`postcode: [1000-1999]`, `postcode: [100-199]`),
		"letters in a range":       clean(`postcode: [10-19]`, `postcode: [1A]`),
		"a range around a range":   clean(`postcode: [1000-1999]`, `postcode: [1999-2000]`),
		"a prefix around a range":  clean(`postcode: ["19"]`, `postcode: [1900-2000]`),
		"customers":                takes("customer: new", "customer: new, channel: web"),
		"other customers":          clean("customer: known", "customer: new, channel: web"),
		"weekdays":                 takes("weekday: mon-fri", "weekday: [wed, fri]"),
		"every weekday":            takes("weekday: mon-sun, channel: web", "channel: web"),
		"more weekdays":            clean("weekday: mon-fri", "weekday: fri-sat"),
		"hours":                    takes(`hours: "08:00-20:00"`, `hours: ["09:00-10:00", "19:00-20:00"]`),
		"hours over midnight":      takes(`hours: ["22:00-02:00", "02:00-04:00"]`, `hours: ["23:00-03:00"]`),
		"more hours":               clean(`hours: ["22:00-02:00"]`, `hours: ["23:00-03:00"]`),
		"days of a shift":          takes("weekday: mon-fri", "shift: evening"),
		"hours of a shift":         takes(`hours: "18:00-22:00"`, "shift: evening"),
		"a shift in a shift":       takes("shift: evening", "shift: late"),
		"a shift around a shift":   clean("shift: late", "shift: evening"),
		"a shift in opening hours": takes("hours: open", "shift: lunch"),
		"an evening is closed":     takes("hours: closed", "shift: evening"),
		"closed at night":          takes("hours: closed", `hours: "22:00-06:00"`),
		"open on a closed day":     clean("hours: open", `weekday: mon-fri, hours: "10:00-12:00"`),
		"closed on Sunday":         takes("hours: closed", "weekday: sun"),
		"two rules together": {
			src: ruled("weekday: mon-thu, channel: [web, chat]", "party: first", "weekday: fri-sun, channel: web", "channel: web"), places: []string{"11:5:choose[3]"},
			says: []string{"no lead reaches this rule, because the rules on lines 8 and 10 together take every one of them before and the track t3 is never chosen"},
		},
		"nothing is left for the last": {
			src: ruled("hours: open, customer: known", "hours: closed", "customer: new"), places: []string{"11:5:choose[3]"},
			says: []string{"no lead is left for this rule, because the rules on lines 8, 9 and 10 together take every one before and the track t3 is never chosen; delete it, and the when of the rule above it"},
		},
		"one is left for the last":        clean("hours: open, customer: known", "hours: closed, customer: known"),
		"three parties and none":          clean("party: [first, second, third]"),
		"a shift off its days":            never("no moment of the week fits weekday and shift evening at once, so the rule never holds and the track t0 is never chosen; change or delete one of them", "weekday: sun, shift: evening"),
		"a shift off its hours":           never("fits shift evening and hours at once", `shift: evening, hours: "08:00-18:00"`),
		"a shift that is closed":          never("fits shift evening and hours open at once", "shift: evening, hours: open"),
		"a shift that is open":            never("fits shift lunch and hours closed at once", "shift: lunch, hours: closed"),
		"never open then":                 never("fits weekday and hours open at once", "weekday: sun, hours: open"),
		"all three":                       never("fits weekday, shift late and hours closed at once", "weekday: mon, shift: late, hours: closed"),
		"closed on a Friday at Christmas": clean("weekday: fri, hours: closed"),
		"a track of two rules": {
			src:    strings.Replace(ruled("channel: web", "channel: web"), "track: t2", "track: t1", 1),
			places: []string{"6:17:tracks.t2", "9:5:choose[1]"},
			says:   []string{"takes every one of them before; put this rule above", "no rule under choose names this track, so no lead gets it; add a rule or delete the track"},
		},
	})
}

func TestCheckKnowsADealerWhoNeverCloses(t *testing.T) {
	t.Parallel()
	src := func(calendar, when string) string {
		return "timezone: Asia/Kathmandu\ncountry: NP\ncalendar: " + calendar + "\ntracks: {a: {}}\nchoose:\n  - {when: {" + when + "}, track: a}\n  - {track: a}\n"
	}
	requireChecked(t, map[string]checkCase{
		"never closed": {
			src: src(`{open: {mon-sun: "00:00-24:00"}}`, "hours: closed"), places: []string{"note 6:12:choose[0].when"},
			says: []string{"no moment of the week fits hours closed, so the rule never holds; change the condition or delete the rule"},
		},
		"always open": {
			src: src(`{open: {mon-sun: "00:00-24:00"}}`, "hours: open"), places: []string{"7:5:choose[1]"},
			says: []string{"no lead is left for this rule, because the rule on line 6 takes every one before; delete it"},
		},
		"closed one day": {src: src(`{open: {mon-sun: "00:00-24:00"}, closed: 2026-12-25}`, "hours: closed, weekday: fri")},
		"closed one other day": {
			src: src(`{open: {mon-sun: "00:00-24:00"}, closed: 2026-12-25}`, "hours: closed, weekday: mon"), places: []string{"note 6:12:choose[0].when"},
		},
	})
}

// The clocks of Amsterdam show the hour from 02:00 on a night in October twice.
// A shift that begins at 02:30 runs when they show 02:15 for the second time.
func TestCheckKnowsTheHourThatComesTwice(t *testing.T) {
	t.Parallel()
	src := func(zone, begins string) string {
		return "timezone: " + zone + "\ncountry: NL\ncalendar: {open: {mon-fri: \"09:00-18:00\"}}\nshifts: {night: {hours: \"" + begins + "-04:00\"}}\n" +
			"tracks: {a: {}}\nchoose:\n  - {when: {shift: night, hours: \"02:00-02:30\"}, track: a}\n  - {track: a}\n"
	}
	never := []string{"note 7:12:choose[0].when"}
	requireChecked(t, map[string]checkCase{
		"inside the hour":           {src: src("Europe/Amsterdam", "02:30")},
		"after it":                  {src: src("Europe/Amsterdam", "03:00"), places: never},
		"where clocks do not move":  {src: src("Asia/Kathmandu", "02:30"), places: never},
		"where half an hour is put": {src: src("Australia/Lord_Howe", "02:30"), places: never},
	})
}

func TestCheckFollowsAliases(t *testing.T) {
	t.Parallel()
	requireChecked(t, map[string]checkCase{
		"a track like another": {
			src: frame + `tracks:
  a: &a
    assign: bdc
    live_response: &live {escalate: [{to: bdc}]}
  b:
    <<: *a
    attempts: {overdue: {to: owner}}
  c:
    live_response: *live
    attempts: {overdue: {to: owner}}
choose: [{when: {channel: phone}, track: b}, {when: {channel: web}, track: c}, {track: a}]
`,
			known: policy.Known{Staff: colleagues("salesperson", "sales_manager", "general_manager")},
			places: []string{
				"note 6:13:tracks.a.assign", "note 6:13:tracks.b.assign",
				"note 7:43:tracks.a.live_response.escalate[0].to", "note 7:43:tracks.b.live_response.escalate[0].to", "note 7:43:tracks.c.live_response.escalate[0].to",
			},
		},
	})
}
