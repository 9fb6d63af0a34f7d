package mine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/web/board/standing"
)

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	return zone
}

func TestDaysWeeksAndMonthsBeginAtTheDealersMidnight(t *testing.T) {
	t.Parallel()
	zone := amsterdam(t)
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, zone) }
	for name, c := range map[string]struct {
		now  time.Time
		want since
	}{
		"a Tuesday":                             {time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), since{at(2026, 11, 24), at(2026, 11, 23), at(2026, 11, 1)}},
		"a Sunday, already Monday in Amsterdam": {time.Date(2026, 11, 29, 23, 30, 0, 0, time.UTC), since{at(2026, 11, 30), at(2026, 11, 30), at(2026, 11, 1)}},
		"a week that began last month":          {time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC), since{at(2026, 10, 1), at(2026, 9, 28), at(2026, 10, 1)}},
		"the day on which the clocks go back":   {time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC), since{at(2026, 10, 25), at(2026, 10, 19), at(2026, 10, 1)}},
	} {
		require.Equal(t, c.want, begun(c.now, zone), name)
	}
}

func TestWhatPressesStandsFirst(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) // 10:00
	called := func(name string, s standing.State) item { return item{Customer: name, State: s} }
	waits := func(d time.Duration) standing.State {
		return standing.State{Kind: standing.Due, Due: now.Add(d), From: now.Add(d - time.Hour), Until: now.Add(d), Near: time.Hour}
	}
	w := sorted([]item{
		called("tomorrow", waits(20*time.Hour)), called("with the manager", standing.State{Kind: standing.Closing, Due: now.Add(-time.Hour)}),
		called("tonight", waits(8*time.Hour)), called("in half an hour", waits(30*time.Minute)), called("late", waits(-5*time.Minute)),
		called("escalated", standing.State{Kind: standing.Escalated, Due: now.Add(-time.Hour)}), called("nobody knows when", standing.State{Kind: standing.Waits}),
		called("appointment within the hour", standing.State{Kind: standing.Appointment, Visit: "showroom", Until: now.Add(50 * time.Minute), Due: now.Add(4 * time.Hour), From: now.Add(2 * time.Hour)}),
	}, now, amsterdam(t))
	names := func(list []item) (out []string) {
		for _, i := range list {
			out = append(out, i.Customer)
		}
		return out
	}
	require.Equal(t, []string{"escalated", "late", "in half an hour", "appointment within the hour"}, names(w.Now))
	require.Equal(t, []string{"tonight"}, names(w.Next))
	require.Equal(t, []string{"with the manager", "tomorrow", "nobody knows when"}, names(w.Later))
}
