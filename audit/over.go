package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// What is over is found from the other ends: from its messages, and from the
// workflows that run.

// closed audits the messages of leads and follow-ups that are over.
func (a *Auditor) closed(ctx context.Context, scope Scope) (Page, error) {
	rows, err := a.Store.ForgottenOfClosed(ctx, db.ForgottenOfClosedParams{GraceS: quiet.Seconds(), DealerID: scope.Dealer, LeadID: scope.Lead})
	if err != nil {
		return Page{}, fmt.Errorf("messages of closed leads: %w", err)
	}
	var ofLeads, ofFollowUps []uuid.UUID
	for _, r := range rows {
		if r.FollowUpID != nil {
			ofFollowUps = append(ofFollowUps, *r.FollowUpID)
		} else {
			ofLeads = append(ofLeads, r.LeadID)
		}
	}
	return a.examineBoth(ctx, scope, ofLeads, ofFollowUps, judgeMessages)
}

func (a *Auditor) examineBoth(ctx context.Context, scope Scope, ofLeads, ofFollowUps []uuid.UUID, verdict func(facts) []wrong) (Page, error) {
	var page Page
	for _, one := range []struct {
		ledger ledger
		ids    []uuid.UUID
	}{{leads{a, verdict}, ofLeads}, {followUps{a, verdict}, ofFollowUps}} {
		if len(one.ids) == 0 {
			continue
		}
		found, err := a.examine(ctx, one.ledger, one.ids, Scope{Repair: scope.Repair})
		if err != nil {
			return page, err
		}
		page.Findings = append(page.Findings, found...)
	}
	return page, nil
}

// judgeMessages looks at the messages of what is over.
func judgeMessages(f facts) []wrong {
	if f.row.open || f.row.forgotten == 0 || (f.workflow.running && f.workflow.busy) {
		return nil
	}
	return []wrong{{kind: MessageForgotten, detail: fmt.Sprintf("%d messages of what is closed", f.row.forgotten)}}
}

// judgeEnd looks whether the workflow of what is over ends.
func judgeEnd(f facts) []wrong {
	w := f.workflow
	if f.row.open || f.row.over == nil || f.row.now.Sub(*f.row.over) < quiet || !w.running || w.busy {
		return nil
	}
	if w.attempt >= blocked {
		return []wrong{blockedBy(w)}
	}
	return []wrong{{kind: ClosedRunning, detail: "it is closed and its workflow runs on", remedy: "look it up in Temporal UI"}}
}

// prefixes of the ids of workflows.
var (
	leadPrefix     = workflows.ID("")
	followUpPrefix = workflows.FollowUpID("")
)

// running audits a page of the workflows that run. The list lags, so that it is
// only a hint where to look.
func (a *Auditor) running(ctx context.Context, scope Scope, token []byte) (Page, error) {
	ids, token, err := a.list(ctx, scope, token)
	if err != nil {
		return Page{}, err
	}
	var ofLeads, ofFollowUps []uuid.UUID
	for _, id := range ids {
		if text, ok := strings.CutPrefix(id, leadPrefix); ok {
			ofLeads = append(ofLeads, uuidOf(text))
		} else if text, ok := strings.CutPrefix(id, followUpPrefix); ok {
			ofFollowUps = append(ofFollowUps, uuidOf(text))
		}
	}
	lost, over, err := a.leadsOver(ctx, ofLeads)
	if err != nil {
		return Page{}, err
	}
	lostFollowUps, overFollowUps, err := a.followUpsOver(ctx, ofFollowUps)
	if err != nil {
		return Page{}, err
	}
	page, err := a.examineBoth(ctx, scope, over, overFollowUps, judgeEnd)
	if err != nil {
		return page, err
	}
	found, err := a.orphans(ctx, lost)
	if err != nil {
		return page, err
	}
	page.Findings = append(page.Findings, outcomes(found, scope.Repair)...)
	if found, err = a.lostFollowUps(ctx, lostFollowUps, scope.Repair); err != nil {
		return page, err
	}
	page.Findings = append(page.Findings, found...)
	page.Next = placeIn(token)
	return page, nil
}

// listed is how many workflows the list gives at once.
const listed = 500

// list returns the ids of workflows that may be running, and where to go on.
func (a *Auditor) list(ctx context.Context, scope Scope, token []byte) ([]string, []byte, error) {
	if scope.Lead != nil {
		return []string{workflows.ID(scope.Lead.String())}, nil, nil
	}
	query := fmt.Sprintf(`TaskQueue = %q AND ExecutionStatus = "Running" AND WorkflowType IN (%q, %q)`,
		a.Leads.Queue, workflows.LeadWorkflow, workflows.FollowUpWorkflow)
	if scope.Dealer != nil {
		query += fmt.Sprintf(" AND %s = %q", workflows.AttrDealer.GetName(), scope.Dealer)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	answer, err := a.Leads.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: a.Namespace, PageSize: listed, NextPageToken: token, Query: query,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list the workflows: %w", err)
	}
	var ids []string
	for _, e := range answer.GetExecutions() {
		ids = append(ids, e.GetExecution().GetWorkflowId())
	}
	return ids, answer.GetNextPageToken(), nil
}

// leadsOver sorts leads into those that Postgres does not know and those that are
// closed.
func (a *Auditor) leadsOver(ctx context.Context, ids []uuid.UUID) (lost, over []uuid.UUID, err error) {
	rows, err := a.Store.LeadsKnown(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("leads of workflows: %w", err)
	}
	known := map[uuid.UUID]bool{}
	for _, r := range rows {
		known[r.ID] = true
		if r.Status == "closed" {
			over = append(over, r.ID)
		}
	}
	return without(ids, known), over, nil
}

func (a *Auditor) followUpsOver(ctx context.Context, ids []uuid.UUID) (lost, over []uuid.UUID, err error) {
	rows, err := a.Store.FollowUpsKnown(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("follow-ups of workflows: %w", err)
	}
	known := map[uuid.UUID]bool{}
	for _, r := range rows {
		known[r.ID] = true
		if r.Status != "open" {
			over = append(over, r.ID)
		}
	}
	return without(ids, known), over, nil
}

func without(ids []uuid.UUID, known map[uuid.UUID]bool) []uuid.UUID {
	var out []uuid.UUID
	for _, id := range ids {
		if !known[id] {
			out = append(out, id)
		}
	}
	return out
}
