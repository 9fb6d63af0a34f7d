package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// drawStretch draws hours of a day on half hours, sometimes over midnight, often
// around 02:00, where clocks move.
func drawStretch(t *rapid.T, label string) string {
	halves := []int{0, 2, 3, 4, 5, 6, 8, 18, 24, 36, 44, 47}
	from := rapid.SampledFrom(halves).Draw(t, label+" from")
	to := rapid.SampledFrom(append(halves[1:], 48)).Filter(func(n int) bool { return n != from }).Draw(t, label+" to")
	return fmt.Sprintf("%q", clock(from*6)+"-"+clock(to*6))
}

// drawTimes draws conditions on the time and the customer of a lead.
func drawTimes(t *rapid.T, shifts bool) []string {
	var when []string
	add := func(text string) { when = append(when, text) }
	if rapid.Bool().Draw(t, "weekday") {
		add("weekday: " + rapid.SampledFrom([]string{"mon-fri", "sat-sun", "sun", "mon-sun", "fri-sun", "mon-sat"}).Draw(t, "days"))
	}
	switch rapid.IntRange(0, 3).Draw(t, "hours") {
	case 0:
		add("hours: " + rapid.SampledFrom([]string{"open", "closed"}).Draw(t, "word"))
	case 1:
		add("hours: [" + drawStretch(t, "hours") + "]")
	}
	if shifts && rapid.Bool().Draw(t, "shift") {
		add("shift: " + rapid.SampledFrom([]string{"s0", "s1", "s2"}).Draw(t, "which"))
	}
	if rapid.IntRange(0, 2).Draw(t, "customer") == 0 {
		add("customer: " + rapid.SampledFrom([]string{"known", "new"}).Draw(t, "which customer"))
	}
	return when
}

// drawWhen draws conditions over few values, so that rules often cover others.
func drawWhen(t *rapid.T) string {
	when := drawTimes(t, true)
	add := func(name string, values ...string) {
		if rapid.IntRange(0, 4).Draw(t, name) == 0 {
			when = append(when, name+": ["+strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(values), 1, 2, rapid.ID).Draw(t, "values"), ", ")+"]")
		}
	}
	add("party", "first", "third")
	add("source", "site", "portal")
	add("make", "Renault", "RENAULT", "dacia")
	add("language", "NL", "de", "en")
	add("postcode", "38", "381", "3800-3899", "10-19", "3811AA")
	if rapid.IntRange(0, 4).Draw(t, "price") == 0 {
		when = append(when, rapid.SampledFrom([]string{
			"price: {from: 100}", "price: {below: 200}", "price: {from: 100, below: 200}", "price: {from: 150, below: 200}",
		}).Draw(t, "range"))
	}
	if len(when) == 0 {
		when = append(when, "channel: web")
	}
	return strings.Join(when, ", ")
}

// drawLead draws a lead that such rules may take, around changes of the
// clocks, special and closed days or anywhere in a year.
func drawLead(t *rapid.T, c *policy.Calendar) policy.Subject {
	return policy.Subject{
		Party:      rapid.SampledFrom([]lead.Party{lead.FirstParty, lead.ThirdParty}).Draw(t, "party"),
		Source:     rapid.SampledFrom([]string{"site", "portal"}).Draw(t, "source"),
		Channel:    rapid.SampledFrom([]lead.Channel{lead.Web, lead.Phone}).Draw(t, "channel"),
		Make:       rapid.SampledFrom([]string{"renault", "Dacia", ""}).Draw(t, "make"),
		Language:   rapid.SampledFrom([]string{"nl", "de", ""}).Draw(t, "language"),
		Postcode:   rapid.SampledFrom([]string{"3811 AA", "3899", "38", "1500", ""}).Draw(t, "postcode"),
		Price:      rapid.SampledFrom([]int64{0, 99_99, 100_00, 150_00, 199_99, 200_00}).Draw(t, "price"),
		Known:      rapid.Bool().Draw(t, "known"),
		ReceivedAt: drawInstant(t, c, "received"),
	}
}

