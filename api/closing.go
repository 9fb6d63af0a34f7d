package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// CloseLead closes a lead with a reason of the catalogue (R9). The closing is
// stored with all its words before the process is asked; a refusal of the
// reason is put on the timeline.
func (s *server) CloseLead(ctx context.Context, r gen.CloseLeadRequestObject) (gen.CloseLeadResponseObject, error) {
	var asked *action
	answer, err := s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		asked = a
		return a.closing(ctx, r.Body)
	})
	if asked != nil && (errors.Is(err, ClosingRefused()) || errors.Is(err, UnknownReason(nil))) {
		asked.noteRefusal(ctx, r.Body.Reason, err)
	}
	return answer, err
}

func (a *action) closing(ctx context.Context, body *gen.CloseRequest) (process.Happening, error) {
	var none process.Happening
	catalogue, err := a.s.store.Reasons(ctx, a.s.store.Queries, a.dealer, a.lead.ReasonVersion)
	if err != nil {
		return none, err
	}
	if err := a.open(ctx); err != nil {
		return none, err
	}
	reason, known := catalogue.Find(body.Reason)
	if !known {
		// It may be anybody's words and does not travel into Temporal.
		return none, UnknownReason(catalogue.Codes(lead.Phase(a.lead.Phase)))
	}
	details, err := a.details(ctx, reason, body.Details)
	if err != nil {
		return none, err
	}
	note, err := a.note(ctx, body.Note)
	if err != nil {
		return none, err
	}
	text, err := json.Marshal(details)
	if err != nil {
		return none, fmt.Errorf("details: %w", err)
	}
	params := db.InsertClosingParams{
		ID: a.child("closing"), DealerID: a.dealer, LeadID: a.lead.ID, Reason: reason.Code, Details: text, AskedBy: a.staff.ID.String(),
	}
	if note != "" {
		id := a.child("note")
		params.NoteID = &id
	}
	if err := a.s.store.InsertClosing(ctx, params); err != nil {
		return none, fmt.Errorf("closing: %w", err)
	}
	return process.Happening{What: process.DidClose, Close: &process.ClosingAsked{
		ID: params.ID.String(), Reason: reason.Code, Details: reason.Travelling(details), NoteID: note,
	}}, nil
}

// open turns away what cannot close, before its reason is looked at. A first
// try of this very request may be what closed it.
func (a *action) open(ctx context.Context) error {
	if lead.Status(a.lead.Status) == lead.Open {
		return nil
	}
	did, err := a.happened(ctx, process.Happening{ID: a.id.String(), What: process.DidClose})
	switch {
	case err != nil || did:
		return err
	case lead.Status(a.lead.Status) == lead.Closing:
		return a.conflict(ctx, "A closing of this lead waits for the manager already.")
	}
	return a.conflict(ctx, "The lead is closed ("+a.lead.CloseReason+"); a manager can reopen it.")
}

// details checks the details of a closing in full: what travels through
// Temporal has its words taken out, and the process cannot see who is meant.
func (a *action) details(ctx context.Context, reason lead.Reason, given map[string]any) (map[string]string, error) {
	details, faults := Details(given)
	if len(faults) > 0 {
		return nil, Invalid(faults...)
	}
	for name, value := range details {
		details[name] = strings.TrimSpace(value)
		if details[name] == "" {
			delete(details, name) // forms send all their fields
		}
	}
	yardstick, err := a.s.store.Policy(ctx, a.s.store.Queries, a.dealer, a.lead.PolicyVersion)
	if err != nil {
		return nil, err
	}
	y, m, d := a.lead.Now.In(yardstick.Zone).Date()
	if faults := reason.CheckDetails(details, time.Date(y, m, d, 0, 0, 0, 0, time.UTC)); len(faults) > 0 {
		return nil, Invalid(fieldsOf(faults)...)
	}
	for _, d := range reason.Details {
		value := details[d.Name]
		if value == "" || (d.Kind != lead.LeadID && d.Kind != lead.StaffOrLead) {
			continue
		}
		if err := a.meant(ctx, d, value); err != nil {
			return nil, err
		}
	}
	return details, nil
}

// meant checks that the lead or colleague that a detail names is there.
func (a *action) meant(ctx context.Context, d lead.Detail, value string) error {
	field := "details." + d.Name
	if id, err := uuid.Parse(value); err == nil {
		if id == a.lead.ID {
			return Invalid(FieldError{Field: field, Message: "must name another lead than this one"})
		}
		there, err := a.s.store.LeadOfDealer(ctx, db.LeadOfDealerParams{DealerID: a.dealer, ID: id})
		if err != nil {
			return fmt.Errorf("other lead: %w", err)
		}
		if !there {
			return Invalid(FieldError{Field: field, Message: "is the id of no lead of this dealer"})
		}
		return nil
	}
	person, err := a.s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: a.dealer, Lower: value})
	if notThere(err) || (err == nil && !person.Active) {
		return Invalid(FieldError{Field: field, Message: "is nobody who works here and no id of a lead; GET /v1/staff lists the addresses"})
	}
	if err != nil {
		return fmt.Errorf("colleague: %w", err)
	}
	return nil
}

// noteRefusal puts a refused closing on the timeline. It stays a refusal when
// that fails.
func (a *action) noteRefusal(ctx context.Context, reason string, refused error) {
	data := map[string]any{"code": "unknown_reason"} // an unknown reason may be anybody's words
	var p *Problem
	if errors.As(refused, &p) && len(p.Missing) > 0 {
		missing := make([]map[string]any, len(p.Missing))
		for i, m := range p.Missing {
			missing[i] = map[string]any{"rule": m.Rule, "need": m.Need, "have": m.Have}
		}
		data = map[string]any{"reason": reason, "missing": missing}
	}
	if err := a.s.store.Append(ctx, a.dealer, a.lead.ID, "closing_refused", process.Actor(a.staff.ID.String()), data); err != nil {
		a.s.log.WarnContext(ctx, "a refused closing is not on the timeline", "lead", a.lead.ID, "error", err)
	}
}

// ApproveClosing lets a proposed closing take effect (R10).
func (s *server) ApproveClosing(ctx context.Context, r gen.ApproveClosingRequestObject) (gen.ApproveClosingResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, decide(true, r.Body.Note))
}

// RejectClosing puts the lead back to work (R10).
func (s *server) RejectClosing(ctx context.Context, r gen.RejectClosingRequestObject) (gen.RejectClosingResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, decide(false, r.Body.Note))
}

func decide(approve bool, note *string) prepare {
	return func(ctx context.Context, a *action) (process.Happening, error) {
		id, err := a.note(ctx, note)
		return process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: approve, NoteID: id}}, err
	}
}

// ReopenLead puts a closed lead back to work. Its workflow has ended; the same
// call starts one from where it was.
func (s *server) ReopenLead(ctx context.Context, r gen.ReopenLeadRequestObject) (gen.ReopenLeadResponseObject, error) {
	return s.act(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *action) (process.Happening, error) {
		state, err := s.store.StateForStart(ctx, a.lead.ID)
		if err != nil {
			return process.Happening{}, fmt.Errorf("state of the lead: %w", err)
		}
		a.reopen = &state
		note, err := a.note(ctx, r.Body.Note)
		return process.Happening{What: process.DidReopen, Reopen: &process.Reopening{NoteID: note}}, err
	})
}
