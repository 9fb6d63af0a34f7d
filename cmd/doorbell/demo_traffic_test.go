package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// The traffic goes the way of every integrator: leads are taken, and their owners
// work them.
func TestDemoTrafficIsRealTraffic(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, testkit.Temporal(t))
	for _, args := range [][]string{
		{"dealer", "add", "--name", "Garage Oost"},
		{"source", "add", "--code", "website", "--party", "first"},
		{"source", "add", "--code", "portal", "--party", "third"},
		{"user", "add", "--email", "sam@oost.example", "--name", "Sam", "--role", "salesperson"},
	} {
		got := doorbell(t, env, "", args...)
		require.Equal(t, exitDone, got.code, got.errs)
	}
	env["DOORBELL_API_KEY"] = strings.TrimSpace(doorbell(t, env, "", "key", "add", "--name", "test", "--scope", "integration").out)
	env["DOORBELL_URL"] = "http://" + env["DOORBELL_ADDR"]
	got := doorbell(t, env, "", "demo", "--leads", "1")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, "is the server running?")

	stopServe, _ := background(t, env, "serve")
	stopWorker, _ := background(t, env, "worker")
	awaitHealth(t, env)
	got = doorbell(t, env, "", "demo", "--leads", "12", "--every", "300ms")
	require.Equal(t, exitDone, got.code, got.errs)
	require.Equal(t, 12, strings.Count(got.out, "asks, through "), got.out)
	require.Contains(t, got.out, "Sam ", "of twelve not all are forgotten")
	require.Equal(t, exitDone, stopServe().code)
	require.Equal(t, exitDone, stopWorker().code)
}
