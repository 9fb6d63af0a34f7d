package rehearse

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Duty worked out once is what the policy says at every minute, without the
// absences.
func TestDutyIsThePolicys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
		p := parse(t, fmt.Sprintf(`timezone: %s
country: NL
calendar: {open: {%s}, closed: ["2026-10-27"], special: {"2026-10-28": ["10:00-11:00"]}}
shifts: {late: {days: mon-sun, hours: "%s", staff: ["eve@dealer.example"]}, early: {days: sat-mon, hours: "06:00-09:30", staff: ["eve@dealer.example"]}}
tracks: {standard: {}}
`, pick("zone", "Europe/Amsterdam", "Australia/Lord_Howe", "UTC"),
			pick("hours", `mon-fri: ["08:30-12:30", "13:00-18:00"]`, `mon-sun: ["00:00-24:00"]`, `sat: ["22:00-03:00"]`),
			pick("late", "18:00-22:00", "21:00-02:30", "09:30-10:00")))
		from := time.Date(2026, 10, 23, 0, 0, 0, 0, p.Zone)
		who := process.Person{ID: "x", Email: pick("who", "eve@dealer.example", "sam@dealer.example"), Role: lead.RoleSalesperson}
		if rapid.Bool().Draw(t, "away") {
			begins := from.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "away from")) * time.Hour)
			who.Absent = []process.Period{{From: begins, Until: begins.Add(30 * time.Hour)}, {From: begins.Add(20 * time.Hour), Until: begins.Add(40 * time.Hour)}}
		}
		r := roster{policy: p, from: from, until: from.AddDate(0, 0, 10)}
		duty := r.dutyOf(who)
		for i, s := range duty {
			require.Less(t, s.from, s.until)
			if i > 0 {
				require.Less(t, duty[i-1].until, s.from, "what touches is one")
			}
		}
		var minutes int64
		for at := from; at.Before(r.until); at = at.Add(time.Minute) {
			is := p.OnDuty(who.Email, at)
			for _, a := range who.Absent {
				is = is && (at.Before(a.From) || !at.Before(a.Until))
			}
			next, ever := onDutyFrom(duty, at.UnixNano())
			require.Equal(t, is, ever && next == at.UnixNano(), "%s", at)
			if is {
				minutes++
			}
		}
		require.Equal(t, minutes*int64(time.Minute), onDutyWithin(duty, from.UnixNano(), r.until.UnixNano()))
	})
}
