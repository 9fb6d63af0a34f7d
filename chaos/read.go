package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// read takes stock of what is there: in Postgres, in Temporal, and at the
// provider of mail.
func (s *scene) read(ctx context.Context, asked int) (found, error) {
	is := found{Leads: map[string]row{}, Courses: map[string]course{}, FollowUps: map[string]string{}}
	// One state of the database: leads act while they are read.
	err := pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := leads(ctx, tx, is.Leads, ""); err != nil {
			return err
		}
		if err := timelines(ctx, tx, is.Leads); err != nil {
			return err
		}
		var err error
		if is.Letters, err = letters(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM outbox`).Scan(&is.Outbox)
	})
	if err != nil {
		return is, err
	}
	s.sink.mu.Lock()
	is.Taken, is.Turned = s.sink.taken, s.sink.refused
	s.sink.mu.Unlock()
	if err := s.followUps(ctx, is.FollowUps); err != nil {
		return is, err
	}
	return is, s.courses(ctx, is, asked)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// leads reads all leads, or the one with that id.
func leads(ctx context.Context, q querier, into map[string]row, only string) error {
	rows, err := q.Query(ctx, `
		SELECT l.id::text, coalesce(l.external_id, ''), coalesce(l.duplicate_of::text, ''), l.status, l.step, l.timeline_seq,
		    coalesce(l.process::text, ''), l.closed_at,
		    coalesce((SELECT array_agg(m.idempotency_key) FROM raw_lead r JOIN raw_message m ON m.id = r.raw_id WHERE r.lead_id = l.id), '{}'),
		    (SELECT min(d.at) FROM do_not_contact d JOIN customer_contact c ON c.normalised = d.normalised AND c.kind = 'email'
		        WHERE d.channel = 'email' AND c.customer_id = l.customer_id AND d.dealer_id = l.dealer_id),
		    CASE WHEN l.status <> 'closed' AND l.duplicate_of IS NULL AND l.next_action_at < doorbell_now() - interval '3 s'
		        THEN extract(epoch FROM doorbell_now() - l.next_action_at) ELSE 0 END::float8
		FROM lead l WHERE $1 = '' OR l.id::text = $1`, only)
	if err != nil {
		return err
	}
	var r row
	var closed, silent *time.Time
	var overdue float64
	columns := []any{&r.ID, &r.External, &r.DuplicateOf, &r.Status, &r.Step, &r.LastSeq, &r.Process, &closed, &r.Keys, &silent, &overdue}
	_, err = pgx.ForEachRow(rows, columns, func() error {
		one := r
		one.Keys = append([]string{}, r.Keys...)
		one.Timeline = into[r.ID].Timeline
		one.Overdue = time.Duration(overdue * float64(time.Second))
		if closed != nil {
			one.ClosedAt = *closed
		}
		if silent != nil {
			one.SilentSince = *silent
		}
		var err error
		if one.Process != "" {
			one.Process, _, err = canonical([]byte(r.Process))
		}
		into[r.ID] = one
		return err
	})
	return err
}

// canonical writes a state the one way in which two equal ones look the same.
func canonical(text []byte) (string, int64, error) {
	var state process.State
	if err := json.Unmarshal(text, &state); err != nil {
		return "", 0, fmt.Errorf("state of a lead: %w", err)
	}
	out, err := json.Marshal(state)
	return string(out), state.Step, err
}

func timelines(ctx context.Context, q querier, leads map[string]row) error {
	rows, err := q.Query(ctx, `
		SELECT t.lead_id::text, t.seq, t.at, t.kind, t.actor, coalesce(t.happening, ''), coalesce(n.text, ''), t.data
		FROM timeline t LEFT JOIN note n ON n.id::text = t.data->>'note_id' ORDER BY t.lead_id, t.seq`)
	if err != nil {
		return err
	}
	var lead string
	var e event
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&lead, &e.Seq, &e.At, &e.Kind, &e.Actor, &e.Happening, &e.Mark, &data}, func() error {
		one := e
		if err := one.read(data); err != nil {
			return err
		}
		r := leads[lead]
		r.Timeline = append(r.Timeline, one)
		leads[lead] = r
		return nil
	})
	return err
}

// read takes out of an event's data what the ledger compares.
func (e *event) read(data []byte) error {
	var d struct {
		Kind   string    `json:"kind"`
		Why    string    `json:"why"`
		Step   int       `json:"step"`
		Repeat int       `json:"repeat"`
		Again  int       `json:"again"`
		N      int       `json:"n"`
		Due    time.Time `json:"due_at"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("%s of a timeline: %w", e.Kind, err)
	}
	e.Clock, e.Step, e.Repeat, e.Again = d.Kind, d.Step, d.Repeat, d.Again
	switch e.Kind {
	case "assigned":
		e.Clock = d.Why
	case "attempt_due":
		e.Clock, e.Step, e.Due = "call_attempt", d.N, d.Due
	case "escalated", "step_skipped":
		e.Due = d.Due
	}
	return nil
}

func letters(ctx context.Context, q querier) ([]letter, error) {
	rows, err := q.Query(ctx, `
		SELECT id::text, lead_id::text, key, channel, staff_id IS NULL AND department = '', state, code, unknowns, created_at,
		    written_by IS NOT NULL OR follow_up_id IS NOT NULL, CASE WHEN written_by IS NOT NULL THEN text ELSE '' END
		FROM message WHERE not_before IS NULL OR not_before <= doorbell_now()`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (letter, error) {
		var m letter
		err := r.Scan(&m.ID, &m.Lead, &m.Key, &m.Channel, &m.Customer, &m.State, &m.Code, &m.Unknowns, &m.Created, &m.ByHand, &m.Mark)
		return m, err
	})
}

