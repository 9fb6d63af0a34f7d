package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// show prints the figures for people.
func show(w io.Writer, lines []line) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "SCENARIO\tFIGURE\tVALUE\tUNIT\tN\tP50\tP90\tP99\tMAX\tRATIO\tTARGET")
	last := ""
	for _, l := range lines {
		name := l.Scenario
		if name == last {
			name = ""
		}
		last = l.Scenario
		ratio := ""
		if l.Ratio != nil {
			ratio = fmt.Sprintf("%.2f × %s", *l.Ratio, l.Reference)
		}
		var aims []string
		for _, t := range l.targets {
			verdict := "missed"
			if t.kept {
				verdict = "kept"
			}
			aims = append(aims, t.text+": "+verdict)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", name, l.Figure, number(&l.Value), l.Unit, l.N,
			number(l.P50), number(l.P90), number(l.P99), number(l.Max), ratio, strings.Join(aims, "; "))
	}
	_ = t.Flush()
}

// number writes three digits that count, and whole numbers whole.
func number(v *float64) string {
	switch {
	case v == nil:
		return ""
	case *v >= 100 || *v == float64(int64(*v)):
		return fmt.Sprintf("%.0f", *v)
	case *v >= 10:
		return fmt.Sprintf("%.1f", *v)
	}
	return fmt.Sprintf("%.2f", *v)
}

// encode writes the figures for programs, one to a line.
func encode(w io.Writer, lines []line) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, l := range lines {
		if err := out.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// keep writes the facts about the machine and the figures into a file of their
// own.
func keep(dir string, m machine, lines []line) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, time.Now().UTC().Format("2006-01-02T150405Z")+".jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewEncoder(f).Encode(m); err != nil {
		return err
	}
	if err := encode(f, lines); err != nil {
		return err
	}
	return f.Close()
}
