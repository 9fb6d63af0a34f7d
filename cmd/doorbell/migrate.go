package main

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/migrations"
)

type migrateCommand struct {
	Up     migrateUpCommand     `cmd:"" help:"Apply what the database does not have yet."`
	Status migrateStatusCommand `cmd:"" help:"List the migrations; exit 1 when one is missing."`
}

type migrateUpCommand struct{}

// Help is shown below the summary.
func (*migrateUpCommand) Help() string {
	return "Needs DATABASE_URL. Several may run at once: one does the work, the others wait for it."
}

// Run brings the database up to date.
func (c *migrateUpCommand) Run(ctx context.Context, p *program) error {
	s, err := p.withDatabase()
	if err != nil {
		return err
	}
	if err := migrations.Up(ctx, s.DatabaseURL); err != nil {
		return unreachable(err)
	}
	p.say("the database is up to date")
	return nil
}

type migrateStatusCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the migrations.
func (c *migrateStatusCommand) Run(ctx context.Context, p *program) error {
	s, err := p.withDatabase()
	if err != nil {
		return err
	}
	all, err := migrations.List(ctx, s.DatabaseURL)
	if err != nil {
		return unreachable(err)
	}
	missing := 0
	rows := [][]string{{"VERSION", "FILE", "APPLIED"}}
	for _, m := range all {
		applied := "missing"
		if m.Applied {
			applied = m.AppliedAt.Format(time.RFC3339)
		} else {
			missing++
		}
		rows = append(rows, []string{fmt.Sprint(m.Version), m.File, applied})
	}
	if c.JSON {
		err = p.printJSON(all)
	} else {
		err = p.printTable(rows)
	}
	if err == nil && missing > 0 {
		p.say("doorbell: %d missing: run `doorbell migrate up`", missing)
		return errTold
	}
	return err
}
