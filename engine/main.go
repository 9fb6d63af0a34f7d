// Command engine runs a whole Temporal server (frontend, history, matching
// and worker) and the Temporal Web UI in one process, kept in Postgres.
//
// It is what Doorbell runs on one machine. Beyond one machine Doorbell talks
// to a Temporal cluster or to Temporal Cloud instead and this program is not
// needed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	uiversion "github.com/temporalio/ui-server/v2/server/version"
	"go.temporal.io/server/common/headers"
)

// Exit codes are the product's: done, failed, wrong usage.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `engine runs a Temporal server and its Web UI on Postgres.

  engine [run] [flags]   run until SIGINT or SIGTERM
  engine health [flags]  ask a running engine whether it serves
  engine version         print the versions of the server and the UI

Every flag can be given in the environment as ENGINE_<FLAG>, for example
ENGINE_UI_ADDR for --ui-addr. "engine run --help" lists the flags.
`

// garbage is by how much the heap may grow, in percent of what is in use, before it
// is collected: half as often as Go's default, which takes time from timers and
// updates that are due. GOGC says otherwise.
const garbage = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	os.Exit(command(os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr))
}

// command runs one command line and returns the exit code. Data goes to out,
// everything meant for a person to errs.
func command(args []string, lookup func(string) (string, bool), in io.Reader, out, errs io.Writer) int {
	name := "run"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}

	var err error
	switch name {
	case "run":
		var s settings
		if s, err = parseSettings(args, lookup, errs); err == nil {
			err = runUntilTold(s, in, out)
		}
	case "health":
		var h healthSettings
		if h, err = parseHealth(args, lookup, errs); err == nil {
			err = checkHealth(context.Background(), h, out)
		}
	case "version":
		_, err = fmt.Fprintf(out, "temporal %s ui %s\n", headers.ServerVersion, uiversion.UIVersion)
	case "help":
		_, err = fmt.Fprint(out, usage)
	default:
		err = usageError{fmt.Sprintf("unknown command %q; the commands are run, health and version", name)}
	}

	var wrong usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintln(errs, "engine:", err)
		return exitUsage
	default:
		_, _ = fmt.Fprintln(errs, "engine:", err)
		return exitFailed
	}
}

// runUntilTold runs the engine until a signal comes or, with parentStdin, the
// parent's end of stdin closes. A second signal ends the process at once.
func runUntilTold(s settings, in io.Reader, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-ctx.Done()
		stop() // gives the signals their default effect back
	}()

	if s.parentStdin {
		go func() {
			// However reading ends, there is no parent to serve any more.
			_, _ = io.Copy(io.Discard, in)
			cancel()
		}()
	}
	return run(ctx, s, out)
}
