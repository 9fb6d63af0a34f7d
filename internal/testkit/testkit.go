// Package testkit gives tests real servers: a Postgres database of its own for
// every test, a Temporal server shared by all of them, and a clock that tests
// move.
//
// `make test` starts one Postgres and one Temporal server for the whole run
// (see testkit/testbed). A package that is tested alone, as in `go test
// ./store`, starts its own when its first test asks, which takes 2 seconds for
// Postgres and 6 for Temporal. For that each package says
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
package testkit

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/doorbell-ilm/doorbell/internal/loopback"
	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
)

// servers are those that this process's tests use.
type servers struct {
	mu       sync.Mutex
	inMain   bool
	own      *bed.Bed // nil while only shared servers are used
	temporal string
	admin    *pgxpool.Pool // of the superuser, to make databases with
	template string        // name of the migrated database to copy
}

var shared servers

// Main runs a package's tests and then stops the servers that were started
// for them.
func Main(m *testing.M) {
	shared.mu.Lock()
	shared.inMain = true
	shared.mu.Unlock()

	code := m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "testkit: stop the test servers:", err)
		code = max(code, 1)
	}
	if code == 0 {
		code = leaks()
	}
	os.Exit(code)
}

// leaks returns 1 when a goroutine outlived the tests that began it, and says
// which. What is left out here, and why, is all that may.
func leaks() int {
	http.DefaultClient.CloseIdleConnections()
	err := goleak.Find(
		// scs makes a store of its own before it is given ours, with a goroutine
		// for each that cannot be ended without a race. The product has one.
		goleak.IgnoreTopFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"),
		// The watch over a test's own servers ends with the process.
		goleak.IgnoreAnyFunction("github.com/doorbell-ilm/doorbell/internal/testkit/bed.(*Bed).Done.func1"),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testkit: goroutines outlived the tests:", err)
		return 1
	}
	return 0
}

// FreePort returns a port on loopback that nobody listens on.
func FreePort(tb testing.TB) int {
	tb.Helper()
	port, err := loopback.FreePort()
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// bed returns the servers of this process alone. The caller holds mu.
func (s *servers) bed() (*bed.Bed, error) {
	if s.own != nil {
		return s.own, nil
	}
	if !s.inMain {
		return nil, fmt.Errorf("this package's tests need servers: add `func TestMain(m *testing.M) { testkit.Main(m) }`")
	}
	var err error
	s.own, err = bed.Open()
	return s.own, err
}

// postgresURL is the superuser's. The caller holds mu.
func (s *servers) postgresURL(ctx context.Context) (string, error) {
	if url := os.Getenv(bed.EnvPostgres); url != "" {
		return url, nil
	}
	own, err := s.bed()
	if err != nil {
		return "", err
	}
	return own.Postgres(ctx)
}

func (s *servers) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin != nil {
		s.admin.Close()
	}
	if s.own == nil {
		return nil
	}
	return s.own.Close()
}
