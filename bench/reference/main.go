// Command reference measures what the product is compared with, on the same
// Postgres and the same engine, in the same run:
//
//	engine   the bare engine: a workflow with one activity, started and run to rest
//	timers   the bare engine: workflows whose timers fire in the same instant, each with one local activity
//	queue    a durable job queue (River) doing the work of a lead's first minute
//	insert   Postgres alone: the transaction by which intake stores a lead
//
// It is a module of its own, so that River is no dependency of the product. The
// outcome is one line of JSON; latencies are in seconds. What got lost or was
// done twice makes the run worthless: the program says so and exits 1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Exit codes are the product's: done, failed, wrong usage.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func command(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		_, _ = fmt.Fprintln(errs, "reference:", err)
		return exitUsage
	}
	measured, err := run(ctx, o)
	if err != nil {
		_, _ = fmt.Fprintf(errs, "reference: %s: %v\n", o.what, err)
		return exitFailed
	}
	if err := json.NewEncoder(out).Encode(measured); err != nil {
		_, _ = fmt.Fprintln(errs, "reference:", err)
		return exitFailed
	}
	return exitDone
}

// options are the command line.
type options struct {
	what      string
	postgres  string // a superuser's; databases are made and dropped beside the one it names
	doorbell  string // program whose migrations make the tables of insert
	temporal  string
	namespace string
	sink      string // base address of a SendGrid; "" starts one in this process
	n, warm   int
	after     time.Duration // the timers fire, counted from the first start that counts
	load      load
}

var kinds = []string{"engine", "timers", "queue", "insert"}

// bare reports whether it is the engine that is measured.
func (o options) bare() bool { return o.what == "engine" || o.what == "timers" }

func parse(args []string, errs io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("reference", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.what, "what", "", "what to measure: "+strings.Join(kinds, ", "))
	flags.StringVar(&o.postgres, "postgres", "", "address of a superuser of Postgres, for queue and insert")
	flags.StringVar(&o.doorbell, "doorbell", "", "path of bin/doorbell: insert into the product's own tables; empty takes plain tables of the same shape")
	flags.StringVar(&o.temporal, "temporal", "", "host:port of Temporal, for engine and timers")
	flags.StringVar(&o.namespace, "namespace", "doorbell", "namespace of Temporal")
	flags.StringVar(&o.sink, "sink", "", "base address that takes POST /v3/mail/send, for queue; empty starts one in the process")
	flags.IntVar(&o.n, "n", 1000, "how many")
	flags.IntVar(&o.warm, "warm", 100, "how many before, which do not count")
	flags.DurationVar(&o.after, "after", 10*time.Second, "when the timers fire, counted from the first start; long enough for all to be started")
	flags.IntVar(&o.load.clients, "concurrency", 32, "clients that go as fast as they can; without meaning with -rate")
	flags.Float64Var(&o.load.rate, "rate", 0, "how many a second, by the clock; 0 lets the clients go")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	return o, o.check(flags.Args())
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag", rest[0])
	case !slices.Contains(kinds, o.what):
		return fmt.Errorf("-what is %q; it has to be one of %s", o.what, strings.Join(kinds, ", "))
	case o.bare() && (o.temporal == "" || o.namespace == ""):
		return fmt.Errorf("%s needs -temporal and -namespace", o.what)
	case !o.bare() && o.postgres == "":
		return fmt.Errorf("%s needs -postgres", o.what)
	case o.after <= 0:
		return errors.New("-after is more than 0")
	case o.n < 1 || o.warm < 0 || o.load.clients < 1 || o.load.rate < 0:
		return errors.New("-n and -concurrency are at least 1, -warm and -rate at least 0")
	}
	return nil
}

// reference is one of the things that are measured. What it does is numbered
// from 0, those before the measurement included.
type reference interface {
	// begin does one, or begins it when it comes to rest later.
	begin(ctx context.Context, i int) error
	// warmed is called when those that do not count are at rest.
	warmed(ctx context.Context) error
	// check says what was lost or done twice of the first n.
	check(ctx context.Context, n int) error
	// close gives back what was taken; it works when ctx is done, too.
	close(ctx context.Context) error
}

func run(ctx context.Context, o options) (measured result, err error) {
	t := newTally(o.warm + o.n)
	var r reference
	switch o.what {
	case "engine", "timers":
		r, err = newEngine(ctx, o, t)
	case "queue":
		r, err = newQueue(ctx, o, t)
	default:
		r, err = newInsert(ctx, o, t)
	}
	if err != nil {
		return measured, err
	}
	defer func() { err = errors.Join(err, r.close(context.WithoutCancel(ctx))) }()

	// Connections are made and statements prepared before it counts, as they are
	// in a product that runs.
	if err := drive(ctx, t, 0, o.warm, load{clients: o.load.clients}, r.begin); err != nil {
		return measured, err
	}
	if err := r.warmed(ctx); err != nil {
		return measured, err
	}
	if err := drive(ctx, t, o.warm, o.warm+o.n, o.load, r.begin); err != nil {
		return measured, err
	}
	if err := r.check(ctx, o.warm+o.n); err != nil {
		return measured, err
	}
	return t.result(o.what, o.warm), nil
}
