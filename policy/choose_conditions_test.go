package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

// chosen returns whether a rule with these conditions takes the lead, and the
// words for it.
func chosen(t *testing.T, when string, s policy.Subject) (bool, string) {
	t.Helper()
	p := parse(t, `
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: ["08:30-12:30", "13:00-18:00"]}, closed: [2026-12-25]}
tracks: {yes: {}, no: {}}
choose:
  - {when: {`+when+`}, track: yes}
  - {track: no}
`)
	track, why := p.Choose(s)
	if track.Name == "no" {
		require.Equal(t, "standard rule", why)
		return false, ""
	}
	return true, why
}

func TestChooseByPrice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		when  string
		cents int64
		want  string // "" when the rule does not take the lead
	}{
		{"price: {from: 20000, below: 35000}", 20_000_00, "price from 20000 below 35000"},
		{"price: {from: 20000, below: 35000}", 34_999_99, "price from 20000 below 35000"},
		{"price: {from: 20000, below: 35000}", 35_000_00, ""},
		{"price: {from: 20000, below: 35000}", 19_999_99, ""},
		{"price: {from: 19999.9}", 19_999_90, "price from 19999.90"},
		{"price: {from: 19999.9}", 19_999_89, ""},
		{"price: {below: 5000.05}", 1, "price below 5000.05"},
		// A lead that names no price is in no range, not even in the cheapest.
		{"price: {below: 5000}", 0, ""},
		{"price: {from: 0, below: 5000}", 0, ""},
		{"price: {from: 0, below: 5000}", 4_999_99, "price below 5000"},
		{"price: {from: 5000}", 0, ""},
	} {
		_, why := chosen(t, test.when, policy.Subject{Price: test.cents})
		require.Equal(t, test.want, why, "%s at %d", test.when, test.cents)
	}
}

func TestChooseByArea(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ when, code, want string }{
		{`postcode: ["38"]`, "3811 AA", "postcode 38…"},
		{`postcode: ["38"]`, "38", "postcode 38…"},
		{`postcode: ["38"]`, "3", ""},
		{`postcode: ["38"]`, "1038 AA", ""},
		{`postcode: ["38"]`, "", ""},
		{`postcode: [38100]`, "38100", "postcode 38100…"},
		{`postcode: ["01000-01999"]`, "01234", "postcode 01000-01999"},
		{`postcode: ["01000-01999"]`, "1234", ""},
		{`postcode: [1000 - 1999]`, "1000 AB", "postcode 1000-1999"},
		{`postcode: [1000-1999]`, "1999ab", "postcode 1000-1999"},
		{`postcode: [1000-1999]`, "2000 AB", ""},
		{`postcode: [1000-1999]`, "0999 AB", ""},
		{`postcode: [1000-1999]`, "123", ""},
		{`postcode: [1000-1999]`, "12AB", ""},
		{`postcode: [1000-1999]`, "15 00-AB", "postcode 1000-1999"},
		{`postcode: [10-19]`, "38100", ""},
		{`postcode: [10-19]`, "19999", "postcode 10-19"},
		{`postcode: [10-10]`, "10999", "postcode 10-10"},
		{`postcode: [sw1]`, "SW1A 1AA", "postcode SW1…"},
		{`postcode: ["SW1A 1"]`, "sw1a1aa", "postcode SW1A1…"},
		{`postcode: [SW1-A]`, "SW1A 1AA", "postcode SW1A…"},
		{`postcode: [SW1]`, "SW2A 1AA", ""},
		// Poland writes a hyphen inside; the two numbers are not equally long.
		{`postcode: [00-9]`, "00-950", "postcode 009…"},
		{`postcode: [1250-001]`, "1250-001", "postcode 1250001…"},
		{`postcode: ["38", "3811"]`, "3811AA", "postcode 38…"},
		{`postcode: ["3812", 3800-3899]`, "3811AA", "postcode 3800-3899"},
		// A blank that does not break, and letters that no code has.
		{`postcode: ["1234A"]`, "1234\u00a0AB", "postcode 1234A…"},
		{`postcode: ["1234A"]`, "1234Ä", ""},
		{`postcode: ["S"]`, "ſ1", ""},
		{`postcode: ["123456789012"]`, "1234567890123456", "postcode 123456789012…"},
	} {
		_, why := chosen(t, test.when, policy.Subject{Postcode: test.code})
		require.Equal(t, test.want, why, "%s for %s", test.when, test.code)
	}
}

