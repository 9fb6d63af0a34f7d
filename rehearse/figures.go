package rehearse

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// report works out the figures of a rehearsal that is over.
func (r *run) report() Report {
	t := &r.tally
	rep := Report{
		Policy: r.setup.Policy.Name, Zone: r.setup.Policy.Zone.String(), From: instant(r.days[0]), Until: instant(r.end), Days: r.setup.Days,
		Seed: r.setup.Seed, Leads: t.leads, LeftOut: t.leftOut, Again: t.again, Received: t.week,
		Tracks: counts(t.tracks), Funnel: t.funnel, Renewed: t.renewed, Live: r.liveFigures(), Steps: t.stepFigures(), Daily: t.exhaustedFigures(),
		Staff: r.staffFigures(), Closed: counts(t.closed), Passed: counts(t.passed), Parked: t.parked, Refused: t.refusedFigures(),
		Approval: r.approvalFigures(), Tasks: counts(t.tasks), Pauses: t.pauses,
		Open: OpenLeads{Max: t.maxOpen, MaxAt: instant(max(t.maxAt, r.days[0])), End: len(r.lives), Daily: t.daily},
	}
	rep.Hours, rep.Week = r.hourFigures()
	rep.Breaks = r.breaks(&rep)
	return rep
}

func (r *run) liveFigures() LiveResponse {
	t := &r.tally
	f := LiveResponse{Never: t.never}
	for _, l := range r.lives {
		s := &l.state
		if !s.Again && s.FirstLiveAt.IsZero() && s.LiveDueAt.UnixNano() < r.end && !s.LiveDueAt.IsZero() {
			f.Never++
		}
	}
	f.Leads = len(t.lives) + f.Never
	slices.Sort(t.lives)
	within := func(minutes int) float64 {
		n, _ := slices.BinarySearch(t.lives, time.Duration(minutes)*time.Minute+1)
		return share(n, f.Leads)
	}
	f.InTime, f.Within5, f.Within15, f.Within60 = share(t.inTime, f.Leads), within(5), within(15), within(60)
	f.P50, f.P90 = rounded(percentile(t.lives, 50).Minutes()), rounded(percentile(t.lives, 90).Minutes())
	return f
}

func (r *run) approvalFigures() Approval {
	t := &r.tally
	slices.Sort(t.decided)
	f := Approval{
		Decided: len(t.decided), Rejected: t.refused,
		P50: rounded(percentile(t.decided, 50).Hours()), P90: rounded(percentile(t.decided, 90).Hours()),
	}
	for _, l := range r.lives {
		if l.state.Status == lead.Closing {
			f.Waiting++
		}
	}
	return f
}

func (t *tally) stepFigures() []Step {
	list := []Step{}
	for key, f := range t.rungs {
		if key.step > 0 {
			list = append(list, Step{
				Track: key.track, Clock: key.kind, Step: key.step, Steps: f.of, To: f.to, Taken: f.taken, Leads: f.leads,
				Share: share(f.leads, t.tracks[key.track]), Skipped: f.skipped,
			})
		}
	}
	slices.SortFunc(list, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Track, b.Track), cmp.Compare(a.Clock, b.Clock), cmp.Compare(a.Step, b.Step))
	})
	return list
}

func (t *tally) exhaustedFigures() []Exhausted {
	list := []Exhausted{}
	for key, f := range t.rungs {
		if key.step == 0 && f.taken > 0 {
			list = append(list, Exhausted{Track: key.track, Clock: key.kind, Leads: f.leads, Alerts: f.taken})
		}
	}
	slices.SortFunc(list, func(a, b Exhausted) int { return cmp.Or(cmp.Compare(a.Track, b.Track), cmp.Compare(a.Clock, b.Clock)) })
	return list
}

func (t *tally) refusedFigures() []Refused {
	list := []Refused{}
	for key, n := range t.no {
		list = append(list, Refused{Act: key.what, Reason: key.reason, Code: key.code, Times: n})
	}
	slices.SortFunc(list, func(a, b Refused) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Act, b.Act), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Code, b.Code))
	})
	return list
}

