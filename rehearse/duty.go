package rehearse

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
)

// stretch is a time [from, until) in Unix nanoseconds.
type stretch struct{ from, until int64 }

// roster finds out when people are on duty between two instants.
type roster struct {
	policy      *policy.Policy
	from, until time.Time
	calendars   map[*policy.Calendar][]stretch
}

// dutyOf lists the times at which somebody is on duty, in their order: in the
// shifts that name him or else in the opening hours, without his absences. It
// is what policy.OnDuty says, minute by minute, worked out once.
func (r *roster) dutyOf(p process.Person) []stretch {
	var duty []stretch
	named := false
	for i := range r.policy.Shifts {
		shift := &r.policy.Shifts[i]
		if slices.ContainsFunc(shift.Staff, func(s string) bool { return strings.EqualFold(s, p.Email) }) {
			named = true
			duty = append(duty, r.open(shift.Hours)...)
		}
	}
	if !named {
		duty = slices.Clone(r.open(r.policy.Calendar))
	}
	return without(merged(duty), p.Absent)
}

// open lists the times at which a calendar is open.
func (r *roster) open(c *policy.Calendar) []stretch {
	if known, ok := r.calendars[c]; ok {
		return known
	}
	var list []stretch
	for at := r.from; ; {
		opens := c.NextOpen(at)
		if opens.IsZero() || !opens.Before(r.until) {
			break
		}
		closes := r.closing(c, opens)
		list = append(list, stretch{opens.UnixNano(), closes.UnixNano()})
		at = closes
	}
	if r.calendars == nil {
		r.calendars = map[*policy.Calendar][]stretch{}
	}
	r.calendars[c] = list
	return list
}

// closing returns the end of the stretch that is open from an instant on, or a
// day later when it is still open then. A calendar is written in minutes, so the
// search is for the first minute that is not open as a whole.
func (r *roster) closing(c *policy.Calendar, opens time.Time) time.Time {
	n := sort.Search(int(24*time.Hour/time.Minute), func(n int) bool {
		span := time.Duration(n+1) * time.Minute
		return c.Between(opens, opens.Add(span)) < span
	})
	return opens.Add(time.Duration(max(n, 1)) * time.Minute)
}

// merged sorts stretches and joins those that touch.
func merged(list []stretch) []stretch {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	var out []stretch
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].until {
			out[n-1].until = max(out[n-1].until, s.until)
			continue
		}
		out = append(out, s)
	}
	return out
}

// without takes absences out of stretches.
func without(list []stretch, absent []process.Period) []stretch {
	for _, a := range absent {
		from, until := a.From.UnixNano(), a.Until.UnixNano()
		var left []stretch
		for _, s := range list {
			if s.from < min(s.until, from) {
				left = append(left, stretch{s.from, min(s.until, from)})
			}
			if max(s.from, until) < s.until {
				left = append(left, stretch{max(s.from, until), s.until})
			}
		}
		list = left
	}
	return merged(list)
}

// onDutyFrom returns the first instant from at on at which the stretches run,
// and whether there is one.
func onDutyFrom(duty []stretch, at int64) (int64, bool) {
	i, _ := slices.BinarySearchFunc(duty, at, func(s stretch, at int64) int {
		if s.until <= at {
			return -1
		}
		return 1
	})
	if i == len(duty) {
		return 0, false
	}
	return max(duty[i].from, at), true
}

// onDutyWithin returns how much of [from, until) the stretches run.
func onDutyWithin(duty []stretch, from, until int64) int64 {
	var sum int64
	for _, s := range duty {
		if s.from >= until {
			break
		}
		if both := min(s.until, until) - max(s.from, from); both > 0 {
			sum += both
		}
	}
	return sum
}
