// Command chaos runs the real product, makes its surroundings fail and checks
// that nothing was lost.
//
// It starts Postgres, Temporal, two APIs, two workers and a provider of mail,
// sends leads and staff actions by the clock, and injects faults by a schedule
// that is drawn from a printed seed. At the end everything is healed, and a
// ledger compares what was acknowledged with what is there. docs/chaos.md tells
// more.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	bin    string
	seed   uint64
	length time.Duration
	rate   float64
	herd   int
	timers int
	long   bool
	soak   time.Duration
	json   bool
	keep   bool

	only    string
	lasting time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder with engine and chaos/doorbell")
	flag.Uint64Var(&o.seed, "seed", 0, "seed of the schedule; 0 draws one")
	flag.DurationVar(&o.length, "length", 0, "how long leads are sent and faults injected; 0 is 50 seconds, or an hour with -long")
	flag.Float64Var(&o.rate, "rate", 1.5, "leads per second, on the average")
	flag.IntVar(&o.herd, "herd", ordinaryHerd, "leads in the first burst (fault 19)")
	flag.IntVar(&o.timers, "timers", ordinaryTimers, "leads whose timers are armed when Temporal is killed for the first time (fault 5)")
	flag.BoolVar(&o.long, "long", false, "an hour with longer outages, one burst of 1,000 leads and 1,000 armed timers")
	flag.DurationVar(&o.soak, "soak", 0, "instead: so long a load without faults, and is memory flat?")
	flag.BoolVar(&o.json, "json", false, "print the outcome as JSON lines")
	flag.BoolVar(&o.keep, "keep", false, "keep the folder with data and logs")
	flag.StringVar(&o.only, "only", "", "inject only faults whose name begins with this")
	flag.DurationVar(&o.lasting, "lasting", 0, "inject each of these faults once and let it last so long")
	flag.Parse()
	if o.long {
		o.length, o.herd, o.timers = cmp.Or(o.length, time.Hour), 1_000, 1_000
	}
	if o.lasting > 0 {
		o.length = cmp.Or(o.length, o.lasting+30*time.Second)
	}
	o.length = cmp.Or(o.length, 50*time.Second)
	if o.seed == 0 {
		o.seed = rand.Uint64() >> 32 //nolint:gosec // a schedule needs no secrecy; short enough to be typed
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

var errBroken = errors.New("promises were not kept; the folder with the logs was kept")

func start(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "doorbell-chaos-")
	if err != nil {
		return err
	}
	// Started by root, Postgres runs as another user and must be able to enter.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // no secrets at this level
		return err
	}
	r := &run{o: o, begin: time.Now(), crowded: map[fault]bool{}}
	r.say("seed %d, folder %s", o.seed, dir)
	r.say("repeat with: make chaos ARGS='-seed %d'", o.seed)
	outcome, err := r.whole(ctx, dir)
	if err == nil {
		err = r.tell(outcome)
	}
	if err == nil && !o.keep {
		return os.RemoveAll(dir)
	}
	if err != nil {
		r.say("seed %d; logs in %s", o.seed, filepath.Join(dir, "*.log"))
	}
	return err
}

// tell prints the outcome and returns an error unless every promise was kept.
func (r *run) tell(o outcome) error {
	if !r.o.json {
		o.show(os.Stdout)
	} else if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
		return err
	}
	if len(o.Violations) > 0 {
		return errBroken
	}
	return nil
}
