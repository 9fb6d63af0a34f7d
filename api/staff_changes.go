package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// changeStaff does something with a member of staff, at most once for the key,
// and answers with him as he then is. do gets the id of the request.
func (s *server) changeStaff(ctx context.Context, of uuid.UUID, key *string, request any, do func(id uuid.UUID) error) (staffReply, error) {
	answer, err := s.once(ctx, key, request, func(id uuid.UUID) (reply, error) {
		if err := do(id); err != nil {
			return reply{}, staffProblem(err)
		}
		now, err := s.staffMember(ctx, of)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, now)
	})
	return staffReply{answer}, err
}

// staffProblem tells what the store refused to do with somebody.
func staffProblem(err error) error {
	switch {
	case notThere(err):
		return NotFound("member of staff")
	case errors.Is(err, store.ErrLastManager):
		return Conflict("Nobody else decides on closings; appoint another sales manager or general manager first.", nil)
	case errors.Is(err, store.ErrNotPaused):
		return Conflict("New leads do not pause for him; there is nothing to intervene for.", nil)
	case errors.Is(err, store.ErrNotExempted):
		return Conflict("No exemption is in force for him.", nil)
	case errors.Is(err, store.ErrEarnsNone):
		return Conflict("No norm holds for him: only the call centre and salespeople who work here earn their leads.", nil)
	}
	return err
}

// AddStaff adds a member of staff.
func (s *server) AddStaff(ctx context.Context, r gen.AddStaffRequestObject) (gen.AddStaffResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(id uuid.UUID) (reply, error) {
		n := store.NewStaff{
			Name: r.Body.Name, Phone: given(r.Body.Phone), Language: given(r.Body.Language), Role: lead.Role(r.Body.Role),
			Languages: r.Body.Languages, Makes: r.Body.Makes,
		}
		if r.Body.Capacity != nil {
			n.Capacity = *r.Body.Capacity
		}
		if err := mayAppoint(ctx, uuid.Nil, n.Role); err != nil {
			return reply{}, err
		}
		n, faults := checked(n, callerOf(ctx).country)
		address, err := message.ParseAddress(r.Body.Email)
		if err != nil {
			faults = append(faults, FieldError{Field: "email", Message: "must be an address such as sam@dealer.example"})
		}
		if len(faults) > 0 {
			return reply{}, Invalid(faults...)
		}
		n.Email = address
		err = s.store.AddStaffAs(ctx, callerOf(ctx).dealer, id, n)
		if errors.Is(err, store.ErrAddressTaken) {
			return reply{}, Invalid(FieldError{
				Field: "email", Message: "belongs to somebody already; who left can be brought back with POST /v1/staff/{id}/return",
			})
		}
		if err != nil {
			return reply{}, err
		}
		now, err := s.staffMember(ctx, id)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusCreated, now)
	})
	return staffReply{answer}, err
}

// checked reads the phone number as one of the dealer's country and returns the
// person as he is stored, with everything that is wrong.
func checked(n store.NewStaff, country string) (store.NewStaff, []FieldError) {
	if number, valid := intake.NormalisePhone(n.Phone, country); valid {
		n.Phone = number
	}
	n.Language = strings.ToLower(strings.TrimSpace(n.Language))
	n, wrong := n.Checked()
	faults := fieldsOf(wrong)
	if n.Language != "" && !slices.Contains(message.Languages(), n.Language) {
		faults = append(faults, FieldError{
			Field: "language", Message: "must be " + strings.Join(message.Languages(), " or ") + ", or empty for the dealer's own: mails are written in these",
		})
	}
	return n, faults
}

// ChangeStaff changes what is given of a member of staff.
func (s *server) ChangeStaff(ctx context.Context, r gen.ChangeStaffRequestObject) (gen.ChangeStaffResponseObject, error) {
	return s.changeStaff(ctx, r.ID, r.Params.IdempotencyKey, r, func(uuid.UUID) error {
		err := s.store.ChangeStaff(ctx, callerOf(ctx).dealer, r.ID, func(n *store.NewStaff) error {
			was := n.Role
			if err := alter(n, r.Body); err != nil {
				return err
			}
			if n.Role != was {
				if err := mayAppoint(ctx, r.ID, was, n.Role); err != nil {
					return err
				}
			}
			better, faults := checked(*n, callerOf(ctx).country)
			*n = better
			if len(faults) > 0 {
				return Invalid(faults...)
			}
			return nil
		})
		if err == nil {
			s.waker.Wake() // he may have leads that need another owner
		}
		return err
	})
}

// mayAppoint keeps rights from being had for the asking: nobody changes his own
// role, and who manages, or administers, is decided by a general manager or an
// admin.
func mayAppoint(ctx context.Context, whom uuid.UUID, roles ...lead.Role) error {
	by := staffOf(ctx)
	if by.ID == whom {
		return Forbidden("Nobody changes his own role; another general manager or admin does.")
	}
	high := slices.ContainsFunc(roles, func(r lead.Role) bool { return r.Manages() || r == lead.RoleAdmin })
	if role := lead.Role(by.Role); high && role != lead.RoleGeneralManager && role != lead.RoleAdmin {
		return Forbidden("Who is a manager or an admin is decided by a general manager or an admin.")
	}
	return nil
}

