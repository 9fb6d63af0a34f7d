package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/rehearse"
)

// printReport writes how a rehearsal went, what a manager asks first at the top.
func (p *program) printReport(r rehearse.Report, zone *time.Location) error {
	blocks := []struct {
		title string
		rows  [][]string
	}{
		{"", reportFacts(r, zone)},
		{"Where it breaks", breakRows(r)},
		{"Calls by hour of the day", hourRows(r)},
		{"Leads received by weekday and hour", receivedRows(r)},
		{"Escalations", stepRows(r)},
		{"People", staffRows(r, zone)},
		{"Closed, by reason", countRows(r.Closed, r.Leads+r.Again)},
		{"Refused by the rules", refusedRows(r)},
		{"Follow-ups", taskRows(r.Tasks)},
	}
	for _, b := range blocks {
		if len(b.rows) == 0 {
			continue
		}
		if b.title != "" {
			if err := p.printLine("\n%s", b.title); err != nil {
				return err
			}
		}
		if err := p.printTable(b.rows); err != nil {
			return err
		}
	}
	return nil
}

func reportFacts(r rehearse.Report, zone *time.Location) [][]string {
	date := func(at time.Time) string { return at.In(zone).Format("Mon 2 Jan 2006") }
	rows := [][]string{
		{"policy", r.Policy},
		{"days", fmt.Sprintf("%d, %s to %s", r.Days, date(r.From), date(r.Until.Add(-time.Second)))},
		{"seed", fmt.Sprint(r.Seed)},
		{"leads", fmt.Sprintf("%d, %.1f a day; %d more begun again by follow-ups", r.Leads, float64(r.Leads)/float64(r.Days), r.Again)},
		{"tracks", countWords(r.Tracks)},
		{"funnel", fmt.Sprintf("%d conversations, %d appointments, %d visits, %d sales (%s of the leads)",
			r.Funnel.Conversations, r.Funnel.Appointments, r.Funnel.Visits, r.Funnel.Sales, perCent(float64(r.Funnel.Sales)/float64(max(r.Leads, 1))))},
		{"live response", fmt.Sprintf("%s in time; %s within 5 min, %s within 15, %s within 60 min",
			perCent(r.Live.InTime), perCent(r.Live.Within5), perCent(r.Live.Within15), perCent(r.Live.Within60))},
		{"", fmt.Sprintf("half within %.1f min, nine in ten within %.1f min on the clock of their track; %d never", r.Live.P50, r.Live.P90, r.Live.Never)},
		{"open leads", fmt.Sprintf("%d at most (%s), %d at the end", r.Open.Max, date(r.Open.MaxAt), r.Open.End)},
		{"approvals", fmt.Sprintf("%d decided, %d of them rejected; half within %.1f h, nine in ten within %.1f h on the clock of their track; %d wait",
			r.Approval.Decided, r.Approval.Rejected, r.Approval.P50, r.Approval.P90, r.Approval.Waiting)},
	}
	if f := r.Renewed; r.Again > 0 {
		rows = slices.Insert(rows, 6, []string{"begun again", fmt.Sprintf(
			"%d conversations, %d appointments, %d visits, %d sales; counted as work, not as leads", f.Conversations, f.Appointments, f.Visits, f.Sales)})
	}
	if r.Pauses > 0 {
		rows = append(rows, []string{"pauses", fmt.Sprintf("new leads paused %d times for somebody who made too little of them", r.Pauses)})
	}
	return rows
}

func breakRows(r rehearse.Report) [][]string {
	if len(r.Breaks) == 0 {
		return [][]string{{"  nowhere"}}
	}
	rows := make([][]string, len(r.Breaks))
	for i, b := range r.Breaks {
		rows[i] = []string{fmt.Sprintf("%3d.", i+1), b.Sentence}
	}
	return rows
}

