package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// leads audits a page of the open leads.
func (a *Auditor) leads(ctx context.Context, scope Scope, after string) (Page, error) {
	from, err := placeOf(after)
	if err != nil {
		return Page{}, err
	}
	ids, err := a.Store.OpenLeadIDs(ctx, db.OpenLeadIDsParams{After: from, DealerID: scope.Dealer, LeadID: scope.Lead, Most: pageSize})
	if err != nil {
		return Page{}, fmt.Errorf("open leads: %w", err)
	}
	page := Page{Leads: len(ids), Next: next(ids)}
	if after == "" {
		if page.Findings, err = a.workers(ctx, scope); err != nil {
			return page, err
		}
	}
	found, err := a.examine(ctx, leads{a, judge}, ids, scope)
	page.Findings = append(page.Findings, found...)
	return page, err
}

// workers finds that nobody works.
func (a *Auditor) workers(ctx context.Context, scope Scope) ([]Finding, error) {
	worker, err := a.worked(ctx)
	if err != nil || worker {
		return nil, err
	}
	f := Finding{
		Kind: NoWorker, Outcome: Found, Detail: "nobody works on task queue " + a.Leads.Queue,
		Remedy: "start `doorbell worker`; how the workflows stand cannot be told before",
	}
	if scope.Repair {
		f.Outcome = Left
	}
	return []Finding{f}, nil
}

// placeOf reads where a page begins.
func placeOf(after string) (uuid.UUID, error) {
	if after == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(after)
	if err != nil {
		return id, fmt.Errorf("place in the list: %w", err)
	}
	return id, nil
}

// next is where the page behind these begins.
func next(ids []uuid.UUID) string {
	if len(ids) < pageSize {
		return ""
	}
	return ids[len(ids)-1].String()
}

// leads is the ledger of leads.
type leads struct {
	*Auditor
	verdict func(facts) []wrong
}

func (leads) workflow(id uuid.UUID) string { return workflows.ID(id.String()) }

func (l leads) judge(f facts) []wrong { return l.verdict(f) }

func (l leads) ask(ctx context.Context, s *subject) {
	l.Auditor.ask(ctx, l.workflow(s.id), &s.facts.workflow, &s.lead)
	s.facts.workflow.step = s.lead.Step
}

func (l leads) rows(ctx context.Context, seen []*subject) ([]*subject, error) {
	ids := make([]uuid.UUID, len(seen))
	for i, s := range seen {
		ids[i] = s.id
	}
	standing, err := l.Store.LeadsStanding(ctx, ids, quiet)
	if err != nil {
		return nil, err
	}
	var there []*subject
	for _, s := range seen {
		is, ok := standing[s.id]
		if !ok {
			continue
		}
		s.finds = Finding{Dealer: is.Lead.DealerID.String(), Lead: s.id.String(), Workflow: l.workflow(s.id)}
		if s.facts.row, err = leadRow(is, s); err != nil {
			return nil, err
		}
		there = append(there, s)
	}
	return there, nil
}

func leadRow(is store.LeadStanding, s *subject) (row, error) {
	r := row{
		now: is.Now, open: is.Lead.Status != "closed" && is.Lead.DuplicateOf == nil, over: is.Lead.ClosedAt, step: is.Lead.Step,
		nextAction: is.Lead.NextActionAt, announced: is.Announced, forgotten: is.Forgotten,
		entries: is.Entries, last: is.Last, seq: is.Lead.TimelineSeq,
	}
	if r.step == 0 {
		return r, nil // no step has written it yet
	}
	state := s.lead
	if w := s.facts.workflow; !w.asked || w.step != r.step {
		var err error
		if state, err = store.LeadState(is.Lead); err != nil {
			r.differs = []string{"process"}
			return r, nil //nolint:nilerr // what cannot be read is wrong
		}
	}
	var err error
	r.differs, err = is.Differs(state)
	return r, err
}

// repair of a lead. Whether it helped is looked at afterwards.
func (l leads) repair(ctx context.Context, s *subject, kind Kind) (bool, error) {
	id := s.id.String()
	switch kind {
	case WorkflowMissing, WorkflowEnded:
		return true, l.restart(ctx, s)
	case WorkflowBehind, ProjectionBehind, DeadlineMissed, ClosedRunning:
		return true, unlessOver(l.Leads.Tell(ctx, id, process.Happening{What: process.WasDue}))
	case MessageForgotten:
		if !s.facts.workflow.running {
			return true, l.restart(ctx, s)
		}
		return true, unlessOver(l.Leads.Tell(ctx, id, process.Happening{What: process.WasDue, TakeUp: true}))
	case ProjectionWrong:
		state := s.lead
		if !s.facts.workflow.asked {
			var err error
			if state, err = l.Store.StateForStart(ctx, s.id); err != nil {
				return true, err
			}
		}
		return true, l.Store.Reproject(ctx, state)
	case TimelineGap:
		_, err := l.Store.MarkGaps(ctx, s.id)
		return true, err
	default:
		return false, nil
	}
}

// restart starts the workflow from the newer of both states: after a restore of
// Postgres the one that ended may know more.
func (l leads) restart(ctx context.Context, s *subject) error {
	state, err := l.Store.StateForStart(ctx, s.id)
	if err != nil {
		return fmt.Errorf("state of lead %s: %w", s.id, err)
	}
	if s.facts.workflow.asked && s.lead.Step > state.Step {
		state = s.lead
	}
	return l.Leads.Restart(ctx, state)
}

// unlessOver takes a workflow that ended meanwhile for none to be woken: the next
// look tells.
func unlessOver(err error) error {
	if errors.Is(err, workflows.ErrNotRunning) {
		return nil
	}
	return err
}
