package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// AuditWorkflow is the name of Audit.
const AuditWorkflow = "Audit"

// The activities of an audit.
const (
	BeginAuditActivity  = "BeginAudit"
	AuditPartActivity   = "AuditPart"
	FinishAuditActivity = "FinishAudit"
)

// AuditBegun is an audit that was begun, and the parts that it has.
type AuditBegun struct {
	ID    string   `json:"id"`
	Parts []string `json:"parts"`
}

// AuditResult is what an audit, or a part of one, found: counts only.
type AuditResult struct {
	Leads     int          `json:"leads"`
	FollowUps int          `json:"follow_ups"`
	Findings  []AuditCount `json:"findings,omitempty"`
}

// AuditCount says how often something was found, and what became of it.
type AuditCount struct {
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"`
	Count   int    `json:"count"`
}

// FinishAuditInput is an audit that came to its end.
type FinishAuditInput struct {
	ID     string      `json:"id"`
	Result AuditResult `json:"result"`
}

// Add adds up what two parts found.
func (r AuditResult) Add(other AuditResult) AuditResult {
	sum := AuditResult{Leads: r.Leads + other.Leads, FollowUps: r.FollowUps + other.FollowUps}
	sum.Findings = append(sum.Findings, r.Findings...)
	for _, c := range other.Findings {
		known := false
		for i := range sum.Findings {
			if sum.Findings[i].Kind == c.Kind && sum.Findings[i].Outcome == c.Outcome {
				sum.Findings[i].Count += c.Count
				known = true
			}
		}
		if !known {
			sum.Findings = append(sum.Findings, c)
		}
	}
	return sum
}

// Audit is one audit of everything, part by part. A schedule starts it; `doorbell
// audit` does the same without it.
func Audit(ctx workflow.Context) (AuditResult, error) {
	var sum AuditResult
	var begun AuditBegun
	if err := workflow.ExecuteActivity(auditing(ctx, "begin"), BeginAuditActivity).Get(ctx, &begun); err != nil {
		return sum, err
	}
	for _, part := range begun.Parts {
		var found AuditResult
		if err := workflow.ExecuteActivity(auditing(ctx, "look at "+part), AuditPartActivity, part).Get(ctx, &found); err != nil {
			return sum, err
		}
		sum = sum.Add(found)
	}
	return sum, workflow.ExecuteActivity(auditing(ctx, "finish"), FinishAuditActivity, FinishAuditInput{ID: begun.ID, Result: sum}).Get(ctx, nil)
}

// auditing is for the parts of an audit: each may take long, tells page by page
// how far it has come, and goes on there on another worker.
func auditing(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 3 * time.Hour,
		HeartbeatTimeout:    time.Minute,
		Summary:             summary,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute},
	})
}
