package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
)

// The same thing has one name in Go and in JSON: what the domain says must be a
// word of openapi.yaml.
func TestTheWordsOfTheDomainAreThoseOfTheDescription(t *testing.T) {
	t.Parallel()
	for _, o := range lead.Outcomes {
		require.True(t, gen.AttemptOutcome(o).Valid(), o)
	}
	for _, k := range lead.AppointmentKinds {
		require.True(t, gen.AppointmentKind(k).Valid(), k)
	}
	for _, s := range []lead.Stage{lead.New, lead.Contacting, lead.Conversation, lead.Appointed, lead.Visit, lead.Won, lead.Lost, lead.Dropped, lead.Parked} {
		require.True(t, gen.Stage(s).Valid(), s)
	}
	for _, s := range []lead.Status{lead.Open, lead.Closing, lead.Closed} {
		require.True(t, gen.LeadStatus(s).Valid(), s)
	}
	for _, r := range []lead.Role{lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin} {
		require.True(t, gen.Role(r).Valid(), r)
	}
	for _, g := range lead.Groups {
		require.True(t, gen.ReasonGroup(g).Valid(), g)
	}
	for _, r := range lead.Results {
		require.True(t, gen.ReasonOutcome(r).Valid(), r)
	}
	for _, e := range lead.Effects {
		require.True(t, gen.ReasonEffect(e).Valid(), e)
	}
	for _, a := range lead.Approvals {
		require.True(t, gen.ReasonApproval(a).Valid(), a)
	}
	for _, k := range lead.DetailKinds {
		require.True(t, gen.ReasonDetailKind(k).Valid(), k)
	}
	for _, r := range []lead.Stage{lead.Appointed, lead.Visit, lead.Won} {
		require.True(t, gen.EarningResult(r).Valid(), r)
	}
	doc, err := description()
	require.NoError(t, err)
	var rules, followUps string
	for _, s := range doc.Schemas {
		for _, p := range s.Properties {
			switch s.Name + "." + p.Name {
			case "Reason.evidence":
				rules = p.Schema.Description
			case "ReasonFollowUp.kind":
				followUps = p.Schema.Description
			}
		}
	}
	for _, rule := range lead.Rules {
		require.Contains(t, rules, "`"+string(rule)+"`")
	}
	for _, kind := range lead.FollowUpKinds {
		require.Contains(t, followUps, "`"+string(kind)+"`")
	}
	for _, op := range doc.Operations {
		for _, role := range op.Roles {
			require.True(t, gen.Role(role).Valid(), op.ID)
		}
	}
}
