package policy_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// demand is one condition as a manager would explain it: how it is written, and
// what it says when it holds for a lead ("" when it does not).
type demand struct {
	yaml string
	says func(policy.Subject) string
}

// The dealer of the property is open on working days from nine to six, and his
// evening shift runs until two in the morning.
const demandFrame = "timezone: Europe/Amsterdam\ncountry: NL\ncalendar: {open: {mon-fri: \"09:00-18:00\"}}\n" +
	"shifts: {evening: {days: mon-fri, hours: \"18:00-02:00\"}}\n"

func minuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }

func workingDay(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

func drawWords(t *rapid.T, key string, words []string, of func(policy.Subject) string, suffix string) demand {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 3, rapid.ID[string]).Draw(t, key)
	return demand{key + ": [" + strings.Join(some, ", ") + "]", func(s policy.Subject) string {
		for _, word := range some {
			if strings.EqualFold(word, of(s)) {
				return of(s) + suffix
			}
		}
		return ""
	}}
}

func drawPrice(t *rapid.T) demand {
	from, below := rapid.IntRange(0, 3).Draw(t, "from"), rapid.IntRange(0, 3).Draw(t, "range")
	if from == 0 && below == 0 {
		below = 1
	}
	var bounds, words []string
	if from > 0 {
		bounds, words = append(bounds, fmt.Sprintf("from: %d", from*1000)), append(words, fmt.Sprintf("from %d", from*1000))
	}
	if below > 0 {
		bounds, words = append(bounds, fmt.Sprintf("below: %d", (from+below)*1000)), append(words, fmt.Sprintf("below %d", (from+below)*1000))
	}
	return demand{"price: {" + strings.Join(bounds, ", ") + "}", func(s policy.Subject) string {
		euros := float64(s.Price) / 100
		if s.Price == 0 || euros < float64(from*1000) || below > 0 && euros >= float64((from+below)*1000) {
			return ""
		}
		return "price " + strings.Join(words, " ")
	}}
}

func drawHours(t *rapid.T) demand {
	if word := rapid.SampledFrom([]string{"open", "closed", ""}).Draw(t, "hours"); word != "" {
		return demand{"hours: " + word, func(s policy.Subject) string {
			open := workingDay(s.ReceivedAt) && s.ReceivedAt.Hour() >= 9 && s.ReceivedAt.Hour() < 18
			switch {
			case open && word == "open":
				return "in opening hours"
			case !open && word == "closed":
				return "outside opening hours"
			}
			return ""
		}}
	}
	texts := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
		ends := rapid.SliceOfNDistinct(rapid.IntRange(0, 24*12-1), 2, 2, rapid.ID[int]).Draw(t, "block")
		return clock(ends[0]) + "-" + clock(ends[1])
	}), 1, 3, rapid.ID[string]).Draw(t, "blocks")
	return demand{`hours: ["` + strings.Join(texts, `", "`) + `"]`, func(s policy.Subject) string {
		now := s.ReceivedAt.Format("15:04")
		for _, text := range texts {
			from, to, _ := strings.Cut(text, "-")
			// Times of day in digits compare as text.
			if from < to && from <= now && now < to || from > to && (now >= from || now < to) {
				return strings.Replace(text, "-00:00", "-24:00", 1)
			}
		}
		return ""
	}}
}

func drawAreas(t *rapid.T) demand {
	texts := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"38", "3811", "3811 AB", "1000-1999", "30-38", "38000-38199", "SW1", "sw1a-1", "00-9", "0", "3",
	}), 1, 4, rapid.ID[string]).Draw(t, "areas")
	return demand{`postcode: ["` + strings.Join(texts, `", "`) + `"]`, func(s policy.Subject) string {
		plain := strings.NewReplacer(" ", "", "-", "")
		code := strings.ToUpper(plain.Replace(s.Postcode))
		for _, text := range texts {
			first, last, _ := strings.Cut(text, "-")
			from, err := strconv.Atoi(first)
			to, errTo := strconv.Atoi(last)
			if err == nil && errTo == nil && len(first) == len(last) {
				if len(code) < len(first) {
					continue
				}
				if n, err := strconv.Atoi(code[:len(first)]); err == nil && n >= from && n <= to {
					return "postcode " + text
				}
				continue
			}
			if prefix := strings.ToUpper(plain.Replace(text)); strings.HasPrefix(code, prefix) {
				return "postcode " + prefix + "…"
			}
		}
		return ""
	}}
}

