package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// setupPatience bounds the commands that write into the database.
const setupPatience = 30 * time.Second

// onStore runs one of the commands that set something up on the database of
// the settings.
func (p *program) onStore(ctx context.Context, do func(ctx context.Context, s *store.Store) error) error {
	ctx, cancel := context.WithTimeout(store.AsOperator(ctx), setupPatience)
	defer cancel()
	settings, err := p.withDatabase()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, settings.DatabaseURL, store.Options{Connections: 2, Name: "doorbell setup"})
	if err != nil {
		return err
	}
	defer s.Close()
	return unreachable(withoutSchema(do(store.Across(ctx), s)))
}

// withoutSchema says what to do where the error means that a table is missing.
func withoutSchema(err error) error {
	if code := codeOf(err); code == "42P01" || code == "42703" {
		return errors.New("the database has no tables of Doorbell, or old ones: run `doorbell migrate up`")
	}
	return err
}

// existsAlready puts words for a person in the place of the database's, which
// quote the values.
func existsAlready(err error, what string) error {
	if codeOf(err) == "23505" {
		return errors.New(what)
	}
	return err
}

// codeOf is Postgres's code of an error, "" when it is none of Postgres's.
func codeOf(err error) string {
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	return ""
}

// ofDealer says for which dealer a command works.
type ofDealer struct {
	Dealer string `help:"The dealer, by id or name; needed where there are several." placeholder:"DEALER"`
}

// find returns the dealer.
func (o ofDealer) find(ctx context.Context, s *store.Store) (db.Dealer, error) {
	all, err := s.ListDealers(ctx)
	if err != nil {
		return db.Dealer{}, fmt.Errorf("look for the dealer: %w", err)
	}
	switch {
	case len(all) == 0:
		return db.Dealer{}, errors.New("there is no dealer yet: `doorbell dealer add` makes one")
	case o.Dealer == "" && len(all) == 1:
		return all[0], nil
	}
	var names []string
	for _, d := range all {
		if o.Dealer != "" && (d.ID.String() == strings.ToLower(o.Dealer) || strings.EqualFold(d.Name, o.Dealer)) {
			return d, nil
		}
		names = append(names, fmt.Sprintf("  %s  %s", d.ID, d.Name))
	}
	why := "there is no such dealer"
	if o.Dealer == "" {
		why = "there are several dealers, say which one with --dealer"
	}
	return db.Dealer{}, usageError{visible(why + ":\n" + strings.Join(names, "\n"))}
}

// added is what a command made.
type added struct {
	ID       uuid.UUID `json:"id,omitzero"`
	Password string    `json:"password,omitempty"`
	Key      string    `json:"key,omitempty"`
}

// done prints what a command made: the one thing that is wanted of it alone,
// so that a script can take it, and the rest as words.
func (p *program) done(asJSON bool, made added, format string, args ...any) error {
	if asJSON {
		return p.printJSON(made)
	}
	p.say("%s", visible(fmt.Sprintf(format, args...)))
	return p.printLine("%s", first(made.Password, made.Key, made.ID.String()))
}
