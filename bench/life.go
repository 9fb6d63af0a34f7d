package main

import (
	"context"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/stage"
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

// life leads some leads through their lives, step by step, and looks at what each
// step costs.
func life(ctx context.Context, b *bench) error {
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err
	}
	if err := b.count(ctx, true); err != nil {
		return err
	}
	n := b.size.lives
	begin, err := b.spent(ctx)
	if err != nil {
		return err
	}
	leads, err := b.set(ctx, n)
	if err != nil {
		return err
	}
	was, events, size := cost{}, 0.0, 0.0
	note := func(step string, earlier cost) error {
		if err := b.rest(ctx); err != nil {
			return err
		}
		is, err := b.spent(ctx)
		if err != nil {
			return err
		}
		had, held := events, size
		if events, size, err = b.history(ctx, leads); err != nil {
			return err
		}
		b.add(single(step+": history", events-had, "events", n), single(step+": history, size", size-held, "bytes", n))
		b.add(b.perLead(step, is.since(earlier), n)...)
		was, err = b.spent(ctx) // what looking cost is nobody's
		return err
	}
	if err := note("first minute", begin); err != nil {
		return err
	}
	for _, step := range stepsOfLife {
		b.say("%s", step.name)
		if err := crowd(ctx, n, 4, func(ctx context.Context, i int) error {
			return b.act(ctx, leads[i].ID, step.path, b.seller(i), filled(step.body))
		}); err != nil {
			return err
		}
		if err := note(step.name, was); err != nil {
			return err
		}
	}
	end, err := b.spent(ctx)
	if err != nil {
		return err
	}
	b.add(
		single("whole life: history", events, "events", n).aim(events <= 120, "≤ 120"),
		single("whole life: history, size", size, "bytes", n).aim(size <= 80<<10, "≤ 80 KB"),
	)
	b.add(b.perLead("whole life", end.since(begin), n)...)
	if err := b.count(ctx, false); err != nil {
		return err
	}
	return b.accounted(ctx, leads)
}

// history is how many events the leads' workflows have on the average, and how
// many bytes they take. Temporal takes a moment to close what has ended.
func (b *bench) history(ctx context.Context, leads []sent) (events, size float64, err error) {
	if err := stage.Pause(ctx, 200*time.Millisecond); err != nil {
		return 0, 0, err
	}
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