func drawWeekday(t *rapid.T) demand {
	text := rapid.SampledFrom([]string{"mon-fri", "[sat, sun]", "wed"}).Draw(t, "weekday")
	return demand{"weekday: " + text, func(s policy.Subject) string {
		switch {
		case text == "wed" && s.ReceivedAt.Weekday() == time.Wednesday:
			return "Wednesday"
		case text == "mon-fri" && workingDay(s.ReceivedAt):
			return "weekday"
		case text == "[sat, sun]" && !workingDay(s.ReceivedAt):
			return "weekend"
		}
		return ""
	}}
}

func drawShift() demand {
	return demand{"shift: evening", func(s policy.Subject) string {
		night := minuteOf(s.ReceivedAt) < 2*60 && workingDay(s.ReceivedAt.AddDate(0, 0, -1))
		if night || s.ReceivedAt.Hour() >= 18 && workingDay(s.ReceivedAt) {
			return "shift evening"
		}
		return ""
	}}
}

func drawCustomer(t *rapid.T) demand {
	word := rapid.SampledFrom([]string{"known", "new"}).Draw(t, "customer")
	return demand{"customer: " + word, func(s policy.Subject) string {
		if s.Known == (word == "known") {
			return word + " customer"
		}
		return ""
	}}
}

var (
	parties  = []string{"first", "second", "third"}
	sources  = []string{"site", "portal", "importer"}
	channels = []string{"web", "phone", "email", "chat"}
	requests = []string{"quote", "test_drive", "information"}
	makes    = []string{"Renault", "Dacia", "Opel"}
	models   = []string{"Clio", "Duster", "Corsa"}
	cars     = []string{"new", "used"}
	tongues  = []string{"nl", "en", "de"}
)

// drawRule draws some conditions, in the order in which they are told.
func drawRule(t *rapid.T) []demand {
	all := []func() demand{
		func() demand {
			return drawWords(t, "party", parties, func(s policy.Subject) string { return string(s.Party) }, "-party")
		},
		func() demand {
			return drawWords(t, "source", sources, func(s policy.Subject) string { return s.Source }, "")
		},
		func() demand {
			return drawWords(t, "channel", channels, func(s policy.Subject) string { return string(s.Channel) }, "")
		},
		func() demand {
			return drawWords(t, "request", requests, func(s policy.Subject) string { return string(s.Request) }, "")
		},
		func() demand { return drawWords(t, "make", makes, func(s policy.Subject) string { return s.Make }, "") },
		func() demand {
			return drawWords(t, "model", models, func(s policy.Subject) string { return s.Model }, "")
		},
		func() demand {
			return drawWords(t, "condition", cars, func(s policy.Subject) string { return string(s.Condition) }, "")
		},
		func() demand { return drawPrice(t) },
		func() demand { return drawWeekday(t) },
		drawShift,
		func() demand { return drawHours(t) },
		func() demand { return drawAreas(t) },
		func() demand { return drawCustomer(t) },
		func() demand {
			d := drawWords(t, "language", tongues, func(s policy.Subject) string { return s.Language }, "")
			return demand{d.yaml, func(s policy.Subject) string {
				if d.says(s) == "" {
					return ""
				}
				return "language " + d.says(s)
			}}
		},
	}
	// Few conditions at a time, else no rule ever holds.
	some := rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 1, 3, rapid.ID[int]).Draw(t, "conditions")
	slices.Sort(some)
	rule := make([]demand, len(some))
	for i, n := range some {
		rule[i] = all[n]()
	}
	return rule
}

