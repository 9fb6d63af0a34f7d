package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
)

// colleagues are one member of staff of each role.
func colleagues(roles ...lead.Role) []policy.Colleague {
	staff := make([]policy.Colleague, len(roles))
	for i, role := range roles {
		staff[i] = policy.Colleague{Email: string(role) + "@dealer.example", Role: role}
	}
	return staff
}

// everybody is a dealer with all roles.
var everybody = colleagues(lead.RoleBDC, lead.RoleSalesperson, lead.RoleSalesManager,
	lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin)

// templates are those that the shipped policies may name.
func templates(name string) bool { return name == "thank-you" || name == "still-interested" }

func TestShippedPoliciesAreClean(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, shipped := range policy.Shipped() {
		t.Run(shipped.Name, func(t *testing.T) {
			t.Parallel()
			p := parse(t, shipped.Text)
			require.Equal(t, shipped.Name, p.Name)
			require.NotEmpty(t, shipped.Summary)
			require.Empty(t, p.Check(policy.Known{
				Staff: everybody, Sources: []string{"website"}, Template: templates,
				Now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
			}))
			first, _, _ := strings.Cut(shipped.Text, "\n")
			require.Equal(t, "# yaml-language-server: $schema=http://127.0.0.1:8080/v1/policy/schema.json", first)
			// It is for every dealer, so it names nobody.
			for _, shift := range p.Shifts {
				require.Empty(t, shift.Staff)
			}
			require.Empty(t, p.Groups)
			require.Empty(t, p.Departments)
		})
		require.False(t, names[shipped.Name], "each has a name of its own")
		names[shipped.Name] = true
	}
	require.Equal(t, policy.Standard(), []byte(policy.Shipped()[0].Text))
}

// The small dealer has a manager and salespeople, and nobody else. He may start
// from every other policy too, and is told whom it asks for beside them.
func TestSmallDealerNeedsTwoRoles(t *testing.T) {
	t.Parallel()
	for _, shipped := range policy.Shipped() {
		p := parse(t, shipped.Text)
		found := p.Check(policy.Known{Staff: colleagues(lead.RoleSalesperson, lead.RoleSalesManager)})
		require.Empty(t, found.Faults(), shipped.Name)
		require.Equal(t, shipped.Name == "small-dealer", len(found.Remarks()) == 0, "%s: %v", shipped.Name, found)
	}
}

func TestShippedPoliciesAreNotSharedForWriting(t *testing.T) {
	t.Parallel()
	policy.Shipped()[0].Name = "spoilt"
	require.Equal(t, "standard", policy.Shipped()[0].Name)
}
