package main

import (
	"context"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// stepOfLife is something that is done with a lead, in its order.
type stepOfLife struct{ name, path, body string }

// stepsOfLife are one customer from his question to the showroom. He is called in
// vain, reached, makes an appointment, comes, and buys elsewhere.
var stepsOfLife = []stepOfLife{
	{"call in vain", "attempts", `{"channel": "phone", "outcome": "no_answer"}`},
	{"conversation", "attempts", `{"channel": "phone", "outcome": "reached"}`},
	{"note", "notes", `{"text": "wants to see it on Saturday"}`},
	{"appointment", "appointments", `{"kind": "test_drive", "starts_at": "STARTS", "duration_min": 30, "confirmed": true}`},
	{"closing", "close", `{"reason": "no_more_calls", "details": {"channels": "email,phone"}}`},
}

// biography is what was spent on some leads so far.
type biography struct {
	leads        []sent
	begin, was   cost // at birth, and when the last step was looked at
	events, size float64
}

// life leads some leads through their lives, step by step, and looks at what each
// step costs.
func life(ctx context.Context, b *bench) error {
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	if err := b.count(ctx, true); err != nil {
		return err
	}
	var of biography
	var err error
	if of.begin, err = b.spent(ctx); err != nil {
		return err
	}
	of.was = of.begin
	if of.leads, err = b.set(ctx, b.size.lives); err != nil {
		return err
	}
	if err := b.chapter(ctx, &of, "first minute"); err != nil {
		return err
	}
	for _, step := range stepsOfLife {
		b.say("%s", step.name)
		err := crowd(ctx, len(of.leads), 4, func(ctx context.Context, i int) error {
			return b.act(ctx, of.leads[i].ID, step.path, b.seller(i), filled(step.body))
		})
		if err != nil {
			return err
		}
		if err := b.chapter(ctx, &of, step.name); err != nil {
			return err
		}
	}
	end, err := b.spent(ctx)
	if err != nil {
		return err
	}
	n := len(of.leads)
	whole := append([]line{
		single("history", of.events, "events", n).aim(of.events <= 120, "≤ 120"),
		single("size", of.size/1024, "KB", n).aim(of.size <= 80<<10, "≤ 80"),
	}, b.perLead(end.since(of.begin), n)...)
	for _, l := range whole {
		b.add(l.in("whole life"))
	}
	if err := b.count(ctx, false); err != nil {
		return err
	}
	return b.accounted(ctx, of.leads)
}

// chapter notes what a step cost, at rest.
func (b *bench) chapter(ctx context.Context, of *biography, step string) error {
	if err := b.rest(ctx); err != nil {
		return err
	}
	is, err := b.spent(ctx)
	if err != nil {
		return err
	}
	events, size, err := b.history(ctx, of.leads)
	if err != nil {
		return err
	}
	n := len(of.leads)
	lines := append([]line{single("history", events-of.events, "events", n), single("size", (size-of.size)/1024, "KB", n)}, b.perLead(is.since(of.was), n)...)
	for _, l := range lines {
		b.add(l.in(step))
	}
	of.events, of.size = events, size
	of.was, err = b.spent(ctx) // what looking cost is no step's
	return err
}

// history is how many events the leads' workflows have on the average, and how
// many bytes they take.
func (b *bench) history(ctx context.Context, leads []sent) (events, size float64, err error) {
	for _, l := range leads {
		got, err := b.Temporal.DescribeWorkflowExecution(ctx, workflows.ID(l.ID), "")
		if err != nil {
			return 0, 0, err
		}
		events += float64(got.GetWorkflowExecutionInfo().GetHistoryLength()) / float64(len(leads))
		size += float64(got.GetWorkflowExecutionInfo().GetHistorySizeBytes()) / float64(len(leads))
	}
	return events, size, nil
}