func drawSubject(t *rapid.T, zone *time.Location) policy.Subject {
	pick := func(label string, words []string) string {
		return rapid.SampledFrom(append([]string{""}, words...)).Draw(t, label)
	}
	return policy.Subject{
		Party: lead.Party(pick("lead's party", parties)), Source: pick("lead's source", sources),
		Channel: lead.Channel(pick("lead's channel", channels)), Request: lead.Request(pick("lead's request", requests)),
		Make: strings.ToUpper(pick("lead's make", makes)), Model: pick("lead's model", models),
		Condition:  lead.Condition(pick("lead's condition", cars)),
		ReceivedAt: time.Date(2026, 11, 2, 0, rapid.IntRange(0, 28*24*60).Draw(t, "minute"), 0, 0, zone),
		Price:      rapid.Int64Range(0, 7_000_00).Draw(t, "lead's price"),
		Postcode: rapid.SampledFrom([]string{
			"", "3811 AB", "3811ab", "1000 AA", "1999-ZZ", "38100", "38200", "SW1A 1AA", "sw1b 1aa", "00-950", "0381", "3",
		}).Draw(t, "lead's code"),
		Known:    rapid.Bool().Draw(t, "known"),
		Language: pick("lead's language", tongues),
	}
}

func TestChooseAgreesWithReadingTheRulesAloud(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation(amsterdam)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(drawRule), 1, 6).Draw(t, "rules")
		var tracks, choose strings.Builder
		for i, rule := range rules {
			fmt.Fprintf(&tracks, "t%d: {}, ", i)
			choose.WriteString("  - {when: {")
			for _, one := range rule {
				choose.WriteString(one.yaml + ", ")
			}
			fmt.Fprintf(&choose, "}, track: t%d}\n", i)
		}
		src := demandFrame + "tracks: {" + tracks.String() + "last: {}}\nchoose:\n" + choose.String() + "  - {track: last}\n"
		p, err := policy.Parse([]byte(src))
		require.NoError(t, err, src)
		for range 20 {
			s := drawSubject(t, zone)
			want, why := readAloud(rules, s)
			s.ReceivedAt = s.ReceivedAt.UTC()
			track, got := p.Choose(s)
			require.Equal(t, want, track.Name, src)
			require.Equal(t, why, got, src)
		}
	})
}

// readAloud goes through the rules as a person would.
func readAloud(rules [][]demand, s policy.Subject) (track, why string) {
	for i, rule := range rules {
		var words []string
		for _, one := range rule {
			if said := one.says(s); said != "" {
				words = append(words, said)
			}
		}
		if len(words) == len(rule) {
			return fmt.Sprintf("t%d", i), strings.Join(words, " · ")
		}
	}
	return "last", "standard rule"
}

// BenchmarkChooseFifty measures fifty rules that ask for everything and differ
// only in what is asked last, so that no rule is given up early.
func BenchmarkChooseFifty(b *testing.B) {
	var shifts, rules strings.Builder
	for i := range 50 {
		fmt.Fprintf(&shifts, "  s%d: {days: mon-fri, hours: \"20:00-21:%02d\"}\n", i, i+1)
		fmt.Fprintf(&rules, "  - {when: {party: [second, first], source: [portal, site], channel: [phone, web], request: [quote, test_drive], "+
			"make: [Dacia, Renault], model: [Clio, Captur], condition: new, price: {from: 20000, below: 35000}, weekday: mon-fri, "+
			"shift: s%d, hours: open, postcode: [\"38\", SW1, 1000-1999], customer: known, language: [en, nl]}, track: a}\n", i)
	}
	p := parse(b, "timezone: Europe/Amsterdam\ncountry: NL\n"+
		"calendar: {open: {mon-fri: [\"08:30-12:30\", \"13:00-18:00\"]}, closed: [2026-12-25], special: {2026-12-24: \"09:00-13:00\"}}\n"+
		"shifts:\n"+shifts.String()+"tracks: {a: {}, last: {}}\nchoose:\n"+rules.String()+"  - {track: last}\n")
	s := policy.Subject{
		Party: "first", Source: "site", Channel: "web", Request: "test_drive", Make: "RENAULT", Model: "captur", Condition: "new",
		ReceivedAt: local(b, amsterdam, "2026-11-23 16:50"), Price: 27_345_00, Postcode: "1234 AB", Known: true, Language: "nl",
	}
	b.ReportAllocs()
	for b.Loop() {
		if track, _ := p.Choose(s); track.Name != "last" {
			b.Fatal("a rule held")
		}
	}
}
