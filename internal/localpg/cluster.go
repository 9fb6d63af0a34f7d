package localpg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/loopback"
	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// superuser owns the cluster; Doorbell's own roles are made by migrations.
const superuser = "postgres"

// defaultConnections leaves room for the engine's two stores, the API and the
// worker.
const defaultConnections = 300

// logSize is how large postgres.log may grow, in bytes; one older file stays
// beside it.
const logSize = 1 << 20

// Cluster is a private Postgres. Set the exported fields, then call Start. It
// is not safe for concurrent use, except Done and Err.
type Cluster struct {
	Dir            string // everything the cluster keeps; made if missing
	Port           int    // 0: a free one at every start
	Durable        bool   // false: faster, and a crash of the machine may lose the data
	MaxConnections int    // 0: 300

	shared   string // instead of defaultShared, in tests
	port     int
	password string
	owner    *account
	lock     *os.File
	log      *child.LogFile
	server   *child.Child
}

// Start makes the cluster if it does not exist yet and returns when it takes
// connections. A server that an earlier process left behind on this directory
// is stopped first. Start fails with ErrInUse when another living process
// runs this cluster, and with loopback.ErrTaken when Port is taken.
func (c *Cluster) Start(ctx context.Context) (err error) {
	if c.server != nil {
		return errors.New("this Postgres cluster was started already")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("find the Postgres directory: %w", err)
	}
	c.Dir = dir
	if c.owner, err = serverAccount(); err != nil {
		return err
	}
	if err := c.makeDir(); err != nil {
		return err
	}
	if c.lock, err = lockDir(c.Dir); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.release())
		}
	}()

	data, binaries, err := c.prepare(ctx)
	if err != nil {
		return err
	}
	if err := stopOrphan(ctx, data); err != nil {
		return err
	}
	if err := c.choosePort(); err != nil {
		return err
	}
	if c.log, err = child.OpenLog(filepath.Join(c.Dir, "postgres.log"), logSize); err != nil {
		return err
	}
	return c.startServer(ctx, binaries, data)
}

// prepare returns the data directory, made first if there is none, and the
// programs that fit it.
func (c *Cluster) prepare(ctx context.Context) (data string, b Binaries, err error) {
	if c.password, err = c.readOrMakePassword(); err != nil {
		return "", Binaries{}, err
	}
	data, err = filepath.EvalSymlinks(c.dataLink())
	if errors.Is(err, os.ErrNotExist) {
		if b, err = Find(ctx); err != nil {
			return "", Binaries{}, err
		}
		data, err = c.initialize(ctx, b)
		return data, b, err
	}
	if err != nil {
		return "", Binaries{}, fmt.Errorf("find the Postgres data: %w", err)
	}
	major, err := majorOf(data)
	if err != nil {
		return "", Binaries{}, err
	}
	b, err = find(ctx, places, os.Getenv("PATH"), major)
	return data, b, err
}

func (c *Cluster) choosePort() (err error) {
	if c.Port == 0 {
		c.port, err = loopback.FreePort()
		return err
	}
	c.port = c.Port
	return loopback.Check(c.port)
}

// restInterval and restPatience are for the moment after a crash in which
// dying backends still hold the shared memory of the server before.
const (
	restInterval = 250 * time.Millisecond
	restPatience = 10 * time.Second
)

func (c *Cluster) startServer(ctx context.Context, b Binaries, data string) error {
	giveUp := time.Now().Add(restPatience)
	for {
		server, err := child.Start(child.Options{
			Name: "Postgres", Path: b.path("postgres"), Args: c.arguments(data),
			Env: serverEnv(), Dir: "/", Output: c.log,
			DeathSignal: syscall.SIGINT, Credential: c.owner.credential(),
		})
		if err != nil {
			return err
		}
		err = c.awaitReady(ctx, server)
		if err == nil {
			c.server = server
			return nil
		}
		stopErr := server.Stop(ctx, fastShutdown...)
		if !strings.Contains(err.Error(), "shared memory block") || time.Now().After(giveUp) {
			return errors.Join(err, stopErr)
		}
		if err := lull.For(ctx, restInterval); err != nil {
			return err
		}
	}
}

// arguments are the server's settings. Statements and details of errors stay
// out of the log, because they can hold what customers wrote.
func (c *Cluster) arguments(data string) []string {
	connections := c.MaxConnections
	if connections == 0 {
		connections = defaultConnections
	}
	set := []string{
		"listen_addresses=" + loopback.Host,
		"port=" + strconv.Itoa(c.port),
		"unix_socket_directories=", // loopback does, and sockets' paths are short of room
		"max_connections=" + strconv.Itoa(connections),
		"shared_buffers=256MB",
		"wal_level=minimal",
		"max_wal_senders=0",
		"max_wal_size=2GB",
		// What has grown since it was counted last is counted again soon: until then
		// Postgres plans for the few rows that there were. By half, not by a tenth:
		// after each count all connections plan anew.
		"autovacuum_naptime=10s",
		"autovacuum_analyze_scale_factor=0.5",
		"jit=off",
		"timezone=UTC",
		"log_timezone=UTC",
		"lc_messages=C",
		"logging_collector=off",
		"log_destination=stderr",
		"log_min_messages=warning",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
	}
	if !c.Durable {
		// Commits still wait for the write: a server that is killed loses none.
		set = append(set, "fsync=off", "full_page_writes=off")
	}
	args := []string{"-D", data}
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

// readyPatience covers the recovery after a crash.
const readyPatience = 2 * time.Minute

// awaitReady returns when the server answers a query, or has ended.
func (c *Cluster) awaitReady(ctx context.Context, server *child.Child) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if isWrongPassword(err) {
			return fmt.Errorf("the password in %s does not fit the Postgres data: put it back, "+
				"or remove %s to begin with an empty database", c.passwordFile(), c.Dir)
		}
		select {
		case <-server.Done():
			return server.Err()
		case <-ctx.Done():
			return fmt.Errorf("Postgres does not answer on port %d: %w", c.port, ctx.Err()) //nolint:staticcheck // a name begins the sentence
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func isWrongPassword(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "28P01" || pg.Code == "28000")
}

// fastShutdown drops clients and writes a checkpoint; if that takes too long
// the server leaves the rest to recovery at the next start.
var fastShutdown = []child.Step{
	{Signal: syscall.SIGINT, Patience: 20 * time.Second},
	{Signal: syscall.SIGQUIT, Patience: 5 * time.Second},
}

// Stop stops the server, at the latest after half a minute. Stopping a
// cluster that does not run is fine.
func (c *Cluster) Stop(ctx context.Context) error {
	if c.server == nil {
		return nil
	}
	err := c.server.Stop(ctx, fastShutdown...)
	c.server = nil
	return errors.Join(err, c.release())
}

func (c *Cluster) release() error {
	var errs []error
	if c.log != nil {
		errs = append(errs, c.log.Close())
		c.log = nil
	}
	if c.lock != nil {
		errs = append(errs, unlockDir(c.lock))
		c.lock = nil
	}
	return errors.Join(errs...)
}

// Done is closed when the server has ended, asked to or not. Call it after
// Start.
func (c *Cluster) Done() <-chan struct{} { return c.server.Done() }

// Err says why the server ended by itself, with its last lines.
func (c *Cluster) Err() error { return c.server.Err() }

// Pid is the server's process id. Call it after Start.
func (c *Cluster) Pid() int { return c.server.Pid() }

// URL is the address of one of the cluster's databases, with the password. It
// is valid from Start until Stop.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, c.password),
		Host: loopback.Address(c.port), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes a database unless there is one of that name.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there); err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()+` TEMPLATE template0`); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}
