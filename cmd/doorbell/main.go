// Command doorbell is the whole product in one binary: `dev` runs everything on
// this machine, `serve` and `worker` are its two halves beyond one machine, and
// the other commands set it up, ask it and check it.
//
// Data go to standard output, everything meant for a person to standard error.
// The exit code is 0 for done, 1 for failed and 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the dealers' time zones, whatever the machine has

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "unknown"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is everything that can be asked of the binary.
type commands struct {
	Dev     devCommand     `cmd:"" help:"Run everything on this machine: what is not configured is started here."`
	Serve   serveCommand   `cmd:"" help:"Run the API and the web pages."`
	Worker  workerCommand  `cmd:"" help:"Run the workflows of the leads and send their messages."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date."`
	Release releaseCommand `cmd:"" help:"Say which build of the workers gets the leads."`
	Doctor  doctorCommand  `cmd:"" help:"Say what is wrong and what to do about it."`
	Audit   auditCommand   `cmd:"" help:"Prove that no lead is lost or stuck, and repair what can be repaired."`
	Lead    leadCommand    `cmd:"" help:"Post a lead, or show one."`
	Demo    demoCommand    `cmd:"" help:"Send invented leads and work them, through the API."`
	Policy  policyCommand  `cmd:"" help:"Check a policy file, or ask it what would happen to a lead."`

	Rehearse rehearseCommand `cmd:"" help:"Play a policy with many leads and a team in simulated time, and say where it breaks."`

	Dealer dealerCommand `cmd:"" help:"Set up a dealer."`
	Source sourceCommand `cmd:"" help:"Set up where leads come from."`
	User   userCommand   `cmd:"" help:"Set up the people who work with leads."`
	Key    keyCommand    `cmd:"" help:"Make keys for the API."`

	Customer customerCommand `cmd:"" help:"Export or erase a person, or note that somebody wants no contact."`

	Version versionCommand `cmd:"" help:"Print the version."`
}

// program is one run of the binary: its surroundings, as the commands see them.
type program struct {
	env  map[string]string // the environment without what is empty
	in   io.Reader
	out  io.Writer // data
	errs io.Writer // everything meant for a person
}

// say tells the person who runs the command something.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.errs, format+"\n", args...)
}

// printLine writes a line of data.
func (p *program) printLine(format string, args ...any) error {
	if _, err := fmt.Fprintf(p.out, format+"\n", args...); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// usageError is a mistake in the command line or the settings.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// errTold ends a command that failed and has said why already.
var errTold = errors.New("failed")

func main() {
	limitMemory()
	collectLess()
	p := &program{env: environment(os.Environ()), in: os.Stdin, out: os.Stdout, errs: os.Stderr}
	ctx, stop := untilTold()
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// untilTold returns a context that ends with the first SIGINT or SIGTERM. The
// second one ends the process at once: its children notice and end by
// themselves.
func untilTold() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailed)
	}()
	return ctx, cancel
}

// environment leaves out what is empty: an empty setting is none.
func environment(all []string) map[string]string {
	env := map[string]string{}
	for _, kv := range all {
		if name, value, _ := strings.Cut(kv, "="); strings.TrimSpace(value) != "" {
			env[name] = value
		}
	}
	return env
}

// exited carries an exit code out of kong, which asks for it in the middle of
// parsing when help was printed.
type exited int

// run runs one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) (code int) {
	defer func() {
		fault := recover()
		if asked, ok := fault.(exited); ok {
			code = int(asked)
		} else if fault != nil {
			panic(fault)
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("doorbell"),
		kong.Description("Doorbell takes car leads, answers them and sees to it that somebody calls."),
		kong.Writers(p.out, p.errs),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.Help(helpWithSettings),
		kong.Bind(p),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		p.say("doorbell: %v", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		p.say("doorbell: %v\nRun `doorbell%s --help` to see how it is used.", err, selected(err))
		return exitUsage
	}
	err = command.Run()
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errTold):
		return exitFailed
	case errors.As(err, &usage):
		p.say("doorbell: %v", err)
		return exitUsage
	default:
		p.say("doorbell: %v", err)
		return exitFailed
	}
}

// selected is the command that a faulty command line named, as far as it did.
func selected(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil || wrong.Context.Selected() == nil {
		return ""
	}
	return " " + wrong.Context.Selected().Path()
}

type versionCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run prints the version.
func (c *versionCommand) Run(p *program) error {
	if c.JSON {
		return p.printJSON(map[string]string{"version": version})
	}
	return p.printLine("doorbell %s", version)
}
