package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// asker has something happen to a lead or to one of its follow-ups;
// workflows.Leads is one.
type asker interface {
	Ask(ctx context.Context, leadID string, h process.Happening, reopen *process.State) (workflows.Answer, error)
	AskFollowUp(ctx context.Context, id string, h process.FollowUpHappening) (workflows.Answer, error)
}

// action is one thing that a member of staff does to a lead, under way. Its
// ids derive from that of the request, so that asking again after a crash
// stores nothing twice.
type action struct {
	s      *server
	id     uuid.UUID
	dealer uuid.UUID
	zone   *time.Location // the dealer's
	staff  *db.Staff
	lead   db.LeadStandingRow
	reopen *process.State // to start a closed lead's workflow from
	// then is done when it has happened, before the caller is told; it is done
	// again when he asks again. Nil for nothing.
	then func(ctx context.Context) error
}

// child returns the id of what belongs to the action.
func (a *action) child(what string) uuid.UUID { return uuid.NewSHA1(a.id, []byte(what)) }

// note stores free words and returns their id, "" when there are none. Words
// stay in Postgres; what travels through Temporal is the id.
func (a *action) note(ctx context.Context, text *string) (string, error) {
	if text == nil || strings.TrimSpace(*text) == "" {
		return "", nil
	}
	id := a.child("note")
	err := a.s.store.InsertNote(ctx, db.InsertNoteParams{
		ID: id, DealerID: a.dealer, LeadID: a.lead.ID, StaffID: &a.staff.ID, Text: strings.TrimSpace(*text),
	})
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	return id.String(), nil
}

// prepare stores what an action needs and says what is to happen.
type prepare func(ctx context.Context, a *action) (process.Happening, error)

// act has something happen to a lead and answers with the lead as it then is.
// request is the whole request, to tell a repeat from another one.
func (s *server) act(ctx context.Context, leadID uuid.UUID, key *string, request any, prepare prepare) (leadReply, error) {
	who := callerOf(ctx)
	if wait := s.perLead.wait(leadID); wait > 0 {
		return leadReply{}, TooFast(wait)
	}
	standing, err := s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: who.dealer, ID: leadID})
	if notThere(err) {
		return leadReply{}, NotFound("lead")
	}
	if err != nil {
		return leadReply{}, fmt.Errorf("lead: %w", err)
	}
	answer, err := s.once(ctx, key, request, func(id uuid.UUID) (reply, error) {
		a := &action{s: s, id: id, dealer: who.dealer, zone: who.zone, staff: staffOf(ctx), lead: standing}
		if err := a.run(ctx, prepare); err != nil {
			return reply{}, err
		}
		if a.then != nil {
			if err := a.then(ctx); err != nil {
				return reply{}, err
			}
		}
		now, err := s.leadNow(ctx, who.dealer, leadID)
		if err != nil {
			return reply{}, err
		}
		status := http.StatusOK
		if Operation(ctx).ID == "CloseLead" && now.Status == gen.LeadStatusClosing {
			status = http.StatusAccepted
		}
		return replyWith(status, now)
	})
	return leadReply{answer}, err
}

func (a *action) run(ctx context.Context, prepare prepare) error {
	if err := a.refuseDuplicate(ctx); err != nil {
		return err
	}
	if err := a.refuseErased(ctx); err != nil {
		return err
	}
	h, err := prepare(ctx, a)
	if err != nil {
		return err
	}
	h.ID, h.Actor, h.AskedAt = a.id.String(), process.Actor(a.staff.ID.String()), a.lead.Now.In(a.zone)
	_, err = a.s.leads.Ask(ctx, a.lead.ID.String(), h, a.reopen)
	failpoint.Hit(failpoint.ActionAfterAsk)
	if err == nil {
		return nil
	}
	var refusal *process.Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, workflows.ErrNotRunning) {
		return err
	}
	// A first try of this request may have got through without its answer:
	// then the lead is where it was asked to be, and refuses to be asked again.
	happened, lookErr := a.happened(ctx, h)
	switch {
	case lookErr != nil:
		return lookErr
	case happened:
		return nil
	case refusal != nil && a.lead.Step > 0:
		return a.refused(ctx, refusal)
	}
	return a.notRunning(ctx, h)
}

