package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/cable"
	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
)

func newCable(target string) (*cable.Cable, error) { return cable.New(target) }

// program is one process of the product, which ends and is started again. Only
// one lane of faults does that to it.
type program struct {
	command, name, path string
	addr                string // of an API
	env                 []string
	postgres, temporal  *cable.Cable
	log                 *child.LogFile

	mu    sync.Mutex
	child *child.Child
	lives int
}

// start starts it, with failpoints armed besides the short waits; "" for none.
func (p *program) start(failpoints string) error {
	c, err := child.Start(child.Options{
		Name: p.name, Path: p.path, Args: []string{p.command}, Dir: "/", Output: p.log, DeathSignal: syscall.SIGKILL,
		Env: append(append([]string{}, p.env...), failpoint.EnvVar+"="+shortWaits+";"+failpoints),
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child = c
	p.lives++
	return nil
}

func (p *program) running() *child.Child {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child
}

// kill ends it with SIGKILL, in the middle of whatever it does.
func (p *program) kill() {
	c := p.running()
	if c == nil {
		return
	}
	_ = syscall.Kill(c.Pid(), syscall.SIGKILL)
	<-c.Done()
}

// stopPatience is more than the product allows itself.
const stopPatience = 45 * time.Second

// stop asks it to end. That it has to be killed after that is an error.
func (p *program) stop(ctx context.Context) error {
	c := p.running()
	select {
	case <-c.Done():
		return c.Err()
	default:
		return c.Stop(ctx, child.Step{Signal: syscall.SIGTERM, Patience: stopPatience})
	}
}

// died waits for it to be killed by its failpoint, and reports whether it was.
func (p *program) died(ctx context.Context, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.running().Done():
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// alive returns why it does not run any more.
func (p *program) alive() error {
	c := p.running()
	if c == nil {
		return fmt.Errorf("%s was never started", p.name)
	}
	select {
	case <-c.Done():
		return errors.Join(fmt.Errorf("%s does not run", p.name), c.Err())
	default:
		return nil
	}
}

func (p *program) close() {
	if c := p.running(); c != nil {
		_ = syscall.Kill(c.Pid(), syscall.SIGKILL)
		<-c.Done()
	}
	p.postgres.Close()
	p.temporal.Close()
	_ = p.log.Close()
}
