// Package store is the memory: every transaction against Postgres begins here.
// The queries stand in queries/, sqlc writes package db from them.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// ErrNotFound says that the dealer has no such thing. Whether another dealer
// has it is not told.
var ErrNotFound = errors.New("not found")

// Store reads and writes the business tables. It is safe for concurrent use.
type Store struct {
	*db.Queries
	Pool     *pgxpool.Pool
	policies policyCache
	owner    bool // bound to no dealer
	planned  bool // once in a session, by the connections themselves
	waits    *acquisition
}

// Options bound what one process takes of the database.
type Options struct {
	// Connections is the most that the pool opens; 0 means 16.
	Connections int32
	// Name is shown as application_name.
	Name string
	// Owner keeps the role of the address instead of one that is bound to the
	// scope of each context. It is for looking at a database that may have no
	// tables yet, and for tests; never for a program that serves dealers.
	Owner bool
	// Wait is how long anybody waits for a connection; 0 means 2 seconds.
	Wait time.Duration
	// PlanOnce has every statement planned once in a session, for a program whose
	// statements all go from keys to rows. Lists with filters are planned for what
	// is asked of them.
	PlanOnce bool
}

// Open connects to the database at url. It returns an error when the address
// is wrong; a database that is away is found by the first query, so that a
// process may start before its database does.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The driver's own text may quote the password.
		return nil, errors.New("DATABASE_URL is not an address of Postgres; it looks like postgres://user:password@host:5432/name")
	}
	config.MaxConns = 16
	if o.Connections > 0 {
		config.MaxConns = o.Connections
	}
	config.MaxConnIdleTime = 5 * time.Minute
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	// A lock or a statement that hangs must not pile up requests behind it.
	config.ConnConfig.RuntimeParams["lock_timeout"] = "5s"
	config.ConnConfig.RuntimeParams["statement_timeout"] = "15s"
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "30s"
	// Every statement reads a few rows by an index, which are in memory or on a disk
	// without moving parts, and has cases that its arguments rule out. To compile it,
	// or to start helpers for a case that is never run, takes longer than to run it.
	config.ConnConfig.RuntimeParams["random_page_cost"] = "1.1"
	config.ConnConfig.RuntimeParams["jit"] = "off"
	config.ConnConfig.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	if o.Name != "" {
		config.ConnConfig.RuntimeParams["application_name"] = o.Name
	}
	if o.PlanOnce {
		config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	}
	if !o.Owner {
		config.ConnConfig.RuntimeParams["role"] = dealerRole
	}
	waits := &acquisition{most: o.Wait}
	if waits.most <= 0 {
		waits.most = mostWait
	}
	config.ConnConfig.Tracer = waits
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{Queries: db.New(bound{pool}), Pool: pool, owner: o.Owner, planned: o.PlanOnce, waits: waits}
	if o.Owner {
		s.Queries = db.New(pool)
	}
	return s, nil
}

// Close gives the connections back.
func (s *Store) Close() { s.Pool.Close() }

// planOnce has the statements of a transaction planned once in a session and not
// anew for their values: what writes goes from keys to rows, whichever these are.
// Looking for a person's open leads took longer to plan than to do.
const planOnce = "SET LOCAL plan_cache_mode = force_generic_plan"

// InTx runs f in one transaction and commits when f returns nil. It and Read
// are the only places that begin one. What f writes is sent with what it reads
// next or with the commit, so that a write's error may come from there.
func (s *Store) InTx(ctx context.Context, f func(q *db.Queries) error) error {
	conn, err := s.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := gather(conn)
	defer tx.end(ctx)
	if !s.planned {
		tx.begin(planOnce)
	}
	if bounds := scopeOf(ctx); !s.owner && bounds != (scope{}) {
		tx.begin(bounds.local())
	}
	if err := f(db.New(tx)); err != nil {
		return err
	}
	if err := tx.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// oneState begins what reads with several queries.
const oneState = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

// Read runs f on one state of the database, so that what it reads with several
// queries fits together.
func (s *Store) Read(ctx context.Context, f func(q *db.Queries) error) error {
	return s.read(ctx, oneState, f)
}

// ReadByKey is Read for what goes from keys to rows, and is planned once in a session.
func (s *Store) ReadByKey(ctx context.Context, f func(q *db.Queries) error) error {
	return s.read(ctx, oneState+"; "+planOnce, f)
}

func (s *Store) read(ctx context.Context, how string, f func(q *db.Queries) error) error {
	if !s.owner {
		how = scopeOf(ctx).begin(how)
	}
	tx, err := s.Pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: how})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	return f(db.New(tx))
}

// NewID returns a new id; later ones sort behind earlier ones, which keeps the
// indexes warm.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// found turns the driver's word for no row into ours.
func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

func pointer[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
