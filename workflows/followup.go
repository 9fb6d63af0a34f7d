package workflows

import (
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/process"
)

// FollowUp is one follow-up of a lead from the moment in which it is asked
// until it is done or dropped, be that in two years. It is built as Lead is:
// whatever happens is put to one activity that decides and writes; the workflow
// keeps the answer, one timer, and the sending of messages.
func FollowUp(ctx workflow.Context, state process.FollowUpState) error {
	lasting, _ := workflow.NewDisconnectedContext(ctx)
	f := &follower{
		state:      state,
		deliveries: deliveriesOf(workflow.GetInfo(ctx).TaskQueueName),
		inbox:      workflow.NewBufferedChannel(lasting, inboxSize),
		timer:      &alarm{},
		heard:      heard{},
	}
	// Where somebody waits for the answer the queue of the messages sends all of them.
	f.activity, f.first = DeliverFollowUpActivity, f.waiting
	if err := f.register(lasting); err != nil {
		return err
	}
	return f.run(lasting, ctx.Done())
}

// follower is one run of the workflow. state is all that survives it.
type follower struct {
	*deliveries

	state   process.FollowUpState
	inbox   workflow.Channel // of *followRequest
	timer   *alarm
	ahead   time.Duration
	refused bool // the request to cancel was noted
	heard   heard
	shown   bool // the search attributes that never change are set
	owner   string
	status  process.FollowUpStatus
	next    time.Time
}

// followRequest is one update waiting for its turn.
type followRequest struct {
	happening process.FollowUpHappening
	done      bool
	stepped   process.FollowUpStepped
	err       error
}

func (f *follower) run(ctx workflow.Context, cancelled workflow.Channel) error {
	first := process.FollowUpHappening{What: process.WasStarted}
	if f.state.Step == 0 {
		first.What = process.WasReceived
	}
	if _, err := f.step(ctx, first); err != nil {
		return err
	}
	for {
		if err := f.settle(ctx); err != nil {
			return err
		}
		// An update that was decided just now has still to answer. Nothing else
		// may ever wake this run, so its answer is waited for here.
		if err := workflow.Await(ctx, func() bool { return f.inbox.Len() > 0 || workflow.AllHandlersFinished(ctx) }); err != nil {
			return err
		}
		if f.atRest(ctx) {
			if f.state.Status != process.Pending {
				return nil
			}
			if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
				return workflow.NewContinueAsNewError(ctx, FollowUpWorkflow, f.state)
			}
		}
		if err := f.await(ctx, cancelled); err != nil {
			return err
		}
	}
}

// settle does as it does for a lead.
func (f *follower) settle(ctx workflow.Context) error {
	if f.trying > 0 {
		return nil
	}
	f.timer.arm(ctx, f.state.NextDeadline(), f.ahead)
	return f.show(ctx)
}

// atRest reports whether nothing is under way, so that the run may end.
func (f *follower) atRest(ctx workflow.Context) bool {
	for _, name := range followUpSignals {
		if workflow.GetSignalChannel(ctx, name).Len() > 0 {
			return false
		}
	}
	return len(f.pending) == 0 && f.inbox.Len() == 0 && workflow.AllHandlersFinished(ctx)
}

// await waits for one thing to happen and has it decided.
func (f *follower) await(ctx workflow.Context, cancelled workflow.Channel) error {
	var failed error
	decide := func(h process.FollowUpHappening) { _, failed = f.step(ctx, h) }
	sel := workflow.NewSelector(ctx)
	sel.AddReceive(f.inbox, func(c workflow.ReceiveChannel, _ bool) {
		var q *followRequest
		c.Receive(ctx, &q)
		q.stepped, q.err = f.step(ctx, q.happening)
		q.done = true
	})
	for _, name := range followUpSignals {
		sel.AddReceive(workflow.GetSignalChannel(ctx, name), func(c workflow.ReceiveChannel, _ bool) {
			var raw converter.RawValue
			c.Receive(ctx, &raw)
			h := followUpSignal(name, raw)
			if h.Signal {
				h.ID = f.heard.id(ctx, name)
			}
			decide(h)
		})
	}
	if f.timer.set {
		sel.AddFuture(f.timer.future, func(workflow.Future) {
			f.timer.set = false
			decide(process.FollowUpHappening{What: process.WasDue})
		})
	}
	if !f.refused {
		sel.AddReceive(cancelled, func(workflow.ReceiveChannel, bool) {
			f.refused = true
			decide(process.FollowUpHappening{What: process.WasCancelled, Actor: process.Operator})
		})
	}
	f.listen(ctx, sel, func(fates []process.Delivery) {
		decide(process.FollowUpHappening{What: process.WasDelivered, Delivered: fates})
	})
	sel.Select(ctx)
	return failed
}

