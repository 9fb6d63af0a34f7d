// Package bed is what tests stand on: a real Postgres and a real Temporal
// server of their own, in a directory of their own, gone without a trace when
// the tests are over. After a kill -9 the programs end by themselves and the
// next bed sweeps up the directory.
package bed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/localpg"
)

// The environment by which a test finds servers that are there already.
const (
	// EnvPostgres holds the URL of a Postgres superuser; tests make and drop
	// databases of their own beside the one it names.
	EnvPostgres = "DOORBELL_TEST_DATABASE_URL"
	// EnvTemporal holds host:port of a Temporal server with namespace doorbell.
	EnvTemporal = "DOORBELL_TEST_TEMPORAL_ADDRESS"
)

// connections are enough for both stores of the engine and all packages that
// are tested side by side.
const connections = 400

const startPatience = 2 * time.Minute

const prefix = "doorbell-test-"

// Bed is one private Postgres and one private engine, each started when first
// asked for. It is not safe for concurrent use.
type Bed struct {
	dir      string
	lock     *os.File
	postgres *localpg.Cluster
	engine   *engineproc.Engine
}

// Open makes the bed's directory; nothing is started yet.
func Open() (*Bed, error) {
	if err := sweep(os.TempDir()); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, fmt.Errorf("make a directory for the test servers: %w", err)
	}
	// Postgres may run as another user, who must pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, fmt.Errorf("make a directory for the test servers: %w", err)
	}
	lock, err := tryLock(dir)
	if err != nil {
		return nil, err
	}
	if lock == nil {
		return nil, fmt.Errorf("somebody else took the fresh directory %s", dir)
	}
	return &Bed{dir: dir, lock: lock}, nil
}

// Postgres returns the URL of the superuser's database.
func (b *Bed) Postgres(ctx context.Context) (string, error) {
	if b.postgres == nil {
		ctx, cancel := context.WithTimeout(ctx, startPatience)
		defer cancel()
		cluster := &localpg.Cluster{Dir: filepath.Join(b.dir, "postgres"), MaxConnections: connections}
		if err := cluster.Start(ctx); err != nil {
			return "", err
		}
		b.postgres = cluster
	}
	return b.postgres.URL("postgres"), nil
}

// Temporal returns the address of the engine, whose program is built first if
// that was not done yet.
func (b *Bed) Temporal(ctx context.Context) (string, error) {
	if b.engine == nil {
		postgres, err := b.Postgres(ctx)
		if err != nil {
			return "", err
		}
		binary, err := Engine(ctx)
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(ctx, startPatience)
		defer cancel()
		if b.engine, err = engineproc.Start(ctx, engineproc.Options{Binary: binary, PostgresURL: postgres}); err != nil {
			return "", err
		}
	}
	return b.engine.Address, nil
}

// Done is closed when one of the two servers that were started has ended; Err
// then says why.
func (b *Bed) Done() <-chan struct{} {
	done := make(chan struct{})
	var engine, postgres <-chan struct{} // a nil channel never speaks
	if b.engine != nil {
		engine = b.engine.Done()
	}
	if b.postgres != nil {
		postgres = b.postgres.Done()
	}
	go func() {
		defer close(done)
		select {
		case <-engine:
		case <-postgres:
		}
	}()
	return done
}

// Err says which server ended by itself and what it wrote last.
func (b *Bed) Err() error {
	var errs []error
	if b.postgres != nil {
		errs = append(errs, b.postgres.Err())
	}
	if b.engine != nil {
		errs = append(errs, b.engine.Err())
	}
	return errors.Join(errs...)
}

// Close stops what was started and removes the directory.
func (b *Bed) Close() error {
	ctx := context.Background()
	var errs []error
	if b.engine != nil {
		errs = append(errs, b.engine.Stop(ctx))
	}
	if b.postgres != nil {
		errs = append(errs, b.postgres.Stop(ctx))
	}
	errs = append(errs, os.RemoveAll(b.dir), b.lock.Close())
	return errors.Join(errs...)
}

// sweep removes the directories of beds whose processes are gone.
func sweep(parent string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		return fmt.Errorf("look for old test servers: %w", err)
	}
	for _, dir := range dirs {
		// Younger ones may be on the way from being made to being locked.
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := tryLock(dir)
		if err != nil || lock == nil {
			continue // somebody else's, or in use
		}
		err = errors.Join(os.RemoveAll(dir), lock.Close())
		if err != nil {
			return fmt.Errorf("remove what old test servers left in %s: %w", dir, err)
		}
	}
	return nil
}

// tryLock returns nil if another living process holds the directory.
func tryLock(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil //nolint:nilnil // held is an answer, not an error
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return file, nil
}
