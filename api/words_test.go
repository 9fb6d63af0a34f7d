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
	doc, err := description()
	require.NoError(t, err)
	var rules string
	for _, s := range doc.Schemas {
		for _, p := range s.Properties {
			if s.Name == "Reason" && p.Name == "evidence" {
				rules = p.Schema.Description
			}
		}
	}
	for _, reason := range lead.Shipped() {
		require.True(t, gen.ReasonOutcome(reason.Result).Valid(), reason.Code)
		require.True(t, gen.ReasonEffect(reason.Effect).Valid(), reason.Code)
		require.True(t, gen.ReasonApproval(reason.Approve).Valid(), reason.Code)
		for _, d := range reason.Details {
			require.True(t, gen.ReasonDetailKind(d.Kind).Valid(), reason.Code)
		}
		for _, rule := range reason.Evidence {
			require.Contains(t, rules, "`"+string(rule)+"`")
		}
	}
	for _, op := range doc.Operations {
		for _, role := range op.Roles {
			require.True(t, gen.Role(role).Valid(), op.ID)
		}
	}
}
