package workflows_test

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Histories are recorded from released code, never from the branch under test:
//
//	git switch --detach v0.1.0
//	go test ./workflows -run TestRecordHistories -record v0.1.0
var record = flag.String("record", "", "the released version whose histories to record into testdata/replay/")

const recorded = "testdata/replay"

var quiet = sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))

func TestRecordHistories(t *testing.T) {
	t.Parallel()
	if *record == "" {
		t.Skip("only with -record VERSION, from released code")
	}
	dir := filepath.Join(recorded, *record)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, live := range map[string]func(*testing.T, *dealership.Dealership) string{
		"ordinary": ordinaryLife, "full": fullLife,
	} {
		d := dealership.Open(t, dealership.Options{})
		body, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(history(t, d, live(t, d)))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), body, 0o600))
	}
}

// A lead that began under a released version goes on under this one.
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recorded, "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replayer().ReplayWorkflowHistoryFromJSONFile(quiet, file))
		})
	}
}

// The replay must be able to fail: a workflow that does something else is
// found out.
func TestAnIncompatibleChangeIsFoundOut(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recorded, "*", "ordinary.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	changed := worker.NewWorkflowReplayer()
	changed.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ any) error {
		return workflow.Sleep(ctx, 1)
	}, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	require.Error(t, changed.ReplayWorkflowHistoryFromJSONFile(quiet, files[0]))
}

func replayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.Lead, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	return r
}
