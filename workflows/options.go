package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// forever is longer than any outage and any difference between clocks.
const forever = 10 * 365 * 24 * time.Hour

// deciding is for the one activity that decides and writes: short, local to
// the worker, tried until Postgres answers. Waits that outlast a workflow task
// are timers in the history, so an outage does not fill it.
func deciding(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 20 * time.Second,
		// Left out it would be as long as one try, and an outage of Postgres of
		// half a minute would fail the workflow.
		ScheduleToCloseTimeout: forever,
		Summary:                summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    100 * time.Millisecond,
			BackoffCoefficient: 3,
			MaximumInterval:    15 * time.Second,
		},
	})
}

// sending is for messages: on their own queue, tried until each has found its
// end. How long to wait is said by the activity, which knows what the provider
// asked for, and it is the activity that gives up.
func sending(ctx workflow.Context, queue string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           MailQueue(queue),
		StartToCloseTimeout: 2 * time.Minute,
		Summary:             "send messages",
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Minute,
		},
	})
}

// telling is for signals to other leads.
func telling(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		Summary:             "tell this person's other leads",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}
