// Package activities touches the world for the workflows: it decides and
// writes steps, sends messages, and tells other leads. One file per concern.
package activities

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/fair"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Lead decides the steps of leads and of their follow-ups.
type Lead struct {
	Store *store.Store
	// Turns bounds how many steps are decided at once, and how many of one dealer:
	// many of them wait for each other, who is next among the colleagues. Steps for
	// whose answer somebody waits are the urgent ones. Nil bounds nothing.
	Turns *fair.Gate
}

// Step decides what h does to a lead and writes everything that follows from
// it in one transaction. Run again with the same arguments it changes nothing
// more. Its errors hold no personal data: they come from the database's driver
// and name ids at most.
func (l *Lead) Step(ctx context.Context, state process.State, h process.Happening) (process.Stepped, error) {
	awaited := workflows.Awaited(h.What, h.Signal)
	leave, err := l.Turns.Enter(ctx, state.Dealer, awaited)
	if err != nil {
		return process.Stepped{}, plain("step", err)
	}
	defer leave()
	done, err := l.Store.Step(of(ctx, state.Dealer), state, h)
	failpoint.Hit(failpoint.StepAfterCommit)
	done.AtOnce = !awaited
	if err != nil {
		return done, plain("step", err)
	}
	return done, nil
}

// of returns a context for the dealer of a state. What is no dealer's id sees
// nothing.
func of(ctx context.Context, dealer string) context.Context {
	id, err := uuid.Parse(dealer)
	if err != nil {
		return ctx
	}
	return store.ForDealer(ctx, id)
}

// ofLead returns a context for the dealer of a lead, and the lead's id.
func ofLead(ctx context.Context, s *store.Store, lead string) (context.Context, uuid.UUID, error) {
	id, err := uuid.Parse(lead)
	if err != nil {
		return ctx, id, fmt.Errorf("lead id: %w", err)
	}
	ctx, err = s.OfLead(ctx, id)
	return ctx, id, err
}

// FollowUpStep does the same for a follow-up.
func (l *Lead) FollowUpStep(ctx context.Context, state process.FollowUpState, h process.FollowUpHappening) (process.FollowUpStepped, error) {
	awaited := workflows.Awaited(h.What, h.Signal)
	leave, err := l.Turns.Enter(ctx, state.Dealer, awaited)
	if err != nil {
		return process.FollowUpStepped{}, plain("follow-up step", err)
	}
	defer leave()
	done, err := l.Store.FollowUpStep(of(ctx, state.Dealer), state, h)
	if err != nil {
		return done, plain("follow-up step", err)
	}
	done.AtOnce = !awaited
	return done, nil
}