// ruleFaults returns the numbers of the rules that a check says no lead reaches.
func ruleFaults(t require.TestingT, p *policy.Policy) map[int]bool {
	dead := map[int]bool{}
	for _, e := range p.Check(policy.Known{}) {
		var n int
		_, err := fmt.Sscanf(e.Key, "choose[%d]", &n)
		require.NoError(t, err, e)
		dead[n] = true
	}
	return dead
}

// oneTrackEach writes rules, each with a track of its own.
func oneTrackEach(rules []string) string {
	var tracks, choose strings.Builder
	for i, when := range rules {
		fmt.Fprintf(&tracks, "t%d: {}, ", i)
		fmt.Fprintf(&choose, "  - {when: {%s}, track: t%d}\n", when, i)
	}
	return fmt.Sprintf("tracks: {%st%d: {}}\nchoose:\n%s  - {track: t%d}\n", tracks.String(), len(rules), choose.String(), len(rules))
}

// A rule that is said to be out of reach must never take a lead.
func TestCheckNeverDeniesARuleThatTakesLeads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var shifts []string
		for i := range 3 {
			shifts = append(shifts, fmt.Sprintf("s%d: {days: %s, hours: %s}", i,
				rapid.SampledFrom([]string{"mon-fri", "sun", "mon-sun"}).Draw(t, "shift days"), drawStretch(t, "shift")))
		}
		src := fmt.Sprintf("timezone: %s\ncountry: NL\ncalendar:\n  open: {mon-fri: %s, sun: %s}\n  closed: [2026-10-26, 2026-12-25]\n  special: {2026-10-25: %s}\nshifts: {%s}\n%s",
			rapid.SampledFrom([]string{amsterdam, lordHowe, stJohns, kathmandu}).Draw(t, "zone"),
			drawStretch(t, "open"), drawStretch(t, "open on Sunday"), drawStretch(t, "special"), strings.Join(shifts, ", "),
			oneTrackEach(rapid.SliceOfN(rapid.Custom(drawWhen), 1, 8).Draw(t, "rules")))
		p := readGood(t, src)
		dead := ruleFaults(t, p)
		for range 100 {
			track, _ := p.Choose(drawLead(t, p.Calendar))
			var n int
			_, err := fmt.Sscanf(track.Name, "t%d", &n)
			require.NoError(t, err)
			require.False(t, dead[n], "rule %d of\n%s", n, src)
		}
	})
}

// Where only the time and the customer decide, and no day is unlike its
// weekday, a rule is out of reach exactly when it is said to be.
func TestCheckFindsEveryRuleOutOfReachByTime(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			when := drawTimes(t, false)
			if len(when) == 0 {
				when = []string{"customer: new"}
			}
			return strings.Join(when, ", ")
		}), 1, 6).Draw(t, "rules")
		src := fmt.Sprintf("timezone: %s\ncountry: NL\ncalendar: {open: {mon-fri: %s, sun: %s}}\n%s",
			kathmandu, drawStretch(t, "open"), drawStretch(t, "open on Sunday"), oneTrackEach(rules))
		p := readGood(t, src)
		chosen := map[string]bool{}
		for half := range 2 * 24 * 7 {
			for _, known := range []bool{true, false} {
				// Kathmandu is ahead by three quarters of an hour.
				at := monday.Add(time.Duration(half)*30*time.Minute - 5*time.Hour - 45*time.Minute)
				track, _ := p.Choose(policy.Subject{Known: known, ReceivedAt: at})
				chosen[track.Name] = true
			}
		}
		dead := ruleFaults(t, p)
		for i := range p.Rules {
			require.Equal(t, !chosen[p.Rules[i].Track], dead[i], "rule %d of\n%s", i, src)
		}
	})
}

