package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// outcome is what came of a run.
type outcome struct {
	Seed       uint64             `json:"seed"`
	Seconds    float64            `json:"seconds"`
	Faults     []injected         `json:"faults"`
	Figures    []figure           `json:"figures"`
	Audit      string             `json:"audit,omitempty"`
	Samples    map[string][]point `json:"samples,omitempty"`
	Violations []violation        `json:"violations"`
}

// figure is one number of a run.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

func (r *run) outcome(said remembered, is found, wrong []violation, audited string) outcome {
	o := outcome{Seed: r.o.seed, Seconds: time.Since(r.begin).Seconds(), Faults: r.injected, Audit: audited, Violations: wrong}
	add := func(name string, value float64, unit string) {
		o.Figures = append(o.Figures, figure{name, value, unit})
	}
	add("posts", float64(len(said.Posts)), "")
	fates := map[fate]int{}
	for _, a := range said.Actions {
		fates[a.Fate]++
	}
	add("actions done", float64(fates[done]), "")
	add("actions refused", float64(fates[refused]), "")
	add("actions without an answer", float64(fates[unsure]), "")
	for _, status := range slices.Sorted(keysOf(r.load.answers)) {
		name := fmt.Sprintf("answers %d", status)
		switch status {
		case 0:
			name = "requests without an answer"
		case tooLate:
			name = "requests unanswered for 12 s"
		}
		add(name, float64(r.load.answers[status]), "")
	}
	duplicates, closed, events := 0, 0, 0
	for _, l := range is.Leads {
		events += len(l.Timeline)
		if l.DuplicateOf != "" {
			duplicates++
		} else if l.Status == "closed" {
			closed++
		}
	}
	add("leads", float64(len(is.Leads)), "")
	add("of them duplicates", float64(duplicates), "")
	add("of them closed", float64(closed), "")
	add("timeline entries", float64(events), "")
	mails, twice, ambiguous := 0, 0, 0
	for _, m := range is.Letters {
		if m.Channel == "screen" {
			continue
		}
		mails++
		if m.Unknowns > 0 {
			ambiguous++
		}
		if len(is.Taken[m.ID]) > 1 {
			twice++
		}
	}
	add("mails", float64(mails), "")
	add("of them ambiguous once", float64(ambiguous), "")
	add("of them sent twice", float64(twice), "")
	spread := func(name string, all []time.Duration) {
		slices.Sort(all)
		for _, p := range []int{50, 99, 100} {
			if len(all) > 0 {
				add(fmt.Sprintf("%s, p%d", name, p), all[min(len(all)-1, len(all)*p/100)].Seconds(), "s")
			}
		}
	}
	spread("a post is acknowledged after", r.load.acked)
	late := lateness(is)
	add("steps of escalations", float64(len(late)), "")
	spread("a step is late by", late)
	return o
}

func keysOf[V any](m map[int]V) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// mostShown is how many violations of one rule are printed; -json has all.
const mostShown = 8

// show prints it for people.
func (o outcome) show(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(o.Faults) > 0 {
		_, _ = fmt.Fprintln(t, "FAULT\tVARIANT\tAT\tTOOK\tSEEN")
	}
	for _, f := range o.Faults {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%.1f s\t%.1f s\t%s\n", f.Fault, f.Variant, f.At.Seconds(), f.Took.Seconds(), f.Seen)
	}
	_, _ = fmt.Fprintln(t)
	for _, f := range o.Figures {
		_, _ = fmt.Fprintf(t, "%s\t%.4g %s\n", f.Name, f.Value, f.Unit)
	}
	_ = t.Flush()
	if o.Audit != "" {
		_, _ = fmt.Fprintln(w, o.Audit)
	}
	_, _ = fmt.Fprintf(w, "\nseed %d, %.0f s, %d violations\n", o.Seed, o.Seconds, len(o.Violations))
	shown := map[string]int{}
	for _, v := range o.Violations {
		shown[v.Rule]++
		if shown[v.Rule] <= mostShown {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", v.Rule, v.What)
		}
	}
	for rule, n := range shown {
		if n > mostShown {
			_, _ = fmt.Fprintf(w, "  %s: %d more\n", rule, n-mostShown)
		}
	}
}
