package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// The tuning of the queue: connections as those of serve and worker together,
// and as many jobs at once as the product has mails under way. River's own
// pause between two fetches, 100 ms, would bound it to that many jobs each.
const (
	connectionsOfBoth = 32
	jobsAtOnce        = 48
	fetchCooldown     = 10 * time.Millisecond
)

// armed is how far ahead the deadline is that a lead's first minute arms.
const armed = 15 * time.Minute

// queue is a durable job queue on Postgres that does the work of a lead's first
// minute: a transaction stores the lead and inserts a job; the job thanks the
// customer by mail, records it, and inserts another for the deadline.
//
// Its latency counts until the mail is accepted. It is at rest when River has
// recorded that the job is done, which it does for many jobs at once.
type queue struct {
	db      *database
	client  *river.Client[pgx.Tx]
	worker  *firstMinuteWorker
	sink    *sink // nil when it is somebody else's
	t       *tally
	done    <-chan *river.Event
	ignore  func() // ends the subscription
	started bool
}

type firstMinute struct {
	Number int       `json:"number"`
	Lead   uuid.UUID `json:"lead"`
}

// Kind is the job's name in River's table.
func (firstMinute) Kind() string { return "first_minute" }

type deadline struct {
	Lead uuid.UUID `json:"lead"`
	Step int       `json:"step"`
}

// Kind is the job's name in River's table.
func (deadline) Kind() string { return "deadline" }

func newQueue(ctx context.Context, o options, t *tally) (_ *queue, err error) {
	q := &queue{t: t}
	if q.db, err = newDatabase(ctx, o.postgres, "", connectionsOfBoth); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, q.close(context.WithoutCancel(ctx)))
		}
	}()
	if o.sink == "" {
		if q.sink, err = newSink(ctx); err != nil {
			return nil, err
		}
		o.sink = q.sink.url
	}
	driver := riverpgxv5.New(q.db.pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return nil, fmt.Errorf("migrate River: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("migrate River: %w", err)
	}
	q.worker = &firstMinuteWorker{db: q.db, mailer: newMailer(o.sink, jobsAtOnce), t: t}
	workers := river.NewWorkers()
	river.AddWorker(workers, q.worker)
	river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[deadline]) error {
		t.fail(errors.New("a deadline came early"))
		return nil
	}))
	q.client, err = river.NewClient(driver, &river.Config{
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: jobsAtOnce}},
		Workers:       workers,
		FetchCooldown: fetchCooldown,
		Logger:        slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, fmt.Errorf("make a River client: %w", err)
	}
	// Events that find the channel full are dropped.
	q.done, q.ignore = q.client.SubscribeConfig(&river.SubscribeConfig{
		ChanSize: 2 * len(t.all), Kinds: []river.EventKind{river.EventKindJobCompleted},
	})
	go q.hear()
	// It works until it is stopped, also when the run is interrupted.
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("start River: %w", err)
	}
	q.started = true
	return q, nil
}

// hear notes the jobs that River has recorded as done.
func (q *queue) hear() {
	for event := range q.done {
		var args firstMinute
		if err := json.Unmarshal(event.Job.EncodedArgs, &args); err != nil {
			q.t.fail(fmt.Errorf("arguments of a job: %w", err))
			continue
		}
		if event.Job.Kind == args.Kind() {
			q.t.rest(args.Number)
		}
	}
}

const insertTimeline = `INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data, happening) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// begin stores a lead and inserts its job, in one transaction.
func (q *queue) begin(ctx context.Context, i int) error {
	l := newWebLead(i)
	return q.db.inTx(ctx, func(tx pgx.Tx) error {
		now := time.Now()
		if err := q.db.storeRaw(ctx, tx, l, now); err != nil {
			return err
		}
		if err := q.db.storeLead(ctx, tx, l, now, 1, 1); err != nil {
			return err
		}
		if err := q.db.storeRawLead(ctx, tx, l); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertTimeline, q.db.dealer, l.id, 1, now, "received", "system", `{"source": "website"}`, nil)
		if err != nil {
			return err
		}
		_, err = q.client.InsertTx(ctx, tx, firstMinute{Number: i, Lead: l.id}, nil)
		return err
	})
}

type firstMinuteWorker struct {
	river.WorkerDefaults[firstMinute]

	db     *database
	mailer *mailer
	t      *tally
}

const (
	customerOfLead = `SELECT k.normalised, m.id IS NOT NULL AS thanked