// mayDismiss is mayAppoint for somebody who leaves or comes back. Whoever leaves
// himself gains nothing by it.
func (s *server) mayDismiss(ctx context.Context, whom uuid.UUID) error {
	if staffOf(ctx).ID == whom {
		return nil
	}
	person, err := s.store.GetStaffOfDealer(ctx, db.GetStaffOfDealerParams{DealerID: callerOf(ctx).dealer, ID: whom})
	if err != nil {
		return staffProblem(err)
	}
	return mayAppoint(ctx, uuid.Nil, lead.Role(person.Role))
}

func alter(n *store.NewStaff, c *gen.StaffChange) error {
	for _, text := range []struct {
		to   *string
		from *string
	}{{&n.Name, c.Name}, {&n.Phone, c.Phone}, {&n.Language, c.Language}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	if c.Role != nil {
		n.Role = lead.Role(*c.Role)
	}
	if c.Languages != nil {
		n.Languages = c.Languages
	}
	if c.Makes != nil {
		n.Makes = c.Makes
	}
	switch {
	case len(c.Capacity) == 0:
	case bytes.Equal(bytes.TrimSpace(c.Capacity), []byte("null")):
		n.Capacity = 0
	default:
		if err := json.Unmarshal(c.Capacity, &n.Capacity); err != nil {
			return Invalid(FieldError{Field: "capacity", Message: "must be a whole number, or null for no bound"})
		}
	}
	return nil
}

// given returns the text, "" when there is none.
func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// RecordLeaving takes somebody off the staff; his leads find other owners.
func (s *server) RecordLeaving(ctx context.Context, r gen.RecordLeavingRequestObject) (gen.RecordLeavingResponseObject, error) {
	return s.changeStaff(ctx, r.ID, r.Params.IdempotencyKey, r, func(uuid.UUID) error {
		if err := s.mayDismiss(ctx, r.ID); err != nil {
			return err
		}
		err := s.store.Leave(ctx, callerOf(ctx).dealer, r.ID)
		if err == nil {
			s.waker.Wake()
		}
		return err
	})
}

// RecordReturn brings somebody back.
func (s *server) RecordReturn(ctx context.Context, r gen.RecordReturnRequestObject) (gen.RecordReturnResponseObject, error) {
	return s.changeStaff(ctx, r.ID, r.Params.IdempotencyKey, r, func(uuid.UUID) error {
		if err := s.mayDismiss(ctx, r.ID); err != nil {
			return err
		}
		return s.store.Return(ctx, callerOf(ctx).dealer, r.ID)
	})
}

// AddAbsence enters a time in which somebody gets no leads (R14).
func (s *server) AddAbsence(ctx context.Context, r gen.AddAbsenceRequestObject) (gen.AddAbsenceResponseObject, error) {
	dealer := callerOf(ctx).dealer
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(id uuid.UUID) (reply, error) {
		now, err := s.store.Now(ctx)
		if err != nil {
			return reply{}, fmt.Errorf("clock: %w", err)
		}
		switch {
		case !r.Body.Until.After(r.Body.From):
			return reply{}, Invalid(FieldError{Field: "until", Message: "must be after from"})
		case !r.Body.Until.After(now):
			return reply{}, Invalid(FieldError{Field: "until", Message: "must be in the future; an absence that is over changes nothing"})
		}
		if _, err := s.store.GetStaffOfDealer(ctx, db.GetStaffOfDealerParams{DealerID: dealer, ID: r.ID}); err != nil {
			return reply{}, staffProblem(err)
		}
		why := strings.TrimSpace(given(r.Body.Why))
		err = s.store.AddAbsenceAs(ctx, db.InsertAbsenceParams{
			ID: id, DealerID: dealer, StaffID: r.ID, FromAt: r.Body.From, UntilAt: r.Body.Until, Why: why,
		})
		if err != nil {
			return reply{}, fmt.Errorf("absence: %w", err)
		}
		return replyWith(http.StatusCreated, absence(id, r.Body.From, r.Body.Until, why))
	})
	return staffReply{answer}, err
}

// DeleteAbsence takes an absence back.
func (s *server) DeleteAbsence(ctx context.Context, r gen.DeleteAbsenceRequestObject) (gen.DeleteAbsenceResponseObject, error) {
	return s.changeStaff(ctx, r.ID, r.Params.IdempotencyKey, r, func(uuid.UUID) error {
		err := s.store.RemoveAbsence(ctx, callerOf(ctx).dealer, r.ID, r.Aid)
		if notThere(err) {
			return NotFound("absence")
		}
		return err
	})
}
