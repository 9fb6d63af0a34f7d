package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// everybody is how many open leads, or follow-ups, are all asked each hour how they
// stand. Of more each hour has a share of about as many: to ask one takes up to 12 ms of
// computing, most of it Temporal's, and 100,000 of them kept a core busy all the time.
const everybody = 10_000

// Turn is a share of the leads and follow-ups, one in Of. The zero Turn has all of them.
type Turn struct{ Number, Of int }

// Has reports whether the one of that id has his turn.
func (t Turn) Has(id uuid.UUID) bool {
	return t.Of < 2 || binary.BigEndian.Uint64(id[8:])%uint64(t.Of) == uint64(t.Number)
}

// turnAt is the turn of an hour, where so many are open.
func turnAt(open int, now time.Time) Turn {
	of := max(1, (open+everybody-1)/everybody)
	return Turn{Number: int(now.Unix()/3600) % of, Of: of}
}

// Hourly is the scope of one part of an audit that the clock begins. It repairs.
func (a *Auditor) Hourly(ctx context.Context, part Part) (Scope, error) {
	var open int32
	var err error
	switch part {
	case openLeads:
		open, err = a.Store.OpenLeadCount(ctx)
	case openFollowUps:
		open, err = a.Store.CountOpenFollowUps(ctx)
	default: // the other parts ask of those only with whom something is wrong already
	}
	if err != nil {
		return Scope{}, fmt.Errorf("count the open %s: %w", part, err)
	}
	return Scope{Repair: true, Turn: turnAt(int(open), time.Now())}, nil
}

// lookInTurn looks at the subjects, in Temporal at those whose turn it is and at those
// with whose rows something is wrong: that their workflow has not moved on shows there
// as soon as it had to.
func (a *Auditor) lookInTurn(ctx context.Context, l ledger, ids []uuid.UUID, turn Turn, worker bool) (map[uuid.UUID]suspect, error) {
	var asked, others []uuid.UUID
	for _, id := range ids {
		if turn.Has(id) {
			asked = append(asked, id)
		} else {
			others = append(others, id)
		}
	}
	doubtful, err := a.doubtful(ctx, l, others)
	if err != nil {
		return nil, err
	}
	return a.look(ctx, l, append(asked, doubtful...), worker)
}

// doubtful returns those with whose rows something is wrong even if their workflows
// stand as the rows say.
func (a *Auditor) doubtful(ctx context.Context, l ledger, ids []uuid.UUID) ([]uuid.UUID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := a.skim.WaitN(ctx, len(ids)); err != nil {
		return nil, fmt.Errorf("wait for one's turn: %w", err)
	}
	seen := make([]*subject, len(ids))
	for i, id := range ids {
		seen[i] = &subject{id: id}
	}
	there, err := l.rows(ctx, seen)
	if err != nil {
		return nil, err
	}
	var doubtful []uuid.UUID
	for _, s := range there {
		s.facts.workflow = workflow{known: true, running: true, asked: true, step: s.facts.row.step}
		if len(l.judge(s.facts)) > 0 {
			doubtful = append(doubtful, s.id)
		}
	}
	return doubtful, nil
}
