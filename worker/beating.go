package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// beating has every delivery give the sign of life that is expected of it for as
// long as it runs. An activity whose worker died, or that Temporal gave
// to a worker in the moment in which it stopped, is given to another one after
// that short time, and not only when it has had all the time that it may take.
type beating struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity is called once for each activity.
func (*beating) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &beat{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type beat struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity runs the activity and tells Temporal meanwhile that it runs.
func (b *beat) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	expected := info.HeartbeatTimeout
	if name := info.ActivityType.Name; expected <= 0 || name != workflows.DeliverActivity && name != workflows.DeliverFollowUpActivity {
		return b.Next.ExecuteActivity(ctx, in)
	}
	over, ended := make(chan struct{}), make(chan struct{})
	defer func() { close(over); <-ended }()
	go func() {
		defer close(ended)
		tick := time.NewTicker(expected / 4)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return b.Next.ExecuteActivity(ctx, in)
}
