// Command bench measures the product as a whole: it starts Postgres, Temporal,
// `doorbell serve` and `doorbell worker` as processes, drives them from outside
// over HTTP, takes their mails, and reads the outcome from the database.
//
// Where requests are sent at a rate they are sent by the clock, whether or not
// earlier ones were answered, and a latency counts from the instant at which its
// request was due: a server that stalls cannot hide it. What a figure is compared
// with is measured in the same run, on the same Postgres and the same Temporal.
// docs/performance.md explains each scenario.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	bin, reference string
	results        string
	only           string
	quick, full    bool
	scale          float64
	keep           bool
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder with doorbell and engine")
	flag.StringVar(&o.reference, "reference", "bin/bench/reference", "program that measures the references; without it there are no ratios to them")
	flag.StringVar(&o.results, "results", "", "folder for the results as JSON lines; empty keeps none")
	flag.StringVar(&o.only, "only", "", "run only scenarios whose names hold one of these words, separated by commas")
	flag.BoolVar(&o.quick, "quick", false, "as small as it gets, to see that it works; the figures mean nothing")
	flag.BoolVar(&o.full, "full", false, "up to 100,000 open leads; takes hours")
	flag.Float64Var(&o.scale, "scale", 1, "multiplies how many leads each scenario takes")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with data and logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// scenario is one thing that is measured.
type scenario struct {
	name string
	run  func(context.Context, *bench) error
}

// scenarios in the order in which they run: later ones find the leads of the
// earlier ones open, as a dealer's day does. Reading comes last, because most of
// what it reads has no workflow.
var scenarios = []scenario{
	{"cost of one life", life},
	{"growth", growth},
	{"intake to rest", intakeToRest},
	{"acknowledgement", acknowledgement},
	{"speed to lead", speedToLead},
	{"staff actions", staffActions},
	{"two machines' worth", twoMachines},
	{"escalation, steady", escalationSteady},
	{"open leads", openLeads},
	{"escalation, herd", escalationHerd},
	{"timers at a kill", timersAtAKill},
	{"reading", reading},
}

// chosen returns the scenarios whose names hold one of the words.
func chosen(words string) ([]scenario, error) {
	if words == "" {
		return scenarios, nil
	}
	var list []scenario
	known := map[string]bool{}
	for _, s := range scenarios {
		for word := range strings.SplitSeq(words, ",") {
			if strings.Contains(s.name, word) {
				known[word] = true
				if !slices.ContainsFunc(list, func(o scenario) bool { return o.name == s.name }) {
					list = append(list, s)
				}
			}
		}
	}
	for word := range strings.SplitSeq(words, ",") {
		if !known[word] {
			return nil, fmt.Errorf("there is no scenario %q", word)
		}
	}
	return list, nil
}

var errWrong = errors.New("results were wrong")

func run(ctx context.Context, o options) error {
	list, err := chosen(o.only)
	if err != nil {
		return err
	}
	machine := lookAround(ctx)
	b, err := open(ctx, o)
	defer b.close() //nolint:contextcheck // also when it was stopped
	if err != nil {
		return err
	}
	machine.Postgres = b.version
	for _, s := range list {
		b.scenario = s.name
		b.say("%s", s.name)
		begin := time.Now()
		if err := s.run(ctx, b); err != nil {
			b.fail("%v", err) // the others are measured all the same
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.say("%s took %.0f s", s.name, time.Since(begin).Seconds())
	}
	show(os.Stdout, b.lines)
	if err := encode(os.Stdout, b.lines); err != nil {
		return err
	}
	if err := keep(o.results, machine, b.lines); err != nil {
		return err
	}
	for _, w := range b.wrong {
		fmt.Fprintln(os.Stderr, "wrong:", w)
	}
	if len(b.wrong) > 0 {
		return errWrong
	}
	return nil
}
