package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type devCommand struct {
	Dir          string `help:"Directory that everything is kept in." default:".doorbell"`
	Addr         string `help:"Address of the API and the pages; else DOORBELL_ADDR." placeholder:"HOST:PORT"`
	TemporalPort uint16 `help:"Port of the private Temporal; 0 takes a free one." default:"7233"`
	UIPort       uint16 `name:"ui-port" help:"Port of Temporal's Web UI; 0 takes a free one." default:"8233"`
}

// Help is shown below the summary.
func (*devCommand) Help() string {
	return "Starts a private Postgres, a private Temporal with its Web UI and a mailbox, each unless a setting names another, then migrates the " +
		"database, makes a demo dealer with accounts and keys, and runs the API, the pages and the worker. When everything answers it prints one " +
		"line, `doorbell is ready: URL`, and writes .doorbell/dev.json. Ctrl-C stops everything; the data stay."
}

// demoSender is the sender of mails in dev.
const demoSender = "Doorbell <doorbell@demo.example>"

// dev is everything on one machine, in one process and its children.
type dev struct {
	program  *program
	command  devCommand
	settings settings
	log      *slog.Logger
	state    devState
	demo     demo

	began  time.Time
	stops  []func(ctx context.Context) // in the order of starting
	lost   context.CancelCauseFunc     // ends everything, because of an error
	killed bool                        // the one before did not end in order
}

// Run runs until a signal comes or something cannot be kept running.
func (c *devCommand) Run(ctx context.Context, p *program) error {
	d := &dev{program: p, command: *c, began: time.Now()}
	lock, err := d.prepare()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()

	ctx, lost := context.WithCancelCause(ctx)
	d.lost = lost
	err = d.start(ctx)
	if err == nil {
		<-ctx.Done()
		err = context.Cause(ctx)
	}
	told := errors.Is(err, context.Canceled) // a signal, and nothing else
	if !told {
		p.say("doorbell: %v", err)
	}
	if len(d.stops) > 0 {
		p.say("stopping; Ctrl-C once more forces it")
	}
	d.stop(ctx)
	// What is written here is how the next one knows that nothing is left over.
	if err := lock.Truncate(0); err != nil {
		d.log.Warn("cannot write the lock file", "error", err)
	}
	if !told {
		return errTold
	}
	p.say("stopped; the data stay in %s", d.command.Dir)
	return nil
}

// prepare reads the settings and takes the directory.
func (d *dev) prepare() (lock *os.File, err error) {
	environment := d.program.env
	if d.command.Addr != "" {
		environment["DOORBELL_ADDR"] = d.command.Addr
	}
	if d.settings, err = readSettings(environment); err != nil {
		return nil, err
	}
	d.log = d.program.logger(d.settings, slog.LevelWarn)
	if err := os.MkdirAll(d.command.Dir, 0o711); err != nil { //nolint:gosec // Postgres, as another user, passes through
		return nil, fmt.Errorf("make the directory: %w", err)
	}
	if lock, d.killed, err = lockDevDir(d.command.Dir); err != nil {
		return nil, err
	}
	return lock, nil
}

// start starts one part after the other and says when everything answers.
func (d *dev) start(ctx context.Context) error {
	for _, part := range []func(context.Context) error{d.ports, d.secrets, d.postgres, d.engine, d.database, d.product, d.ready} {
		if err := part(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx) // not its own fault
			}
			return err
		}
	}
	return nil
}

// stop stops what was started, the last first: the API takes nothing more, the
// worker finishes, then the engine and Postgres, which both need, end.
func (d *dev) stop(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for len(d.stops) > 0 {
		last := d.stops[len(d.stops)-1]
		d.stops = d.stops[:len(d.stops)-1]
		last(ctx)
	}
}

func (d *dev) onStop(stop func(ctx context.Context)) { d.stops = append(d.stops, stop) }

// say tells how far it is.
func (d *dev) say(format string, args ...any) { d.program.say("  "+format, args...) }

// took tells that a part is there, and how long that took.
func (d *dev) took(since time.Time, part string) {
	d.say("%-9s %4.1f s", part, time.Since(since).Seconds())
}

// secrets fills in what the settings leave open and a part of the product
// needs.
func (d *dev) secrets(context.Context) error {
	s := &d.settings
	if s.MailFrom == "" {
		s.MailFrom = demoSender
	}
	if s.Secret != "" {
		return nil
	}
	file := filepath.Join(d.command.Dir, "secret")
	text, err := os.ReadFile(file)
	if s.Secret = strings.TrimSpace(string(text)); err == nil && len(s.Secret) >= 32 {
		return nil
	}
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails: it ends the program instead
	s.Secret = hex.EncodeToString(bits)
	return writeWhole(file, []byte(s.Secret+"\n"))
}
