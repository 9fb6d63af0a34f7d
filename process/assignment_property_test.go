package process_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// drawPeople is a staff of anybody: roles, absences, pauses, room for more
// leads, languages and makes as they come.
func drawPeople(t *rapid.T, now time.Time) []process.Person {
	some := func(from ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, len(from), rapid.ID[string]).Draw(t, "some")
	}
	list := make([]process.Person, rapid.IntRange(0, 7).Draw(t, "people"))
	for i := range list {
		p := &list[i]
		p.ID = []string{"ann", "bob", "cas", "kim", "mia", "gus", "max"}[i]
		p.Email = p.ID + "@demo.example"
		p.Role = rapid.SampledFrom([]lead.Role{
			lead.RoleSalesperson, lead.RoleSalesperson, lead.RoleBDC, lead.RoleSalesManager, lead.RoleGeneralManager, lead.RoleMarketer, lead.RoleAdmin,
		}).Draw(t, "role")
		p.Paused = rapid.IntRange(0, 2).Draw(t, "paused") == 0
		p.Capacity, p.Open = rapid.IntRange(0, 3).Draw(t, "capacity"), rapid.IntRange(0, 4).Draw(t, "open")
		p.Languages, p.Makes = some("de", "EN"), some("Renault", "dacia")
		if rapid.IntRange(0, 2).Draw(t, "absent") == 0 {
			from := now.Add(time.Duration(rapid.IntRange(-30, 10).Draw(t, "from")) * time.Hour)
			p.Absent = []process.Period{{From: from, Until: from.Add(24 * time.Hour)}}
		}
	}
	return list
}

// drawAssign is the list of a track.
func drawAssign(t *rapid.T) (to, match []string) {
	to = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"next_salesperson", "fewest_open", "bdc", "owner_of_customer", "sales_manager", "general_manager", "trucks", "cas@demo.example", "max@demo.example",
	}), 1, 4, rapid.ID[string]).Draw(t, "to")
	match = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"make", "language"}), 0, 2, rapid.ID[string]).Draw(t, "match")
	return to, match
}

// weight is what speaks against somebody in the words of docs/adr/0012: the
// first word that differs decides.
func weight(w process.World, match []string, p process.Person, at time.Time) []int {
	is := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	has := func(list []string, word string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, word) })
	}
	out := []int{
		is(slices.ContainsFunc(p.Absent, func(a process.Period) bool { return !a.From.After(at) && a.Until.After(at) })),
		is(p.Paused), is(!w.Policy.OnDuty(p.Email, at)), is(p.Capacity > 0 && p.Open >= p.Capacity),
	}
	for _, m := range match {
		if m == "make" {
			out = append(out, is(w.Subject.Make != "" && len(p.Makes) > 0 && !has(p.Makes, w.Subject.Make)))
		} else {
			out = append(out, is(w.Subject.Language != "" && w.Subject.Language != w.Language && !has(p.Languages, w.Subject.Language)))
		}
	}
	return out
}

