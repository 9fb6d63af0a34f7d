package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// send has messages sent. Nothing waits for it: a slow provider must not hold
// up the process.
func (r *runner) send(ctx workflow.Context, messages []string) {
	if len(messages) == 0 {
		return
	}
	r.await(workflow.ExecuteActivity(sending(ctx, r.queue), DeliverActivity, DeliverInput{Lead: r.state.Lead, Messages: messages}))
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
	r.await(workflow.ExecuteActivity(telling(ctx), SpreadActivity, SpreadInput{Lead: r.state.Lead, Channels: names}))
}

// await keeps the run alive until the activity has ended.
func (r *runner) await(f workflow.Future) {
	r.started++
	r.pending[r.started] = f
}

// delivered takes the fates of messages to the customer into the process. A
// failed activity leaves them to the audit: a lead never stops over a mail.
func (r *runner) delivered(ctx workflow.Context, f workflow.Future) error {
	var done Delivered
	if err := f.Get(ctx, &done); err != nil {
		workflow.GetLogger(ctx).Error("messages were given up", "error", err)
		return nil
	}
	r.send(ctx, done.Waiting)
	if len(done.Fates) == 0 {
		return nil
	}
	_, err := r.step(ctx, process.Happening{What: process.WasDelivered, Delivered: done.Fates})
	return err
}
