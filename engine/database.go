package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Postgres error codes this file decides on.
const (
	codeDuplicateDatabase = "42P04"
	codeUniqueViolation   = "23505"
	codeNoPrivilege       = "42501"
	codeLockTimeout       = "55P03"
)

// engineLock is the number of the advisory lock that says "an engine serves
// this database". Any fixed number would do.
const engineLock = 7_233_128

// lockPatience is how long to wait for the engine before us: after a crash
// Postgres needs a moment to notice that its client is gone.
const lockPatience = 10 * time.Second

// prepareDatabases creates what is missing, takes the lock that keeps a
// second engine off the same workflows, and brings both schemas up to date.
// The lock lasts as long as the returned connection.
func prepareDatabases(ctx context.Context, s settings) (*pgx.Conn, error) {
	admin, err := pgx.Connect(ctx, adminURL(s.postgres))
	if err != nil {
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	for _, name := range []string{s.database, s.visibility} {
		if err := createDatabase(ctx, admin, name); err != nil {
			return nil, err
		}
	}

	lock, err := lockDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, sc := range []schemaOf{
		{database: s.database, name: temporalSchema, version: temporalVersion},
		{database: s.visibility, name: visibilitySchema, version: visibilityVersion},
	} {
		if err := sc.upgrade(ctx, s.postgres); err != nil {
			return nil, errors.Join(err, lock.Close(context.WithoutCancel(ctx)))
		}
	}
	return lock, nil
}

// adminURL is the database to be connected to while creating others.
func adminURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || (u.Path != "" && u.Path != "/") {
		return text
	}
	return databaseURL(text, "postgres")
}

// databaseURL is text with another database.
func databaseURL(text, database string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Path = "/" + database
	return u.String()
}

func createDatabase(ctx context.Context, admin *pgx.Conn, name string) error {
	var there bool
	err := admin.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there)
	if err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	if there {
		return nil
	}
	// template0, because template1 cannot be copied while somebody is in it.
	_, err = admin.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()+` TEMPLATE template0 ENCODING 'UTF8'`)
	switch sqlState(err) {
	case codeDuplicateDatabase, codeUniqueViolation:
		return nil // another engine was quicker
	case codeNoPrivilege:
		return fmt.Errorf("may not create database %s: create it by hand (createdb %s) or give the user CREATEDB: %w", name, name, err)
	}
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// lockDatabase makes sure that no other engine serves the same workflows: two
// would take the shards from each other for ever.
func lockDatabase(ctx context.Context, s settings) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, databaseURL(s.postgres, s.database))
	if err != nil {
		return nil, fmt.Errorf("connect to database %s: %w", s.database, err)
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(
		`SET lock_timeout = %d; SELECT pg_advisory_lock(%d)`, lockPatience.Milliseconds(), engineLock))
	if err == nil {
		return conn, nil
	}
	if sqlState(err) == codeLockTimeout {
		err = fmt.Errorf("another engine runs on database %s: stop it, or give this one its own --database and --visibility-database", s.database)
	} else {
		err = fmt.Errorf("lock database %s: %w", s.database, err)
	}
	return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// sqlState is the Postgres code of err, or "".
func sqlState(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}