// A step that is said to find nobody must find nobody, and repeats that are
// said never to happen must come after the next step.
func TestCheckNeverDeniesAStepThatHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		drawStep := func(t *rapid.T) string {
			text := fmt.Sprintf("after: %dm, to: [%s]", rapid.IntRange(0, 6).Draw(t, "after")*10,
				strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a@x.example", "b@x.example", "night", "owner"}), 1, 3, rapid.ID).Draw(t, "to"), ", "))
			if clock := rapid.SampledFrom([]string{"", "always", "opening_hours"}).Draw(t, "clock"); clock != "" {
				text += ", clock: " + clock
			}
			if rapid.Bool().Draw(t, "repeat") {
				text += fmt.Sprintf(", repeat: {every: %dm, times: 3}", rapid.IntRange(1, 6).Draw(t, "every")*10)
			}
			return "{" + text + "}"
		}
		src := fmt.Sprintf("timezone: %s\ncountry: NL\ncalendar: {open: {mon-fri: %s, sun: %s}, closed: [2026-10-26], special: {2026-10-25: %s}}\n"+
			"shifts: {one: {days: %s, hours: %s, staff: a@x.example}, two: {hours: %s, staff: [b@x.example, a@x.example]}}\n"+
			"groups: {night: [b@x.example]}\ntracks: {s: {clock: %s, live_response: {escalate: [%s]}}}\n",
			rapid.SampledFrom([]string{amsterdam, lordHowe, stJohns}).Draw(t, "zone"),
			drawStretch(t, "open"), drawStretch(t, "open on Sunday"), drawStretch(t, "special"),
			rapid.SampledFrom([]string{"mon-fri", "sun", "mon-sun"}).Draw(t, "shift days"), drawStretch(t, "one"), drawStretch(t, "two"),
			rapid.SampledFrom([]string{"opening_hours", "opening_hours", "always"}).Draw(t, "track clock"),
			strings.Join(rapid.SliceOfN(rapid.Custom(drawStep), 1, 4).Draw(t, "steps"), ", "))
		p, err := policy.Parse([]byte(src))
		if err != nil { // steps out of order, or blocks that overlap
			t.Skip(err)
		}
		address := map[policy.Recipient]string{"a@x.example": "a@x.example", "b@x.example": "b@x.example", "night": "b@x.example"}
		track := p.Track("s")
		steps := track.LiveResponse.Escalate
		for _, e := range p.Check(policy.Known{}) {
			var n int
			var what string
			_, err := fmt.Sscanf(e.Key, "tracks.s.live_response.escalate[%d].%s", &n, &what)
			require.NoError(t, err, e)
			for range 20 {
				due := p.After(track, drawInstant(t, p.Calendar, "start"), policy.Duration{})
				if what == "repeat" {
					require.False(t, p.StepAt(track, due, steps[n+1], 0).After(p.StepAt(track, due, steps[n], 1)), "%s\n%s", e.Key, src)
					continue
				}
				at := p.StepAt(track, due, steps[n], rapid.IntRange(0, steps[n].Times).Draw(t, "repetition"))
				for _, to := range steps[n].To {
					require.Contains(t, address, to, "%s\n%s", e.Key, src)
					require.False(t, p.OnDuty(address[to], at), "%s\n%s", e.Key, src)
				}
			}
		}
	})
}

// Whatever a policy says, a check tells places in the file, in their order, and
// no addresses.
func TestCheckTellsPlacesInTheFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := changed(t, rapid.SampledFrom([]string{everySection, everything, manyRules}).Draw(t, "start"))
		p, err := policy.Parse(text)
		if err != nil {
			return
		}
		last := policy.Error{Line: 1, Column: 1}
		for _, e := range p.Check(known) {
			require.True(t, e.Line == last.Line && e.Column >= last.Column || e.Line > last.Line, "%v after %v", e, last)
			require.LessOrEqual(t, e.Column, len(text)+1)
			require.NotEmpty(t, e.Key)
			require.NotContains(t, e.Error(), "@")
			last = e
		}
	})
}

// readGood is parse within a property.
func readGood(t require.TestingT, src string) *policy.Policy {
	p, err := policy.Parse([]byte(src))
	require.NoError(t, err, src)
	return p
}