func hourRows(r rehearse.Report) [][]string {
	rows := [][]string{{"  hour", "due mean", "p95", "max", "made mean", "p95", "max", "can make", "people"}}
	for _, h := range r.Hours {
		rows = append(rows, []string{
			fmt.Sprintf("  %02d-%02d", h.Hour, h.Hour+1), fmt.Sprintf("%.1f", h.Due.Mean), fmt.Sprint(h.Due.P95), fmt.Sprint(h.Due.Max),
			fmt.Sprintf("%.1f", h.Made.Mean), fmt.Sprint(h.Made.P95), fmt.Sprint(h.Made.Max), fmt.Sprintf("%.1f", h.Capacity), fmt.Sprintf("%.1f", h.People),
		})
	}
	return rows
}

func receivedRows(r rehearse.Report) [][]string {
	header := []string{"  "}
	for hour := range 24 {
		header = append(header, fmt.Sprintf("%02d", hour))
	}
	rows := [][]string{append(header, "all")}
	for weekday, hours := range &r.Received {
		row := []string{"  " + time.Weekday((weekday + 1) % 7).String()[:3]}
		all := 0
		for _, n := range hours {
			row = append(row, fmt.Sprint(n))
			all += n
		}
		rows = append(rows, append(row, fmt.Sprint(all)))
	}
	return rows
}

func stepRows(r rehearse.Report) [][]string {
	if len(r.Steps)+len(r.Daily) == 0 {
		return nil
	}
	rows := [][]string{{"  track", "clock", "step", "to", "leads", "of its leads", "taken", "skipped"}}
	for _, s := range r.Steps {
		rows = append(rows, []string{
			"  " + s.Track, words(string(s.Clock)), fmt.Sprintf("%d of %d", s.Step, s.Steps), words(strings.Join(s.To, ", ")),
			fmt.Sprint(s.Leads), perCent(s.Share), fmt.Sprint(s.Taken), fmt.Sprint(s.Skipped),
		})
	}
	for _, e := range r.Daily {
		rows = append(rows, []string{"  " + e.Track, words(string(e.Clock)), "daily", "a manager", fmt.Sprint(e.Leads), "", fmt.Sprint(e.Alerts)})
	}
	return rows
}

func staffRows(r rehearse.Report, zone *time.Location) [][]string {
	rows := [][]string{{"  who", "role", "leads", "open", "calls", "hours on duty", "hours worked", "load", "busiest hour"}}
	for _, s := range r.Staff {
		busiest := "-"
		if s.Busy != nil {
			busiest = fmt.Sprintf("%s, %s", counted(s.Busy.Calls, "call", "calls"), localTime(s.Busy.At, zone))
		}
		rows = append(rows, []string{
			"  " + s.ID, words(string(s.Role)), fmt.Sprint(s.Leads), fmt.Sprint(s.Open), fmt.Sprint(s.Calls),
			fmt.Sprintf("%.0f", s.OnDuty), fmt.Sprintf("%.0f", s.Worked), perCent(s.Load), busiest,
		})
	}
	return rows
}

func refusedRows(r rehearse.Report) [][]string {
	var rows [][]string
	for _, f := range r.Refused {
		rows = append(rows, []string{"  " + strings.TrimSpace(string(f.Act)+" "+f.Reason), words(string(f.Code)), counted(f.Times, "time", "times")})
	}
	return rows
}

func countRows(list []rehearse.Count, of int) [][]string {
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{"  " + c.Name, fmt.Sprint(c.Count), perCent(float64(c.Count) / float64(max(of, 1)))})
	}
	return rows
}

// taskRows has no shares: a lead can have several of a kind.
func taskRows(list []rehearse.Count) [][]string {
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{"  " + c.Name, fmt.Sprint(c.Count)})
	}
	return rows
}

func countWords(list []rehearse.Count) string {
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = fmt.Sprintf("%s %d", c.Name, c.Count)
	}
	return strings.Join(texts, ", ")
}

// counted writes a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// perCent writes a share.
func perCent(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }
