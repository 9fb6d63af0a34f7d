package rehearse

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

func TestARateIsReadPerDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want float64
		says string
	}{
		{text: "40/day", want: 40},
		{text: "280/week", want: 40},
		{text: "0.5 / hour", want: 12},
		{text: "40", says: "write a rate like 40/day"},
		{text: "many/day", says: "write a rate like"},
		{text: "40/month", says: "write a rate like"},
		{text: "0/day", says: "more than 0"},
		{text: "-3/day", says: "more than 0"},
		{text: "NaN/day", says: "more than 0"},
		{text: "6000/day", says: "at most 5000"},
	} {
		got, err := ParseRate(c.text)
		if c.says != "" {
			require.ErrorContains(t, err, c.says, c.text)
			continue
		}
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-9)
	}
}

func TestAStreamHasItsRateAndTheShapeOfAWeek(t *testing.T) {
	t.Parallel()
	p := standard(t)
	from := time.Date(2026, 10, 5, 0, 0, 0, 0, p.Zone) // over a change of the clocks
	leads := Stream(p, from, 70, 100, 7)
	require.InDelta(t, 7000, len(leads), 350)
	evening, night, first, known := 0, 0, 0, 0
	for i, l := range leads {
		require.False(t, l.At.Before(from))
		require.True(t, l.At.Before(from.AddDate(0, 0, 70)))
		if i > 0 {
			require.False(t, l.At.Before(leads[i-1].At), "in their order")
		}
		switch hour := l.At.In(p.Zone).Hour(); {
		case hour == 20 || hour == 21:
			evening++
		case hour < 5:
			night++
		}
		if l.Subject.Party == lead.FirstParty {
			first++
		}
		if l.Subject.Known {
			known++
		}
		require.True(t, l.Reach.Phone || l.Reach.Email)
		require.NotEmpty(t, l.Subject.Source)
		require.Positive(t, l.Subject.Price)
		require.Equal(t, l.Subject.Party == lead.ThirdParty, l.Paid)
	}
	of := func(n int) float64 { return float64(n) / float64(len(leads)) }
	require.InDelta(t, 15.8/total(dayShape[:]), of(evening), 0.02)
	require.InDelta(t, 1.3/total(dayShape[:]), of(night), 0.01)
	require.InDelta(t, 0.40, of(first), 0.03)
	require.InDelta(t, 0.12, of(known), 0.02)
	require.Equal(t, leads, Stream(p, from, 70, 100, 7))
	require.NotEqual(t, leads[0], Stream(p, from, 70, 100, 8)[0])
}

// Whoever compares two policies compares them on the same customers.
func TestPoliciesWithOtherRulesGetTheSameCustomers(t *testing.T) {
	t.Parallel()
	rules := func(rules string) []Arrival {
		p := parse(t, small+"choose:\n"+rules+"  - {track: standard}\ntracks: {special: {}, standard: {}}\n")
		return Stream(p, time.Date(2026, 11, 2, 0, 0, 0, 0, p.Zone), 30, 20, 5)
	}
	plain := rules("  - {when: {condition: [new], customer: known}, track: special}\n")
	require.Greater(t, len(plain), 500)
	named := map[string]int{}
	for rule, forget := range map[string]func(*policy.Subject, *policy.Subject){
		`{weekday: [sat], price: {from: 40000}}`: func(*policy.Subject, *policy.Subject) {},
		`{postcode: ["3800-3899", "41"]}`: func(s, o *policy.Subject) {
			if s.Postcode != o.Postcode {
				require.Contains(t, []string{"3800", "41"}, s.Postcode)
			}
			named["postcode"]++
			s.Postcode = o.Postcode
		},
		`{language: [de, fr]}`: func(s, o *policy.Subject) {
			if s.Language != "" {
				require.Contains(t, []string{"de", "fr"}, s.Language)
				named["language"]++
			}
			s.Language = o.Language
		},
		`{source: [autoplein], make: [Renault], model: [Clio]}`: func(s, o *policy.Subject) {
			if s.Source != o.Source {
				require.Equal(t, lead.ThirdParty, s.Party)
				require.Equal(t, "autoplein", s.Source)
				named["source"]++
			}
			require.Contains(t, []string{"", "Renault"}, s.Make)
			require.Contains(t, []string{"", "Clio"}, s.Model)
			s.Source, s.Make, s.Model = o.Source, o.Make, o.Model
		},
	} {
		other := rules("  - {when: " + rule + ", track: special}\n")
		require.Len(t, other, len(plain), rule)
		for i := range other {
			require.True(t, plain[i].At.Equal(other[i].At), rule)
			forget(&other[i].Subject, &plain[i].Subject)
			other[i].At = plain[i].At // zones and all
			require.Equal(t, plain[i], other[i], rule)
		}
	}
	for _, what := range []string{"postcode", "language", "source"} {
		require.Positive(t, named[what], what)
	}
}

// A value more takes its part of the leads and leaves the others as they were.
func TestOneMoreNameTakesItsShareAndNoMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching("[A-Za-z]{0,8}"), 2, 6, rapid.ID).Draw(t, "names")
		last, d := names[len(names)-1], dice(rapid.Uint64().Draw(t, "seed"), 1)
		taken := 0
		const leads = 2000
		for range leads {
			lots := d.Uint64()
			before, after := byLot(lots, names[:len(names)-1]), byLot(lots, names)
			if after != before {
				require.Equal(t, last, after)
				taken++
			}
		}
		require.InDelta(t, 1/float64(len(names)), float64(taken)/leads, 0.07)
	})
}

func TestAStreamTriesEveryRule(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`choose:
  - {when: {source: [autoplein], party: third}, track: portal}
  - {when: {make: [Renault]}, track: renault}
  - {when: {postcode: ["3800-3899"]}, track: near}
  - {when: {language: [de]}, track: german}
  - {when: {price: {from: 40000}}, track: dear}
  - {when: {customer: known}, track: known}
  - {track: standard}
tracks: {portal: {}, renault: {}, near: {}, german: {}, dear: {}, known: {}, standard: {}}
`)
	met := map[string]int{}
	for _, l := range Stream(p, time.Date(2026, 11, 2, 0, 0, 0, 0, p.Zone), 30, 40, 1) {
		s := l.Subject
		s.ReceivedAt = l.At
		track, _ := p.Choose(s)
		met[track.Name]++
	}
	require.Len(t, met, len(p.Tracks), "%v", met)
}
