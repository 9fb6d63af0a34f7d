package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// drive calls do n times, rate times a second, and returns how long each took
// from the instant at which it was due.
func drive(ctx context.Context, n, rate int, do func(context.Context, int) error) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	begin := time.Now()
	tick := time.NewTimer(0)
	defer tick.Stop()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(rate))
		tick.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		all.Go(func() {
			errs[i] = do(ctx, i)
			took[i] = time.Since(due)
		})
		if i%(rate*10) == 0 && i > 0 {
			fmt.Fprintf(os.Stderr, "  %d of %d\n", i, n)
		}
	}
	all.Wait()
	return took, errors.Join(errs...)
}

func summed(scenario, name string, took []time.Duration) figure {
	sorted := slices.Clone(took)
	slices.Sort(sorted)
	at := func(p int) float64 {
		if len(sorted) == 0 {
			return 0
		}
		return float64(sorted[min(len(sorted)-1, len(sorted)*p/100)].Microseconds()) / 1000
	}
	return figure{Scenario: scenario, Figure: name, Unit: "ms", N: len(sorted), Value: at(50), P50: at(50), P90: at(90), P99: at(99), Max: at(100)}
}

// steady posts leads at the given rate and looks at the answer, at the
// auto-response and at the alert to the owner.
func steady(ctx context.Context, p *product, o options) ([]figure, error) {
	const scenario = "acknowledgement, speed to lead"
	if err := p.policy(ctx, "15m"); err != nil {
		return nil, err
	}
	if _, err := drive(ctx, o.rate*5, o.rate, func(ctx context.Context, i int) error { return p.post(ctx, 1_000_000+i) }); err != nil {
		return nil, err // warming up
	}
	n := int(o.steady.Seconds()) * o.rate
	inserts, err := drive(ctx, n/4, o.rate, p.insert)
	if err != nil {
		return nil, err
	}
	posts, err := drive(ctx, n, o.rate, func(ctx context.Context, i int) error { return p.post(ctx, i) })
	if err != nil {
		return nil, err
	}
	if err := p.rest(ctx); err != nil {
		return nil, err
	}
	reference := summed(scenario, "bare insert of the same rows", inserts)
	acknowledged := summed(scenario, fmt.Sprintf("POST answered at %d/s", o.rate), posts)
	ratio := acknowledged.P50 / reference.P50
	acknowledged.Reference, acknowledged.Ratio = "the bare insert (p50)", &ratio
	answered, err := p.spans(ctx, waited+` AND m.key = 'auto_response'`)
	if err != nil {
		return nil, err
	}
	told, err := p.spans(ctx, waited+` AND m.template = 'new-lead' AND m.channel = 'email'`)
	if err != nil {
		return nil, err
	}
	return []figure{
		reference, acknowledged,
		summed(scenario, "receipt to auto-response accepted", answered),
		summed(scenario, "receipt to owner and manager told", told),
	}, nil
}

// waited is how long after the receipt of a lead its messages were accepted.
const waited = `SELECT extract(epoch FROM m.accepted_at - l.received_at) FROM message m JOIN lead l ON l.id = m.lead_id WHERE m.state = 'accepted'`

// insert is the reference: the rows of an acknowledgement and nothing else.
func (p *product) insert(ctx context.Context, _ int) error {
	_, err := p.pool.Exec(ctx, `INSERT INTO bench_raw (body, key) VALUES (convert_to(repeat('x', 400), 'UTF8'), gen_random_uuid()::text)`)
	return err
}

// rest waits until every message has found its end.
func (p *product) rest(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		var waiting int
		err := p.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM lead WHERE step = 0 AND duplicate_of IS NULL)
			+ (SELECT count(*) FROM message WHERE state IN ('pending', 'sending') AND coalesce(not_before, '-infinity') <= doorbell_now())`).Scan(&waiting)
		if err != nil {
			return err
		}
		if waiting == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (p *product) spans(ctx context.Context, query string) ([]time.Duration, error) {
	rows, err := p.pool.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []time.Duration
	for rows.Next() {
		var s float64
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, time.Duration(s*float64(time.Second)))
	}
	return out, rows.Err()
}

// policy makes the dealer always open, so that a run at night measures the
// same as one by day, and lets a lead escalate when nobody has called in due.
func (p *product) policy(ctx context.Context, due string) error {
	return p.send(ctx, "PUT", "/v1/policy", "integration", "application/yaml", []byte(strings.ReplaceAll(alwaysOpen, "DUE", due)), 200)
}

const alwaysOpen = `name: bench
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
choose: [{track: standard}]
tracks:
  standard:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}
    live_response:
      due: DUE
      remind_before: 0s
      escalate:
        - {after: 0s, to: [next_salesperson], notify: [screen], reassign: true}
        - {after: DUE, to: [sales_manager], notify: [screen]}
    attempts: {max: 6, days: 3, dayparts: 2, spacing: 30m, voicemails: 2, schedule: [0s, 2d], overdue: {after: 2d, to: [sales_manager], notify: [screen]}}
`

// escalation lets leads fall due one after the other at the steady rate and
// looks at how late, or early, each step was.
func escalation(ctx context.Context, p *product, o options) ([]figure, error) {
	const scenario = "escalation, steady"
	if err := p.policy(ctx, "10s"); err != nil {
		return nil, err
	}
	n := o.rate * 15
	if _, err := drive(ctx, n, o.rate/2, func(ctx context.Context, i int) error { return p.post(ctx, 2_000_000+i) }); err != nil {
		return nil, err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var late []time.Duration
	for len(late) < 2*n {
		var err error
		late, err = p.spans(ctx, `SELECT extract(epoch FROM at - (data->>'due_at')::timestamptz) FROM timeline
			WHERE kind IN ('escalated', 'step_skipped') AND data->>'kind' = 'live_response' AND data->>'again' IS NULL`)
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
	early := 0
	for _, l := range late {
		if l < 0 {
			early++
		}
	}
	return []figure{
		summed(scenario, "lateness of a step", late),
		{Scenario: scenario, Figure: "steps that came early", Unit: "steps", N: len(late), Value: float64(early)},
	}, nil
}

// openLeads fills the product and looks at its memory and, at rest, its CPU.
func openLeads(ctx context.Context, p *product, o options) ([]figure, error) {
	const scenario = "open leads"
	if err := p.policy(ctx, "8h"); err != nil {
		return nil, err
	}
	var have int
	if err := p.pool.QueryRow(ctx, `SELECT count(*) FROM lead WHERE status <> 'closed'`).Scan(&have); err != nil {
		return nil, err
	}
	if missing := o.open - have; missing > 0 {
		if _, err := drive(ctx, missing, 3*o.rate/2, func(ctx context.Context, i int) error { return p.post(ctx, 3_000_000+i) }); err != nil {
			return nil, err
		}
	}
	if err := p.rest(ctx); err != nil {
		return nil, err
	}
	if err := p.pool.QueryRow(ctx, `SELECT count(*) FROM lead WHERE status <> 'closed'`).Scan(&have); err != nil {
		return nil, err
	}
	mib, err := p.resident()
	if err != nil {
		return nil, err
	}
	return []figure{{Scenario: scenario, Figure: fmt.Sprintf("resident memory with %d open leads", have), Unit: "MiB", N: 1, Value: mib}}, nil
}
