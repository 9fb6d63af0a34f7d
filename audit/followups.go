package audit

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// followUps audits a page of the open follow-ups.
func (a *Auditor) followUps(ctx context.Context, scope Scope, after string) (Page, error) {
	from, err := placeOf(after)
	if err != nil {
		return Page{}, err
	}
	ids, err := a.Store.OpenFollowUps(ctx, from, scope.Dealer, scope.Lead, pageSize)
	if err != nil {
		return Page{}, fmt.Errorf("open follow-ups: %w", err)
	}
	page := Page{FollowUps: len(ids), Next: next(ids)}
	page.Findings, err = a.examine(ctx, followUps{a, judge}, ids, scope)
	return page, err
}

// followUps is the ledger of follow-ups.
type followUps struct {
	*Auditor
	verdict func(facts) []wrong
}

func (followUps) workflow(id uuid.UUID) string { return workflows.FollowUpID(id.String()) }

func (l followUps) judge(f facts) []wrong { return l.verdict(f) }

func (l followUps) ask(ctx context.Context, s *subject) {
	l.Auditor.ask(ctx, l.workflow(s.id), &s.facts.workflow, &s.follow)
	s.facts.workflow.step = s.follow.Step
}

func (l followUps) rows(ctx context.Context, seen []*subject) ([]*subject, error) {
	ids := make([]uuid.UUID, len(seen))
	for i, s := range seen {
		ids[i] = s.id
	}
	standing, err := l.Store.FollowUpsStanding(ctx, ids, quiet)
	if err != nil {
		return nil, err
	}
	var there []*subject
	for _, s := range seen {
		is, ok := standing[s.id]
		if !ok {
			continue
		}
		s.finds = Finding{Dealer: is.FollowUp.DealerID.String(), Lead: is.FollowUp.LeadID.String(), FollowUp: s.id.String(), Workflow: l.workflow(s.id)}
		if s.facts.row, err = followUpRow(is, s); err != nil {
			return nil, err
		}
		there = append(there, s)
	}
	return there, nil
}

func followUpRow(is db.AuditFollowUpsRow, s *subject) (row, error) {
	r := row{
		now: is.Now, open: is.FollowUp.Status == "open", over: is.FollowUp.SettledAt, step: is.FollowUp.Step,
		nextAction: is.FollowUp.NextActionAt, announced: is.Announced, forgotten: is.Forgotten,
	}
	if r.step == 0 {
		return r, nil
	}
	state := s.follow
	if w := s.facts.workflow; !w.asked || w.step != r.step {
		var err error
		if state, err = store.FollowUpState(is.FollowUp); err != nil {
			r.differs = []string{"process"}
			return r, nil //nolint:nilerr // what cannot be read is wrong
		}
	}
	var err error
	r.differs, err = store.FollowUpDiffers(is.FollowUp, state)
	return r, err
}

// repair of a follow-up.
func (l followUps) repair(ctx context.Context, s *subject, kind Kind) (bool, error) {
	id := s.id.String()
	switch kind {
	case WorkflowMissing, WorkflowEnded:
		return true, l.restart(ctx, s)
	case WorkflowBehind, ProjectionBehind, DeadlineMissed, ClosedRunning:
		return true, unlessOver(l.Leads.WakeFollowUp(ctx, id))
	case MessageForgotten:
		if !s.facts.workflow.running {
			return true, l.restart(ctx, s)
		}
		return true, unlessOver(l.Leads.TakeUpFollowUp(ctx, id))
	case ProjectionWrong:
		state := s.follow
		if !s.facts.workflow.asked {
			var err error
			if state, err = l.Store.FollowUpForStart(ctx, s.id); err != nil {
				return true, err
			}
		}
		return true, l.Store.ReprojectFollowUp(ctx, state)
	default:
		return false, nil
	}
}

func (l followUps) restart(ctx context.Context, s *subject) error {
	state, err := l.Store.FollowUpForStart(ctx, s.id)
	if err != nil {
		return err
	}
	if s.facts.workflow.asked && s.follow.Step > state.Step {
		state = s.follow
	}
	return l.Leads.RestartFollowUp(ctx, state)
}