func (f *follower) step(ctx workflow.Context, h process.FollowUpHappening) (process.FollowUpStepped, error) {
	var done process.FollowUpStepped
	err := workflow.ExecuteLocalActivity(deciding(ctx, "follow-up: "+string(h.What)), FollowUpStepActivity, f.state, h).Get(ctx, &done)
	if err != nil {
		return done, err
	}
	f.state = done.State
	f.ahead = done.Now.Sub(workflow.Now(ctx))
	f.send(ctx, DeliverInput{Lead: f.state.Lead, Dealer: f.state.Dealer, Messages: done.Deliver, Urgent: urgent(h.What)}, done.AtOnce)
	if done.AtOnce {
		return done, nil // settle shows it
	}
	return done, f.show(ctx)
}

// show keeps search attributes true; only what changed is written.
func (f *follower) show(ctx workflow.Context) error {
	s := f.state
	workflow.SetCurrentDetails(ctx, followUpDetails(s))
	var changes []temporal.SearchAttributeUpdate
	if !f.shown && s.Reason != "" {
		changes = append(changes, AttrCloseReason.ValueSet(s.Reason))
	}
	f.shown = true
	if s.Owner != f.owner && s.Owner != "" {
		changes = append(changes, AttrOwner.ValueSet(s.Owner))
	}
	if s.Status != f.status {
		changes = append(changes, AttrStatus.ValueSet(string(s.Status)))
	}
	var next time.Time
	if c := s.Clock(process.FollowUp); c != nil {
		next = c.Due
	}
	switch {
	case next.Equal(f.next):
	case next.IsZero():
		changes = append(changes, AttrNextDeadline.ValueUnset())
	default:
		changes = append(changes, AttrNextDeadline.ValueSet(next))
	}
	f.owner, f.status, f.next = s.Owner, s.Status, next
	if len(changes) == 0 {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, changes...)
}

// followUpSignals are the signals that a follow-up hears, in a fixed order.
var followUpSignals = []string{string(process.DidSettle), string(process.DidAssign), Wake}

func followUpSignal(name string, raw converter.RawValue) process.FollowUpHappening {
	if name == Wake {
		return process.FollowUpHappening{What: process.WasDue, TakeUp: takesUp(raw)}
	}
	h := process.FollowUpHappening{What: process.What(name), Actor: process.Operator, Signal: true}
	switch name {
	case string(process.DidSettle):
		if p, ok := decoded[SettlePayload](raw); ok {
			h.Actor, h.Settle = p.Actor, &p.Settlement
		}
	case string(process.DidAssign):
		if p, ok := decoded[FollowUpAssignPayload](raw); ok {
			h.Actor, h.Assign = p.Actor, &p.Assignment
		}
	}
	return h
}

// decoded reads a signal's payload; what cannot be read is asked without one
// and refused.
func decoded[P any](raw converter.RawValue) (P, bool) {
	var p P
	err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), &p)
	return p, err == nil
}

func (f *follower) register(ctx workflow.Context) error {
	if err := workflow.SetQueryHandler(ctx, StateQuery, func() (process.FollowUpState, error) { return f.state, nil }); err != nil {
		return err
	}
	err := followUpUpdate(ctx, f, process.DidSettle, func(p SettlePayload, h *process.FollowUpHappening) { h.Settle = &p.Settlement })
	if err != nil {
		return err
	}
	return followUpUpdate(ctx, f, process.DidAssign, func(p FollowUpAssignPayload, h *process.FollowUpHappening) { h.Assign = &p.Assignment })
}

func (s SettlePayload) by() By         { return s.By }
func (a FollowUpAssignPayload) by() By { return a.By }

func followUpUpdate[P bearer](ctx workflow.Context, f *follower, what process.What, fill func(P, *process.FollowUpHappening)) error {
	happening := func(p P) process.FollowUpHappening {
		h := process.FollowUpHappening{ID: p.by().RequestID, What: what, Actor: p.by().Actor}
		fill(p, &h)
		return h
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, string(what),
		func(ctx workflow.Context, p P) (Answer, error) { return f.handle(ctx, happening(p)) },
		workflow.UpdateHandlerOptions{Description: "what a signal of this name does too", Validator: func(_ workflow.Context, p P) error {
			if f.state.Step == 0 {
				return nil
			}
			if refusal := process.CheckFollowUp(f.state, happening(p)); refusal != nil {
				return refusedError(refusal)
			}
			return nil
		}})
}

// handle puts an update in line and waits for its turn.
func (f *follower) handle(ctx workflow.Context, h process.FollowUpHappening) (Answer, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	q := &followRequest{happening: h}
	f.inbox.Send(ctx, q)
	if err := workflow.Await(ctx, func() bool { return q.done }); err != nil {
		return Answer{}, err
	}
	if q.err != nil {
		return Answer{}, q.err
	}
	if q.stepped.Refused != nil {
		return Answer{}, refusedError(q.stepped.Refused)
	}
	return Answer{Step: q.stepped.State.Step, Status: string(q.stepped.State.Status)}, nil
}
