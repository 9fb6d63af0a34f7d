package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
)

// With servers in the environment the command runs on those.
func TestRunHandsTheExitCodeOn(t *testing.T) {
	t.Setenv(bed.EnvPostgres, "postgres://postgres@127.0.0.1:1/postgres")
	t.Setenv(bed.EnvTemporal, "127.0.0.1:1")
	for script, want := range map[string]int{
		"exit 0": 0,
		"exit 7": 7,
		`test "$` + bed.EnvTemporal + `" = 127.0.0.1:1`: 0,
		"kill -9 $$": 1,
	} {
		code, err := run([]string{"/bin/sh", "-c", script})
		require.NoError(t, err)
		require.Equal(t, want, code, script)
	}
	_, err := run([]string{"/does/not/exist"})
	require.ErrorContains(t, err, "start the command")
}
