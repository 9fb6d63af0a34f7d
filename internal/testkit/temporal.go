package testkit

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
)

// Namespace is the Temporal namespace that all tests share; they keep apart by
// their task queues and by the ids of their leads.
const Namespace = "doorbell"

// Temporal returns the address of a Temporal server with the namespace and
// its search attributes.
func Temporal(tb testing.TB) string {
	tb.Helper()
	// A missing bin/engine is built first.
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	address, err := shared.temporalAddress(ctx)
	if err != nil {
		tb.Fatal("testkit:", err)
	}
	return address
}

func (s *servers) temporalAddress(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.temporal != "" {
		return s.temporal, nil
	}
	if address := os.Getenv(bed.EnvTemporal); address != "" {
		s.temporal = address
		return address, nil
	}
	own, err := s.bed()
	if err != nil {
		return "", err
	}
	s.temporal, err = own.Temporal(ctx)
	return s.temporal, err
}

// Client returns a client of the Temporal server, closed when the test is
// over.
func Client(tb testing.TB) client.Client {
	tb.Helper()
	c, err := client.Dial(client.Options{HostPort: Temporal(tb), Namespace: Namespace})
	if err != nil {
		tb.Fatal("testkit: connect to Temporal:", err)
	}
	tb.Cleanup(c.Close)
	return c
}

// TaskQueue returns a task queue that no other test uses.
func TaskQueue(tb testing.TB) string {
	tb.Helper()
	return "test-" + rand.Text()
}
