package rehearse

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

func TestATeamIsReadFromYAML(t *testing.T) {
	t.Parallel()
	team, err := ReadStaff([]byte(`
- {role: bdc, email: Bea@dealer.example, calls_per_hour: 12.5, diligence: 1, reaction_minutes: 2}
- role: salesperson
  count: 2
  languages: [DE, en]
  makes: Renault
  capacity: 40
  absent:
    - {from: 2026-12-21, until: 2027-01-02}
    - {from: 2026-11-23 13:00, until: "2026-11-23T18:00"}
- {role: sales_manager}
`), amsterdam(t))
	require.NoError(t, err)
	away := []process.Period{
		{From: time.Date(2026, 12, 20, 23, 0, 0, 0, time.UTC), Until: time.Date(2027, 1, 2, 23, 0, 0, 0, time.UTC)},
		{From: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)},
	}
	seller := func(n string) Seller {
		return Seller{
			Person: process.Person{
				ID: "salesperson " + n, Email: "salesperson-" + n + "@stand-in.invalid", Role: lead.RoleSalesperson,
				Languages: []string{"de", "en"}, Makes: []string{"Renault"}, Capacity: 40, Absent: away,
			},
			CallsPerHour: defaultCallsPerHour, Diligence: defaultDiligence, Reaction: defaultReaction,
		}
	}
	require.Equal(t, []Seller{
		{
			Person:       process.Person{ID: "bea@dealer.example", Email: "bea@dealer.example", Role: lead.RoleBDC},
			CallsPerHour: 12.5, Diligence: 1, Reaction: 2 * time.Minute,
		},
		seller("1"), seller("2"),
		{
			Person:       process.Person{ID: "sales manager 1", Email: "sales-manager-1@stand-in.invalid", Role: lead.RoleSalesManager},
			CallsPerHour: defaultCallsPerHour, Diligence: defaultDiligence, Reaction: defaultReaction,
		},
	}, team)
	require.NoError(t, check(team))
}

func TestMistakesInATeamAreNamedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		src  string
		want []Fault
	}{
		"nothing":       {"", []Fault{{1, 1, "", "is empty; write a list of people"}}},
		"nobody":        {"[]", []Fault{{1, 1, "", "names nobody"}}},
		"no list":       {"role: bdc\n", []Fault{{1, 5, "", "must be a list of people"}}},
		"no YAML":       {"- {role: bdc\n", []Fault{{1, 3, "", "is no YAML"}}},
		"nested":        {strings.Repeat("[", 100), []Fault{{1, 1, "", "has more in it than a team needs"}}},
		"long":          {strings.Repeat("- {role: bdc}\n", 30_000), []Fault{{1, 1, "", "at most 262144 bytes"}}},
		"no text":       {"- {role: \xff}", []Fault{{1, 1, "", "must be text in UTF-8"}}},
		"a word":        {"- bdc\n", []Fault{{1, 3, "", "must be written like {role: …}"}}},
		"no role":       {"- {count: 2}\n", []Fault{{1, 3, "role", "is needed: one of bdc, salesperson"}}},
		"unknown role":  {"- {role: bdc}\n- {role: boss}\n", []Fault{{2, 10, "role", "must be one of bdc, salesperson"}}},
		"unknown key":   {"- role: bdc\n  speed: 3\n", []Fault{{2, 3, "", `unknown key "speed"; known are email, role`}}},
		"key twice":     {"- {role: bdc, role: bdc}\n", []Fault{{1, 15, "", "is no YAML: mapping key"}}},
		"address":       {"- {role: bdc, email: Sam at home}\n", []Fault{{1, 22, "email", "must be an address such as"}}},
		"same person":   {"- {role: bdc, email: sam@dealer.example}\n- {role: bdc, email: SAM@dealer.example}\n", []Fault{{2, 3, "email", "stands in the file twice"}}},
		"count":         {"- {role: bdc, count: 1.5}\n", []Fault{{1, 22, "count", "must be a whole number from 1 to 500"}}},
		"too many":      {"- {role: bdc, count: 300}\n- {role: bdc, count: 300}\n", []Fault{{2, 3, "count", "there may be 500 people"}}},
		"calls":         {"- {role: bdc, calls_per_hour: 0}\n", []Fault{{1, 31, "calls_per_hour", "must be a number from 0.1 to 60"}}},
		"diligence":     {"- {role: bdc, diligence: high}\n", []Fault{{1, 26, "diligence", "must be a number from 0 to 1"}}},
		"reaction":      {"- {role: bdc, reaction_minutes: .nan}\n", []Fault{{1, 33, "reaction_minutes", "must be a number from 0"}}},
		"capacity":      {"- {role: bdc, capacity: -1}\n", []Fault{{1, 25, "capacity", "must be a whole number"}}},
		"languages":     {"- {role: bdc, languages: [german]}\n", []Fault{{1, 26, "languages", "two letters each"}}},
		"makes":         {"- {role: bdc, makes: [1]}\n", []Fault{{1, 23, "makes", "must be a word"}}},
		"absent":        {"- {role: bdc, absent: always}\n", []Fault{{1, 23, "absent", "must be a list like [{from"}}},
		"absent until":  {"- {role: bdc, absent: [{from: 2026-12-21}]}\n", []Fault{{1, 24, "absent", "needs from and until"}}},
		"absent dates":  {"- {role: bdc, absent: [{from: soon, until: 2026-12-21}]}\n", []Fault{{1, 31, "absent", "write a date like"}}},
		"absent wrong":  {"- {role: bdc, absent: [{from: 2026-12-22, until: 2026-12-20}]}\n", []Fault{{1, 24, "absent", "ends before it begins"}}},
		"several at it": {"- {role: boss, count: 0}\n- {email: 3}\n", []Fault{{1, 10, "role", "one of"}, {1, 23, "count", "whole number"}, {2, 3, "role", "is needed"}, {2, 11, "email", "must be a word"}, {2, 11, "email", "must be an address"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			team, err := ReadStaff([]byte(c.src), amsterdam(t))
			require.Nil(t, team)
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.Len(t, faults, len(c.want), "%v", err)
			for i, want := range c.want {
				require.Equal(t, [2]int{want.Line, want.Column}, [2]int{faults[i].Line, faults[i].Column}, "%v", err)
				require.Equal(t, want.Field, faults[i].Field)
				require.Contains(t, faults[i].Message, want.Message)
			}
			require.NotContains(t, err.Error(), "home", "what was written is not repeated")
		})
	}
}

// FuzzReadStaff reads anything as YAML: it gives a team that can be rehearsed,
// or says what is wrong, and never panics.
func FuzzReadStaff(f *testing.F) {
	zone := amsterdam(f)
	for _, src := range []string{
		"- {role: bdc}", "- role: salesperson\n  count: 3\n  absent: [{from: 2026-12-21, until: 2027-01-02}]", "- &a {role: bdc}\n- *a", "- {role: bdc, capacity: 0x10}",
		"- {? role : bdc}", "- !!str role", "---\n---\n", "- {role: bdc, email: \"a@b\"}", "- <<: {role: bdc}",
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		team, err := ReadStaff(src, zone)
		if err != nil {
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.NotEmpty(t, faults)
			return
		}
		require.NoError(t, check(team))
	})
}
