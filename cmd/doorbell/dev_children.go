package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/localpg"
	"github.com/doorbell-ilm/doorbell/internal/loopback"
	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// databaseName is the database of the private Postgres that is Doorbell's; the
// engine has two of its own beside it.
const databaseName = "doorbell"

// engineLogSize is how large engine.log may grow, in bytes; one older file
// stays beside it.
const engineLogSize = 4 << 20

// orphanPatience is how long the children of a dev that was killed may take to
// notice it and end.
const orphanPatience = 20 * time.Second

// ownsEngine reports whether Temporal is started here.
func (d *dev) ownsEngine() bool { return !temporalConfigured(d.program.env) }

// ports sees to it that what we are to listen on is free, before anything is
// started. After a kill -9 the children need a moment to let go of it.
func (d *dev) ports(ctx context.Context) error {
	if d.ownsEngine() {
		if _, err := engineproc.Find(); err != nil {
			return err
		}
	}
	patience := time.NewTimer(orphanPatience)
	defer patience.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for said := false; ; said = true {
		taken := d.taken()
		if taken == nil || !d.killed {
			return taken
		}
		if !said {
			d.say("the dev before this one was killed; waiting for its children to end")
		}
		select {
		case <-tick.C:
		case <-patience.C:
			return taken
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// taken names the ports that other programs listen on, and what to do.
func (d *dev) taken() error {
	wanted := []struct {
		flag, what string
		port       int
	}{
		{"--temporal-port", "Temporal", int(d.command.TemporalPort)},
		{"--ui-port", "Temporal's Web UI", int(d.command.UIPort)},
	}
	if !d.ownsEngine() {
		wanted = nil
	}
	var texts, instead []string
	host, port, _ := net.SplitHostPort(d.settings.Addr) // checked when it was read
	switch err := free(d.settings.Addr); {
	case errors.Is(err, syscall.EADDRINUSE):
		texts = append(texts, "port "+port+" is taken by another program: the API and the pages are to listen there")
		number, _ := strconv.Atoi(port)
		instead = append(instead, "--addr "+net.JoinHostPort(host, strconv.Itoa(another(number))))
	case err != nil:
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --addr or DOORBELL_ADDR", d.settings.Addr, err)
	}
	for _, w := range wanted {
		if w.port == 0 {
			continue
		}
		switch err := loopback.Check(w.port); {
		case errors.Is(err, loopback.ErrTaken):
			texts = append(texts, fmt.Sprintf("port %d is taken by another program: %s is to listen there", w.port, w.what))
			instead = append(instead, fmt.Sprintf("%s %d", w.flag, another(w.port)))
		case err != nil:
			return fmt.Errorf("%w; choose another with %s", err, w.flag)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return fmt.Errorf("%s\n`ss -ltnp` says by which. Stop it, or listen elsewhere: make run ARGS='%s'",
		strings.Join(texts, "\n"), strings.Join(instead, " "))
}

// free returns why nobody can listen on the address now.
func free(address string) error {
	listener, err := net.Listen("tcp", address) //nolint:noctx // answers at once
	if err != nil {
		return err
	}
	return listener.Close()
}

// another is a port after the one that is taken on which nobody listens.
func another(port int) int {
	for next := port + 1; next < port+100; next++ {
		if loopback.Check(next) == nil {
			return next
		}
	}
	return port + 1
}

// postgres starts the private cluster, unless DATABASE_URL names a database.
func (d *dev) postgres(ctx context.Context) error {
	if d.settings.DatabaseURL != "" {
		d.say("Postgres  from DATABASE_URL")
		return nil
	}
	dir := filepath.Join(d.command.Dir, "postgres")
	if _, err := os.Lstat(filepath.Join(dir, "data")); err != nil {
		d.say("first start: makes a Postgres cluster and Temporal's databases, which takes some ten seconds")
	}
	since := time.Now()
	port, err := loopback.FreePort()
	if err != nil {
		return err
	}
	keeper := &kept{name: "Postgres", say: d.program.say, start: func(ctx context.Context) (running, error) {
		// The same port again after a crash: the addresses that others have of
		// it stay right.
		cluster := &localpg.Cluster{Dir: dir, Port: port, Durable: true}
		if err := cluster.Start(ctx); err != nil {
			return nil, err
		}
		if err := cluster.CreateDatabase(ctx, databaseName); err != nil {
			return nil, errors.Join(err, cluster.Stop(context.WithoutCancel(ctx)))
		}
		if d.settings.DatabaseURL == "" {
			d.settings.DatabaseURL = cluster.URL(databaseName)
		}
		return cluster, nil
	}}
	if err := keeper.keep(ctx, d.lost); err != nil {
		return err
	}
	d.onStop(func(ctx context.Context) {
		if err := keeper.stop(ctx); err != nil {
			d.program.say("doorbell: %v", err)
		}
	})
	d.took(since, "Postgres")
	return nil
}

// engine starts the private Temporal, unless the settings name one.
func (d *dev) engine(ctx context.Context) error {
	if !d.ownsEngine() {
		d.say("Temporal  from TEMPORAL_ADDRESS")
		return nil
	}
	since := time.Now()
	binary, err := engineproc.Find()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.engineLog()), 0o700); err != nil {
		return fmt.Errorf("make the directory for logs: %w", err)
	}
	log, err := child.OpenLog(d.engineLog(), engineLogSize)
	if err != nil {
		return err
	}
	d.onStop(func(context.Context) { _ = log.Close() })
	o := engineproc.Options{
		Binary: binary, PostgresURL: d.settings.DatabaseURL, Namespace: d.settings.namespace(), Retention: d.settings.Retention, Log: log,
		Address: loopback.Address(int(d.command.TemporalPort)), UIAddress: loopback.Address(int(d.command.UIPort)),
	}
	keeper := &kept{name: "Temporal", say: d.program.say, start: func(ctx context.Context) (running, error) {
		if err := awaitDatabase(ctx, o.PostgresURL); err != nil {
			return nil, err
		}
		engine, err := engineproc.Start(ctx, o)
		if err != nil {
			return nil, err
		}
		// After a crash it comes back where it was, also on ports that were
		// free ones.
		o.Address = engine.Address
		o.UIAddress = strings.TrimPrefix(engine.UI, "http://")
		if d.state.TemporalAddress == "" {
			d.state.TemporalAddress, d.state.TemporalUI = engine.Address, engine.UI
		}
		return engine, nil
	}}
	if err := keeper.keep(ctx, d.lost); err != nil {
		return err
	}
	d.onStop(func(ctx context.Context) {
		if err := keeper.stop(ctx); err != nil {
			d.program.say("doorbell: %v", err)
		}
	})
	d.took(since, "Temporal")
	return nil
}

func (d *dev) engineLog() string { return filepath.Join(d.command.Dir, "logs", "engine.log") }

// databasePatience covers the recovery of Postgres after a crash.
const databasePatience = 30 * time.Second

// awaitDatabase returns when the database answers: what crashed with it must
// not be started before it.
func awaitDatabase(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, databasePatience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		if lull.For(ctx, 100*time.Millisecond) != nil {
			return unreachable(err)
		}
	}
}
