package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// shortestNote is how many characters a word about a settled follow-up has at
// least.
const shortestNote = 2

// followUpAction is one thing that a member of staff does to a follow-up, under
// way. As for a lead, its ids derive from that of the request.
type followUpAction struct {
	s     *server
	id    uuid.UUID
	staff *db.Staff
	row   db.FollowUpPageRow // as it was before
	now   gen.FollowUp       // the same, as it is told
}

// CompleteFollowUp says that a follow-up was done, and what.
func (s *server) CompleteFollowUp(ctx context.Context, r gen.CompleteFollowUpRequestObject) (gen.CompleteFollowUpResponseObject, error) {
	return s.settleFollowUp(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *followUpAction) (process.FollowUpHappening, error) {
		h, err := a.settled(ctx, process.Done, r.Body.Note)
		if err == nil && r.Body.Outcome != nil {
			h.Settle.Outcome = string(*r.Body.Outcome)
		}
		return h, err
	})
}

// DropFollowUp says why nobody has to do a follow-up.
func (s *server) DropFollowUp(ctx context.Context, r gen.DropFollowUpRequestObject) (gen.DropFollowUpResponseObject, error) {
	return s.settleFollowUp(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *followUpAction) (process.FollowUpHappening, error) {
		return a.settled(ctx, process.Dropped, r.Body.Note)
	})
}

// AssignFollowUp gives a follow-up to somebody.
func (s *server) AssignFollowUp(ctx context.Context, r gen.AssignFollowUpRequestObject) (gen.AssignFollowUpResponseObject, error) {
	return s.settleFollowUp(ctx, r.ID, r.Params.IdempotencyKey, r, func(ctx context.Context, a *followUpAction) (process.FollowUpHappening, error) {
		none := process.FollowUpHappening{}
		to, err := s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: a.row.DealerID, Lower: r.Body.To})
		if notThere(err) || (err == nil && !to.Active) {
			return none, Invalid(FieldError{Field: "to", Message: "is nobody who works here; GET /v1/staff lists the addresses"})
		}
		if err != nil {
			return none, fmt.Errorf("new owner: %w", err)
		}
		note, err := a.note(ctx, given(r.Body.Note))
		return process.FollowUpHappening{What: process.DidAssign, Assign: &process.Assignment{To: to.ID.String(), NoteID: note}}, err
	})
}

// settleFollowUp has something happen to a follow-up and answers with it as it
// then is.
func (s *server) settleFollowUp(
	ctx context.Context, id uuid.UUID, key *string, request any,
	prepare func(context.Context, *followUpAction) (process.FollowUpHappening, error),
) (followUpReply, error) {
	dealer := callerOf(ctx).dealer
	if wait := s.perLead.wait(id); wait > 0 {
		return followUpReply{}, TooFast(wait)
	}
	now, row, err := s.followUpNow(ctx, dealer, id)
	if err != nil {
		return followUpReply{}, err
	}
	answer, err := s.once(ctx, key, request, func(requestID uuid.UUID) (reply, error) {
		a := &followUpAction{s: s, id: requestID, staff: staffOf(ctx), row: row, now: now}
		if err := a.run(ctx, prepare); err != nil {
			return reply{}, err
		}
		after, _, err := s.followUpNow(ctx, dealer, id)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, after)
	})
	return followUpReply{answer}, err
}

func (a *followUpAction) run(ctx context.Context, prepare func(context.Context, *followUpAction) (process.FollowUpHappening, error)) error {
	if err := a.mayAct(); err != nil {
		// Whoever gave it away asks again because the answer got lost.
		if did, lookErr := a.happened(ctx); lookErr != nil || did {
			return lookErr
		}
		return err
	}
	h, err := prepare(ctx, a)
	if err != nil {
		return err
	}
	h.ID, h.Actor = a.id.String(), process.Actor(a.staff.ID.String())
	_, err = a.s.leads.AskFollowUp(ctx, a.row.ID.String(), h)
	if err == nil {
		return nil
	}
	var refusal *process.Refusal
	if !errors.As(err, &refusal) && !errors.Is(err, workflows.ErrNotRunning) {
		return err
	}
	// A first try of this request may have got through without its answer.
	happened, lookErr := a.happened(ctx)
	switch {
	case lookErr != nil:
		return lookErr
	case happened:
		return nil
	case refusal != nil && a.row.Step > 0:
		return a.refused(ctx, refusal)
	}
	return a.notRunning(ctx)
}

