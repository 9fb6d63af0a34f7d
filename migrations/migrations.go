// Package migrations holds Doorbell's schema as a row of SQL files and brings
// a database up to date with them. Migrations only go forward; a file that
// was released never changes.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Status is one migration and whether the database has it.
type Status struct {
	Version   int64     `json:"version"`
	File      string    `json:"file"`
	Applied   bool      `json:"applied"`
	AppliedAt time.Time `json:"applied_at,omitzero"` // UTC
}

// Up applies every migration that the database does not have yet, one
// transaction each. Several processes may call it at the same time: one does
// the work, the others wait for it.
func Up(ctx context.Context, databaseURL string) error {
	return with(databaseURL, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		return nil
	})
}

// UpTo is Up as far as a version, for tests of what comes after it.
func UpTo(ctx context.Context, databaseURL string, version int64) error {
	return with(databaseURL, func(p *goose.Provider) error {
		if _, err := p.UpTo(ctx, version); err != nil {
			return fmt.Errorf("migrate the database: %w", err)
		}
		return nil
	})
}

// List returns all migrations, oldest first.
func List(ctx context.Context, databaseURL string) ([]Status, error) {
	var all []Status
	err := with(databaseURL, func(p *goose.Provider) error {
		found, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("read which migrations the database has: %w", err)
		}
		for _, m := range found {
			all = append(all, Status{
				Version: m.Source.Version, File: m.Source.Path,
				Applied: m.State == goose.StateApplied, AppliedAt: m.AppliedAt.UTC(),
			})
		}
		return nil
	})
	return all, err
}

// Pending reports whether the database lacks migrations that this program
// needs.
func Pending(ctx context.Context, pool *pgxpool.Pool) (pending bool, err error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return false, err
	}
	if pending, err = p.HasPending(ctx); err != nil {
		return false, fmt.Errorf("look for pending migrations: %w", err)
	}
	return pending, nil
}

// Fingerprint changes whenever a migration does. Tests keep one migrated
// database for each and copy it.
func Fingerprint() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func with(databaseURL string, do func(*goose.Provider) error) (err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return errors.New("the database URL cannot be read: write it as postgres://user:password@host:port/name")
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return err
	}
	return do(p)
}

func provider(db *sql.DB) (*goose.Provider, error) {
	// Looks every second for five minutes, the time a large migration of
	// another process may take.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations: %w", err)
	}
	return p, nil
}
