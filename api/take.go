package api

import (
	"context"
	"net/http"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/process"
)

// TakeLead is somebody's "I take it": he claims a lead whose escalation is up.
// The process lets the first one have it.
func (s *server) TakeLead(ctx context.Context, r gen.TakeLeadRequestObject) (gen.TakeLeadResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(context.Context, *action) (process.Happening, error) {
		return process.Happening{What: process.DidTake}, nil
	})
}

// VisitTakeLeadResponse sends the lead.
func (r leadReply) VisitTakeLeadResponse(w http.ResponseWriter) error { return r.write(w) }
