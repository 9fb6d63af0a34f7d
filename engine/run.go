package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.temporal.io/server/temporal"
)

// stopPatience is how long the server may take to stop. What it was doing is
// in Postgres and goes on at the next start.
const stopPatience = 10 * time.Second

// ready is the one line on standard output that says that clients may come.
type ready struct {
	Ready   bool   `json:"ready"`
	Address string `json:"address"`
	UI      string `json:"ui,omitempty"`
}

// run serves until ctx ends, then stops in order: UI, server, lock.
func run(ctx context.Context, s settings, out io.Writer) (err error) {
	defer func() {
		// Being told to stop while still starting is no failure.
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil
		}
	}()

	addr, err := s.addr.fill("addr")
	if err != nil {
		return err
	}
	uiAddr := s.uiAddr
	if !uiAddr.isZero() {
		if uiAddr, err = uiAddr.fill("ui-addr"); err != nil {
			return err
		}
	}

	lock, err := prepareDatabases(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close(context.WithoutCancel(ctx)) }()

	logs := newLogs(s.logLevel)
	server, err := newServer(s, addr, logs.logger)
	if err != nil {
		return err
	}
	if err := start(ctx, server); err != nil {
		return err
	}
	defer func() {
		logs.hush()
		err = errors.Join(err, stop(server))
	}()

	if err := prepareNamespace(ctx, s, addr); err != nil {
		return err
	}
	line := ready{Ready: true, Address: addr.dialable()}
	if !uiAddr.isZero() {
		ui := newUI(s, addr, uiAddr)
		// Start returns when Stop is called; a port that cannot be served
		// ends the process, and fill has made sure of it.
		go func() { _ = ui.Start() }()
		defer ui.Stop()
		if err := awaitListener(ctx, uiAddr); err != nil {
			return err
		}
		line.UI = "http://" + uiAddr.dialable()
	}
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return fmt.Errorf("say that the engine is ready: %w", err)
	}
	<-ctx.Done()
	return nil
}

// awaitListener returns when something accepts connections on addr.
func awaitListener(ctx context.Context, addr address) error {
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr.dialable())
		if err == nil {
			return conn.Close()
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// start starts the server, which cannot be told to stop before it has
// started: ending the process is then the way out, and safe, because
// everything that matters is a transaction.
func start(ctx context.Context, server temporal.Server) error {
	started := make(chan error, 1)
	go func() { started <- server.Start() }()
	select {
	case err := <-started:
		if err != nil {
			return fmt.Errorf("start the Temporal server: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func stop(server temporal.Server) error {
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop the Temporal server: %w", err)
		}
		return nil
	case <-time.After(stopPatience):
		return fmt.Errorf("the Temporal server did not stop within %s and was left", stopPatience)
	}
}
