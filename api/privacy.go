package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/privacy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ExportCustomer writes down everything that is held about a lead's customer.
func (s *server) ExportCustomer(ctx context.Context, r gen.ExportCustomerRequestObject) (gen.ExportCustomerResponseObject, error) {
	document, err := privacy.Export(ctx, s.store, callerOf(ctx).dealer, store.Whom{Lead: r.ID})
	if errors.Is(err, store.ErrNotFound) {
		return nil, NotFound("lead")
	}
	if err != nil {
		return nil, err
	}
	return documentReply{document}, nil
}

// documentReply sends the document as it is; the specification has it in short.
type documentReply struct{ document privacy.Document }

// VisitExportCustomerResponse sends the document.
func (r documentReply) VisitExportCustomerResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="customer.json"`)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return json.NewEncoder(w).Encode(r.document)
}

// EraseCustomer erases a lead's customer, or says what would be erased.
func (s *server) EraseCustomer(ctx context.Context, r gen.EraseCustomerRequestObject) (gen.EraseCustomerResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		e := store.Erasing{
			Whom: store.Whom{Lead: r.ID}, Actor: process.Actor(staffOf(ctx).ID.String()), Why: store.AskedToErase, Try: r.Body.DryRun,
			KeepOut: r.Body.KeepOut != nil && *r.Body.KeepOut,
		}
		done, err := s.store.Erase(ctx, callerOf(ctx).dealer, e)
		switch held, is := errors.AsType[*store.Held](err); {
		case errors.Is(err, store.ErrNotFound):
			return reply{}, NotFound("lead")
		case is:
			return reply{}, Conflict(fmt.Sprintf(
				"A message with this person in it also holds %d prospects in quarantine; make leads of them first.", len(held.Entries)), nil)
		case err != nil:
			return reply{}, err
		}
		s.waker.Wake()
		return replyWith(http.StatusOK, gen.Erased{
			Customers: idsOf(done.Customers), Leads: idsOf(done.Leads), Open: done.Open, Contacts: int(done.Contacts), Notes: int(done.Notes),
			Mails: int(done.Mails), Messages: int(done.Messages), Quarantine: int(done.Held), Refusals: int(done.Refusals), FollowUps: int(done.FollowUps),
		})
	})
	return erasedReply{answer}, err
}

// idsOf makes no list an empty one.
func idsOf(ids []uuid.UUID) []uuid.UUID { return append([]uuid.UUID{}, ids...) }

type erasedReply struct{ reply }

// VisitEraseCustomerResponse sends the counts.
func (r erasedReply) VisitEraseCustomerResponse(w http.ResponseWriter) error { return r.write(w) }

// AddConsent adds an entry to the ledger of consent of a lead's customer.
func (s *server) AddConsent(ctx context.Context, r gen.AddConsentRequestObject) (gen.AddConsentResponseObject, error) {
	who := callerOf(ctx)
	standing, err := s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: who.dealer, ID: r.ID})
	if notThere(err) {
		return nil, NotFound("lead")
	}
	if err != nil {
		return nil, fmt.Errorf("lead: %w", err)
	}
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(id uuid.UUID) (reply, error) {
		a := &action{s: s, id: id, dealer: who.dealer, zone: who.zone, staff: staffOf(ctx), lead: standing}
		if err := a.refuseErased(ctx); err != nil {
			return reply{}, err
		}
		entry := store.Consent{
			Purpose: strings.TrimSpace(r.Body.Purpose), Channel: string(r.Body.Channel), Given: r.Body.Given, By: process.Actor(a.staff.ID.String()),
		}
		if r.Body.Wording != nil {
			entry.Wording = strings.TrimSpace(*r.Body.Wording)
		}
		if r.Body.At != nil {
			if entry.At = moment(*r.Body.At); entry.At.After(standing.Now) {
				return reply{}, Invalid(FieldError{Field: "at", Message: "lies in the future; leave it out for now"})
			}
		}
		if entry.Purpose == "" {
			return reply{}, Invalid(FieldError{Field: "purpose", Message: "must hold a word or more"})
		}
		if err := s.store.AddConsent(ctx, who.dealer, r.ID, a.child("consent"), entry); err != nil {
			return reply{}, err
		}
		now, err := s.leadNow(ctx, who.dealer, r.ID)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, now)
	})
	return leadReply{answer}, err
}

// refuseErased turns away what would bring back somebody who was erased.
func (a *action) refuseErased(ctx context.Context) error {
	if a.lead.ErasedAt == nil {
		return nil
	}
	return a.conflict(ctx, "The customer's data were erased; nothing can be done with this lead any more.")
}
