package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// Each of these finds something under way, the cheapest first: entries of the
// outbox, leads that have not begun or should act now, messages on their way,
// leads that do not know yet that their customer was answered.
var underWay = []string{
	`SELECT count(*) FROM outbox WHERE next_try_at <= doorbell_now() OR tries > 0`,
	`SELECT count(*) FROM lead WHERE status <> 'closed' AND duplicate_of IS NULL
	    AND (CASE WHEN step = 0 THEN received_at ELSE next_action_at END) <= doorbell_now()`,
	`SELECT count(*) FROM message WHERE state IN ('pending', 'sending', 'unknown') AND coalesce(not_before, '-infinity') <= doorbell_now()`,
	`SELECT count(*) FROM lead WHERE dealer_id = $1 AND received_at > $2 AND duplicate_of IS NULL AND status <> 'closed' AND auto_responded_at IS NULL`,
}

var underWayNames = []string{"entries of the outbox", "leads about to act", "messages", "leads without an answer"}

// restPatience is how long what is under way may go without getting less.
const restPatience = 2 * time.Minute

// look is how often it is looked whether everything is at rest.
const look = 50 * time.Millisecond

// rest waits until every lead is stored, started, answered and assigned, its
// owner is told, and it waits for nothing but its clocks.
func (b *bench) rest(ctx context.Context) error {
	best, since, told := math.MinInt, time.Now(), time.Now()
	for {
		what, n, err := b.underWay(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if far := what*1_000_000 - n; far > best {
			best, since = far, time.Now()
		}
		if time.Since(since) > restPatience {
			return fmt.Errorf("not at rest: still %d %s after %s", n, underWayNames[what], restPatience)
		}
		if time.Since(told) > 10*time.Second {
			b.say("under way: %d %s", n, underWayNames[what])
			told = time.Now()
		}
		if err := lull.For(ctx, look); err != nil {
			return err
		}
	}
}

// underWay returns how much there is of the first thing that is under way.
func (b *bench) underWay(ctx context.Context) (what, n int, err error) {
	for what, query := range underWay {
		var args []any
		if what == len(underWay)-1 {
			args = []any{b.Dealer, b.begin}
		}
		if err := b.Pool.QueryRow(ctx, query, args...).Scan(&n); err != nil || n > 0 {
			return what, n, err
		}
	}
	return 0, 0, nil
}

// accounted makes sure that every lead which was acknowledged is there and was
// worked, with an owner, an answer and a clock that runs, and that no mail went
// twice. Call it at rest.
func (b *bench) accounted(ctx context.Context, leads []sent) error {
	ids := idsOf(leads)
	var there, worked int
	err := b.Pool.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE status = 'closed' OR (owner_id IS NOT NULL AND auto_responded_at IS NOT NULL AND next_action_at IS NOT NULL))
		FROM lead WHERE id = ANY($1::uuid[]) AND step > 0`, ids).Scan(&there, &worked)
	if err != nil {
		return err
	}
	b.none("leads lost", len(leads)-there, "leads", len(leads))
	if worked < there {
		b.fail("%d leads of %d are not answered, assigned and under a clock", there-worked, there)
	}
	letters, err := b.letters(ctx, ids, `channel = 'email'`)
	if err != nil {
		return err
	}
	missing, twice := 0, 0
	for _, l := range letters {
		switch {
		case l.times == 0:
			missing++
		case l.times > 1:
			twice++
		}
	}
	if missing > 0 {
		b.fail("%d mails of %d are said to be accepted and never came", missing, len(letters))
	}
	b.none("mails sent twice", twice, "mails", len(letters))
	return nil
}

// letter is a mail that was accepted.
type letter struct {
	lead  string
	at    time.Time
	times int
}

// letters returns the accepted messages of leads that fit a condition, and when
// the sink took them.
func (b *bench) letters(ctx context.Context, ids []string, which string) ([]letter, error) {
	rows, err := b.Pool.Query(ctx, `SELECT id::text, lead_id::text FROM message WHERE lead_id = ANY($1::uuid[]) AND state = 'accepted' AND `+which, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (letter, error) {
		var id string
		var l letter
		err := r.Scan(&id, &l.lead)
		if a, ok := b.sink.Arrived(id); ok {
			l.at, l.times = a.At, a.Times
		}
		return l, err
	})
}

// answered returns how long after each lead was due to be posted its customer's
// answer arrived at the provider of mail.
func (b *bench) answered(ctx context.Context, leads []sent) ([]time.Duration, error) {
	due := map[string]time.Time{}
	for _, l := range leads {
		due[l.ID] = l.Due
	}
	letters, err := b.letters(ctx, idsOf(leads), `key = 'auto_response'`)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for _, l := range letters {
		if l.times > 0 {
			took = append(took, l.at.Sub(due[l.lead]))
		}
	}
	if len(took) < len(leads) {
		b.fail("%d of %d leads were not answered", len(leads)-len(took), len(leads))
	}
	return took, nil
}

// begun returns, in the order in which leads were received, the place at which
// each was begun.
func (b *bench) begun(ctx context.Context, leads []sent) ([]int, error) {
	rows, err := b.Pool.Query(ctx, `
		SELECT (row_number() OVER (ORDER BY t.at, t.tx))::int AS place
		FROM lead l JOIN timeline t ON t.lead_id = l.id AND t.seq = 1 WHERE l.id = ANY($1::uuid[]) ORDER BY l.received_at, l.id`, idsOf(leads))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// lateness returns how late each step of the leads' first clock was, and when
// the first was due and the last was decided.
func (b *bench) lateness(ctx context.Context, leads []sent) (late []time.Duration, due, last time.Time, err error) {
	rows, err := b.Pool.Query(ctx, `
		SELECT at, (data->>'due_at')::timestamptz FROM timeline
		WHERE lead_id = ANY($1::uuid[]) AND kind IN ('escalated', 'step_skipped') AND data->>'kind' = 'live_response' AND data->>'again' IS NULL`, idsOf(leads))
	if err != nil {
		return nil, due, last, err
	}
	var at, was time.Time
	_, err = pgx.ForEachRow(rows, []any{&at, &was}, func() error {
		late = append(late, at.Sub(was))
		if due.IsZero() || was.Before(due) {
			due = was
		}
		if at.After(last) {
			last = at
		}
		return nil
	})
	return late, due, last, err
}

// early counts the steps that came before their time.
func early(late []time.Duration) int {
	n := 0
	for _, l := range late {
		if l < 0 {
			n++
		}
	}
	return n
}