// happened reports whether a first try of this request got through.
func (a *followUpAction) happened(ctx context.Context) (bool, error) {
	did, err := a.s.store.HappenedBefore(ctx, db.HappenedBeforeParams{LeadID: a.row.LeadID, Happening: a.id.String()})
	if err != nil {
		return false, fmt.Errorf("timeline: %w", err)
	}
	return did, nil
}

// mayAct turns away who may not, and what is worked elsewhere.
func (a *followUpAction) mayAct() error {
	own := a.row.OwnerID != nil && *a.row.OwnerID == a.staff.ID
	switch role := lead.Role(a.staff.Role); {
	case lead.FollowUpKind(a.row.Kind) == lead.CallAboutQuote:
		return a.conflict(a.now, "The call about the quote is logged on the lead, which then settles this by itself.")
	case !own && !role.Manages() && role != lead.RoleMarketer && role != lead.RoleAdmin:
		return Forbidden("This follow-up is somebody else's; its owner, a manager, a marketer or an admin settles it.")
	}
	return nil
}

func (a *followUpAction) settled(ctx context.Context, fate process.FollowUpStatus, words string) (process.FollowUpHappening, error) {
	none := process.FollowUpHappening{}
	if utf8.RuneCountInString(strings.TrimSpace(words)) < shortestNote {
		return none, Invalid(FieldError{Field: "note", Message: "must say in a word what was done, or why it is dropped"})
	}
	note, err := a.note(ctx, words)
	return process.FollowUpHappening{What: process.DidSettle, Settle: &process.Settlement{Fate: fate, NoteID: note}}, err
}

// note stores free words with the lead and returns their id, "" when there are
// none.
func (a *followUpAction) note(ctx context.Context, words string) (string, error) {
	if words = strings.TrimSpace(words); words == "" {
		return "", nil
	}
	id := uuid.NewSHA1(a.id, []byte("note"))
	err := a.s.store.InsertNote(ctx, db.InsertNoteParams{
		ID: id, DealerID: a.row.DealerID, LeadID: a.row.LeadID, StaffID: &a.staff.ID, Text: words,
	})
	if err != nil {
		return "", fmt.Errorf("note: %w", err)
	}
	return id.String(), nil
}

// refused turns the process's no into the problem that the caller is told.
func (a *followUpAction) refused(ctx context.Context, r *process.Refusal) error {
	switch r.Code {
	case process.Invalid:
		return Invalid(faultsOf(r)...)
	case process.NotAllowed:
		return Forbidden(period(r.Message))
	case process.Conflict:
		now, _, err := a.s.followUpNow(ctx, a.row.DealerID, a.row.ID)
		if err != nil {
			return err
		}
		return a.conflict(now, period(r.Message))
	case process.UnknownReason, process.ClosingRefused:
		// Closings alone are refused so.
	}
	return Internal(fmt.Errorf("refused with code %s", r.Code))
}

// notRunning answers for a follow-up that has no workflow.
func (a *followUpAction) notRunning(ctx context.Context) error {
	now, row, err := a.s.followUpNow(ctx, a.row.DealerID, a.row.ID)
	switch {
	case err != nil:
		return err
	case process.FollowUpStatus(row.Status) != process.Pending:
		return a.conflict(now, "The follow-up is "+row.Status+" already.")
	case row.Step == 0:
		a.s.waker.Wake()
		p := newProblem(KindUnavailable, "The follow-up was stored this very moment and its work begins. Come back in a second.")
		p.RetryAfter = retrySoon
		return p
	}
	return Unavailable("The follow-up's workflow", defaultRetryAfter).Because(workflows.ErrNotRunning)
}

// conflict says why it cannot be done, with the follow-up as it is.
func (a *followUpAction) conflict(now gen.FollowUp, detail string) error {
	p := newProblem(KindConflict, detail)
	p.FollowUp = &now
	return p
}

// followUpReply answers every operation that acts on a follow-up.
type followUpReply struct{ reply }

// VisitCompleteFollowUpResponse sends the follow-up.
func (r followUpReply) VisitCompleteFollowUpResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitDropFollowUpResponse sends the follow-up.
func (r followUpReply) VisitDropFollowUpResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitAssignFollowUpResponse sends the follow-up.
func (r followUpReply) VisitAssignFollowUpResponse(w http.ResponseWriter) error { return r.write(w) }
