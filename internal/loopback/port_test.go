package loopback_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/loopback"
)

func TestFreePortsDifferAndCanBeListenedOn(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 20 {
		port, err := loopback.FreePort()
		require.NoError(t, err)
		require.False(t, seen[port], "port %d was given out before", port)
		seen[port] = true
		require.NoError(t, loopback.Check(port))
	}
}

func TestCheckNamesATakenPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", loopback.Address(0))
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, text, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	err = loopback.Check(port)
	require.ErrorIs(t, err, loopback.ErrTaken)
}
