package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/process"
)

// alarm is the workflow's one timer. One is the fewest events, and cancelling
// one at a time is the simplest thing to replay.
type alarm struct {
	set    bool
	at     time.Time
	cancel workflow.CancelFunc
	future workflow.Future
}

// shortest is the least a timer may last: one of zero emits no command, which
// a replay would miss.
const shortest = time.Millisecond

// arm sets the timer to the instant at which the clock acts by itself; nil is
// no clock. It leaves a timer alone that is right already.
//
// ahead is by how much the database's clock is ahead of the workflow's: counted
// so, the timer may be late by what the task takes, and is never early.
func (a *alarm) arm(ctx workflow.Context, c *process.Clock, ahead time.Duration) {
	if c == nil {
		a.disarm()
		return
	}
	if a.set && a.at.Equal(c.Next) {
		return
	}
	a.disarm()
	wait := max(c.Next.Sub(workflow.Now(ctx).Add(ahead)), shortest)
	timerCtx, cancel := workflow.WithCancel(ctx)
	*a = alarm{
		set: true, at: c.Next, cancel: cancel,
		future: workflow.NewTimerWithOptions(timerCtx, wait, workflow.TimerOptions{Summary: timerSummary(*c)}),
	}
}

func (a *alarm) disarm() {
	if a.set {
		a.cancel()
		a.set = false
	}
}
