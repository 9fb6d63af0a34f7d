package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// everything is a policy that says all that a policy can say beside what the
// standard one says.
const everything = `
name: everything
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00"}}
shifts: {evening: {days: mon-fri, hours: "18:00-22:00"}}
groups:
  night: [Anna@dealer.example, ben@dealer.example]
  trucks: cas@dealer.example
departments: {service: Service@dealer.example, buying: buying@dealer.example}
earning: {result: visit, norm: 30%, sample: 25, window: 60d, judge: 10d}
follow_ups:
  refund_claim: {to: owner, within: 2d, escalate: [{after: 1d, to: [night, general_manager], notify: email}]}
  letter: {to: night}
  video: {within: 4h}
choose:
  - when:
      party: [first, second]
      source: site
      channel: web
      request: quote
      make: Renault
      model: [Captur, Clio]
      condition: new
      price: {from: 20000, below: 35000.50}
      weekday: mon-fri
      shift: evening
      hours: ["18:00-20:00", "22:00-02:00"]
      postcode: ["38", 1000-1999, sw1, "1234 ab", 0381-12]
      customer: known
      language: [NL, en]
    track: full
  - {when: {hours: closed, price: {below: 9999.9}}, track: bare}
  - {when: {hours: "22:00-24:00", customer: new, language: de}, track: bare}
  - {track: bare}
tracks:
  full:
    assign: {to: [owner_of_customer, fewest_open, night, Boss@dealer.example], match: [make, language]}
    follow_up: {due: 12h, escalate: [{after: 0s, to: trucks}]}
    live_response:
      escalate:
        - {after: 0s, to: night}
        - {clock: always, after: 30m, to: [marketer, trucks], repeat: {every: 1h, times: 2}}
        - {clock: opening_hours, after: 20m, to: general_manager}
    contact:
      - {at: 1d, task: letter, stop_on: [conversation, appointment]}
      - {at: 2d, task: video, stop_on: []}
      - {at: 3d, send: email, template: x, stop_on: answer}
      - {at: 4d, task: video}
    closing: {approve: by_reason, value: 40000, sample: 10%, self_reported: true, by: night}
  bare: {assign: fewest_open}
`

func TestParseReadsPeople(t *testing.T) {
	t.Parallel()
	p := parse(t, everything)
	require.Equal(t, []policy.Group{
		{Name: "night", Staff: []string{"anna@dealer.example", "ben@dealer.example"}},
		{Name: "trucks", Staff: []string{"cas@dealer.example"}},
	}, p.Groups)
	require.Equal(t, map[string]string{"service": "service@dealer.example", "buying": "buying@dealer.example"}, p.Departments)
	require.Equal(t, &policy.Earning{
		Result: lead.Visit, Norm: 30, Sample: 25, Window: policy.Duration{Days: 60}, Judge: policy.Duration{Days: 10},
	}, p.Earning)

	night, ok := p.Members("night")
	require.True(t, ok)
	require.Equal(t, []string{"anna@dealer.example", "ben@dealer.example"}, night)
	for _, nobody := range []policy.Recipient{policy.ToTeam, "anna@dealer.example", "", "Night"} {
		members, ok := p.Members(nobody)
		require.False(t, ok)
		require.Empty(t, members)
	}
}