func TestChooseByHours(t *testing.T) {
	t.Parallel()
	const night = `hours: ["18:00-20:00", "22:00-02:00"]`
	for _, test := range []struct{ when, at, want string }{
		{night, "2026-11-23 17:59", ""},
		{night, "2026-11-23 18:00", "18:00-20:00"},
		{night, "2026-11-23 20:00", ""},
		{night, "2026-11-23 21:59", ""},
		{night, "2026-11-23 22:00", "22:00-02:00"},
		{night, "2026-11-24 00:00", "22:00-02:00"},
		{night, "2026-11-24 01:59", "22:00-02:00"},
		{night, "2026-11-24 02:00", ""},
		{`hours: "18:00-24:00"`, "2026-11-23 23:59", "18:00-24:00"},
		{`hours: "18:00-24:00"`, "2026-11-24 00:00", ""},
		{`hours: 00:00-24:00`, "2026-11-24 00:00", "00:00-24:00"},
		{`hours: 12:00-00:00`, "2026-11-24 00:00", ""},
		{`hours: 12:00-00:00`, "2026-11-24 23:59", "12:00-24:00"},
		{`hours: ["18:00-24:00", "17:00-19:00"]`, "2026-11-23 18:30", "18:00-24:00"},
		{`hours: ["18:00-24:00", "17:00-19:00"]`, "2026-11-23 17:30", "17:00-19:00"},
		{`hours: open`, "2026-11-23 08:30", "in opening hours"},
		{`hours: open`, "2026-11-23 08:29", ""},
		{`hours: [open]`, "2026-11-23 13:00", "in opening hours"},
		{`hours: closed`, "2026-11-23 12:45", "outside opening hours"},
		{`hours: closed`, "2026-11-23 13:00", ""},
		{`hours: closed`, "2026-11-22 10:00", "outside opening hours"},
		{`hours: "closed"`, "2026-12-25 10:00", "outside opening hours"},
		{`hours: open`, "2026-12-25 10:00", ""},
		// The clocks show this half hour twice; both are at night.
		{`hours: "02:00-03:00"`, "2026-10-25 02:30", "02:00-03:00"},
		{`hours: "02:00-03:00"`, "2026-10-25 03:00", ""},
	} {
		_, why := chosen(t, test.when, policy.Subject{ReceivedAt: local(t, amsterdam, test.at)})
		require.Equal(t, test.want, why, "%s at %s", test.when, test.at)
	}
	again := local(t, amsterdam, "2026-10-25 01:59").Add(61 * time.Minute) // 02:00 the second time
	_, why := chosen(t, `hours: "02:00-03:00"`, policy.Subject{ReceivedAt: again})
	require.Equal(t, "02:00-03:00", why)
}

func TestChooseByPerson(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		when    string
		subject policy.Subject
		want    string
	}{
		{"customer: known", policy.Subject{Known: true}, "known customer"},
		{"customer: known", policy.Subject{}, ""},
		{"customer: new", policy.Subject{}, "new customer"},
		{"customer: new", policy.Subject{Known: true}, ""},
		{"language: [nl, EN]", policy.Subject{Language: "en"}, "language en"},
		{"language: nl", policy.Subject{Language: "NL"}, "language nl"},
		{"language: nl", policy.Subject{Language: "de"}, ""},
		{"language: nl", policy.Subject{}, ""},
		{"language: no", policy.Subject{Language: "no"}, "language no"},
	} {
		_, why := chosen(t, test.when, test.subject)
		require.Equal(t, test.want, why, "%s: %+v", test.when, test.subject)
	}
}

// Every condition at once, in the order of the contract, and each of them alone
// undone leads to another rule.
func TestChooseNamesEveryCondition(t *testing.T) {
	t.Parallel()
	p := parse(t, everything)
	subject := func(change func(*policy.Subject)) policy.Subject {
		s := policy.Subject{
			Party: "first", Source: "site", Channel: "web", Request: "quote", Make: "RENAULT", Model: "Clio", Condition: "new",
			ReceivedAt: local(t, amsterdam, "2026-11-23 19:00"),
			Price:      27_345_00, Postcode: "1234 AB", Known: true, Language: "nl",
		}
		change(&s)
		return s
	}
	track, why := p.Choose(subject(func(*policy.Subject) {}))
	require.Equal(t, "full", track.Name)
	require.Equal(t, "first-party · site · web · quote · RENAULT · Clio · new · price from 20000 below 35000.50 · weekday · "+
		"shift evening · 18:00-20:00 · postcode 1000-1999 · known customer · language nl", why)
	for name, change := range map[string]func(*policy.Subject){
		"party":     func(s *policy.Subject) { s.Party = "third" },
		"source":    func(s *policy.Subject) { s.Source = "portal" },
		"channel":   func(s *policy.Subject) { s.Channel = "phone" },
		"request":   func(s *policy.Subject) { s.Request = "test_drive" },
		"make":      func(s *policy.Subject) { s.Make = "Dacia" },
		"model":     func(s *policy.Subject) { s.Model = "Twingo" },
		"condition": func(s *policy.Subject) { s.Condition = "used" },
		"price":     func(s *policy.Subject) { s.Price = 36_000_00 },
		"weekday":   func(s *policy.Subject) { s.ReceivedAt = s.ReceivedAt.AddDate(0, 0, -1) },
		"shift":     func(s *policy.Subject) { s.ReceivedAt = s.ReceivedAt.Add(4 * time.Hour) },
		"hours":     func(s *policy.Subject) { s.ReceivedAt = s.ReceivedAt.Add(90 * time.Minute) },
		"postcode":  func(s *policy.Subject) { s.Postcode = "2234 AB" },
		"customer":  func(s *policy.Subject) { s.Known = false },
		"language":  func(s *policy.Subject) { s.Language = "fr" },
	} {
		track, _ := p.Choose(subject(change))
		require.Equal(t, "bare", track.Name, name)
	}
}
