package api

import (
	"context"
	"slices"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// ChangeCustomer notes on which channels the customer may not be contacted.
func (s *server) ChangeCustomer(ctx context.Context, r gen.ChangeCustomerRequestObject) (gen.ChangeCustomerResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		refused := refusedChannels(r.Body.DoNotContact)
		if len(refused) == 0 {
			return process.Happening{}, Invalid(FieldError{
				Field: "do_not_contact", Message: "must be true or name channels; what a customer refused is not taken back here",
			})
		}
		note, err := a.note(ctx, r.Body.Note)
		return process.Happening{What: process.DidCustomer, Customer: &process.CustomerWish{Refuses: refused, NoteID: note}}, err
	})
}

func refusedChannels(wish gen.DoNotContact) []lead.Channel {
	if all, err := wish.AsEveryChannel(); err == nil {
		if all {
			return []lead.Channel{lead.Phone, lead.Email, lead.SMS}
		}
		return nil
	}
	these, err := wish.AsTheseChannels()
	if err != nil {
		return nil
	}
	var out []lead.Channel
	for _, c := range these {
		if !slices.Contains(out, lead.Channel(c)) {
			out = append(out, lead.Channel(c))
		}
	}
	return out
}
