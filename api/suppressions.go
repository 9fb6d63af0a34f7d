package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// suppressedPlace is a place in the list of addresses that are not mailed.
type suppressedPlace struct {
	Since time.Time `json:"t"`
	ID    uuid.UUID `json:"i"`
}

// ListSuppressions lists addresses that are not mailed, the latest first.
func (s *server) ListSuppressions(ctx context.Context, r gen.ListSuppressionsRequestObject) (gen.ListSuppressionsResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	params := db.ListSuppressionsParams{DealerID: callerOf(ctx).dealer, Most: limit + 1}
	if r.Params.Q != nil {
		params.Word = *r.Params.Q
	}
	before, given, err := placeOf[suppressedPlace](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if given {
		params.Before, params.BeforeID = &before.Since, &before.ID
	}
	rows, err := s.store.ListSuppressions(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("suppressions: %w", err)
	}
	out := gen.SuppressionPage{Items: []gen.Suppression{}}
	if len(rows) > int(limit) {
		rows = rows[:limit]
		last := rows[limit-1]
		out.NextCursor = cursorOf(suppressedPlace{Since: last.Since.UTC(), ID: last.ID})
	}
	for _, row := range rows {
		out.Items = append(out.Items, gen.Suppression{
			ID: row.ID, Address: row.Normalised, Reason: gen.SuppressionReason(row.Reason), Since: row.Since.UTC(), LeadID: row.LeadID,
			Liftable: store.Liftable(row.Reason),
		})
	}
	return gen.ListSuppressions200JSONResponse(out), nil
}

// LiftSuppression has an address mailed again.
func (s *server) LiftSuppression(ctx context.Context, r gen.LiftSuppressionRequestObject) (gen.LiftSuppressionResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		lifted, err := s.store.Lift(ctx, callerOf(ctx).dealer, r.ID, staffOf(ctx).ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return reply{}, NotFound("address that is not mailed")
		case errors.Is(err, store.ErrUnwanted):
			return reply{}, Conflict("The reader of this address does not want mail; staff cannot undo that.", nil)
		case err != nil:
			return reply{}, fmt.Errorf("lift a suppression: %w", err)
		}
		s.waker.Wake()
		return replyWith(http.StatusOK, gen.Suppression{
			ID: lifted.ID, Address: lifted.Normalised, Reason: gen.SuppressionReason(lifted.Reason), Since: lifted.Since.UTC(),
			LeadID: lifted.LeadID, Liftable: true,
		})
	})
	return suppressionReply{answer}, err
}

// suppressionReply answers with the entry that was lifted.
type suppressionReply struct{ reply }

// VisitLiftSuppressionResponse sends the entry.
func (r suppressionReply) VisitLiftSuppressionResponse(w http.ResponseWriter) error {
	return r.write(w)
}

// suppressedAmong finds out which of these addresses are not mailed, and why.
func suppressedAmong(
	ctx context.Context, q *db.Queries, dealer uuid.UUID, contacts []db.ContactsOfCustomersRow,
) (map[string]gen.SuppressionReason, error) {
	addresses := []string{}
	for _, c := range contacts {
		if c.Kind == "email" && c.Valid {
			addresses = append(addresses, c.Normalised)
		}
	}
	rows, err := q.SuppressedOf(ctx, db.SuppressedOfParams{DealerID: dealer, Addresses: addresses})
	if err != nil {
		return nil, fmt.Errorf("suppressed addresses: %w", err)
	}
	out := make(map[string]gen.SuppressionReason, len(rows))
	for _, r := range rows {
		out[r.Normalised] = gen.SuppressionReason(r.Reason)
	}
	return out, nil
}
