package activities

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Audit audits everything, for the workflow that a schedule starts.
type Audit struct {
	Auditor *audit.Auditor
	Log     *slog.Logger // told of every finding
}

// Begin notes that an audit begins.
func (a *Audit) Begin(ctx context.Context) (workflows.AuditBegun, error) {
	id := store.NewID()
	if err := a.Auditor.Begin(store.Across(ctx), id); err != nil {
		return workflows.AuditBegun{}, plain("begin audit", err)
	}
	begun := workflows.AuditBegun{ID: id.String()}
	for _, part := range audit.Parts() {
		begun.Parts = append(begun.Parts, string(part))
	}
	return begun, nil
}

// progress is how far a part has come: what a heartbeat says.
type progress struct {
	After  string                `json:"after"` // where the next page begins
	Result workflows.AuditResult `json:"result"`
}

// beat is how often a page says that it is still at it.
const beat = 10 * time.Second

// Part audits one part, page by page. A worker that takes it over goes on where
// the other one was.
func (a *Audit) Part(ctx context.Context, part string) (workflows.AuditResult, error) {
	var at progress
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &at); err != nil {
			at = progress{} // looked at twice is better than not at all
		}
	}
	scope, err := a.Auditor.Hourly(store.Across(ctx), audit.Part(part))
	if err != nil {
		return at.Result, plain("audit "+part, err)
	}
	for {
		page, err := a.page(ctx, scope, part, at)
		if err != nil {
			return at.Result, plain("audit "+part, err)
		}
		found := workflows.AuditResult{Leads: page.Leads, FollowUps: page.FollowUps}
		for _, c := range audit.Counts(page.Findings) {
			found.Findings = append(found.Findings, workflows.AuditCount(c))
		}
		at.Result, at.After = at.Result.Add(found), page.Next
		if page.Next == "" {
			return at.Result, nil
		}
		activity.RecordHeartbeat(ctx, at)
		select {
		case <-activity.GetWorkerStopChannel(ctx):
			return at.Result, temporal.NewApplicationError("the worker stops; another goes on", "stopping")
		default:
		}
	}
}

// page audits one page and beats meanwhile: looking again and repairing take
// their time.
func (a *Audit) page(ctx context.Context, scope audit.Scope, part string, at progress) (audit.Page, error) {
	ctx, cancel := context.WithCancel(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx, at)
			}
		}
	}()
	page, err := a.Auditor.Page(store.Across(ctx), scope, audit.Part(part), at.After)
	cancel()
	<-beating
	if err != nil {
		return page, err
	}
	for _, f := range page.Findings {
		a.Log.Warn("audit", "kind", f.Kind, "outcome", f.Outcome, "dealer", f.Dealer, "lead", f.Lead, "follow_up", f.FollowUp, "detail", f.Detail)
	}
	return page, nil
}

// Finish keeps what was found, for the metrics.
func (a *Audit) Finish(ctx context.Context, in workflows.FinishAuditInput) error {
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return plain("finish audit", errors.New("no id"))
	}
	counts := make([]store.AuditCount, len(in.Result.Findings))
	for i, c := range in.Result.Findings {
		counts[i] = store.AuditCount(c)
	}
	if err := a.Auditor.Store.AuditDone(store.Across(ctx), id, in.Result.Leads, in.Result.FollowUps, counts); err != nil {
		return plain("finish audit", err)
	}
	return nil
}
