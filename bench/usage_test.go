package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComputingTimeIsReadFromProc(t *testing.T) {
	t.Parallel()
	own, dead := computed("4711 (a (strange) name) S 1 4711 4711 0 -1 4194560 1 2 3 4 250 50 700 300 20 0 1 0 1 1 1")
	require.InDelta(t, 3, own, 1e-9)
	require.InDelta(t, 10, dead, 1e-9)
	own, dead = computed("")
	require.Zero(t, own+dead, "a process that has ended")
}
