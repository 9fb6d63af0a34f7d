package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// mostEntries is how many entries are told of at once, and mostDrains how often
// the relay takes a batch for them.
const (
	mostEntries = 500
	mostDrains  = 50
)

// outbox audits what Temporal has still to be told, and tells it.
func (a *Auditor) outbox(ctx context.Context, scope Scope) (Page, error) {
	stuck, err := a.Store.StuckOutbox(ctx, db.StuckOutboxParams{GraceS: quiet.Seconds(), DealerID: scope.Dealer, LeadID: scope.Lead, Most: mostEntries})
	if err != nil {
		return Page{}, fmt.Errorf("outbox: %w", err)
	}
	if len(stuck) == 0 {
		return Page{}, nil
	}
	ids := make([]int64, len(stuck))
	for i, e := range stuck {
		ids[i] = e.ID
	}
	var left []int64
	if scope.Repair {
		if left, err = a.drain(ctx, ids); err != nil {
			return Page{}, err
		}
	}
	var page Page
	for _, e := range stuck {
		f := Finding{
			Kind: OutboxStuck, Outcome: Found, Dealer: e.DealerID.String(), Lead: e.LeadID.String(), Workflow: workflows.ID(e.LeadID.String()),
			Detail: fmt.Sprintf("waits for %s, tried %d times", (time.Duration(e.AgeS) * time.Second).String(), e.Tries),
			Remedy: "see that `doorbell serve` runs: it tells Temporal",
		}
		if e.FollowUpID != nil {
			f.FollowUp, f.Workflow = e.FollowUpID.String(), workflows.FollowUpID(e.FollowUpID.String())
		}
		switch {
		case scope.Repair && slices.Contains(left, e.ID):
			f.Outcome, f.Remedy = Left, "Temporal does not take it; the log of `doorbell serve` says why"
		case scope.Repair:
			f.Outcome, f.Remedy = Repaired, ""
		}
		page.Findings = append(page.Findings, f)
	}
	return page, nil
}

// drain has the relay tell Temporal now, and returns what it could not.
func (a *Auditor) drain(ctx context.Context, ids []int64) ([]int64, error) {
	if err := a.Store.TryOutboxNow(ctx, ids); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	var left []int64
	for range mostDrains {
		n, err := a.Relay.Drain(ctx)
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		if left, err = a.Store.OutboxLeft(ctx, ids); err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		if len(left) == 0 || n == 0 {
			break
		}
	}
	return left, nil
}

// intake audits what came in: leads that another one works, and messages.
func (a *Auditor) intake(ctx context.Context, scope Scope) (Page, error) {
	page, err := a.duplicates(ctx, scope)
	if err != nil || scope.Lead != nil {
		return page, err
	}
	raws, err := a.Store.UnaccountedRaws(ctx, db.UnaccountedRawsParams{Days: days, DealerID: scope.Dealer, Most: mostEntries})
	if err != nil {
		return page, fmt.Errorf("messages as they came in: %w", err)
	}
	for _, r := range raws {
		f := Finding{
			Kind: RawUnaccounted, Outcome: Found, Dealer: r.DealerID.String(),
			Detail: "message " + r.ID.String() + " became neither a lead nor an entry of the quarantine",
		}
		if scope.Repair {
			if err := a.Store.Shelve(ctx, r.ID); err != nil {
				return page, err
			}
			f.Outcome, f.Detail = Repaired, f.Detail+"; it is in quarantine now"
		}
		page.Findings = append(page.Findings, f)
	}
	return page, nil
}

// duplicates finds leads of which the lead that works them knows nothing, and
// tells it.
func (a *Auditor) duplicates(ctx context.Context, scope Scope) (Page, error) {
	params := db.UnheardDuplicatesParams{GraceS: grace.Seconds(), Days: days, DealerID: scope.Dealer, LeadID: scope.Lead, Most: mostEntries}
	rows, err := a.unheard(ctx, params)
	if err != nil {
		return Page{}, err
	}
	var page Page
	for _, r := range rows {
		f := Finding{
			Kind: DuplicateUnheard, Outcome: Found, Dealer: r.DealerID.String(), Lead: r.ID.String(), Workflow: workflows.ID(r.Original.String()),
			Detail: "lead " + r.Original.String() + " works it and does not know",
		}
		if scope.Repair {
			if err := a.Store.TellOfDuplicate(ctx, r.DealerID, r.Original, r.ID, r.Source); err != nil {
				return page, err
			}
			f.Outcome = Repaired
		}
		page.Findings = append(page.Findings, f)
	}
	if scope.Repair && len(rows) > 0 {
		if _, err := a.Relay.Drain(ctx); err != nil {
			return page, fmt.Errorf("outbox: %w", err)
		}
		return page, a.stillUnheard(ctx, params, page.Findings)
	}
	return page, nil
}

// unheard lists what is unheard each time it is looked at: a lead that has just
// been told has still to write it down.
func (a *Auditor) unheard(ctx context.Context, params db.UnheardDuplicatesParams) ([]db.UnheardDuplicatesRow, error) {
	rows, err := a.Store.UnheardDuplicates(ctx, params)
	for _, pause := range a.Settle {
		if err != nil || len(rows) == 0 {
			break
		}
		if err := lull.For(ctx, pause); err != nil {
			return nil, err
		}
		var again []db.UnheardDuplicatesRow
		again, err = a.Store.UnheardDuplicates(ctx, params)
		rows = slices.DeleteFunc(rows, func(r db.UnheardDuplicatesRow) bool { return !slices.Contains(again, r) })
	}
	if err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	return rows, nil
}

// stillUnheard waits until they are heard, and says which are not.
func (a *Auditor) stillUnheard(ctx context.Context, params db.UnheardDuplicatesParams, found []Finding) error {
	var left []string
	for _, pause := range a.Mend {
		if err := lull.For(ctx, pause); err != nil {
			return err
		}
		rows, err := a.Store.UnheardDuplicates(ctx, params)
		if err != nil {
			return fmt.Errorf("duplicates: %w", err)
		}
		left = left[:0]
		for _, r := range rows {
			left = append(left, r.ID.String())
		}
		if len(left) == 0 {
			break
		}
	}
	for i := range found {
		if slices.Contains(left, found[i].Lead) {
			found[i].Outcome, found[i].Remedy = Left, "run the audit again"
		}
	}
	return nil
}
