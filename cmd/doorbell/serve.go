package main

import (
	"context"
	"log/slog"
)

type serveCommand struct{}

// Help is shown below the summary.
func (*serveCommand) Help() string {
	return "Takes leads as long as the database is there; while Temporal is away they wait in the outbox. " +
		"Any number of these may run. SIGTERM lets requests under way finish. Migrations are not run: `doorbell migrate up` does that."
}

// Run answers until a signal comes.
func (c *serveCommand) Run(ctx context.Context, p *program) error {
	s, err := readSettings(p.env)
	if err != nil {
		return err
	}
	if err := s.require("DATABASE_URL", "DOORBELL_SECRET", "DOORBELL_PUBLIC_URL"); err != nil {
		return err
	}
	log := p.logger(s, slog.LevelInfo)
	options, err := temporalOptions(p.env, log)
	if err != nil {
		return err
	}
	temporal, err := openTemporal(options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	listener, err := listen(ctx, s.Addr)
	if err != nil {
		return err
	}
	d, err := openDoor(ctx, doorOptions{settings: s, temporal: temporal, listener: listener, log: log})
	if err != nil {
		_ = listener.Close()
		return err
	}
	log.Info("serving", "address", listener.Addr().String(), "version", version)
	err = d.run(ctx)
	log.Info("stopped")
	return err
}
