// Command bench measures the product as a whole, as a user has it: it starts
// `bin/doorbell dev` in an empty folder on free ports, drives it from outside
// over HTTP, open-loop, and reads the outcome from the database.
//
// Open-loop means that requests are sent by the clock, whether or not earlier
// ones were answered, and that a latency counts from the instant at which the
// request should have been sent: a server that stalls cannot hide it.
//
// The reference of the same run is the bare insert of a raw message, lead and
// outbox row on the same Postgres: what an acknowledgement costs at least.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder with doorbell and engine")
	flag.IntVar(&o.rate, "rate", 20, "leads per second in the steady scenario")
	flag.DurationVar(&o.steady, "steady", time.Minute, "length of the steady scenario")
	flag.IntVar(&o.open, "open", 5000, "open leads in the memory scenario")
	flag.StringVar(&o.results, "results", "", "folder for the results as JSON lines; empty keeps none")
	flag.StringVar(&o.only, "only", "", "run only scenarios whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	bin, results string
	only         string
	rate, open   int
	steady       time.Duration
}

func run(ctx context.Context, o options) error {
	p, err := start(ctx, o.bin)
	if err != nil {
		return err
	}
	defer p.stop()
	var figures []figure
	for _, scenario := range []struct {
		name string
		run  func(context.Context, *product, options) ([]figure, error)
	}{
		{"acknowledgement and speed to lead", steady},
		{"escalation, steady", escalation},
		{"open leads", openLeads},
	} {
		if !strings.Contains(scenario.name, o.only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s …\n", time.Now().Format(time.TimeOnly), scenario.name)
		got, err := scenario.run(ctx, p, o)
		if err != nil {
			return fmt.Errorf("%s: %w", scenario.name, err)
		}
		figures = append(figures, got...)
	}
	show(os.Stdout, figures)
	return keep(o.results, figures)
}

// figure is one line of the results. Times are in milliseconds.
type figure struct {
	Scenario  string   `json:"scenario"`
	Figure    string   `json:"figure"`
	Value     float64  `json:"value"`
	Unit      string   `json:"unit"`
	N         int      `json:"n"`
	P50       float64  `json:"p50"`
	P90       float64  `json:"p90"`
	P99       float64  `json:"p99"`
	Max       float64  `json:"max"`
	Reference string   `json:"reference,omitempty"`
	Ratio     *float64 `json:"ratio,omitempty"`
}

func show(w *os.File, figures []figure) {
	_, _ = fmt.Fprintf(w, "%-34s %-38s %6s %9s %9s %9s %9s  %s\n", "scenario", "figure", "n", "p50", "p90", "p99", "max", "unit")
	for _, f := range figures {
		if f.P99 == 0 && f.Max == 0 {
			_, _ = fmt.Fprintf(w, "%-34s %-38s %6d %39.1f  %s\n", f.Scenario, f.Figure, f.N, f.Value, f.Unit)
			continue
		}
		_, _ = fmt.Fprintf(w, "%-34s %-38s %6d %9.1f %9.1f %9.1f %9.1f  %s", f.Scenario, f.Figure, f.N, f.P50, f.P90, f.P99, f.Max, f.Unit)
		if f.Ratio != nil {
			_, _ = fmt.Fprintf(w, "  %.1f × %s", *f.Ratio, f.Reference)
		}
		_, _ = fmt.Fprintln(w)
	}
}

func keep(dir string, figures []figure) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(dir, time.Now().UTC().Format("2006-01-02T150405Z")+".jsonl")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	out := json.NewEncoder(f)
	machine := struct {
		CPUs int    `json:"cpus"`
		Go   string `json:"go"`
		OS   string `json:"os"`
		Arch string `json:"arch"`
	}{runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
	if err := out.Encode(machine); err != nil {
		return err
	}
	for _, line := range figures {
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return f.Close()
}
