package api

import (
	"context"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// LogAttempt logs an attempt to reach the customer.
func (s *server) LogAttempt(ctx context.Context, r gen.LogAttemptRequestObject) (gen.LogAttemptResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		made := process.AttemptMade{
			ID: a.child("attempt").String(), Channel: lead.Channel(r.Body.Channel), Direction: lead.Out, Outcome: lead.Outcome(r.Body.Outcome),
		}
		if r.Body.Direction != nil {
			made.Direction = lead.Direction(*r.Body.Direction)
		}
		if r.Body.At != nil {
			made.At = moment(*r.Body.At)
		}
		if r.Body.DurationS != nil {
			made.Seconds = *r.Body.DurationS
		}
		var err error
		made.NoteID, err = a.note(ctx, r.Body.Note)
		return process.Happening{What: process.DidAttempt, Attempt: &made}, err
	})
}
