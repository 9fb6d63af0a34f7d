package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// AddSource adds a source of leads.
func (s *server) AddSource(ctx context.Context, r gen.AddSourceRequestObject) (gen.AddSourceResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(id uuid.UUID) (reply, error) {
		n := store.NewSource{Code: strings.TrimSpace(r.Body.Code), Name: r.Body.Name, Party: lead.Party(r.Body.Party), Paid: r.Body.Paid != nil && *r.Body.Paid}
		faults := costs(&n, r.Body.CostPerLead)
		n, wrong := n.Checked()
		if faults = append(fieldsOf(wrong), faults...); len(faults) > 0 {
			return reply{}, Invalid(faults...)
		}
		err := s.store.AddSourceAs(ctx, callerOf(ctx).dealer, id, n)
		if errors.Is(err, store.ErrCodeTaken) {
			return reply{}, Invalid(FieldError{Field: "code", Message: "belongs to another source already; take another one"})
		}
		if err != nil {
			return reply{}, err
		}
		return s.sourceNow(ctx, http.StatusCreated, n.Code)
	})
	return sourceReply{answer}, err
}

// ChangeSource changes what is given of a source.
func (s *server) ChangeSource(ctx context.Context, r gen.ChangeSourceRequestObject) (gen.ChangeSourceResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		err := s.store.ChangeSource(ctx, callerOf(ctx).dealer, r.Code, func(n *store.NewSource) error {
			if r.Body.Name != nil {
				n.Name = *r.Body.Name
			}
			if r.Body.Party != nil {
				n.Party = lead.Party(*r.Body.Party)
			}
			if r.Body.Paid != nil {
				n.Paid = *r.Body.Paid
				if !n.Paid {
					n.CostCents = 0
				}
			}
			faults := costs(n, r.Body.CostPerLead)
			better, wrong := n.Checked()
			*n = better
			if faults = append(fieldsOf(wrong), faults...); len(faults) > 0 {
				return Invalid(faults...)
			}
			return nil
		})
		if notThere(err) {
			return reply{}, NotFound("source")
		}
		if err != nil {
			return reply{}, err
		}
		return s.sourceNow(ctx, http.StatusOK, r.Code)
	})
	return sourceReply{answer}, err
}

// amountForm is an amount as the API writes it.
var amountForm = regexp.MustCompile(`^\d{1,9}(\.\d{1,2})?$`)

// costs reads what a lead costs into the source; nil leaves it as it is.
func costs(n *store.NewSource, cost *gen.Money) []FieldError {
	if cost == nil {
		return nil
	}
	n.Currency = strings.ToUpper(strings.TrimSpace(cost.Currency))
	amount := strings.TrimSpace(cost.Amount)
	if !amountForm.MatchString(amount) {
		return []FieldError{{Field: "cost_per_lead.amount", Message: "must be an amount such as 25 or 12.50"}}
	}
	units, cents, _ := strings.Cut(amount, ".")
	n.CostCents, _ = strconv.ParseInt(units+(cents + "00")[:2], 10, 64) // eleven digits at most
	return nil
}

// sourceNow answers with a source as it is.
func (s *server) sourceNow(ctx context.Context, status int, code string) (reply, error) {
	row, err := s.store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: callerOf(ctx).dealer, Code: code})
	if err != nil {
		return reply{}, err
	}
	return replyWith(status, sourceOf(row))
}

// sourceReply answers with a source.
type sourceReply struct{ reply }

// VisitAddSourceResponse sends the source.
func (r sourceReply) VisitAddSourceResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitChangeSourceResponse sends the source.
func (r sourceReply) VisitChangeSourceResponse(w http.ResponseWriter) error { return r.write(w) }
