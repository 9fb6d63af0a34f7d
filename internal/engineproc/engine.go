// Package engineproc runs bin/engine, the Temporal server with its Web UI, as
// a child of this process. The engine is a program of its own, in a module of
// its own, so that the several hundred modules of a Temporal server stay out
// of the product.
package engineproc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/child"
)

// ErrNotBuilt says that there is no engine program to run; its text says how
// to make one.
var ErrNotBuilt = errors.New("bin/engine is missing: build it with `make bin/engine`, which takes about 4 minutes the first time")

// Options says how to run the engine. Zero values take the engine's own
// defaults, except for the addresses.
type Options struct {
	Binary             string        // path of bin/engine
	PostgresURL        string        // of any database of the server
	Database           string        // for workflows; default doorbell_temporal
	VisibilityDatabase string        // for the list of workflows; default doorbell_temporal_visibility
	Address            string        // host:port for clients; "": a free port on loopback
	UIAddress          string        // host:port for the Web UI; "": no UI; port 0: a free one
	Namespace          string        // default doorbell
	Retention          time.Duration // how long closed workflows can be read; default 30 days
	Connections        int           // to Postgres, for each database; default 30
	LogLevel           string        // default error
	Faults             float64       // for tests: share of writes that succeed and are reported as timed out
	Log                io.Writer     // the engine's log lines; nil: only the last are kept, for Err
}

// Engine is a running engine.
type Engine struct {
	Address string // host:port for clients
	UI      string // URL of the Web UI, or ""

	child *child.Child
}

// Find returns the engine beside the running program, which is where make
// puts both, or ErrNotBuilt.
func Find() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find bin/engine: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), "engine")
	if _, err := os.Stat(path); err != nil {
		return "", ErrNotBuilt
	}
	return path, nil
}

// stopSteps: the engine stops in 3 seconds and leaves by itself after 10.
var stopSteps = []child.Step{{Signal: syscall.SIGTERM, Patience: 14 * time.Second}}

// Start returns when the engine's namespace answers, which takes some seconds
// for new databases and two for those that exist. It ends with ctx; the
// running engine does not, stop that with Stop.
func Start(ctx context.Context, o Options) (*Engine, error) {
	binary, err := filepath.Abs(o.Binary)
	if err != nil {
		return nil, fmt.Errorf("find bin/engine: %w", err)
	}
	line := &firstLine{ready: make(chan struct{})}
	c, err := child.Start(child.Options{
		Name: "the Temporal engine", Path: binary, Args: []string{"run", "--parent-stdin"},
		Env: o.environment(), Dir: "/", Stdout: line, Output: o.Log,
		HoldStdin: true, DeathSignal: syscall.SIGTERM,
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, err
	}
	e := &Engine{child: c}
	select {
	case <-line.ready:
		if err := e.read(line.bytes()); err != nil {
			return nil, errors.Join(err, e.Stop(ctx))
		}
		return e, nil
	case <-c.Done():
		return nil, c.Err()
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("wait for the Temporal engine: %w", ctx.Err()), e.Stop(context.WithoutCancel(ctx)))
	}
}

// environment carries the settings, because the arguments of a process can be
// seen by everybody on the machine and the URL holds a password.
func (o Options) environment() []string {
	address := o.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	set := map[string]string{
		"ENGINE_POSTGRES": o.PostgresURL, "ENGINE_ADDR": address,
		"ENGINE_DATABASE": o.Database, "ENGINE_VISIBILITY_DATABASE": o.VisibilityDatabase,
		"ENGINE_NAMESPACE": o.Namespace, "ENGINE_LOG_LEVEL": o.LogLevel,
	}
	if o.Retention != 0 {
		set["ENGINE_RETENTION"] = o.Retention.String()
	}
	if o.Connections != 0 {
		set["ENGINE_CONNECTIONS"] = strconv.Itoa(o.Connections)
	}
	if o.Faults != 0 {
		set["ENGINE_PERSISTENCE_FAULTS"] = strconv.FormatFloat(o.Faults, 'g', -1, 64)
	}
	// Options are all there is to say: what the environment of this process
	// says to an engine is not meant for this one.
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "ENGINE_") {
			env = append(env, kv)
		}
	}
	for name, value := range set {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return append(env, "ENGINE_UI_ADDR="+o.UIAddress) // empty means none
}

func (e *Engine) read(line []byte) error {
	var said struct {
		Ready   bool   `json:"ready"`
		Address string `json:"address"`
		UI      string `json:"ui"`
	}
	if err := json.Unmarshal(line, &said); err != nil || !said.Ready || said.Address == "" {
		return fmt.Errorf("the Temporal engine said %q instead of that it is ready: build it again with `make bin/engine`", line)
	}
	e.Address, e.UI = said.Address, said.UI
	return nil
}

// Stop stops the engine, within 15 seconds. What it was doing is in Postgres
// and goes on at the next start.
func (e *Engine) Stop(ctx context.Context) error { return e.child.Stop(ctx, stopSteps...) }

// Done is closed when the engine has ended, asked to or not.
func (e *Engine) Done() <-chan struct{} { return e.child.Done() }

// Err says why the engine ended by itself, with its last lines.
func (e *Engine) Err() error { return e.child.Err() }

// Pid is the engine's process id.
func (e *Engine) Pid() int { return e.child.Pid() }

// firstLine is a writer that keeps the first line and closes ready when it is
// whole.
type firstLine struct {
	mu    sync.Mutex
	line  []byte
	whole bool
	ready chan struct{}
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.whole {
		head, _, found := bytes.Cut(p, []byte("\n"))
		f.line = append(f.line, head...)
		if found {
			f.whole = true
			close(f.ready)
		}
	}
	return len(p), nil
}

func (f *firstLine) bytes() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.line
}
