package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/process"
)

// forever is longer than any outage and any difference between clocks.
const forever = 10 * 365 * 24 * time.Hour

// SendPatience is how long one try to send the messages of a step may take, within
// its task or not. It is also how long a worker that died in the middle of it goes
// unnoticed.
var SendPatience = failpoint.Duration(failpoint.MailAttempt, 2*time.Minute)

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

// The priorities of what waits in a queue, 1 is the most urgent. What somebody
// does goes before what only clocks call for, see precedence.go, and what an open
// lead says before the first mails of those that have just come: a flood of these
// must not keep an escalation from anybody.
const (
	ofPeople   = 1
	ofOpenLead = 2
	ofNewLead  = 3 // what Temporal gives to whatever says nothing
)

// turn is the place in a queue: by priority, and among equals the dealers take
// turns.
func turn(dealer string, urgent bool) temporal.Priority {
	p := temporal.Priority{PriorityKey: ofNewLead, FairnessKey: dealer}
	if urgent {
		p.PriorityKey = ofOpenLead
	}
	return p
}

// urgent reports whether the messages of a step are those of an open lead.
// Those of the first step, and what a run that starts anew takes up, come in
// floods.
func urgent(what process.What) bool { return what != process.WasReceived && what != process.WasStarted }

// Awaited reports whether somebody waits for the answer to a step, which Temporal
// gives when the step's task ends.
func Awaited(what process.What, signal bool) bool {
	switch what {
	case process.WasReceived, process.WasStarted, process.WasDue, process.WasDelivered, process.WasCancelled:
		return false
	default:
		return !signal
	}
}

// tryingAtOnce is for the first try of messages within the task of a step. It comes back
// in a moment, whatever the provider does; the time is for a machine that has too much
// to do. It is not repeated: what it did not do the queue of the messages does.
func tryingAtOnce(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 5 * time.Second,
		Summary:             "send messages",
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}

// sending is for messages, on a queue of either kind: tried until each has found
// its end. How long to wait is said by the activity, which knows what the provider
// asked for, and it is the activity that gives up.
func sending(ctx workflow.Context, queue, dealer string, urgent bool) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           queue,
		Priority:            turn(dealer, urgent),
		StartToCloseTimeout: SendPatience,
		// The worker gives a sign of life by itself; without one it is dead, or
		// stopped just when it was given the messages.
		HeartbeatTimeout: 20 * time.Second,
		Summary:          "send messages",
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Minute,
		},
	})
}

// telling is for signals to other leads.
func telling(ctx workflow.Context, dealer string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		Priority:            turn(dealer, true),
		StartToCloseTimeout: 30 * time.Second,
		Summary:             "tell this person's other leads",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}
