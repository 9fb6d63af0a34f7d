package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// deliveries are the messages of a run that are on their way, and whatever else of
// it has not ended. Nothing waits for them: a slow provider must not hold up the
// process.
type deliveries struct {
	activity string // that sends
	first    string // queue of the first try, where it is no part of a step's task
	waiting  string // queue of what has to wait
	pending  map[int]underWay
	begun    int // to number them
	trying   int // how many of them are first tries within this task
}

// underWay is an activity that has not ended.
type underWay struct {
	workflow.Future

	in     DeliverInput // what it sends
	atOnce bool         // within the task
}

// deliveriesOf returns the deliveries of a run on a queue.
func deliveriesOf(queue string) *deliveries {
	return &deliveries{activity: DeliverActivity, first: queue, waiting: MailQueue(queue), pending: map[int]underWay{}}
}

// send has the messages of a step sent. Where nobody waits for the answer to the
// step their first try is part of its task, at once: most providers take a mail in
// less time than Temporal needs to hand an activity out and to take its end. The task
// waits for a slow one no longer than for a moment. What has to wait waits in the
// queue of the messages.
func (d *deliveries) send(ctx workflow.Context, in DeliverInput, atOnce bool) {
	switch {
	case len(in.Messages) == 0:
	case atOnce:
		in.First = true
		d.trying++
		d.await(underWay{workflow.ExecuteLocalActivity(tryingAtOnce(ctx), DeliverAtOnceActivity, in), in, true})
	default:
		in.First = d.first != d.waiting
		d.execute(ctx, d.first, in)
	}
}

func (d *deliveries) execute(ctx workflow.Context, queue string, in DeliverInput) {
	d.await(underWay{workflow.ExecuteActivity(sending(ctx, queue, in.Dealer, in.Urgent), d.activity, in), in, false})
}

// await keeps the run alive until the activity has ended.
func (d *deliveries) await(u underWay) {
	d.begun++
	d.pending[d.begun] = u
}

// listen has sel hear of each that ends.
func (d *deliveries) listen(ctx workflow.Context, sel workflow.Selector, heard func([]process.Delivery)) {
	for _, n := range workflow.DeterministicKeys(d.pending) {
		sel.AddFuture(d.pending[n].Future, func(workflow.Future) {
			u := d.pending[n]
			delete(d.pending, n)
			if fates := d.ended(ctx, u); len(fates) > 0 {
				heard(fates)
			}
		})
	}
}

// ended returns the fates of messages to the customer, for the process to know, and
// has sent what has to wait. A failed activity leaves its messages to the audit: a
// lead never stops over a mail. What a first try within a task could not begin waits
// like the rest.
func (d *deliveries) ended(ctx workflow.Context, u underWay) []process.Delivery {
	var done Delivered
	err := u.Get(ctx, &done)
	switch {
	case u.atOnce:
		d.trying--
		if err != nil {
			done.Waiting = u.in.Messages
		}
	case err != nil:
		workflow.GetLogger(ctx).Error("messages were given up", "error", err)
		return nil
	}
	if len(done.Waiting) > 0 {
		u.in.Messages, u.in.First = done.Waiting, false
		d.execute(ctx, d.waiting, u.in)
	}
	return done.Fates
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
	r.await(underWay{Future: told})
}
