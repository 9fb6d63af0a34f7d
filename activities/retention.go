package activities

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Retention erases people who have been kept for long enough.
type Retention struct {
	Store *store.Store
	Batch int32 // people at a time; 0 means 100
}

// Expire erases the next batch of people of the dealer whose turn it is, and
// when he has none left, empties his old messages and writes down that he is
// through. A try that died is made again with the same input: who was erased is
// not found any more.
func (r *Retention) Expire(ctx context.Context, in workflows.RetentionInput) (workflows.RetentionBatch, error) {
	batch, err := r.expire(ctx, in)
	if err != nil {
		return batch, plain("retention", err)
	}
	return batch, nil
}

func (r *Retention) expire(ctx context.Context, in workflows.RetentionInput) (workflows.RetentionBatch, error) {
	dealer, err := r.turn(store.Across(ctx), in.Dealer)
	if err != nil || dealer == uuid.Nil {
		return workflows.RetentionBatch{Next: in, Done: dealer == uuid.Nil}, err
	}
	ctx = store.ForDealer(ctx, dealer)
	after := uuid.Nil
	if in.Customer != "" {
		if after, err = uuid.Parse(in.Customer); err != nil {
			return workflows.RetentionBatch{}, fmt.Errorf("where to go on: %w", err)
		}
	}
	most := r.Batch
	if most == 0 {
		most = 100
	}
	alive := func() { activity.RecordHeartbeat(ctx) }
	erased, err := r.Store.Expire(ctx, dealer, after, most, alive)
	if err != nil {
		return workflows.RetentionBatch{}, err
	}
	in.People, in.Held, in.Total = in.People+erased.Erased, in.Held+erased.Held, in.Total+erased.Erased
	if erased.Next != nil {
		in.Customer = erased.Next.String()
		return workflows.RetentionBatch{Next: in}, nil
	}
	emptied, err := r.Store.EmptyRaw(ctx, dealer, alive)
	if err != nil {
		return workflows.RetentionBatch{}, err
	}
	err = r.Store.RetentionRan(ctx, db.RetentionRanParams{
		DealerID: dealer, MorePeople: int64(in.People), MoreMessages: emptied, HeldNow: int64(in.Held),
	})
	if err != nil {
		return workflows.RetentionBatch{}, fmt.Errorf("write down the run: %w", err)
	}
	return workflows.RetentionBatch{Next: workflows.RetentionInput{Dealer: dealer.String(), Total: in.Total}}, nil
}

// turn returns the dealer after the one that is through, in the order of their
// ids; the zero id when there is none.
func (r *Retention) turn(ctx context.Context, through string) (uuid.UUID, error) {
	dealers, err := r.Store.ListDealers(ctx)
	if err != nil {
		return uuid.Nil, fmt.Errorf("dealers: %w", err)
	}
	ids := make([]string, 0, len(dealers))
	for _, d := range dealers {
		if id := d.ID.String(); id > through {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return uuid.Nil, nil
	}
	return uuid.Parse(slices.Min(ids))
}
