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
	at     time.Time // by the database's clock
	fires  time.Time // by the workflow's
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
	fires := c.Next.Add(-ahead)
	if a.set && a.at.Equal(c.Next) && !a.late(ctx, fires) {
		return
	}
	a.disarm()
	wait := max(fires.Sub(workflow.Now(ctx)), shortest)
	timerCtx, cancel := workflow.WithCancel(ctx)
	*a = alarm{
		set: true, at: c.Next, fires: fires, cancel: cancel,
		future: workflow.NewTimerWithOptions(timerCtx, wait, workflow.TimerOptions{Summary: timerSummary(*c)}),
	}
}

// clockStep is by how much the database's clock must have been set forward
// before a timer is worth setting again: far more than a step ever takes.
const clockStep = time.Minute

// late reports whether the database's clock was set forward since the timer was
// armed, so that it would fire too late. One that was set back needs nothing:
// the timer fires, nothing is due, and it is set again. Histories of the first
// two releases left such a timer as it was.
func (a *alarm) late(ctx workflow.Context, fires time.Time) bool {
	return a.fires.Sub(fires) > clockStep && workflow.GetVersion(ctx, "clock set forward", workflow.DefaultVersion, 1) > workflow.DefaultVersion
}

func (a *alarm) disarm() {
	if a.set {
		a.cancel()
		a.set = false
	}
}
