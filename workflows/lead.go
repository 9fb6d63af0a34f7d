package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// Lead is one lead from the doorbell to the last word. Its argument is the
// whole of its state: on the first run what intake stored, after
// continue-as-new what the run before left, after a loss what Postgres kept.
//
// It decides nothing itself. Whatever happens is put to one activity that
// decides and writes in one transaction; the workflow keeps the answer, one
// timer for the earliest deadline, and the sending of messages. It ends when
// the lead is closed and its last message found its end. Reopening starts it
// again.
func Lead(ctx workflow.Context, state process.State) error {
	// Cancelling is not closing. Everything runs on a context that cannot be
	// cancelled; the request to cancel only leaves a line on the timeline.
	lasting, _ := workflow.NewDisconnectedContext(ctx)
	r := &runner{
		state:      state,
		deliveries: deliveriesOf(workflow.GetInfo(ctx).TaskQueueName),
		inbox:      workflow.NewBufferedChannel(lasting, inboxSize),
		timer:      &alarm{},
		heard:      heard{},
	}
	// Handlers first: an update or signal may be in the very first task.
	if err := r.register(lasting); err != nil {
		return err
	}
	return r.run(lasting, ctx.Done())
}

// inboxSize is how many updates may wait for their turn before their handlers
// have to wait to get in line.
const inboxSize = 64

// runner is one run of the workflow. state is all that survives it.
type runner struct {
	*deliveries

	state   process.State
	inbox   workflow.Channel // of *request: what updates ask, one at a time
	timer   *alarm
	shown   shown         // what the search attributes say
	ahead   time.Duration // by how much the database's clock is ahead of the workflow's
	refused bool          // the request to cancel was noted
	heard   heard
}

// request is one update waiting for its turn.
type request struct {
	happening process.Happening
	done      bool
	stepped   process.Stepped
	err       error
}

func (r *runner) run(ctx workflow.Context, cancelled workflow.Channel) error {
	first := process.Happening{What: process.WasStarted}
	if r.state.Step == 0 {
		first = process.Happening{What: process.WasReceived}
	}
	if _, err := r.step(ctx, first); err != nil {
		return err
	}
	for {
		if err := r.settle(ctx); err != nil {
			return err
		}
		if err := r.lastAnswer(ctx); err != nil {
			return err
		}
		if r.atRest(ctx) {
			if r.state.Status == lead.Closed {
				return nil
			}
			// Nothing is lost here: no handler is half done, no signal is
			// unread, and the timer is set again from the state.
			if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				return workflow.NewContinueAsNewError(ctx, LeadWorkflow, r.state)
			}
		}
		if err := r.next(ctx, cancelled); err != nil {
			return err
		}
	}
}

// settle sets the timer and shows how the lead stands. While messages are tried
// within this task another step may follow in it, and both are done once.
func (r *runner) settle(ctx workflow.Context) error {
	if r.trying > 0 {
		return nil
	}
	r.timer.arm(ctx, r.state.NextDeadline(), r.ahead)
	return r.show(ctx)
}

// lastAnswer lets the update that closed the lead return its answer. Where no
// message is on its way nothing else would wake the run any more, and it would
// never end. Histories of the first release went on waiting.
func (r *runner) lastAnswer(ctx workflow.Context) error {
	quiet := len(r.pending) == 0 && r.inbox.Len() == 0 && !unread(ctx)
	if r.state.Status != lead.Closed || !quiet || workflow.AllHandlersFinished(ctx) {
		return nil
	}
	if workflow.GetVersion(ctx, "last answer", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	return workflow.Await(ctx, func() bool { return r.inbox.Len() > 0 || workflow.AllHandlersFinished(ctx) })
}

// next waits for one thing to happen and has it decided.
func (r *runner) next(ctx workflow.Context, cancelled workflow.Channel) error {
	var failed error
	sel := workflow.NewSelector(ctx)
	sel.AddReceive(r.inbox, func(c workflow.ReceiveChannel, _ bool) {
		var q *request
		c.Receive(ctx, &q)
		q.stepped, q.err = r.step(ctx, q.happening)
		q.done = true
	})
	r.addSignals(ctx, sel, func(h process.Happening) { _, failed = r.step(ctx, h) })
	if r.timer.set {
		sel.AddFuture(r.timer.future, func(workflow.Future) {
			r.timer.set = false
			_, failed = r.step(ctx, process.Happening{What: process.WasDue})
		})
	}
	if !r.refused {
		sel.AddReceive(cancelled, func(workflow.ReceiveChannel, bool) {
			r.refused = true
			_, failed = r.step(ctx, process.Happening{What: process.WasCancelled, Actor: process.Operator})
		})
	}
	r.listen(ctx, sel, func(fates []process.Delivery) {
		_, failed = r.step(ctx, process.Happening{What: process.WasDelivered, Delivered: fates})
	})
	sel.Select(ctx)
	return failed
}

// step has one thing decided and keeps what came of it. It returns an error
// only when the worker is shutting down: the activity is tried until Postgres
// answers.
func (r *runner) step(ctx workflow.Context, h process.Happening) (process.Stepped, error) {
	var done process.Stepped
	err := workflow.ExecuteLocalActivity(deciding(ctx, summary(h)), StepActivity, r.state, h).Get(ctx, &done)
	if err != nil {
		return done, err
	}
	r.state = done.State
	r.ahead = done.Now.Sub(workflow.Now(ctx))
	r.send(ctx, DeliverInput{Lead: r.state.Lead, Dealer: r.state.Dealer, Messages: done.Deliver, Urgent: urgent(h.What)}, done.AtOnce)
	r.spread(ctx, done.Spread)
	if done.AtOnce {
		return done, nil // settle shows it
	}
	return done, r.show(ctx)
}

// atRest reports whether nothing is under way, so that the run may end.
func (r *runner) atRest(ctx workflow.Context) bool {
	return len(r.pending) == 0 && r.inbox.Len() == 0 && workflow.AllHandlersFinished(ctx) && !unread(ctx)
}
