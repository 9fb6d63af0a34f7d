package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// known is a dealer with all roles on a Monday in November.
var known = policy.Known{
	Staff: append(colleagues(lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer),
		policy.Colleague{Email: "Anna@dealer.example", Role: lead.RoleSalesperson},
		policy.Colleague{Email: "mia@dealer.example", Role: lead.RoleMarketer}),
	Sources:  []string{"website", "portal"},
	Template: templates,
	Now:      time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
}

type checkCase struct {
	src    string
	known  policy.Known
	places []string // of faults, and of remarks with the word note before
	says   []string
}

func requireChecked(t *testing.T, cases map[string]checkCase) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := parse(t, test.src).Check(test.known)
			var places []string
			for _, e := range found {
				place := fault(e)
				if e.Remark {
					place = "note " + place
				}
				places = append(places, place)
			}
			all := found.Error()
			require.Equal(t, test.places, places, all)
			for _, words := range test.says {
				require.Contains(t, all, words)
			}
			require.NotContains(t, all, "@")
		})
	}
}

// withTrack puts the body of the only track on line 6.
func withTrack(body string) string { return frame + "tracks:\n  standard:\n" + body }

func TestCheckFindsPeopleWhoAreNotThere(t *testing.T) {
	t.Parallel()
	requireChecked(t, map[string]checkCase{
		"everywhere an address may stand": {
			src: frame + `shifts:
  evening: {hours: "18:00-21:00", staff: [anna@dealer.example, gone@dealer.example]}
  late: {hours: "21:00-22:00", staff: left@dealer.example}
groups:
  night: [gone@dealer.example]
departments: {service: service@elsewhere.example}
follow_ups:
  hand_over: {to: gone@dealer.example, escalate: [{to: [owner, gone@dealer.example]}]}
tracks:
  standard:
    assign: {to: [Gone@dealer.example, bdc]}
    live_response:
      escalate:
        - {after: 0s, to: [owner, gone@dealer.example]}
        - {after: 5m, to: ANNA@dealer.example}
    attempts: {overdue: {to: gone@dealer.example}}
    appointment: {escalate: {to: [gone@dealer.example]}}
    follow_up: {escalate: [{to: [gone@dealer.example]}]}
    closing: {by: gone@dealer.example, escalate: {to: [gone@dealer.example]}}
  other: {assign: gone@dealer.example}
choose: [{when: {channel: phone}, track: other}, {track: standard}]
`,
			known: known,
			places: []string{
				"5:64:shifts.evening.staff[1]",
				"6:39:shifts.late.staff",
				"8:11:groups.night[0]",
				"11:19:follow_ups.hand_over.to",
				"11:64:follow_ups.hand_over.escalate[0].to[1]",
				"14:19:tracks.standard.assign.to[0]",
				"17:35:tracks.standard.live_response.escalate[0].to[1]",
				"18:27:tracks.standard.live_response.escalate[1].to", // Anna works in the evening
				"19:30:tracks.standard.attempts.overdue.to",
				"20:35:tracks.standard.appointment.escalate.to[0]",
				"21:34:tracks.standard.follow_up.escalate[0].to[0]",
				"22:19:tracks.standard.closing.by",
				"22:56:tracks.standard.closing.escalate.to[0]",
				"23:19:tracks.other.assign",
			},
			says: []string{"no active colleague has this e-mail address; mend it, or add the colleague first"},
		},
		"nobody is known": {
			src: frame + "shifts: {evening: {hours: \"18:00-21:00\", staff: [gone@dealer.example]}}\ntracks: {a: {assign: gone@dealer.example}}\n",
		},
		"what holds by default is skipped when it comes": {
			src: frame + "tracks: {a: {}}\n", known: policy.Known{Staff: []policy.Colleague{}},
		},
		"roles that nobody has": {
			src: frame + `follow_ups:
  refund_claim: {to: marketer}
  stock_search: {within: 2d}
tracks:
  standard:
    assign: {to: [owner_of_customer, bdc]}
    live_response:
      escalate:
        - {after: 0s, to: [bdc, general_manager]}
        - {after: 5m, to: [bdc, sales_manager]}
    closing: {by: general_manager, escalate: []}
`,
			known: policy.Known{Staff: colleagues(lead.RoleSalesperson, lead.RoleSalesManager)},
			places: []string{
				"note 5:22:follow_ups.refund_claim.to", "note 9:18:tracks.standard.assign.to",
				"note 12:27:tracks.standard.live_response.escalate[0].to", "note 14:19:tracks.standard.closing.by",
			},
			says: []string{
				"no colleague is a marketer, so nobody named here can do it; name somebody else, or add the colleague first",
				"no colleague is a call-centre agent, so nobody named here can get a lead",
				"no colleague is a call-centre agent or a general manager, so this step never tells anybody; name another recipient",
				"no colleague is a general manager, so nobody named here can decide on a closing; name another manager",
			},
		},
	})
}

