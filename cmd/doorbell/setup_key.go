package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

type keyCommand struct {
	Add keyAddCommand `cmd:"" help:"Make a key for the API; it is shown once."`
}

type keyAddCommand struct {
	Name   string `required:"" help:"What the key is for, such as the name of the program that uses it."`
	Scope  string `help:"intake (posts leads of one --source) or integration (everything, for staff); else by --source." enum:"intake,integration," default:""`
	Source string `help:"Code of the source of an intake key." placeholder:"CODE"`
	JSON   bool   `help:"Print JSON."`
	ofDealer
}

// Run makes the key and prints it.
func (c *keyAddCommand) Run(ctx context.Context, p *program) error {
	scope := store.Scope(c.Scope)
	if scope == "" {
		scope = store.Integration
		if c.Source != "" {
			scope = store.Intake
		}
	}
	switch {
	case scope == store.Intake && c.Source == "":
		return usageError{"an intake key needs the --source that it posts for"}
	case scope == store.Integration && c.Source != "":
		return usageError{"an integration key has no --source"}
	case strings.TrimSpace(c.Name) == "":
		return usageError{"--name must not be empty"}
	}
	return p.onStore(ctx, func(ctx context.Context, s *store.Store) error {
		dealer, err := c.find(ctx, s)
		if err != nil {
			return err
		}
		key, err := makeKey(ctx, s, dealer.ID, c.Name, c.Source)
		if err != nil {
			return err
		}
		return p.done(c.JSON, added{Key: key}, "made key %s of %s; keep it, it is not shown again:", c.Name, dealer.Name)
	})
}

// makeKey makes an intake key for the source with that code, or an integration
// key when it is "".
func makeKey(ctx context.Context, s *store.Store, dealer uuid.UUID, name, source string) (string, error) {
	if source == "" {
		return s.CreateKey(ctx, dealer, name, store.Integration, nil)
	}
	found, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: source})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", usageError{"the dealer has no source " + source + ": `doorbell source add` makes one"}
	}
	if err != nil {
		return "", fmt.Errorf("look for source %s: %w", source, err)
	}
	return s.CreateKey(ctx, dealer, name, store.Intake, &found.ID)
}
