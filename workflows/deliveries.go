package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// send has the messages of a step sent. Nothing waits for it: a slow provider must
// not hold up the process. Their first try is on the queue of the leads, where the
// worker that decided the step is given it with Temporal's answer to the step,
// without another round through the queues. What has to wait waits in the queue of
// the messages.
func (r *runner) send(ctx workflow.Context, messages []string, urgent bool) {
	r.deliver(ctx, r.queue, DeliverInput{Messages: messages, Urgent: urgent, First: true})
}

func (r *runner) deliver(ctx workflow.Context, queue string, in DeliverInput) {
	if len(in.Messages) == 0 {
		return
	}
	in.Lead, in.Dealer = r.state.Lead, r.state.Dealer
	r.await(workflow.ExecuteActivity(sending(ctx, queue, in.Dealer, in.Urgent), DeliverActivity, in), in.Urgent)
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
	r.await(workflow.ExecuteActivity(telling(ctx, r.state.Dealer), SpreadActivity, SpreadInput{Lead: r.state.Lead, Channels: names}), true)
}

// await keeps the run alive until the activity has ended.
func (r *runner) await(f workflow.Future, urgent bool) {
	r.started++
	r.pending[r.started] = underWay{f, urgent}
}

// underWay is an activity that has not ended.
type underWay struct {
	workflow.Future

	urgent bool
}

// delivered takes the fates of messages to the customer into the process. A
// failed activity leaves them to the audit: a lead never stops over a mail.
func (r *runner) delivered(ctx workflow.Context, f underWay) error {
	var done Delivered
	if err := f.Get(ctx, &done); err != nil {
		workflow.GetLogger(ctx).Error("messages were given up", "error", err)
		return nil
	}
	r.deliver(ctx, MailQueue(r.queue), DeliverInput{Messages: done.Waiting, Urgent: f.urgent})
	if len(done.Fates) == 0 {
		return nil
	}
	_, err := r.step(ctx, process.Happening{What: process.WasDelivered, Delivered: done.Fates})
	return err
}
