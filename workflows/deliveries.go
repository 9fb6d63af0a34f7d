package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// send has messages sent. Nothing waits for it: a slow provider must not hold
// up the process.
func (r *runner) send(ctx workflow.Context, messages []string, urgent bool) {
	if len(messages) == 0 {
		return
	}
	in := DeliverInput{Lead: r.state.Lead, Messages: messages, Dealer: r.state.Dealer, Urgent: urgent}
	r.await(workflow.ExecuteActivity(sending(ctx, r.queue, in.Dealer, urgent), DeliverActivity, in), urgent)
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
	r.send(ctx, done.Waiting, f.urgent)
	if len(done.Fates) == 0 {
		return nil
	}
	_, err := r.step(ctx, process.Happening{What: process.WasDelivered, Delivered: done.Fates})
	return err
}
