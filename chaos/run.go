package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// run is one run.
type run struct {
	o     options
	begin time.Time
	stage *scene
	load  *load
	away  atomic.Bool // Temporal, on purpose

	mu       sync.Mutex
	injected []injected
	wrong    []violation
	crowded  map[fault]bool // faults that took their large number of leads already
}

// injected is a fault that was made.
type injected struct {
	injection
	Took time.Duration `json:"took"`
	Seen string        `json:"seen"`
}

func (r *run) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1f s  %s\n", time.Since(r.begin).Seconds(), fmt.Sprintf(format, args...))
}

// restPatience is how long nothing may come nearer to rest: what piled up while
// everything was away takes as long as it takes to work off.
const restPatience = 100 * time.Second

// patience is for what takes longer the longer something was away: most in a
// short run, and so many times as long in one whose faults last longer.
func (o options) patience(most time.Duration) time.Duration {
	return time.Duration(float64(most) * o.stretch())
}

// stretch is how many times as long as in a short run the longest faults last.
func (o options) stretch() float64 {
	if o.long || o.lasting > 0 {
		return 8
	}
	return 1
}

// whole runs everything and returns what came of it.
func (r *run) whole(ctx context.Context, dir string) (outcome, error) {
	var err error
	if r.stage, err = openScene(ctx, r.o, dir); err != nil {
		return outcome{}, err
	}
	defer r.stage.close() //nolint:contextcheck // also when the run was stopped
	end, giveUp := context.WithCancel(ctx)
	defer giveUp()
	r.load = newLoad(end, r.stage, r.o.seed)
	if r.o.soak > 0 {
		return r.soak(ctx, giveUp)
	}
	r.say("the product runs; %s of load and faults", r.o.length)
	r.storm(ctx)
	r.say("the faults are over")
	if err := r.rest(ctx, giveUp); err != nil {
		return outcome{}, err
	}
	return r.judge(ctx)
}

// mostDelay is how many times the planned length faults may take, on a machine
// that is busy with other things. What is left then is left out, and said so.
const mostDelay = 2

// storm injects the faults, each lane in its order, and sends the load until the
// last of them is over.
func (r *run) storm(ctx context.Context) {
	lanes := map[lane][]injection{}
	for _, i := range chosen(planned(r.o.seed, r.o.length, r.o.stretch()), r.o.only, r.o.lasting) {
		lanes[i.Lane] = append(lanes[i.Lane], i)
	}
	begin := time.Now()
	loading, stop := context.WithCancel(ctx)
	var sending, all sync.WaitGroup
	sending.Go(func() { r.load.drive(loading, r.o.rate) })
	for _, list := range lanes {
		all.Go(func() {
			for _, i := range list {
				if lull.For(ctx, time.Until(begin.Add(i.At))) != nil {
					return
				}
				if time.Since(begin) > mostDelay*r.o.length {
					r.mu.Lock()
					r.injected = append(r.injected, injected{i, 0, "left out: the machine is too busy"})
					r.mu.Unlock()
					continue
				}
				r.one(ctx, i)
			}
		})
	}
	all.Wait()
	_ = lull.For(ctx, time.Until(begin.Add(r.o.length)))
	stop()
	sending.Wait()
}

// one injects one fault and writes down what was seen.
func (r *run) one(ctx context.Context, i injection) {
	r.say("fault %s", i)
	since := time.Now()
	seen, err := r.inject(ctx, i)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.injected = append(r.injected, injected{i, time.Since(since), seen})
	if err != nil && ctx.Err() == nil {
		r.wrong = append(r.wrong, violation{"while " + string(i.Fault), err.Error()})
	}
}

// rest waits until everybody was answered and nothing is under way any more.
func (r *run) rest(ctx context.Context, giveUp func()) error {
	for _, p := range r.stage.programs() {
		if err := p.Alive(); err != nil {
			r.wrong = append(r.wrong, violation{"process ended by itself", err.Error()})
		}
	}
	answered := make(chan struct{})
	go func() { r.load.all.Wait(); close(answered) }()
	patience := time.NewTimer(restPatience)
	defer patience.Stop()
	select {
	case <-answered:
	case <-patience.C:
		r.say("not everybody was answered")
	case <-ctx.Done():
		return ctx.Err()
	}
	giveUp()
	<-answered
	r.say("everybody was answered")
	begin := time.Now()
	least, nearer, said := math.MaxInt, begin, begin
	for time.Since(nearer) < restPatience && time.Since(begin) < r.o.patience(restPatience) {
		// Nobody is about to act, so that row and workflow are compared at rest.
		left, what, err := r.stage.unrest(ctx, 3*time.Second)
		if err != nil {
			return err
		}
		if left == 0 {
			return nil
		}
		if left < least {
			least, nearer = left, time.Now()
		}
		if time.Since(said) > 20*time.Second {
			r.say("not at rest: %s", what)
			said = time.Now()
		}
		if err := lull.For(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	return nil // what is left is the ledger's to tell
}

// mostAsked is how many workflows are asked for their state.
const mostAsked = 400

// judge compares what was said with what is there.
func (r *run) judge(ctx context.Context) (outcome, error) {
	is, err := r.stage.read(ctx, mostAsked)
	if err != nil {
		return outcome{}, err
	}
	said := r.load.remembered()
	wrong := slices.Concat(r.wrong, compare(said, is))
	for what, n := range r.load.strange {
		wrong = append(wrong, violation{"strange answer", fmt.Sprintf("%s, %d times", what, n)})
	}
	audited, found := r.audit(ctx)
	wrong = append(wrong, found...)
	return r.outcome(said, is, wrong, audited), nil
}

// audit runs the product's own audit, where the binary knows it.
func (r *run) audit(ctx context.Context) (string, []violation) {
	program := chaosProgram(r.o.bin)
	if err := exec.CommandContext(ctx, program, "audit", "--help").Run(); err != nil {
		return "this binary has no audit", nil
	}
	cmd := exec.CommandContext(ctx, program, "audit", "--json")
	cmd.Env = r.stage.serves[0].Env
	out, err := cmd.Output()
	if err == nil {
		return "audit is green", nil
	}
	var pretty any
	if json.Unmarshal(out, &pretty) != nil {
		pretty = string(out)
	}
	return "audit is red", []violation{{"audit", fmt.Sprintf("%v: %v", err, pretty)}}
}
