package activities

import (
	"context"
	"errors"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// People tells the other leads of a person what he said about being contacted.
type People struct {
	Store *store.Store
	Leads workflows.Leads
}

// Spread signals every other open lead of the same person. That his wish holds
// for their messages is written already; this stops their clocks. Telling a
// lead twice does nothing.
func (p *People) Spread(ctx context.Context, in workflows.SpreadInput) error {
	ctx, id, err := ofLead(ctx, p.Store, in.Lead)
	if err != nil {
		return plain("spread", err)
	}
	others, err := p.Store.OtherOpenLeads(ctx, id)
	if err != nil {
		return plain("spread", err)
	}
	wish := process.CustomerWish{}
	for _, c := range in.Channels {
		wish.Refuses = append(wish.Refuses, lead.Channel(c))
	}
	for _, other := range others {
		err := p.Leads.Tell(ctx, other.String(), process.Happening{
			What: process.DidCustomer, Actor: process.Customer, Customer: &wish,
		})
		// A lead that closed meanwhile has nothing to stop.
		if err != nil && !errors.Is(err, workflows.ErrNotRunning) {
			return plain("spread", err)
		}
	}
	return nil
}
