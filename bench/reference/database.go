package main

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// plainTables are those of the product without what guards them.
//
//go:embed schema.sql
var plainTables string

// dealerRole is what the product's connections work as; see migration 00005.
const dealerRole = "doorbell_dealer"

// database is one of the program's own beside the one that the address names.
type database struct {
	admin string // address of the superuser
	name  string
	url   string
	pool  *pgxpool.Pool

	dealer, source uuid.UUID
}

// newDatabase makes a database with the tables, a dealer, a source and his first
// policy. With the path of a doorbell the tables are that program's.
func newDatabase(ctx context.Context, admin, doorbell string, connections int32) (_ *database, err error) {
	u, err := url.Parse(admin)
	if err != nil {
		// The error's own text would quote the password.
		return nil, errors.New("-postgres is no address; it looks like postgres://user:password@host:5432/name")
	}
	d := &database{admin: admin, name: "doorbell_reference_" + strings.ToLower(rand.Text()), dealer: newID(), source: newID()}
	u.Path = "/" + d.name
	d.url = u.String()
	if err := d.asAdmin(ctx, "CREATE DATABASE "+d.name+" TEMPLATE template0"); err != nil {
		return nil, fmt.Errorf("make a database: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close(context.WithoutCancel(ctx)))
		}
	}()
	if err := d.fill(ctx, doorbell); err != nil {
		return nil, err
	}
	d.pool, err = open(ctx, d.url, doorbell != "", connections)
	return d, err
}

func (d *database) fill(ctx context.Context, doorbell string) error {
	if doorbell != "" {
		migrate := exec.CommandContext(ctx, doorbell, "migrate", "up")
		migrate.Env = append(os.Environ(), "DATABASE_URL="+d.url)
		if out, err := migrate.CombinedOutput(); err != nil {
			return fmt.Errorf("migrate the database: %w\n%s", err, bytes.TrimSpace(out))
		}
	}
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if doorbell == "" {
		if _, err := conn.Exec(ctx, plainTables); err != nil {
			return fmt.Errorf("make the tables: %w", err)
		}
	}
	rows := &pgx.Batch{}
	rows.Queue(`INSERT INTO dealer (id, name) VALUES ($1, 'Garage De Ster')`, d.dealer)
	rows.Queue(`INSERT INTO privacy (dealer_id, key) VALUES ($1, sha256(convert_to($2, 'UTF8'))) ON CONFLICT DO NOTHING`, d.dealer, rand.Text())
	rows.Queue(`INSERT INTO source (id, dealer_id, code, name, party) VALUES ($1, $2, 'website', 'Website', 'first')`, d.source, d.dealer)
	rows.Queue(`INSERT INTO policy (dealer_id, version, text) VALUES ($1, 1, $2)`, d.dealer, strings.Repeat("# as long as a small dealer's\n", 60))
	rows.Queue(`INSERT INTO reason_catalogue (dealer_id, version) VALUES ($1, 1)`, d.dealer)
	if err := conn.SendBatch(ctx, rows).Close(); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	return nil
}

// open opens the connections as the product does; see store/store.go.
func open(ctx context.Context, address string, bound bool, connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("-postgres is no address of Postgres")
	}
	config.MaxConns = connections
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "doorbell reference"
	if bound {
		config.ConnConfig.RuntimeParams["role"] = dealerRole
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return pool, nil
}

// analyze lets the planner know what the tables hold, as it does in a database
// that is older than a minute. Without that it looks for the leads of a person
// by walking all leads times all contacts.
func (d *database) analyze(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, d.url) // the superuser, who may
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// count sees whether each of the queries finds as many as there have to be.
func (d *database) count(ctx context.Context, want int, queries map[string]string) error {
	conn, err := pgx.Connect(ctx, d.url) // the superuser, who sees all
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var wrong []error
	for what, query := range queries {
		var got int
		if err := conn.QueryRow(ctx, query).Scan(&got); err != nil {
			return fmt.Errorf("count %s: %w", what, err)
		}
		if got != want {
			wrong = append(wrong, fmt.Errorf("lost or done twice: %d %s of %d", got, what, want))
		}
	}
	return errors.Join(wrong...)
}

// close drops the database, whoever is still connected.
func (d *database) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if d.pool != nil {
		d.pool.Close()
	}
	if err := d.asAdmin(ctx, "DROP DATABASE IF EXISTS "+d.name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop the database %s: %w", d.name, err)
	}
	return nil
}

func (d *database) asAdmin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, d.admin)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// newID is an id as the product makes them; later ones sort behind earlier ones.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
