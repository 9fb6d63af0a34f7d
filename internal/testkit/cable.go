package testkit

import (
	"testing"

	"github.com/doorbell-ilm/doorbell/internal/cable"
)

// Cable is a line to a server that a test can cut and mend: what is on it
// breaks, and new connections are refused until it is mended.
type Cable = cable.Cable

// NewCable lays a cable to target, an address such as 127.0.0.1:7233, for as
// long as the test lasts.
func NewCable(tb testing.TB, target string) *Cable {
	tb.Helper()
	c, err := cable.New(target)
	if err != nil {
		tb.Fatal("testkit:", err)
	}
	tb.Cleanup(c.Close)
	return c
}
