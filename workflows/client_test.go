package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// A lead whose task fails again and again takes no update. Whoever asks comes
// back later; it is no fault of the request, nor one that nobody foresaw.
func TestALeadWhoseTaskFailsIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	c, queue := testkit.Client(t), testkit.TaskQueue(t)
	w := sdk.New(c, queue, sdk.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context, process.State) error { panic("stumbles") }, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	leads := workflows.Leads{Client: c, Queue: queue}
	state := process.State{Lead: uuid.NewString(), Dealer: uuid.NewString()}
	require.NoError(t, leads.Start(t.Context(), state))
	t.Cleanup(func() {
		_ = c.TerminateWorkflow(context.Background(), workflows.ID(state.Lead), "", "the test is over")
	})
	require.Eventually(t, func() bool { return attempts(t, c, state.Lead) >= 3 }, time.Minute, 50*time.Millisecond)

	_, err := leads.Ask(t.Context(), state.Lead, process.Happening{ID: uuid.NewString(), What: process.DidTake}, nil)
	require.ErrorIs(t, err, workflows.ErrUnavailable)
}

// attempts is how often the present task of a lead was tried.
func attempts(t *testing.T, c client.Client, lead string) int32 {
	t.Helper()
	got, err := c.DescribeWorkflowExecution(t.Context(), workflows.ID(lead), "")
	require.NoError(t, err)
	return got.GetPendingWorkflowTask().GetAttempt()
}
