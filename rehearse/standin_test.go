package rehearse

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
)

func TestEverybodyWhomAPolicyNamesIsThere(t *testing.T) {
	t.Parallel()
	p := parse(t, small+`shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: ["Eve@dealer.example"]}}
groups: {closers: ["kay@dealer.example", "eve@dealer.example"], owners: ["own@dealer.example"]}
follow_ups: {refund_claim: {to: money@dealer.example}}
tracks:
  standard:
    assign: {to: [owners, named@dealer.example, next_salesperson]}
    live_response: {due: 15m, escalate: [{after: 0s, to: [boss@dealer.example, closers], notify: [email]}]}
    closing: {by: chief@dealer.example}
`)
	roles := map[string]lead.Role{}
	for _, person := range Standin(p) {
		require.NotContains(t, roles, person.ID)
		roles[person.ID] = person.Role
		require.NotEmpty(t, person.Email)
	}
	require.Equal(t, map[string]lead.Role{
		"bdc": lead.RoleBDC, "salesperson 1": lead.RoleSalesperson, "salesperson 2": lead.RoleSalesperson, "salesperson 3": lead.RoleSalesperson,
		"sales manager": lead.RoleSalesManager, "general manager": lead.RoleGeneralManager, "marketer": lead.RoleMarketer,
		"eve@dealer.example": lead.RoleSalesperson, "own@dealer.example": lead.RoleSalesperson, "named@dealer.example": lead.RoleSalesperson,
		"chief@dealer.example": lead.RoleSalesManager,
		"kay@dealer.example":   lead.RoleMarketer, "money@dealer.example": lead.RoleMarketer, "boss@dealer.example": lead.RoleMarketer,
	}, roles)
	require.Equal(t, 7, Unstaffed(p, Team(Staffed(parse(t, small+"tracks: {standard: {}}\n"), Everybody()))))
	require.Zero(t, Unstaffed(p, Team(Standin(p))))
}