// happened reports whether the request was carried out before.
func (a *action) happened(ctx context.Context, h process.Happening) (bool, error) {
	if h.What == process.DidMessage {
		row, err := a.s.store.HandWritten(ctx, db.HandWrittenParams{LeadID: a.lead.ID, ID: a.child("message")})
		if err != nil {
			return false, fmt.Errorf("message: %w", err)
		}
		return row.State != "held", nil
	}
	did, err := a.s.store.HappenedBefore(ctx, db.HappenedBeforeParams{LeadID: a.lead.ID, Happening: h.ID})
	if err != nil {
		return false, fmt.Errorf("timeline: %w", err)
	}
	return did, nil
}

// refuseDuplicate sends whoever works a linked lead to the one that is worked
// for it.
func (a *action) refuseDuplicate(ctx context.Context) error {
	if a.lead.DuplicateOf == nil {
		return nil
	}
	return a.conflict(ctx, "This lead was linked to lead "+a.lead.DuplicateOf.String()+" of the same person; act on that one.")
}

// notRunning answers for a lead that has no workflow.
func (a *action) notRunning(ctx context.Context, h process.Happening) error {
	now, err := a.s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: a.dealer, ID: a.lead.ID})
	if err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	closed := lead.Status(now.Status) == lead.Closed
	switch {
	case now.DuplicateOf != nil:
		a.lead = now
		return a.refuseDuplicate(ctx)
	case closed && h.What == process.DidNote:
		// What is known about a customer is welcome at any time.
		return a.s.store.Append(ctx, a.dealer, a.lead.ID, "note_added", h.Actor, map[string]any{"note_id": h.Note.ID})
	case closed && h.What == process.DidCustomer:
		return a.s.store.Object(ctx, a.lead.ID, h.Customer.Refuses)
	case closed:
		return a.conflict(ctx, "The lead is closed ("+now.CloseReason+"); a manager can reopen it.")
	case now.Step == 0:
		a.s.waker.Wake()
		p := newProblem(KindUnavailable, "The lead was stored this very moment and its work begins. Come back in a second.")
		p.RetryAfter = retrySoon
		return p
	}
	return Unavailable("The lead's workflow", defaultRetryAfter).Because(workflows.ErrNotRunning)
}

// conflict says why it cannot be done, with the lead as it is now.
func (a *action) conflict(ctx context.Context, detail string) error {
	now, err := a.s.leadNow(ctx, a.dealer, a.lead.ID)
	if err != nil {
		return err
	}
	return Conflict(detail, &now)
}

// leadReply answers every operation that acts on a lead.
type leadReply struct{ reply }

// VisitAddConsentResponse sends the lead.
func (r leadReply) VisitAddConsentResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitAddNoteResponse sends the lead.
func (r leadReply) VisitAddNoteResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitApproveClosingResponse sends the lead.
func (r leadReply) VisitApproveClosingResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitAssignLeadResponse sends the lead.
func (r leadReply) VisitAssignLeadResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitCancelAppointmentResponse sends the lead.
func (r leadReply) VisitCancelAppointmentResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitChangeCustomerResponse sends the lead.
func (r leadReply) VisitChangeCustomerResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitCloseLeadResponse sends the lead.
func (r leadReply) VisitCloseLeadResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitConfirmAppointmentResponse sends the lead.
func (r leadReply) VisitConfirmAppointmentResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitLogAttemptResponse sends the lead.
func (r leadReply) VisitLogAttemptResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitMoveAppointmentResponse sends the lead.
func (r leadReply) VisitMoveAppointmentResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitRejectClosingResponse sends the lead.
func (r leadReply) VisitRejectClosingResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitReopenLeadResponse sends the lead.
func (r leadReply) VisitReopenLeadResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitSendMessageResponse sends the lead.
func (r leadReply) VisitSendMessageResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitSetAppointmentResponse sends the lead.
func (r leadReply) VisitSetAppointmentResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitTellAppointmentOutcomeResponse sends the lead.
func (r leadReply) VisitTellAppointmentOutcomeResponse(w http.ResponseWriter) error {
	return r.write(w)
}
