package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// send has the messages of a step sent. Where nobody waits for the answer to the
// step their first try is part of its task: most providers take a mail in less time
// than Temporal needs to hand an activity out and to take its end. The task waits for
// a slow one no longer than for a moment. Otherwise the first try is an activity on
// the queue of the leads. What has to wait waits in the queue of the messages.
func (r *runner) send(ctx workflow.Context, done process.Stepped, urgent bool) {
	in := DeliverInput{Messages: done.Deliver, Urgent: urgent, First: true}
	if !done.AtOnce {
		r.deliver(ctx, r.queue, in)
		return
	}
	if len(in.Messages) == 0 {
		return
	}
	in.Lead, in.Dealer = r.state.Lead, r.state.Dealer
	r.trying++
	r.await(underWay{Future: workflow.ExecuteLocalActivity(atOnce(ctx), DeliverAtOnceActivity, in), first: in.Messages, urgent: urgent})
}

func (r *runner) deliver(ctx workflow.Context, queue string, in DeliverInput) {
	if len(in.Messages) == 0 {
		return
	}
	in.Lead, in.Dealer = r.state.Lead, r.state.Dealer
	r.await(underWay{Future: workflow.ExecuteActivity(sending(ctx, queue, in.Dealer, in.Urgent), DeliverActivity, in), urgent: in.Urgent})
}

// spread tells the person's other leads what he refuses. That it holds for
// their messages is already written; this stops their clocks.
func (r *runner) spread(ctx workflow.Context, channels []lead.Channel) {
	if len(channels) == 0 {
		return
	}
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c)
	}
	told := workflow.ExecuteActivity(telling(ctx, r.state.Dealer), SpreadActivity, SpreadInput{Lead: r.state.Lead, Channels: names})
	r.await(underWay{Future: told, urgent: true})
}

// await keeps the run alive until the activity has ended.
func (r *runner) await(u underWay) {
	r.started++
	r.pending[r.started] = u
}

// underWay is an activity that has not ended.
type underWay struct {
	workflow.Future

	first  []string // the messages, where it is their first try within a task
	urgent bool
}

// delivered takes the fates of messages to the customer into the process. A
// failed activity leaves them to the audit: a lead never stops over a mail. What a
// first try could not begin the queue of the messages tries.
func (r *runner) delivered(ctx workflow.Context, u underWay) error {
	var done Delivered
	err := u.Get(ctx, &done)
	if len(u.first) > 0 {
		r.trying--
		if err != nil {
			done.Waiting, err = u.first, nil
		}
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("messages were given up", "error", err)
		return nil
	}
	r.deliver(ctx, MailQueue(r.queue), DeliverInput{Messages: done.Waiting, Urgent: u.urgent})
	if len(done.Fates) == 0 {
		return nil
	}
	_, err = r.step(ctx, process.Happening{What: process.WasDelivered, Delivered: done.Fates})
	return err
}
