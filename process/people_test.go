package process_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/process"
)

func withoutPhone(l *life) { l.state.Reach.Phone = false }

func withoutEmail(l *life) { l.state.Reach.Email = false }

func withStaff(ids ...string) func(*life) {
	return func(l *life) {
		l.world.Staff = slices.DeleteFunc(l.world.Staff, func(p process.Person) bool { return !slices.Contains(ids, p.ID) })
	}
}

// with changes a member of staff.
func with(id string, change func(*process.Person)) func(*life) {
	return func(l *life) {
		l.t.Helper()
		l.world.Staff = slices.Clone(l.world.Staff)
		i := slices.IndexFunc(l.world.Staff, func(p process.Person) bool { return p.ID == id })
		require.GreaterOrEqual(l.t, i, 0, "nobody is called %s", id)
		change(&l.world.Staff[i])
	}
}

// all makes several changes in one.
func all(changes ...func(*life)) func(*life) {
	return func(l *life) {
		for _, change := range changes {
			change(l)
		}
	}
}

// each makes the same change to several colleagues.
func each(change func(*process.Person), ids ...string) func(*life) {
	return func(l *life) {
		for _, id := range ids {
			with(id, change)(l)
		}
	}
}

// paused is for colleagues for whom new leads pause.
func paused(ids ...string) func(*life) {
	return each(func(p *process.Person) { p.Paused = true }, ids...)
}

// full is for colleagues who have as many open leads as they can work.
func full(ids ...string) func(*life) {
	return each(func(p *process.Person) { p.Capacity, p.Open = 3, 3 }, ids...)
}

// away is for colleagues who are absent for a month.
func away(ids ...string) func(*life) {
	return func(l *life) {
		gone := []process.Period{{From: l.world.Now.Add(-time.Hour), Until: l.world.Now.AddDate(0, 1, 0)}}
		each(func(p *process.Person) { p.Absent = gone }, ids...)(l)
	}
}

// lateBy is for a lead whose workflow begins late.
func lateBy(d time.Duration) func(*life) { return func(l *life) { l.world.Now = l.world.Now.Add(d) } }
