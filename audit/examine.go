package audit

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/process"
)

// subject is a lead or a follow-up as it was seen.
type subject struct {
	id     uuid.UUID
	finds  Finding // about whom: the ids are filled in
	facts  facts
	lead   process.State         // as its workflow has it
	follow process.FollowUpState // likewise
}

// ledger is a sort of subjects, and what is asked of them: the open leads, the
// follow-ups, those that are over.
type ledger interface {
	// workflow is the id of a subject's workflow.
	workflow(id uuid.UUID) string
	// ask has the workflow say how it stands.
	ask(ctx context.Context, s *subject)
	// rows reads what Postgres has of them now. Those that are not there are left
	// out.
	rows(ctx context.Context, seen []*subject) ([]*subject, error)
	judge(f facts) []wrong
	// repair does what can be done about it, and reports whether that is anything
	// at all.
	repair(ctx context.Context, s *subject, kind Kind) (bool, error)
}

// suspect is a subject with what is wrong with it.
type suspect struct {
	*subject
	wrongs []wrong
}

// examine looks at the subjects, repairs where that is asked, and returns what
// was found.
func (a *Auditor) examine(ctx context.Context, l ledger, ids []uuid.UUID, scope Scope) ([]Finding, error) {
	worker, err := a.worked(ctx)
	if err != nil {
		return nil, err
	}
	suspects, err := a.lookInTurn(ctx, l, ids, scope.Turn, worker)
	if err != nil {
		return nil, err
	}
	for _, pause := range a.Settle {
		if len(suspects) == 0 {
			return nil, nil
		}
		if err := lull.For(ctx, pause); err != nil {
			return nil, err
		}
		again, err := a.look(ctx, l, slices.Collect(maps.Keys(suspects)), worker)
		if err != nil {
			return nil, err
		}
		suspects = lasting(suspects, again)
	}
	if !scope.Repair {
		return told(suspects, nil), nil
	}
	return a.repair(ctx, l, suspects, worker)
}

// look sees the subjects and returns those with which something is wrong.
func (a *Auditor) look(ctx context.Context, l ledger, ids []uuid.UUID, worker bool) (map[uuid.UUID]suspect, error) {
	seen := make([]*subject, len(ids))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, id := range ids {
		group.Go(func() error {
			s := &subject{id: id}
			w, err := a.describe(within, l.workflow(id))
			if err != nil {
				return err
			}
			s.facts.workflow = w
			// Code that fails answers no question either.
			if w.known && w.attempt < blocked && worker && a.mute.Load() < atOnce {
				l.ask(within, s)
				if s.facts.workflow.failure == unanswered {
					a.mute.Add(1)
				} else {
					a.mute.Store(0)
				}
			}
			s.facts.worker = worker && a.mute.Load() < atOnce
			seen[i] = s
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	there, err := l.rows(ctx, seen)
	if err != nil {
		return nil, err
	}
	suspects := map[uuid.UUID]suspect{}
	for _, s := range there {
		if found := l.judge(s.facts); len(found) > 0 {
			suspects[s.id] = suspect{s, found}
		}
	}
	return suspects, nil
}

// lasting keeps what was wrong before and is wrong now, as it is now. What
// changed meanwhile is at work.
func lasting(before, now map[uuid.UUID]suspect) map[uuid.UUID]suspect {
	out := map[uuid.UUID]suspect{}
	for id, s := range now {
		s.wrongs = slices.DeleteFunc(s.wrongs, func(w wrong) bool {
			return !slices.ContainsFunc(before[id].wrongs, func(o wrong) bool { return o.kind == w.kind && o.mark == w.mark })
		})
		if len(s.wrongs) > 0 {
			out[id] = s
		}
	}
	return out
}

// told turns suspects into findings, in a fixed order. after is what was found
// after the repairs; nil when nothing was repaired.
func told(suspects map[uuid.UUID]suspect, outcome func(s suspect, w wrong) Finding) []Finding {
	var out []Finding
	for _, id := range slices.SortedFunc(maps.Keys(suspects), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
		s := suspects[id]
		for _, w := range s.wrongs {
			f := s.finding(w, Found)
			if outcome != nil {
				f = outcome(s, w)
			}
			out = append(out, f)
		}
	}
	return out
}

func (s *subject) finding(w wrong, outcome Outcome) Finding {
	f := s.finds
	f.Kind, f.Outcome, f.Detail, f.Remedy = w.kind, outcome, w.detail, w.remedy
	if outcome == Repaired || outcome == Noted {
		f.Remedy = ""
	}
	return f
}

// repair does what can be done and looks whether it helped.
func (a *Auditor) repair(ctx context.Context, l ledger, suspects map[uuid.UUID]suspect, worker bool) ([]Finding, error) {
	type one struct {
		id   uuid.UUID
		kind Kind
	}
	tried := map[one]bool{}
	for id, s := range suspects {
		for _, w := range s.wrongs {
			could, err := l.repair(ctx, s.subject, w.kind)
			if err != nil {
				return nil, err
			}
			tried[one{id, w.kind}] = could
		}
	}
	still := suspects
	for _, pause := range a.Mend {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(tried)), func(o one) bool { return tried[o] && still[o.id].has(o.kind) }) {
			break
		}
		if err := lull.For(ctx, pause); err != nil {
			return nil, err
		}
		var err error
		if still, err = a.look(ctx, l, slices.Collect(maps.Keys(suspects)), worker); err != nil {
			return nil, err
		}
	}
	return told(suspects, func(s suspect, w wrong) Finding {
		switch {
		case !tried[one{s.id, w.kind}]:
			return s.finding(w, Left)
		case still[s.id].has(w.kind):
			w.remedy = "the repair has not helped yet; run the audit again, and see that a worker runs"
			return s.finding(w, Left)
		case w.loses:
			return s.finding(w, Noted)
		default:
			return s.finding(w, Repaired)
		}
	}), nil
}

func (s suspect) has(kind Kind) bool {
	return slices.ContainsFunc(s.wrongs, func(w wrong) bool { return w.kind == kind })
}

// instantMark tells two deadlines apart.
func instantMark(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
