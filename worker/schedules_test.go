package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/worker"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// However many workers say so, there is one schedule, as the newest program has
// it; and what somebody paused stays paused.
func TestAuditsAreScheduledOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c, queue := testkit.Client(t), testkit.TaskQueue(t)
	require.NoError(t, worker.Schedule(ctx, c, queue))
	handle := c.ScheduleClient().GetHandle(ctx, worker.AuditScheduleID(queue))
	t.Cleanup(func() { require.NoError(t, handle.Delete(ctx)) })
	require.NoError(t, handle.Pause(ctx, client.SchedulePauseOptions{Note: "we restore a backup"}))

	require.NoError(t, worker.Schedule(ctx, c, queue))
	is, err := handle.Describe(ctx)
	require.NoError(t, err)
	require.True(t, is.Schedule.State.Paused)
	require.Equal(t, []client.ScheduleIntervalSpec{{Every: time.Hour}}, is.Schedule.Spec.Intervals)
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, is.Schedule.Policy.Overlap)
	require.Equal(t, 10*time.Minute, is.Schedule.Policy.CatchupWindow)
	require.Eventually(t, func() bool {
		is, err := handle.Describe(ctx)
		return err == nil && is.Info.NumActions == 1
	}, time.Minute, 50*time.Millisecond, "the first audit does not wait for an hour")
}