func TestCheckFindsPeopleInTheWrongPlace(t *testing.T) {
	t.Parallel()
	two := colleagues(lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer)
	requireChecked(t, map[string]checkCase{
		"a marketer gets leads": {
			src: withTrack("    assign: {to: [mia@dealer.example, next_salesperson]}\n"), known: known,
			places: []string{"6:19:tracks.standard.assign.to[0]"},
			says:   []string{"this colleague's role cannot own a lead; name a salesperson, a call-centre agent or a manager"},
		},
		"a salesperson approves": {
			src: withTrack("    closing: {by: anna@dealer.example}\n"), known: known,
			places: []string{"6:19:tracks.standard.closing.by"},
			says:   []string{"only a manager decides on closings"},
		},
		"who approves does not matter": {
			src: withTrack("    closing: {approve: never, by: general_manager}\n"), known: policy.Known{Staff: colleagues(lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager)},
		},
		"a call centre that is not there": {
			src: frame + `phases: [showroom]
tracks:
  standard:
    assign: {to: [next_salesperson, bdc]}
    live_response: {escalate: [{to: [team, bdc]}, {to: bdc}]}
`,
			known: policy.Known{Staff: two},
			places: []string{
				"note 7:37:tracks.standard.assign.to[1]", "note 8:44:tracks.standard.live_response.escalate[0].to[1]",
				"note 8:56:tracks.standard.live_response.escalate[1].to",
			},
			says: []string{"there is no phase bdc and no colleague is a call-centre agent; delete bdc here", "no colleague is a call-centre agent, so this step"},
		},
		"a call centre that is to come": {
			src: withTrack("    assign: {to: [next_salesperson, bdc]}\n"), known: policy.Known{Staff: two},
		},
	})
}

func TestCheckFindsSourcesAndTemplates(t *testing.T) {
	t.Parallel()
	const rules = "choose:\n  - {when: {source: [website, portl]}, track: standard}\n  - {when: {source: radio}, track: standard}\n  - {track: standard}\n"
	const mails = `    auto_response: {template: thankyou}
    contact:
      - {at: 1d, send: email, template: still-intrested}
      - {at: 2d, task: video}
      - {at: 3d, send: email, template: still-interested}
`
	requireChecked(t, map[string]checkCase{
		"sources": {
			src: frame + rules + "tracks: {standard: {}}\n", known: known,
			places: []string{"5:31:choose[0].when.source[1]", "6:21:choose[1].when.source"},
			says: []string{
				`no source has the code "portl" (did you mean "portal"?); mend it, or add the source first`,
				`no source has the code "radio"; mend it`,
			},
		},
		"a dealer without sources": {
			src: frame + rules + "tracks: {standard: {}}\n", known: policy.Known{Sources: []string{}},
			places: []string{"5:22:choose[0].when.source[0]", "5:31:choose[0].when.source[1]", "6:21:choose[1].when.source"},
		},
		"templates": {
			src: withTrack(mails), known: known,
			places: []string{"6:31:tracks.standard.auto_response.template", "8:41:tracks.standard.contact[0].template"},
			says: []string{
				`no template for customers has the name "thankyou" (did you mean "thank-you"?); write thank-you or still-interested`,
				`"still-intrested" (did you mean "still-interested"?)`,
			},
		},
		"a template in one word": {
			src: withTrack("    auto_response: hello\n"), known: policy.Known{Template: func(string) bool { return false }},
			places: []string{"6:20:tracks.standard.auto_response"},
			says:   []string{`no template for customers has the name "hello"; write the name of a template for customers`},
		},
		"no automatic response": {src: withTrack("    auto_response: none\n"), known: known},
		"nothing is known":      {src: frame + rules + "tracks:\n  standard:\n" + mails},
	})
}

func TestCheckFindsClosedCalendars(t *testing.T) {
	t.Parallel()
	const head = "timezone: Europe/Amsterdam\ncountry: NL\ntracks: {standard: {}}\n"
	closed := "calendar:\n  open: {sun: \"10:00-12:00\"}\n  closed: ["
	for day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC); day.Year() < 2028; day = day.AddDate(0, 0, 7) {
		closed += day.Format(time.DateOnly) + ", "
	}
	closed += "2028-01-02]\n"
	requireChecked(t, map[string]checkCase{
		"never open": {
			src: head + closed, known: known,
			places: []string{"6:11:calendar.closed"},
			says:   []string{"nothing is open in the coming 400 days; delete the days on which the dealer works"},
		},
		"open once": {src: head + closed + "  special: {2027-03-01: \"10:00-10:01\"}\n", known: known},
		"never open, with a shift": {
			src: head + closed + "shifts: {help: {days: sun, hours: \"10:00-12:00\"}}\n", known: known,
			places: []string{"6:11:calendar.closed"},
		},
		"a shift that does not run": {
			src: head + closed + "  special: {2027-03-01: \"10:00-10:01\"}\nshifts:\n  help: {days: sun, hours: \"10:00-12:00\"}\n  other: {days: sun-mon, hours: \"10:00-12:00\"}\n", known: known,
			places: []string{"note 9:3:shifts.help"},
			says:   []string{"the shift does not run in the coming 400 days, because the dealer is closed on each of its days"},
		},
		"no date is known": {src: head + closed, known: policy.Known{Staff: everybody}},
	})
}
