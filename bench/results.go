package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// show prints the figures for people: the tables of those that have one, and
// everything else in one.
func show(w io.Writer, lines []line) {
	for _, s := range scenarios {
		table(w, s.name, lines)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "SCENARIO\tFIGURE\tVALUE\tUNIT\tN\tP50\tP90\tP99\tMAX\tRATIO\tTARGET")
	last := ""
	for _, l := range lines {
		if l.row != "" {
			continue
		}
		name := l.Scenario
		if name == last {
			name = ""
		}
		last = l.Scenario
		ratio := ""
		if l.Ratio != nil {
			ratio = fmt.Sprintf("%.2f × %s", *l.Ratio, l.Reference)
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", name, l.Figure, number(&l.Value), l.Unit, l.N,
			number(l.P50), number(l.P90), number(l.P99), number(l.Max), ratio, aims(l.targets))
	}
	_ = t.Flush()
}

// table prints the figures of a scenario that have rows and columns.
func table(w io.Writer, scenario string, lines []line) {
	var rows, columns []string
	cells := map[[2]string]string{}
	for _, l := range lines {
		if l.Scenario != scenario || l.row == "" {
			continue
		}
		head := strings.ToUpper(l.column) + ", " + l.Unit
		if !slices.Contains(rows, l.row) {
			rows = append(rows, l.row)
		}
		if !slices.Contains(columns, head) {
			columns = append(columns, head)
		}
		text := number(&l.Value)
		if l.Ratio != nil {
			text += fmt.Sprintf(" (%.2f ×)", *l.Ratio)
		}
		if aim := aims(l.targets); aim != "" {
			text += " " + aim
		}
		cells[[2]string{l.row, head}] = text
	}
	if len(rows) == 0 {
		return
	}
	// What there is much of goes down, so that it fits on a page.
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(t, "%s\t%s\n", strings.ToUpper(scenario), strings.Join(rows, "\t"))
	for _, column := range columns {
		_, _ = fmt.Fprint(t, column)
		for _, row := range rows {
			_, _ = fmt.Fprint(t, "\t"+cells[[2]string{row, column}])
		}
		_, _ = fmt.Fprintln(t)
	}
	_, _ = fmt.Fprintln(t)
	_ = t.Flush()
}

// aims says what was to be reached, and whether it was.
func aims(targets []target) string {
	var all []string
	for _, t := range targets {
		verdict := "missed"
		if t.kept {
			verdict = "kept"
		}
		all = append(all, t.text+": "+verdict)
	}
	return strings.Join(all, "; ")
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
	defer func() { _ = f.Close() }()
	if err := json.NewEncoder(f).Encode(m); err != nil {
		return err
	}
	if err := encode(f, lines); err != nil {
		return err
	}
	return f.Close()
}
