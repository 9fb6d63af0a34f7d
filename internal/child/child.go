// Package child starts other programs as children that cannot outlive this
// process: not when it ends in order, and not when it is killed with -9.
//
// A child gets a process group of its own, so that Ctrl-C in a terminal
// reaches only the parent, which then stops its children in the right order.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Options says what to start.
type Options struct {
	Name        string // how errors call the program
	Path        string
	Args        []string // without the program's own name
	Env         []string // nil: the environment of this process
	Dir         string
	Stdout      io.Writer           // nil: thrown away
	Output      io.Writer           // standard error, also kept for Err; nil: only kept
	HoldStdin   bool                // keep standard input open until the child ends: it sees EOF when we die
	DeathSignal syscall.Signal      // sent to the child when this process dies; 0: none. Linux only
	Credential  *syscall.Credential // run as another user; nil: as ourselves
}

// Child is a running or ended program.
type Child struct {
	name string
	cmd  *exec.Cmd
	tail *Tail
	done chan struct{}

	mu      sync.Mutex
	stopped bool // we asked it to end
	err     error
}

// pipePatience is how long after the child's end its own children may keep
// our pipes open.
const pipePatience = 2 * time.Second

// Start starts the program and returns once it runs.
func Start(o Options) (*Child, error) {
	c := &Child{name: o.Name, tail: NewTail(20), done: make(chan struct{})}
	c.cmd = exec.Command(o.Path, o.Args...) //nolint:noctx // it ends by Stop, in steps, not with a context
	c.cmd.Env, c.cmd.Dir = o.Env, o.Dir
	c.cmd.WaitDelay = pipePatience
	c.cmd.Stdout = o.Stdout
	c.cmd.Stderr = c.tail
	if o.Output != nil {
		c.cmd.Stderr = io.MultiWriter(c.tail, o.Output)
	}
	if o.HoldStdin {
		if _, err := c.cmd.StdinPipe(); err != nil {
			return nil, fmt.Errorf("start %s: %w", o.Name, err)
		}
	}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: o.Credential}
	setDeathSignal(c.cmd.SysProcAttr, o.DeathSignal)

	started := make(chan error, 1)
	go func() {
		// The kernel sends the death signal when the thread that started the
		// child ends, so that thread stays until the child has.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := c.cmd.Start(); err != nil {
			started <- fmt.Errorf("start %s: %w", o.Name, err)
			return
		}
		started <- nil
		c.ended(c.cmd.Wait())
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Child) ended(err error) {
	c.mu.Lock()
	switch {
	case c.stopped:
		c.err = nil
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		c.err = fmt.Errorf("%s ended by itself%s", c.name, c.tail.quote())
	default:
		c.err = fmt.Errorf("%s ended: %w%s", c.name, err, c.tail.quote())
	}
	c.mu.Unlock()
	close(c.done)
}

// Pid is the child's process id.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Done is closed when the child has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Err says why the child ended, with the last lines it wrote to standard
// error. It is nil while the child runs and after a Stop.
func (c *Child) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Step is a signal and how long the child has to end after it.
type Step struct {
	Signal   syscall.Signal
	Patience time.Duration
}

// Stop goes through the steps until the child has ended, the last resort
// after all of them being SIGKILL. It returns an error if that was needed. A
// context that ends cuts the patience of all steps short.
func (c *Child) Stop(ctx context.Context, steps ...Step) error {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()

	for _, step := range steps {
		// An error means that it has ended, which the wait below finds too.
		_ = c.cmd.Process.Signal(step.Signal)
		patience := time.NewTimer(step.Patience)
		select {
		case <-c.done:
			patience.Stop()
			return nil
		case <-patience.C:
		case <-ctx.Done():
			patience.Stop()
		}
	}
	select {
	case <-c.done:
		return nil
	default:
	}
	_ = c.cmd.Process.Kill()
	<-c.done
	return fmt.Errorf("%s did not stop in time and was killed", c.name)
}
