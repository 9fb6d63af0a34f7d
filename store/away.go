package store

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// passing are the classes and codes of Postgres that say come back later:
// connection lost, resources exhausted, stopping or starting, lock or
// statement timed out, deadlock, disk trouble.
var passing = []string{"08", "53", "57", "58", "55P03", "40001", "40P01", "25006"}

// Away reports whether err means that Postgres cannot do it now and may later:
// it is down, full, overloaded, or somebody holds a lock for too long. Nothing
// was stored half; whether a commit took place may be unknown, which is what
// keys of requests are for.
func Away(err error) bool {
	// Whatever keeps it from letting anybody in.
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.ContainsFunc(passing, func(p string) bool { return strings.HasPrefix(refused.Code, p) })
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}
