package stage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/child"
)

// Process is one process of the product, which may end and be started again.
type Process struct {
	Command, Name string
	Addr          string // of an API
	Env           []string

	path string
	log  *child.LogFile

	mu    sync.Mutex
	child *child.Child
}

// Start starts it, with more settings than its own for this one life.
func (p *Process) Start(more ...string) error {
	c, err := child.Start(child.Options{
		Name: p.Name, Path: p.path, Args: []string{p.Command}, Dir: "/", Output: p.log, DeathSignal: syscall.SIGKILL,
		Env: append(append([]string{}, p.Env...), more...),
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child = c
	return nil
}

func (p *Process) running() *child.Child {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child
}

// Pid is the process id of its present life, or of the last one.
func (p *Process) Pid() int { return p.running().Pid() }

// Kill ends it with SIGKILL, in the middle of whatever it does.
func (p *Process) Kill() {
	c := p.running()
	if c == nil {
		return
	}
	_ = syscall.Kill(c.Pid(), syscall.SIGKILL)
	<-c.Done()
}

// stopPatience is more than the product allows itself.
const stopPatience = 45 * time.Second

// Stop asks it to end. That it has to be killed after that is an error.
func (p *Process) Stop(ctx context.Context) error {
	c := p.running()
	select {
	case <-c.Done():
		return c.Err()
	default:
		return c.Stop(ctx, child.Step{Signal: syscall.SIGTERM, Patience: stopPatience})
	}
}

// Died waits for it to end by itself, and reports whether it did.
func (p *Process) Died(ctx context.Context, patience time.Duration) bool {
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

// Alive returns why it does not run any more.
func (p *Process) Alive() error {
	c := p.running()
	if c == nil {
		return fmt.Errorf("%s was never started", p.Name)
	}
	select {
	case <-c.Done():
		return errors.Join(fmt.Errorf("%s does not run", p.Name), c.Err())
	default:
		return nil
	}
}

// Status asks an API for a page; 0 is no answer.
func (p *Process) Status(ctx context.Context, path string) int {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Addr+path, http.NoBody)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	drain(answer)
	return answer.StatusCode
}

func (p *Process) close() {
	p.Kill()
	_ = p.log.Close()
}
