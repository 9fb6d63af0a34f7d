package workflows_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// recorded has a folder for each version, with what its workflows did.
const recorded = "testdata/replay"

var quiet = sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))

// A lead or a follow-up that began under a released version goes on under this
// one.
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	for _, file := range histories(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replayer(workflows.Lead, workflows.FollowUp).ReplayWorkflowHistory(quiet, unpacked(t, file)))
		})
	}
}

// The guard is alive: a change that an open lead would trip over, however
// small, is found out by the histories of each version.
func TestAnIncompatibleChangeIsFoundOut(t *testing.T) {
	t.Parallel()
	type change func(workflow.Context)
	for name, changed := range map[string]change{
		"one more timer":    func(ctx workflow.Context) { workflow.NewTimer(ctx, time.Hour) },
		"one more activity": func(ctx workflow.Context) { workflow.ExecuteActivity(telling(ctx), "Another") },
		"one more step": func(ctx workflow.Context) {
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Second})
			workflow.ExecuteLocalActivity(ctx, "Another")
		},
		"something remembered": func(ctx workflow.Context) { workflow.SideEffect(ctx, func(workflow.Context) any { return 1 }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := map[string]bool{}
			for _, file := range histories(t) {
				version := filepath.Base(filepath.Dir(file))
				if caught[version] {
					continue
				}
				err := replayer(
					func(ctx workflow.Context, s process.State) error { changed(ctx); return workflows.Lead(ctx, s) },
					func(ctx workflow.Context, s process.FollowUpState) error {
						changed(ctx)
						return workflows.FollowUp(ctx, s)
					},
				).ReplayWorkflowHistory(quiet, unpacked(t, file))
				require.ErrorContains(t, err, "TMPRL1100", "non-determinism, in %s", file)
				caught[version] = true
			}
			require.Len(t, caught, len(versions(t)))
		})
	}
}

// What was not recorded is not guarded: whatever the workflows can be asked and
// can do is in the histories of the newest version.
func TestTheRecordedLivesGoThroughEverything(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range histories(t) {
		if filepath.Base(filepath.Dir(file)) == newest {
			for _, e := range unpacked(t, file).GetEvents() {
				for _, what := range traits(e) {
					seen[what] = true
				}
			}
		}
	}
	for _, name := range workflows.Asked() {
		require.True(t, seen["signal "+name], "no recorded life has the signal %s", name)
	}
	for _, name := range workflows.Updates() {
		require.True(t, seen["update "+name], "no recorded life has the update %s", name)
	}
	for _, what := range []string{
		"update settle", "update assign", "signal settle", "signal assign", "activity Deliver", "activity DeliverFollowUp", "activity Spread",
		"TimerStarted", "TimerFired", "TimerCanceled", "WorkflowExecutionCancelRequested", "WorkflowExecutionContinuedAsNew",
		"WorkflowExecutionCompleted", "UpsertWorkflowSearchAttributes", "local activity DeliverAtOnce", "local activity Step", "marker Version",
	} {
		require.True(t, seen[what], "no recorded life has %s", what)
	}
}

// traits are what the event shows that the workflow can do or be asked.
func traits(e *historypb.HistoryEvent) []string {
	what := []string{e.GetEventType().String()}
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		what = append(what, "signal "+e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		what = append(what, "update "+e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetName())
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		what = append(what, "activity "+e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName())
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		marker := e.GetMarkerRecordedEventAttributes()
		what = append(what, "marker "+marker.GetMarkerName())
		var local struct{ ActivityType string }
		if converter.GetDefaultDataConverter().FromPayloads(marker.GetDetails()["data"], &local) == nil && local.ActivityType != "" {
			what = append(what, "local activity "+local.ActivityType)
		}
	default:
	}
	return what
}

// Every version of the changelog that was released has its histories.
func TestEveryReleaseHasItsHistories(t *testing.T) {
	t.Parallel()
	changes, err := os.ReadFile("../CHANGELOG.md")
	require.NoError(t, err)
	released := regexp.MustCompile(`(?m)^## \[(\d+\.\d+\.\d+)\]`).FindAllSubmatch(changes, -1)
	require.NotEmpty(t, released)
	for _, version := range released {
		require.Contains(t, versions(t), "v"+string(version[1]), "record them: docs/upgrades.md says how")
	}
	require.Contains(t, versions(t), newest)
}

// versions are those whose histories there are.
func versions(t *testing.T) []string {
	t.Helper()
	folders, err := os.ReadDir(recorded)
	require.NoError(t, err)
	var all []string
	for _, one := range folders {
		all = append(all, one.Name())
	}
	return all
}

// histories are the files of all versions.
func histories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recorded, "*", "*.json*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	slices.SortFunc(files, strings.Compare)
	return files
}

func replayer(lead, followUp any) worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(lead, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	r.RegisterWorkflowWithOptions(followUp, workflow.RegisterOptions{Name: workflows.FollowUpWorkflow})
	return r
}

// telling is how an activity is called that the workflow does not have.
func telling(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
}

// newest is the version whose histories go through everything.
const newest = "2162113"
