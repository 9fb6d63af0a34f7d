package rehearse

import (
	"context"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// tester is what *testing.T, *testing.B and *rapid.T have in common.
type tester interface {
	require.TestingT
	Helper()
}

func parse(t tester, src string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(src))
	require.NoError(t, err)
	return p
}

func standard(t tester) *policy.Policy {
	t.Helper()
	return parse(t, string(policy.Standard()))
}

// small is a dealer who is open on weekdays from nine to six and has one track
// with the yardstick's own measures.
const small = `timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"]}}
`

// local reads a local time of the policy.
func local(t tester, p *policy.Policy, text string) time.Time {
	t.Helper()
	at, err := ParseInstant(text, p.Zone)
	require.NoError(t, err)
	return at
}

// portalLead is a lead of a portal, by web, whose customer can be reached.
func portalLead() (policy.Subject, process.Reach) {
	return policy.Subject{Party: lead.ThirdParty, Source: "portal", Channel: lead.Web, Request: lead.TestDrive, Condition: lead.UsedCar},
		process.Reach{Phone: true, Email: true}
}

// staffed is a setup with so many salespeople, and a manager.
func staffed(t tester, p *policy.Policy, salespeople int, perDay float64, days int) Setup {
	t.Helper()
	from := local(t, p, "2026-11-02 00:00")
	many := Headcount{lead.RoleSalesperson: salespeople, lead.RoleSalesManager: 1, lead.RoleGeneralManager: 1}
	return Setup{
		Policy: p, Staff: Team(Staffed(p, many)), Leads: Stream(p, from, days, perDay, 5), From: from, Days: days, Seed: 5,
	}
}

func play(t tester, s Setup) Report {
	t.Helper()
	report, err := Run(testContext(t), s)
	require.NoError(t, err)
	return report
}

func testContext(t tester) context.Context {
	if with, ok := t.(interface{ Context() context.Context }); ok {
		return with.Context()
	}
	return context.Background()
}
