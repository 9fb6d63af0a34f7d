package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

// The audit says what it found, as a table and as JSON, and its exit code says
// whether anything is left to do. The doctor knows of it.
func TestAudit(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, testkit.Temporal(t))
	require.Equal(t, exitDone, doorbell(t, env, "", "dealer", "add", "--name", "Garage Oost").code)
	got := doorbell(t, env, "", "audit")
	require.Equal(t, exitFailed, got.code, got.errs)
	require.Contains(t, got.out, "left  no worker")
	require.Contains(t, got.out, "open leads: 0, follow-ups: 0; 1 found wrong, 1 left for you")

	stop, _ := background(t, env, "worker")
	require.Eventually(t, func() bool { return doorbell(t, env, "", "audit").code == exitDone }, patience, 200*time.Millisecond)
	got = doorbell(t, env, "", "audit", "--json")
	var report struct {
		Right    bool            `json:"right"`
		Findings []audit.Finding `json:"findings"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	require.True(t, report.Right)
	require.NotNil(t, report.Findings)
	require.Equal(t, "open leads: 0, follow-ups: 0; all is right\n", doorbell(t, env, "", "audit", "--check", "--dealer", uuid.NewString()).out)
	require.Equal(t, exitDone, stop().code)
	_, verdicts, _ := diagnosis(t, env)
	require.Equal(t, fine, verdicts["audit"])

	require.Equal(t, exitUsage, doorbell(t, env, "", "audit", "--lead", "the red one").code)
	env["DATABASE_URL"] = "postgres://hush:hush@127.0.0.1:1/x"
	got = doorbell(t, env, "", "audit")
	require.Equal(t, exitFailed, got.code)
	require.Contains(t, got.errs, "the database does not answer")
	require.NotContains(t, got.errs, "hush:")
}
