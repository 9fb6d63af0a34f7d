package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// orphans finds workflows of leads that Postgres does not know: it was restored
// from before they came in. What the customer wrote stood only there, so that
// nothing can be repaired; and nothing is ended, because the newer database may
// yet be found.
func (a *Auditor) orphans(ctx context.Context, ids []uuid.UUID) ([]Finding, error) {
	var found []Finding
	for _, id := range ids {
		name := workflows.ID(id.String())
		w, err := a.describe(ctx, name)
		if err != nil {
			return nil, err
		}
		if !w.running {
			continue // the list lags
		}
		found = append(found, Finding{
			Kind: LeadMissing, Outcome: Left, Lead: id.String(), Workflow: name, Detail: "a workflow runs of a lead that is not in the database",
			Remedy: "find the lead in what the source sent and post it again, then end the workflow: temporal workflow terminate --workflow-id " + name,
		})
	}
	return found, nil
}

// lostFollowUps writes the rows of follow-ups again that a restore lost, where
// their leads are there: their workflows know all that stood in them.
func (a *Auditor) lostFollowUps(ctx context.Context, ids []uuid.UUID, repair bool) ([]Finding, error) {
	var found []Finding
	for _, id := range ids {
		f, err := a.lostFollowUp(ctx, id, repair)
		if err != nil {
			return nil, err
		}
		if f != nil {
			found = append(found, *f)
		}
	}
	return found, nil
}

func (a *Auditor) lostFollowUp(ctx context.Context, id uuid.UUID, repair bool) (*Finding, error) {
	l := followUps{a, judge}
	s := &subject{id: id}
	var err error
	if s.facts.workflow, err = a.describe(ctx, l.workflow(id)); err != nil {
		return nil, err
	}
	if !s.facts.workflow.running {
		return nil, nil //nolint:nilnil // the list lags; nothing was found
	}
	f := &Finding{
		Kind: FollowUpMissing, Outcome: Found, FollowUp: id.String(), Workflow: l.workflow(id),
		Detail: "a workflow runs of a follow-up that is not in the database",
		Remedy: "end it when its lead is lost too: temporal workflow terminate --workflow-id " + l.workflow(id),
	}
	if !repair {
		return f, nil
	}
	f.Outcome = Left
	l.ask(ctx, s)
	if !s.facts.workflow.asked {
		return f, nil
	}
	f.Dealer, f.Lead = s.follow.Dealer, s.follow.Lead
	err = a.Store.RememberFollowUp(ctx, s.follow)
	if errors.Is(err, store.ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	if err := unlessOver(a.Leads.WakeFollowUp(ctx, id.String())); err != nil {
		return nil, err
	}
	for _, pause := range a.Mend {
		if err := lull.For(ctx, pause); err != nil {
			return nil, err
		}
		rows, err := a.Store.FollowUpsStanding(ctx, []uuid.UUID{id}, quiet)
		if err != nil {
			return nil, err
		}
		if rows[id].FollowUp.Step >= s.follow.Step {
			f.Outcome, f.Remedy = Noted, ""
			return f, nil
		}
	}
	return f, nil
}

// outcomes says of findings that nothing can be done about whether anybody tried.
func outcomes(found []Finding, repair bool) []Finding {
	if repair {
		return found
	}
	for i := range found {
		found[i].Outcome = Found
	}
	return found
}

func placeIn(token []byte) string { return base64.RawURLEncoding.EncodeToString(token) }

func uuidOf(text string) uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil
	}
	return id
}

// blockedBy tells of code that fails.
func blockedBy(w workflow) wrong {
	return wrong{
		kind: WorkflowBlocked, detail: fmt.Sprintf("its task failed %d times: %s", w.attempt-1, w.failure),
		remedy: "it goes on by itself when a worker with mended code runs; Temporal UI shows the error under the workflow",
	}
}