FROM lead l JOIN customer_contact k ON k.customer_id = l.customer_id AND k.kind = 'email' AND k.position = 0
LEFT JOIN message m ON m.lead_id = l.id AND m.key = 'auto_response'
WHERE l.id = $1`
	insertMessage = `INSERT INTO message (id, dealer_id, lead_id, key, template, channel, state, told, provider, provider_id, created_at, accepted_at)
VALUES ($1, $2, $3, 'auto_response', 'thank-you', 'email', 'accepted', true, 'sendgrid', $4, $5, $5)`
	armLead = `UPDATE lead SET step = 1, timeline_seq = 2, track = 'standard', auto_responded_at = $2,
    live_due_at = $3, next_deadline_at = $3, next_action_at = $3, deadlines = $4 WHERE id = $1`
)

// Work thanks the customer and arms the deadline. A job that is worked again,
// because River could not record its end, finds the mail in the ledger.
func (w *firstMinuteWorker) Work(ctx context.Context, job *river.Job[firstMinute]) error {
	var to string
	var thanked bool
	if err := w.db.pool.QueryRow(ctx, customerOfLead, job.Args.Lead).Scan(&to, &thanked); err != nil {
		return fmt.Errorf("customer of the lead: %w", err)
	}
	if thanked {
		return nil
	}
	id, err := w.mailer.send(ctx, thanks(to, job.Args.Lead.String()))
	if err != nil {
		return err
	}
	w.t.effect(job.Args.Number)
	return w.db.inTx(ctx, func(tx pgx.Tx) error { return w.record(ctx, tx, job.Args.Lead, id) })
}

func (w *firstMinuteWorker) record(ctx context.Context, tx pgx.Tx, lead uuid.UUID, mail string) error {
	now := time.Now()
	due := now.Add(armed)
	if _, err := tx.Exec(ctx, insertMessage, newID(), w.db.dealer, lead, mail, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, insertTimeline, w.db.dealer, lead, 2, now, "message_sent", "system", `{"template": "thank-you", "channel": "email"}`, nil)
	if err != nil {
		return err
	}
	deadlines := fmt.Sprintf(`[{"kind": "live_response", "due_at": %q, "step": 0}]`, due.UTC().Format(time.RFC3339Nano))
	if _, err := tx.Exec(ctx, armLead, lead, now, due, deadlines); err != nil {
		return err
	}
	_, err = river.ClientFromContext[pgx.Tx](ctx).InsertTx(ctx, tx, deadline{Lead: lead, Step: 1}, &river.InsertOpts{ScheduledAt: due})
	return err
}

func (q *queue) warmed(ctx context.Context) error { return q.db.analyze(ctx) }

func (q *queue) check(ctx context.Context, n int) error {
	if q.sink != nil && q.sink.taken.Load() != int64(n) {
		return fmt.Errorf("lost or done twice: the sink took %d mails of %d", q.sink.taken.Load(), n)
	}
	return q.db.count(ctx, n, map[string]string{
		"leads":     `SELECT count(DISTINCT external_id) FROM lead`,
		"mails":     `SELECT count(*) FROM message WHERE state = 'accepted'`,
		"jobs done": `SELECT count(*) FROM river_job WHERE kind = 'first_minute' AND state = 'completed'`,
		"deadlines": `SELECT count(*) FROM river_job WHERE kind = 'deadline' AND state = 'scheduled'`,
		"histories": `SELECT count(*) FROM (SELECT FROM timeline GROUP BY lead_id HAVING count(*) = 2) l`,
	})
}

func (q *queue) close(ctx context.Context) error {
	var errs []error
	if q.started {
		stopping, cancel := context.WithTimeout(ctx, time.Minute)
		errs = append(errs, q.client.StopAndCancel(stopping))
		cancel()
	}
	if q.ignore != nil {
		q.ignore()
	}
	if q.worker != nil {
		q.worker.mailer.client.CloseIdleConnections()
	}
	if q.sink != nil {
		errs = append(errs, q.sink.close())
	}
	return errors.Join(append(errs, q.db.close(ctx))...)
}