func (r *run) staffFigures() []Worked {
	open := map[string]int{}
	for _, l := range r.lives {
		open[ownerOf(l.state)]++
	}
	list := make([]Worked, len(r.team))
	for i, p := range r.team {
		f := &p.figures
		duty := time.Duration(onDutyWithin(p.duty, r.days[0], r.end))
		list[i] = Worked{
			ID: p.ID, Role: p.Role, Leads: f.given, Open: open[p.ID], Calls: f.calls,
			OnDuty: rounded(duty.Hours()), Worked: rounded(time.Duration(f.worked).Hours()),
		}
		if duty > 0 {
			list[i].Load = thousandth(float64(f.worked) / float64(duty))
		}
		if most := slices.Max(f.byHour); most > 0 {
			hour := slices.Index(f.byHour, most)
			list[i].Busy = &Busiest{At: instant(r.days[0] + int64(hour)*int64(time.Hour)), Calls: int(most)}
		}
	}
	return list
}

// hourFigures puts the hours of all days under the hours of the day and of the
// week.
func (r *run) hourFigures() ([]Hour, []WeekHour) {
	t := &r.tally
	capacity, people := r.capacity()
	var due, made [24][]int
	var able, there [24]float64
	var week [7][24]WeekHour
	var weeks [7][24]int
	for i := range int((r.end - r.days[0]) / int64(time.Hour)) {
		local := instant(t.from + int64(i)*int64(time.Hour)).In(r.setup.Policy.Zone)
		hour, weekday := local.Hour(), (int(local.Weekday())+6)%7
		w := &week[weekday][hour]
		w.Weekday, w.Hour = weekday, hour
		w.Due, w.Made = w.Due+float64(t.due[i]), w.Made+float64(t.made[i])
		w.Capacity, w.People = w.Capacity+capacity[i], w.People+people[i]
		weeks[weekday][hour]++
		if t.due[i] == 0 && t.made[i] == 0 && people[i] == 0 {
			continue
		}
		due[hour], made[hour] = append(due[hour], int(t.due[i])), append(made[hour], int(t.made[i]))
		able[hour], there[hour] = able[hour]+capacity[i], there[hour]+people[i]
	}
	hours, byWeek := []Hour{}, []WeekHour{}
	for hour := range 24 {
		if n := float64(len(due[hour])); n > 0 {
			hours = append(hours, Hour{
				Hour: hour, Due: spreadOf(due[hour]), Made: spreadOf(made[hour]), Capacity: rounded(able[hour] / n), People: rounded(there[hour] / n),
			})
		}
	}
	for weekday := range 7 {
		for hour := range 24 {
			w := week[weekday][hour]
			if n := float64(weeks[weekday][hour]); n > 0 && w.Due+w.Made+w.People > 0 {
				w.Due, w.Made, w.Capacity, w.People = hundredth(w.Due/n), hundredth(w.Made/n), hundredth(w.Capacity/n), hundredth(w.People/n)
				byWeek = append(byWeek, w)
			}
		}
	}
	return hours, byWeek
}

// capacity is, for each hour since the beginning, the calls that those who call
// could make, and how many of them were on duty.
func (r *run) capacity() (calls, people []float64) {
	n := len(r.tally.made)
	calls, people = make([]float64, n), make([]float64, n)
	for _, p := range r.team {
		if p.Role != lead.RoleBDC && p.Role != lead.RoleSalesperson {
			continue
		}
		for _, s := range p.duty {
			for at := s.from; at < s.until; {
				hour := r.tally.hour(at)
				next := min(s.until, r.tally.from+int64(hour+1)*int64(time.Hour))
				if next <= at {
					break // beyond the last hour
				}
				part := float64(next-at) / float64(time.Hour)
				calls[hour], people[hour] = calls[hour]+part*p.CallsPerHour, people[hour]+part
				at = next
			}
		}
	}
	return calls, people
}

// counts lists what was counted, the most first.
func counts[K ~string](of map[K]int) []Count {
	list := []Count{}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		list = append(list, Count{Name: string(name), Count: of[name]})
	}
	slices.SortStableFunc(list, func(a, b Count) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

func spreadOf(list []int) Spread {
	slices.Sort(list)
	sum := 0
	for _, n := range list {
		sum += n
	}
	return Spread{Mean: hundredth(float64(sum) / float64(max(len(list), 1))), P95: percentile(list, 95), Max: list[len(list)-1]}
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return thousandth(float64(n) / float64(of))
}

// Figures are rounded where they are made, so that a report is the same on
// every machine and can be read.
func rounded(x float64) float64    { return math.Round(x*10) / 10 }
func hundredth(x float64) float64  { return math.Round(x*100) / 100 }
func thousandth(x float64) float64 { return math.Round(x*1000) / 1000 }
