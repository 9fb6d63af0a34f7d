package rehearse

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/process"
)

// From where on something counts as a break.
const (
	lateShare    = 0.20 // of the leads that are not answered in time
	stepShare    = 0.10 // of the leads that get as far as the second step or farther
	firstShare   = 0.30 // of the leads that get as far as the first step
	skippedShare = 0.10 // of the times a step found nobody
	wrongShare   = 0.02 // of the leads that go to the wrong person
	fullLoad     = 0.90 // of somebody's hours
	growth       = 1.15 // of the open leads from the third quarter of the time to the last
	fullRamp     = 28   // days after which the number of open leads says something
	smallest     = 0.02 // of the leads; what concerns fewer is no break
	mostBreaks   = 20
)

// breaks says in plain sentences where the process breaks, what concerns the
// most leads or calls first.
func (r *run) breaks(rep *Report) []Break {
	list := slices.Concat(
		overloadedHours(rep), unmannedHours(rep), liveBreaks(rep), stepBreaks(rep), exhaustedBreaks(rep),
		r.wrongPeople(rep), staffBreaks(rep), openBreaks(rep), r.approvalBreaks(rep),
	)
	list = slices.DeleteFunc(list, func(b Break) bool { return float64(b.Weight) < smallest*float64(rep.Leads) })
	slices.SortStableFunc(list, func(a, b Break) int { return cmp.Compare(b.Weight, a.Weight) })
	if list == nil {
		list = []Break{}
	}
	return list[:min(len(list), mostBreaks)]
}

// overloadedHours finds the hours of the week in which more calls fall due than
// can be made, those that follow each other together.
func overloadedHours(rep *Report) []Break {
	var list []Break
	weeks := float64(rep.Days) / 7
	for i := 0; i < len(rep.Week); {
		first := rep.Week[i]
		n := 0
		var due, capacity, people float64
		for i+n < len(rep.Week) {
			w := rep.Week[i+n]
			if w.Weekday != first.Weekday || w.Hour != first.Hour+n || w.Due <= w.Capacity || w.unmanned() {
				break
			}
			due, capacity, people = due+w.Due, capacity+w.Capacity, people+w.People
			n++
		}
		if n == 0 {
			i++
			continue
		}
		i += n
		hours := float64(n)
		if weight := int((due - capacity) * weeks); weight > 0 {
			list = append(list, Break{Weight: weight, Sentence: overload(first, n, due/hours, capacity/hours, people/hours)})
		}
	}
	return list
}

func overload(first WeekHour, hours int, due, capacity, people float64) string {
	day := time.Weekday((first.Weekday + 1) % 7).String()
	when := fmt.Sprintf("On %ss from %d to %d", day, first.Hour, first.Hour+hours)
	who := "one person"
	if n := int(math.Round(people)); n > 1 {
		who = number(n) + " people"
	}
	return fmt.Sprintf("%s calls fall due faster (%s/h) than %s can make them (%s/h).", when, perHour(due), who, perHour(capacity))
}

// unmanned reports whether nobody who calls is ever on duty in the hour.
func (w WeekHour) unmanned() bool { return w.People == 0 }

// unmannedHours counts the calls that fall due when nobody is there to make
// them, and names the worst day.
func unmannedHours(rep *Report) []Break {
	var days [7]float64
	all := 0.0
	for _, w := range rep.Week {
		if w.unmanned() {
			n := w.Due * float64(rep.Days) / 7
			days[w.Weekday], all = days[w.Weekday]+n, all+n
		}
	}
	if all < 1 {
		return nil
	}
	worst := slices.Index(days[:], slices.Max(days[:]))
	return []Break{{Weight: int(all), Sentence: fmt.Sprintf(
		"%s due when nobody who calls is on duty, most of them on %ss (%.0f).",
		plural(int(all), "call falls", "calls fall"), time.Weekday((worst+1)%7), days[worst],
	)}}
}

func liveBreaks(rep *Report) []Break {
	var list []Break
	f := rep.Live
	if missed := 1 - f.InTime; f.Leads > 0 && missed > lateShare {
		list = append(list, Break{Weight: int(missed * float64(f.Leads)), Sentence: fmt.Sprintf(
			"Only %s of the leads get their live response in time; on the clock of their track half of those answered wait %s or longer, one in ten %s.",
			percent(f.InTime), minutes(f.P50), minutes(f.P90),
		)})
	}
	if f.Never > 0 {
		list = append(list, Break{Weight: f.Never, Sentence: plural(f.Never, "lead gets", "leads get") + " no response of a person at all."})
	}
	return list
}