func TestParseReadsFollowUps(t *testing.T) {
	t.Parallel()
	p := parse(t, everything)
	usual := []policy.Step{{
		After: policy.Duration{Days: 1}, To: []policy.Recipient{policy.ToSalesManager},
		Notify: []policy.Channel{policy.Email, policy.Screen},
	}}
	for kind, want := range map[lead.FollowUpKind]policy.FollowUp{
		lead.RefundClaim: {To: policy.ToOwner, Within: policy.Duration{Days: 2}, Escalate: []policy.Step{{
			After: policy.Duration{Days: 1}, To: []policy.Recipient{"night", policy.ToGeneralManager},
			Notify: []policy.Channel{policy.Email},
		}}},
		lead.SendLetter: {To: "night", Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.SendVideo:  {To: policy.ToOwner, Within: duration(t, "4h"), Escalate: usual},
		// The policy is silent about these.
		lead.TellProvider:      {To: policy.ToMarketer, Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.AfterSales:        {To: policy.ToMarketer, Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.BuyingDepartment:  {To: policy.ToSalesManager, Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.HandOver:          {To: policy.ToSalesManager, Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.CallAboutQuote:    {To: policy.ToOwner, Within: policy.Duration{Days: 1}, Escalate: usual},
		lead.CheckAfterTheDate: {To: policy.ToOwner, Within: policy.Duration{Days: 1}, Escalate: usual},
	} {
		require.Equal(t, want, p.FollowUp(kind), kind)
	}
	// What is missing comes from the kind's own default.
	p = parse(t, frame+"tracks: {a: {}}\nfollow_ups: {refund_claim: {within: 3d}, hand_over: {escalate: []}}\n")
	require.Equal(t, policy.FollowUp{To: policy.ToMarketer, Within: policy.Duration{Days: 3}, Escalate: usual}, p.FollowUp(lead.RefundClaim))
	require.Equal(t, policy.FollowUp{To: policy.ToSalesManager, Within: policy.Duration{Days: 1}, Escalate: []policy.Step{}}, p.FollowUp(lead.HandOver))
}

func TestParseReadsConditions(t *testing.T) {
	t.Parallel()
	p := parse(t, everything)
	const hour = 3600
	require.Equal(t, []policy.Rule{
		{
			When: policy.When{
				Party: []lead.Party{lead.FirstParty, lead.SecondParty}, Source: []string{"site"},
				Channel: []lead.Channel{lead.Web}, Request: []lead.Request{lead.Quote},
				Make: []string{"Renault"}, Model: []string{"Captur", "Clio"}, Condition: []lead.Condition{lead.NewCar},
				Weekday: []time.Weekday{1, 2, 3, 4, 5}, Shift: "evening",
				Hours:    policy.Hours{Blocks: []policy.TimeOfDay{{From: 18 * hour, To: 20 * hour}, {From: 22 * hour, To: 26 * hour}}},
				Price:    policy.PriceRange{From: 20_000_00, Below: 35_000_50},
				Postcode: []policy.Area{{Prefix: "38"}, {From: "1000", To: "1999"}, {Prefix: "SW1"}, {Prefix: "1234AB"}, {Prefix: "038112"}},
				Customer: policy.KnownCustomer, Language: []string{"nl", "en"},
			},
			Track: "full", Line: 17,
		},
		{When: policy.When{Hours: policy.Hours{Word: "closed"}, Price: policy.PriceRange{Below: 9_999_90}}, Track: "bare", Line: 33},
		{
			When: policy.When{
				Hours:    policy.Hours{Blocks: []policy.TimeOfDay{{From: 22 * hour, To: 24 * hour}}},
				Customer: policy.NewCustomer, Language: []string{"de"},
			},
			Track: "bare", Line: 34,
		},
		{Track: "bare", Line: 35},
	}, p.Rules)
}

func TestParseReadsTheNewPartsOfATrack(t *testing.T) {
	t.Parallel()
	p := parse(t, everything)
	track, both := p.Track("full"), []policy.Channel{policy.Email, policy.Screen}
	require.Equal(t, policy.Assign{
		To:    []policy.Recipient{policy.ToCustomerOwner, policy.ToFewestOpen, "night", "boss@dealer.example"},
		Match: []policy.Match{policy.MatchMake, policy.MatchLanguage},
	}, track.Assign)
	require.Equal(t, policy.Decide{
		Due: duration(t, "12h"), Escalate: []policy.Step{{To: []policy.Recipient{"trucks"}, Notify: both}},
	}, track.FollowUp)
	require.Equal(t, []policy.Step{
		{To: []policy.Recipient{"night"}, Notify: both},
		{
			Clock: policy.Always, After: duration(t, "30m"), To: []policy.Recipient{policy.ToMarketer, "trucks"}, Notify: both,
			Every: duration(t, "1h"), Times: 2,
		},
		{Clock: policy.OpeningHours, After: duration(t, "20m"), To: []policy.Recipient{policy.ToGeneralManager}, Notify: both},
	}, track.LiveResponse.Escalate)
	var stops [][]policy.StopOn
	for _, contact := range track.Contact {
		stops = append(stops, contact.StopOn)
	}
	require.Equal(t, [][]policy.StopOn{
		{policy.OnConversation, policy.OnAppointment},
		{},
		{policy.OnAnswer},
		{policy.OnAnswer, policy.OnConversation, policy.OnAppointment},
	}, stops)
	closing := policy.DefaultTrack("").Closing
	closing.Value, closing.Sample, closing.SelfReported, closing.By = 40_000_00, 10, true, "night"
	require.Equal(t, closing, track.Closing)

	bare := policy.DefaultTrack("bare")
	bare.Assign.To = []policy.Recipient{policy.ToFewestOpen}
	require.Equal(t, bare, p.Track("bare"))
}

// Defaults are the policy's own: nobody who changes one changes them all.
func TestDefaultsAreNotShared(t *testing.T) {
	t.Parallel()
	const src = frame + "tracks: {a: {contact: [{at: 1d, task: letter}]}}\n"
	first := parse(t, src)
	first.Track("a").Contact[0].StopOn[0] = "spoilt"
	first.FollowUp(lead.HandOver).Escalate[0].To[0] = "spoilt"
	second := parse(t, src)
	require.Equal(t, policy.OnAnswer, second.Track("a").Contact[0].StopOn[0])
	require.Equal(t, policy.ToSalesManager, second.FollowUp(lead.HandOver).Escalate[0].To[0])
}

func TestParseFillsInEarning(t *testing.T) {
	t.Parallel()
	require.Nil(t, parse(t, frame+"tracks: {a: {}}\n").Earning)
	require.Equal(t, &policy.Earning{
		Result: lead.Appointed, Norm: 15, Sample: 20, Window: policy.Duration{Days: 90}, Judge: policy.Duration{Days: 7},
	}, parse(t, frame+"tracks: {a: {}}\nearning: {norm: 15%}\n").Earning)
	require.Equal(t, &policy.Earning{
		Result: lead.Won, Norm: 100, Sample: 5, Window: policy.Duration{Days: 1}, Judge: duration(t, "23h59m"),
	}, parse(t, frame+"tracks: {a: {}}\nearning: {norm: \"100%\", sample: 5, window: 1d, judge: 23h59m, result: won}\n").Earning)
}

func TestAmountsAreReadToTheCent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 100, "0.01": 1, "0.5": 50, "40000": 40_000_00, "40000.00": 40_000_00, "'19999.95'": 19_999_95,
		"999999999.99": 999_999_999_99, "007": 7_00,
	} {
		p := parse(t, frame+"tracks: {a: {closing: {value: "+text+"}}}\n")
		require.Equal(t, want, p.Track("a").Closing.Value, text)
	}
}
