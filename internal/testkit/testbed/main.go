// Command testbed starts a Postgres and a Temporal server for tests, runs a
// command that finds them in its environment, and stops both again:
//
//	bin/testbed -- go test ./...
//
// It exits with the command's exit code.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testbed -- COMMAND...")
		os.Exit(2)
	}
	code, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// run returns the exit code of the command.
func run(args []string) (code int, err error) {
	// From here on a signal ends the command, and with it the servers.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	env := os.Environ()
	var gone <-chan struct{}
	var why func() error
	if os.Getenv(bed.EnvPostgres) == "" || os.Getenv(bed.EnvTemporal) == "" {
		b, openErr := bed.Open()
		if openErr != nil {
			return 1, openErr
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if env, err = start(ctx, b, env); err != nil {
			return 1, err
		}
		gone, why = b.Done(), b.Err
	}

	command := exec.Command(args[0], args[1:]...)
	command.Env = env
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return 1, fmt.Errorf("start the command: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			return exitCode(err)
		case s := <-signals:
			// A terminal has told the command already; being told twice is
			// harmless, and whoever signals only us is understood too.
			_ = command.Process.Signal(s)
		case <-gone:
			// The tests will say that a server is gone; this says why.
			gone = nil
			fmt.Fprintln(os.Stderr, "testbed: a server that the tests need has ended:", why())
		}
	}
}

// exitCode is the command's own, 1 if a signal ended it.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1), nil
	default:
		return 1, fmt.Errorf("run the command: %w", err)
	}
}

func start(ctx context.Context, b *bed.Bed, env []string) ([]string, error) {
	began := time.Now()
	postgres, err := b.Postgres(ctx)
	if err != nil {
		return nil, err
	}
	temporal, err := b.Temporal(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "testbed: Postgres and Temporal ready in %.1f s\n", time.Since(began).Seconds())
	return append(env, bed.EnvPostgres+"="+postgres, bed.EnvTemporal+"="+temporal), nil
}
