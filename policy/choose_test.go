package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

const manyRules = `
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00"}}
shifts:
  evening: {days: mon-fri, hours: "18:00-02:00"}
tracks: {first: {}, brand: {}, evening: {}, call: {}, weekend: {}, some: {}, standard: {}}
choose:
  - {when: {party: first, condition: new, weekday: mon-fri}, track: first}
  - {when: {source: [portal, importer], make: [Renault, Dacia], model: Captur, request: [quote, test_drive]}, track: brand}
  - {when: {shift: evening}, track: evening}
  - {when: {channel: phone}, track: call}
  - {when: {weekday: [sun, sat]}, track: weekend}
  - {when: {weekday: "tue, thu-fri"}, track: some}
  - {track: standard}
`

func TestChoose(t *testing.T) {
	t.Parallel()
	p := parse(t, manyRules)
	for _, test := range []struct {
		at         string
		subject    policy.Subject
		track, why string
	}{
		{"2026-11-23 10:00", policy.Subject{Party: lead.FirstParty, Condition: lead.NewCar}, "first", "first-party · new · weekday"},
		{"2026-11-23 10:00", policy.Subject{Party: lead.FirstParty, Condition: lead.UsedCar}, "standard", "standard rule"},
		{"2026-11-22 10:00", policy.Subject{Party: lead.FirstParty, Condition: lead.NewCar}, "weekend", "weekend"},
		{
			"2026-11-23 10:00",
			policy.Subject{Source: "portal", Make: "RENAULT", Model: "captur", Request: lead.Quote},
			"brand", "portal · quote · RENAULT · captur",
		},
		{"2026-11-23 10:00", policy.Subject{Source: "portal", Make: "Renault", Request: lead.Quote}, "standard", "standard rule"},
		{"2026-11-23 17:59", policy.Subject{Channel: lead.Phone}, "call", "phone"},
		{"2026-11-23 18:00", policy.Subject{Channel: lead.Phone}, "evening", "shift evening"},
		// Friday's shift still runs when it is Saturday.
		{"2026-11-21 01:00", policy.Subject{}, "evening", "shift evening"},
		{"2026-11-21 02:00", policy.Subject{}, "weekend", "weekend"},
		{"2026-11-24 10:00", policy.Subject{}, "some", "Tuesday"},
		{"2026-11-25 10:00", policy.Subject{}, "standard", "standard rule"},
		// In Amsterdam it is Monday already, in UTC still Sunday.
		{"2026-11-23 00:30", policy.Subject{}, "standard", "standard rule"},
	} {
		test.subject.ReceivedAt = local(t, amsterdam, test.at)
		track, why := p.Choose(test.subject)
		require.Equal(t, test.track, track.Name, test.at)
		require.Equal(t, test.why, why, test.at)
	}
	require.Nil(t, p.Track("nobody"))
	require.Equal(t, 9, p.Rules[0].Line)
	track, why := (&policy.Policy{Zone: time.UTC}).Choose(policy.Subject{})
	require.Nil(t, track)
	require.Empty(t, why)
}

func TestChooseByTheShippedPolicy(t *testing.T) {
	t.Parallel()
	p := parse(t, string(policy.Standard()))
	for want, subject := range map[string]policy.Subject{
		"first-party": {Party: lead.FirstParty, Condition: lead.NewCar, ReceivedAt: local(t, amsterdam, "2026-11-21 16:50")},
		"weekend":     {Party: lead.ThirdParty, Condition: lead.NewCar, ReceivedAt: local(t, amsterdam, "2026-11-21 16:50")},
		"standard":    {Party: lead.ThirdParty, Condition: lead.NewCar, ReceivedAt: local(t, amsterdam, "2026-11-23 16:50")},
	} {
		track, _ := p.Choose(subject)
		require.Equal(t, want, track.Name)
	}
}

func BenchmarkChoose(b *testing.B) {
	p := parse(b, string(policy.Standard()))
	subject := policy.Subject{
		Party: lead.ThirdParty, Source: "portal", Condition: lead.UsedCar,
		ReceivedAt: local(b, amsterdam, "2026-11-23 16:50"),
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Choose(subject)
	}
}