func (s *scene) followUps(ctx context.Context, into map[string]string) error {
	rows, err := s.Pool.Query(ctx, `SELECT id::text FROM follow_up WHERE status = 'open'`)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		status, err := s.statusOf(ctx, workflows.FollowUpID(id))
		if err != nil {
			return err
		}
		// One that ended meanwhile is settled: its row says so before its workflow
		// ends.
		var open bool
		if err := s.Pool.QueryRow(ctx, `SELECT status = 'open' FROM follow_up WHERE id = $1`, id).Scan(&open); err != nil {
			return err
		}
		if open {
			into[id] = status
		}
	}
	return nil
}

// mostSilent ends the asking: that many workflows without an answer say enough,
// and each was waited for.
const mostSilent = 8

// courses looks up the workflow of every lead that should have one, and asks at
// most that many of them how they stand.
func (s *scene) courses(ctx context.Context, is found, asked int) error {
	var mu sync.Mutex
	var silent atomic.Int64
	var group errgroup.Group
	group.SetLimit(8)
	for id, r := range maps.Clone(is.Leads) { // which is written to meanwhile
		if r.DuplicateOf != "" {
			continue
		}
		ask := r.Status != "closed" && asked > 0
		if ask {
			asked--
		}
		group.Go(func() error {
			c, now, err := s.course(ctx, r, ask && silent.Load() < mostSilent)
			if c.Silent != "" {
				silent.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			is.Courses[id], is.Leads[id] = c, now
			return err
		})
	}
	return group.Wait()
}

// lastWords is how long the workflow of a closed lead may take to end: longer
// than one try of the activity that sends.
const lastWords = 40 * time.Second

// course asks one workflow. Row and workflow are read one after the other, so
// that a step between the two is no difference: then both are read again.
func (s *scene) course(ctx context.Context, r row, ask bool) (course, row, error) {
	begin := time.Now()
	for try := 0; ; try++ {
		status, err := s.statusOf(ctx, workflows.ID(r.ID))
		c := course{Status: status}
		if err == nil && r.Status == "closed" && status == running && time.Since(begin) < lastWords {
			// Its last mail is with a worker that was killed: nobody notices
			// before that try has run out.
			if err = lull.For(ctx, 500*time.Millisecond); err == nil {
				continue
			}
		}
		if err != nil || status != running || !ask {
			return c, r, err
		}
		if c.State, c.Step, err = s.state(ctx, r.ID); err != nil {
			c.Silent = err.Error() // which is the ledger's to judge
			return c, r, ctx.Err()
		}
		if c.State == r.Process || try == 3 {
			return c, r, nil
		}
		again := map[string]row{r.ID: r}
		if err := leads(ctx, s.Pool, again, r.ID); err != nil {
			return c, r, err
		}
		// Its timeline has gone on, too; what was read of it stays.
		r.Step, r.Process, r.Status = again[r.ID].Step, again[r.ID].Process, again[r.ID].Status
	}
}

func (s *scene) state(ctx context.Context, id string) (string, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	value, err := s.Temporal.QueryWorkflow(ctx, workflows.ID(id), "", workflows.StateQuery)
	if err != nil {
		return "", 0, err
	}
	var state process.State
	if err := value.Get(&state); err != nil {
		return "", 0, err
	}
	text, err := json.Marshal(state)
	return string(text), state.Step, err
}

func (s *scene) statusOf(ctx context.Context, workflow string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	got, err := s.Temporal.DescribeWorkflowExecution(ctx, workflow, "")
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for workflow %s: %w", workflow, err)
	}
	switch status := got.GetWorkflowExecutionInfo().GetStatus(); status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return running, nil
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return completed, nil
	default:
		return status.String(), nil
	}
}

// unrest counts what is still under way and says it; 0 is rest. quiet is for how
// long nobody must be about to act by himself.
func (s *scene) unrest(ctx context.Context, quiet time.Duration) (left int, what string, err error) {
	var told, begun, letters, due, inFlight int
	err = s.Pool.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM outbox),
		(SELECT count(*) FROM lead WHERE step = 0 AND duplicate_of IS NULL),
		(SELECT count(*) FROM message WHERE channel <> 'screen' AND state IN ('pending', 'sending', 'unknown')
		    AND (not_before IS NULL OR not_before <= doorbell_now())),
		(SELECT count(*) FROM lead WHERE status <> 'closed' AND duplicate_of IS NULL AND next_action_at < doorbell_now() + make_interval(secs => $1)),
		(SELECT count(*) FROM request WHERE status IS NULL AND started_at > doorbell_now() - interval '1 minute')`,
		quiet.Seconds()).Scan(&told, &begun, &letters, &due, &inFlight)
	return told + begun + letters + due,
		fmt.Sprintf("%d in the outbox, %d not begun, %d mails, %d about to act, %d requests", told, begun, letters, due, inFlight), err
}

// lateness returns how late each step was that fell due since the run began.
func lateness(is found) (all []time.Duration) {
	for _, r := range is.Leads {
		for _, e := range r.Timeline {
			if (e.Kind == "escalated" || e.Kind == "step_skipped") && !e.Due.IsZero() {
				all = append(all, e.At.Sub(e.Due))
			}
		}
	}
	return all
}
