package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/common/log"
	postgresschema "go.temporal.io/server/schema/postgresql/v12"
	"go.temporal.io/server/tools/common/schema"
)

// The schemas as the server's module carries them, and the versions that this
// server wants.
const (
	temporalSchema    = "postgresql/v12/temporal"
	visibilitySchema  = "postgresql/v12/visibility"
	temporalVersion   = postgresschema.Version
	visibilityVersion = postgresschema.VisibilityVersion
)

// schemaOf is one database and the schema it should have.
type schemaOf struct {
	database, name, version string
}

// upgrade runs the server's own steps from the database's version to the
// wanted one. All of them are one transaction, so that a process killed in
// the middle leaves the old schema and not half of the new one.
func (s schemaOf) upgrade(ctx context.Context, postgres string) error {
	conn, err := pgx.Connect(ctx, databaseURL(postgres, s.database))
	if err != nil {
		return fmt.Errorf("connect to database %s: %w", s.database, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		db := schemaTx{ctx: ctx, tx: tx, database: s.database}
		if err := db.CreateSchemaVersionTables(); err != nil {
			return err
		}
		now, err := db.ReadSchemaVersion()
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			if err := db.UpdateSchemaVersion("0.0", "0.0"); err != nil {
				return err
			}
		case err != nil:
			return err
		case now == s.version:
			return nil
		}
		return schema.NewUpdateSchemaTask(db, &schema.UpdateConfig{SchemaName: s.name}, log.NewNoopLogger()).Run()
	})
	if err != nil {
		return fmt.Errorf("bring the schema of database %s to version %s: %w", s.database, s.version, err)
	}
	return nil
}

// schemaTx lets the server's schema task work inside one transaction.
type schemaTx struct {
	ctx      context.Context //nolint:containedctx // the task hands none on
	tx       pgx.Tx
	database string
}

var _ schema.DB = schemaTx{}

// concurrently cannot be used inside a transaction, and is not needed while
// no server is running.
var concurrently = regexp.MustCompile(`(?i)\b(CREATE|DROP)(\s+UNIQUE)?\s+INDEX\s+CONCURRENTLY\b`)

func (db schemaTx) Exec(statement string, args ...any) error {
	_, err := db.tx.Exec(db.ctx, concurrently.ReplaceAllString(statement, "$1$2 INDEX"), args...)
	return err
}

// CreateSchemaVersionTables makes the two tables in which the server looks up
// and records versions.
func (db schemaTx) CreateSchemaVersionTables() error {
	return db.Exec(`
		CREATE TABLE IF NOT EXISTS schema_version (
			version_partition int NOT NULL,
			db_name varchar(255) NOT NULL,
			creation_time timestamp,
			curr_version varchar(64),
			min_compatible_version varchar(64),
			PRIMARY KEY (version_partition, db_name));
		CREATE TABLE IF NOT EXISTS schema_update_history (
			version_partition int NOT NULL,
			year int NOT NULL,
			month int NOT NULL,
			update_time timestamp NOT NULL,
			description varchar(255),
			manifest_md5 varchar(64),
			new_version varchar(64),
			old_version varchar(64),
			PRIMARY KEY (version_partition, year, month, update_time))`)
}

// ReadSchemaVersion returns pgx.ErrNoRows for a new database.
func (db schemaTx) ReadSchemaVersion() (string, error) {
	var version string
	err := db.tx.QueryRow(db.ctx,
		`SELECT curr_version FROM schema_version WHERE version_partition = 0 AND db_name = $1`, db.database).Scan(&version)
	return version, err
}

func (db schemaTx) UpdateSchemaVersion(version, compatible string) error {
	return db.Exec(`
		INSERT INTO schema_version (version_partition, db_name, creation_time, curr_version, min_compatible_version)
		VALUES (0, $1, $2, $3, $4)
		ON CONFLICT (version_partition, db_name) DO UPDATE
		SET creation_time = excluded.creation_time, curr_version = excluded.curr_version,
			min_compatible_version = excluded.min_compatible_version`,
		db.database, time.Now().UTC(), version, compatible)
}

func (db schemaTx) WriteSchemaUpdateLog(from, to, manifest, description string) error {
	now := time.Now().UTC()
	return db.Exec(`
		INSERT INTO schema_update_history
			(version_partition, year, month, update_time, old_version, new_version, manifest_md5, description)
		VALUES (0, $1, $2, $3, $4, $5, $6, $7)`,
		now.Year(), int(now.Month()), now, from, to, manifest, description)
}

// DropAllTables is asked for only by set-ups that overwrite, which this
// program never does.
func (db schemaTx) DropAllTables() error {
	return errors.New("the engine never drops the tables of a database")
}

func (db schemaTx) Close() {}

func (db schemaTx) Type() string { return "sql" }
