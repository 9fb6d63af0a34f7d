package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestWhatPasses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		away bool
	}{
		"nobody listens":       {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		"the connection broke": {fmt.Errorf("commit: %w", io.ErrUnexpectedEOF), true},
		"time ran out":         {fmt.Errorf("begin: %w", context.DeadlineExceeded), true},
		"the caller left":      {context.Canceled, false},
		"disk full":            {&pgconn.PgError{Code: "53100"}, true},
		"too many connections": {&pgconn.PgError{Code: "53300"}, true},
		"shut down":            {&pgconn.PgError{Code: "57P01"}, true},
		"a lock is held":       {&pgconn.PgError{Code: "55P03"}, true},
		"deadlock":             {&pgconn.PgError{Code: "40P01"}, true},
		"out of memory":        {&pgconn.PgError{Code: "53200"}, true},
		"took too long":        {&pgconn.PgError{Code: "57014"}, true},
		"could not be ordered": {&pgconn.PgError{Code: "40001"}, true},
		"the disk fails":       {&pgconn.PgError{Code: "58030"}, true},
		"our mistake":          {&pgconn.PgError{Code: "42601"}, false},
		"a rule of the schema": {&pgconn.PgError{Code: "23505"}, false},
		"no row":               {pgx.ErrNoRows, false},
		"not found":            {ErrNotFound, false},
		"nothing":              {nil, false},
	} {
		require.Equal(t, c.away, Away(c.err), name)
	}
}

func TestNobodyLetsUsIn(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), "postgres://doorbell@127.0.0.1:1/doorbell", Options{})
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Now(t.Context())
	require.True(t, Away(err), "%v", err)
}