// stepBreaks names the steps that find nobody, and of each escalation the
// highest step that many leads reach.
func stepBreaks(rep *Report) []Break {
	var list []Break
	tracks := len(rep.Tracks) > 1
	highest := map[string]Step{}
	var order []string
	for _, s := range rep.Steps {
		name := stepName(s, tracks)
		switch fired := s.Taken + s.Skipped; {
		case s.Taken == 0:
			list = append(list, Break{Weight: s.Skipped, Sentence: fmt.Sprintf(
				"Nobody of %s was ever on duty when %s fired (%s).", recipients(s.To), name, plural(s.Skipped, "time", "times"),
			)})
		case float64(s.Skipped) >= skippedShare*float64(fired):
			list = append(list, Break{Weight: s.Skipped, Sentence: fmt.Sprintf(
				"Nobody of %s was on duty %s of the times that %s fired (%d of %d).",
				recipients(s.To), percent(share(s.Skipped, fired)), name, s.Skipped, fired,
			)})
		}
		if (s.Step > 1 && s.Share >= stepShare) || s.Share >= firstShare {
			key := s.Track + "/" + string(s.Clock)
			if _, known := highest[key]; !known {
				order = append(order, key)
			}
			highest[key] = s // the steps come in their order
		}
	}
	for _, key := range order {
		s := highest[key]
		name := stepName(s, tracks)
		list = append(list, Break{Weight: s.Leads, Sentence: fmt.Sprintf(
			"%s is reached by %s of the leads (%d).", capital(name), percent(s.Share), s.Leads,
		)})
	}
	return list
}

func stepName(s Step, tracks bool) string {
	name := fmt.Sprintf("step %d of %s", s.Step, clockName(s.Clock))
	if tracks {
		name += " on track " + s.Track
	}
	return name
}

func exhaustedBreaks(rep *Report) []Break {
	var list []Break
	for _, e := range rep.Daily {
		on := ""
		if len(rep.Tracks) > 1 {
			on = " on track " + e.Track
		}
		list = append(list, Break{Weight: e.Leads, Sentence: fmt.Sprintf(
			"%s to the end of the escalation of %s%s and nobody acted; a manager was told %s more.",
			plural(e.Leads, "lead gets", "leads get"), clockName(e.Clock), on, plural(e.Alerts, "time", "times"),
		)})
	}
	return list
}

func (r *run) wrongPeople(rep *Report) []Break {
	var list []Break
	for _, c := range []struct{ word, sentence string }{
		{"off_duty", "%d leads went to somebody who was off duty then, because nobody who may get them was there."},
		{"absent", "%d leads went to somebody who was absent, because everybody was."},
		{"full", "%d leads went to somebody who had as many open leads as he may, because everybody had."},
		{"paused", "%d leads went to somebody for whom new leads pause, because there was nobody else."},
	} {
		if n := r.tally.although[c.word]; float64(n) >= wrongShare*float64(rep.Leads) && n > 0 {
			list = append(list, Break{Weight: n, Sentence: fmt.Sprintf(c.sentence, n)})
		}
	}
	return list
}

// staffBreaks names those who have their hands full, role by role.
func staffBreaks(rep *Report) []Break {
	var list []Break
	for _, role := range Roles {
		var full []Worked
		of, leads := 0, 0
		for _, p := range rep.Staff {
			if p.Role != role {
				continue
			}
			of++
			if p.Load >= fullLoad {
				full, leads = append(full, p), leads+p.Leads
			}
		}
		switch {
		case len(full) == 0:
		case len(full) == 1:
			p := full[0]
			list = append(list, Break{Weight: max(p.Leads, rep.Leads/of), Sentence: fmt.Sprintf(
				"%s works %s of the hours on duty with leads (%s).", p.ID, percent(p.Load), plural(p.Calls, "call", "calls"),
			)})
		default:
			list = append(list, Break{Weight: leads, Sentence: fmt.Sprintf(
				"%s of %d with the role %s work more than %s of their hours on duty with leads.",
				capital(number(len(full))), of, clockName(process.Kind(role)), percent(fullLoad),
			)})
		}
	}
	return list
}

// openBreaks looks whether more leads come than go.
func openBreaks(rep *Report) []Break {
	n := len(rep.Open.Daily)
	if n < 2*fullRamp {
		return nil
	}
	third, last := mean(rep.Open.Daily[n/2:n*3/4]), mean(rep.Open.Daily[n*3/4:])
	if last < growth*third {
		return nil
	}
	return []Break{{Weight: int(last - third), Sentence: fmt.Sprintf(
		"More leads come than go: %d are open after %d days, %d at the end.", rep.Open.Daily[n/2], n/2, rep.Open.End,
	)}}
}

func (r *run) approvalBreaks(rep *Report) []Break {
	late := r.tally.late
	if of := rep.Approval.Decided; late > 0 && float64(late) >= lateShare*float64(of) {
		return []Break{{Weight: late, Sentence: fmt.Sprintf(
			"%s of the closings (%d) wait longer for a manager than the policy allows, one in ten %s h or longer on the clock of its track.",
			percent(share(late, of)), late, perHour(rep.Approval.P90),
		)}}
	}
	return nil
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func clockName(k process.Kind) string { return strings.ReplaceAll(string(k), "_", " ") }

// recipients names them as the policy does.
func recipients(to []string) string {
	names := make([]string, len(to))
	for i, name := range to {
		names[i] = "`" + name + "`"
	}
	return strings.Join(names, ", ")
}

func percent(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }

// perHour writes a rate with as many digits as it is worth.
func perHour(x float64) string {
	if x >= 10 {
		return fmt.Sprintf("%.0f", x)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

func minutes(x float64) string {
	if x >= 120 {
		return perHour(x/60) + " h"
	}
	return fmt.Sprintf("%.0f min", x)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// number writes a small number as a word.
func number(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

func mean(list []int) float64 {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return float64(sum) / float64(max(len(list), 1))
}
