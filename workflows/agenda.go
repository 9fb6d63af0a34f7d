package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
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

// arm sets the timer to the earliest instant at which the process acts by
// itself. It leaves a timer alone that is right already.
func (r *runner) arm(ctx workflow.Context) {
	c := r.state.NextDeadline()
	if c == nil {
		r.disarm()
		return
	}
	if r.timer.set && r.timer.at.Equal(c.Next) {
		return
	}
	r.disarm()
	// Counted from the clock of the database at the last step: the timer may
	// be late by what the task takes, and is never early.
	wait := max(c.Next.Sub(workflow.Now(ctx).Add(r.ahead)), shortest)
	timerCtx, cancel := workflow.WithCancel(ctx)
	r.timer = &alarm{
		set: true, at: c.Next, cancel: cancel,
		future: workflow.NewTimerWithOptions(timerCtx, wait, workflow.TimerOptions{Summary: timerSummary(*c)}),
	}
}

func (r *runner) disarm() {
	if r.timer.set {
		r.timer.cancel()
		r.timer.set = false
	}
}
