package testkit

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/doorbell-ilm/doorbell/migrations"
)

// Database returns the URL of a new database with all migrations, owned by a
// superuser and dropped when the test is over, whoever is still connected. It
// is a copy of one migrated database, which takes some 50 ms.
func Database(tb testing.TB) string {
	tb.Helper()
	return database(tb, func(template string) string { return template })
}

// EmptyDatabase is Database without any migration.
func EmptyDatabase(tb testing.TB) string {
	tb.Helper()
	return database(tb, func(string) string { return "template0" })
}

func database(tb testing.TB, from func(migrated string) string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), databasePatience)
	defer cancel()
	admin, template, err := shared.databases(ctx)
	if err != nil {
		tb.Fatal("testkit:", err)
	}

	name := "test_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(ctx, fmt.Sprintf(`CREATE DATABASE %s TEMPLATE %s`, name, from(template))); err != nil {
		tb.Fatal("testkit: make a database:", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), databasePatience)
		defer cancel()
		if _, err := admin.Exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %s WITH (FORCE)`, name)); err != nil {
			tb.Error("testkit: drop a database:", err)
		}
	})
	return onServer(admin.Config().ConnString(), name)
}

// databasePatience includes the start of a server and all migrations.
const databasePatience = 3 * time.Minute

// Pool returns a pool of connections to a new Database, closed before that is
// dropped.
func Pool(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(context.Background(), Database(tb))
	if err != nil {
		tb.Fatal("testkit: connect to the test's database:", err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

func onServer(serverURL, database string) string {
	u, err := url.Parse(serverURL)
	if err != nil {
		return serverURL
	}
	u.Path = "/" + database
	return u.String()
}

// databases returns what is needed to make databases.
func (s *servers) databases(ctx context.Context) (*pgxpool.Pool, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.template != "" {
		return s.admin, s.template, nil
	}
	if s.admin == nil {
		server, err := s.postgresURL(ctx)
		if err != nil {
			return nil, "", err
		}
		config, err := pgxpool.ParseConfig(server)
		if err != nil {
			return nil, "", fmt.Errorf("read the URL of the test Postgres: %w", err)
		}
		config.MaxConns = 4
		if s.admin, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			return nil, "", fmt.Errorf("connect to the test Postgres: %w", err)
		}
	}
	mark, err := migrations.Fingerprint()
	if err != nil {
		return nil, "", err
	}
	template := "doorbell_template_" + mark
	if err := makeTemplate(ctx, s.admin, template); err != nil {
		return nil, "", err
	}
	s.template = template
	return s.admin, template, nil
}

// templateLock is the number of the advisory lock under which one process
// makes the template that all copy.
const templateLock = 7_070_701

// makeTemplate makes the migrated database unless it is there. It gets its
// name when it is complete, so a name is never that of half a schema.
func makeTemplate(ctx context.Context, admin *pgxpool.Pool, template string) error {
	return pgx.BeginFunc(ctx, admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, templateLock); err != nil {
			return fmt.Errorf("wait for the template database: %w", err)
		}
		var there bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, template).Scan(&there); err != nil {
			return fmt.Errorf("look for the template database: %w", err)
		}
		if there {
			return nil
		}
		// Databases are made outside of transactions, so on other connections.
		half := template + "_half"
		for _, statement := range []string{
			`DROP DATABASE IF EXISTS ` + half + ` WITH (FORCE)`,
			`CREATE DATABASE ` + half + ` TEMPLATE template0`,
		} {
			if _, err := admin.Exec(ctx, statement); err != nil {
				return fmt.Errorf("make the template database: %w", err)
			}
		}
		if err := migrations.Up(ctx, onServer(admin.Config().ConnString(), half)); err != nil {
			return fmt.Errorf("make the template database: %w", err)
		}
		if _, err := admin.Exec(ctx, `ALTER DATABASE `+half+` RENAME TO `+template); err != nil {
			return fmt.Errorf("make the template database: %w", err)
		}
		return nil
	})
}