// Whoever is there and whatever the list says: as long as anybody works here
// the lead has an owner; nobody absent gets it, nor anybody for whom new leads
// pause, while somebody else could own it; and among those of the entry that
// named him nobody had less against him.
func TestALeadHasTheOwnerWithTheLeastAgainstHim(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		to, match := drawAssign(t)
		p := yardstickAnd(t, "[bdc, showroom]", `groups: {trucks: [bob@demo.example, kim@demo.example]}
shifts: {evening: {days: mon-fri, hours: "18:00-21:00", staff: [bob@demo.example, mia@demo.example]}}`,
			"clock: "+rapid.SampledFrom([]string{"opening_hours", "always"}).Draw(t, "clock"),
			fmt.Sprintf("assign: {to: [%s], match: [%s]}", strings.Join(to, ", "), strings.Join(match, ", ")))
		begin := rapid.SampledFrom([]string{"2026-11-23 10:00", "2026-11-23 19:00", "2026-11-22 12:00"}).Draw(t, "received")
		l := rings(t, p, begin, func(l *life) {
			l.world.Staff = drawPeople(t, l.world.Now)
			l.world.Language = "nl"
			l.world.Subject.Make = rapid.SampledFrom([]string{"", "renault", "Dacia"}).Draw(t, "make")
			l.world.Subject.Language = rapid.SampledFrom([]string{"", "nl", "de", "en"}).Draw(t, "language")
			l.world.CustomerOwner = rapid.SampledFrom([]string{"", "ann", "bob", "old"}).Draw(t, "customer's owner")
		})
		if len(l.world.Staff) == 0 {
			require.Empty(t, l.state.Owner)
			return
		}
		at := l.state.ClockStart
		against := func(p process.Person) []int { return weight(l.world, match, p, at) }
		i := slices.IndexFunc(l.world.Staff, func(p process.Person) bool { return p.ID == l.state.Owner })
		require.GreaterOrEqual(t, i, 0, "the lead has an owner")
		owner := l.world.Staff[i]
		got := against(owner)
		for _, p := range l.world.Staff {
			if p.Role.Sells() && p.ID != owner.ID {
				require.LessOrEqual(t, slices.Compare(got[:2], against(p)[:2]), 0, "%s is absent or paused and %s could have it", owner.ID, p.ID)
			}
		}
		if !slices.ContainsFunc(l.world.Staff, func(p process.Person) bool { return p.Role.Sells() }) {
			return // somebody has to know of it
		}

		// Within the entry of the list that found somebody on duty.
		members := map[string]func(process.Person) bool{
			"owner_of_customer": func(p process.Person) bool { return p.ID == l.world.CustomerOwner },
			"trucks":            func(p process.Person) bool { return p.ID == "bob" || p.ID == "kim" },
			"cas@demo.example":  func(p process.Person) bool { return p.ID == "cas" },
			"max@demo.example":  func(p process.Person) bool { return p.ID == "max" },
			"bdc":               func(p process.Person) bool { return p.Role == lead.RoleBDC },
			"sales_manager":     func(p process.Person) bool { return p.Role == lead.RoleSalesManager },
			"general_manager":   func(p process.Person) bool { return p.Role == lead.RoleGeneralManager },
			"next_salesperson":  func(p process.Person) bool { return p.Role == lead.RoleSalesperson },
			"fewest_open":       func(p process.Person) bool { return p.Role == lead.RoleSalesperson },
		}
		// Somebody on duty who is not full, of whichever entry, comes before
		// somebody who is.
		for i, entry := range slices.Concat(to, to) {
			hindrances := 4
			if i >= len(to) {
				hindrances = 3
			}
			var there []process.Person
			for _, p := range l.world.Staff {
				if p.Role.Sells() && members[entry](p) && !slices.Contains(against(p)[:hindrances], 1) {
					there = append(there, p)
				}
			}
			if len(there) == 0 {
				continue
			}
			best := slices.MinFunc(there, func(a, b process.Person) int {
				if entry == "fewest_open" {
					return cmp.Or(slices.Compare(against(a), against(b)), cmp.Compare(a.Open, b.Open))
				}
				return slices.Compare(against(a), against(b))
			})
			require.Contains(t, there, owner, "the first entry that names somebody on duty, %s, decides", entry)
			require.Equal(t, against(best), got, "%s fits better than %s", best.ID, owner.ID)
			if entry == "fewest_open" {
				require.Equal(t, best.Open, owner.Open)
			}
			return
		}
	})
}

// Of equals each has his share of the leads, however many there are of both.
func TestTheRotationIsFair(t *testing.T) {
	t.Parallel()
	p := yardstick(t, "[showroom]", "assign: {to: next_salesperson, match: [make]}")
	few := yardstick(t, "[showroom]", "assign: {to: fewest_open}")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "people")
		leads := rapid.IntRange(1, 40).Draw(t, "leads")
		counts := rapid.Bool().Draw(t, "fewest")
		var staff []process.Person
		for i := range n {
			staff = append(staff, process.Person{ID: fmt.Sprint("p", i), Email: fmt.Sprintf("p%d@demo.example", i), Role: lead.RoleSalesperson})
		}
		staff = append(staff, process.Person{ID: "mia", Role: lead.RoleSalesManager})
		got := map[string]int{}
		for range leads {
			l := rings(t, map[bool]*policy.Policy{true: few, false: p}[counts], "2026-11-23 10:00", func(l *life) { l.world.Staff = staff })
			staff = l.world.Staff // turned by the lead
			got[l.state.Owner]++
			for i := range staff {
				staff[i].Open = got[staff[i].ID]
			}
		}
		require.Zero(t, got["mia"])
		for i := range n {
			share := got[fmt.Sprint("p", i)]
			require.GreaterOrEqual(t, share, leads/n)
			require.LessOrEqual(t, share, (leads+n-1)/n)
		}
	})
}
