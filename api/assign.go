package api

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// AssignLead gives the lead to somebody, who must work here, sell and be there
// (R14).
func (s *server) AssignLead(ctx context.Context, r gen.AssignLeadRequestObject) (gen.AssignLeadResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		to, err := s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: a.dealer, Lower: r.Body.To})
		if notThere(err) || (err == nil && !to.Active) {
			return process.Happening{}, Invalid(FieldError{Field: "to", Message: "is nobody who works here; GET /v1/staff lists the addresses"})
		}
		if err != nil {
			return process.Happening{}, fmt.Errorf("new owner: %w", err)
		}
		if !lead.Role(to.Role).Sells() {
			return process.Happening{}, Invalid(FieldError{Field: "to", Message: "does not sell; choose a salesperson, a manager or the call centre"})
		}
		away, err := s.absent(ctx, a.dealer, a.lead.Now)
		if err != nil {
			return process.Happening{}, err
		}
		if away[to.ID] {
			return process.Happening{}, Invalid(FieldError{Field: "to", Message: "is absent now; choose somebody who is there"})
		}
		note, err := a.note(ctx, r.Body.Reason)
		return process.Happening{What: process.DidAssign, Assign: &process.Assignment{To: to.ID.String(), NoteID: note}}, err
	})
}
