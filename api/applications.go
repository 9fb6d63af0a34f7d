package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// mostExamples is how many leads a preview of an application names.
const mostExamples = 50

// ApplyPolicy puts open leads under a version of the policy, or tells what that
// would do as long as nobody confirms it.
func (s *server) ApplyPolicy(ctx context.Context, r gen.ApplyPolicyRequestObject) (gen.ApplyPolicyResponseObject, error) {
	version, err := s.versionToApply(ctx, r.Body.Version)
	if err != nil {
		return nil, err
	}
	if r.Body.Confirm == nil || !*r.Body.Confirm {
		return s.previewApplication(ctx, version)
	}
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		a, err := s.store.Apply(ctx, callerOf(ctx).dealer, staffOf(ctx).ID, version)
		if err != nil {
			return reply{}, err
		}
		s.waker.Wake()
		shown, err := s.application(ctx, a)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusAccepted, shown)
	})
	return applicationReply{reply: answer, s: s}, err
}

// versionToApply is the version that the request names, else the newest.
func (s *server) versionToApply(ctx context.Context, named *int) (int32, error) {
	dealer := callerOf(ctx).dealer
	if named == nil {
		row, err := s.store.LatestPolicy(ctx, dealer)
		if err != nil {
			return 0, fmt.Errorf("newest policy: %w", err)
		}
		return row.Version, nil
	}
	row, err := s.store.GetPolicy(ctx, db.GetPolicyParams{DealerID: dealer, Version: int32(*named)})
	if notThere(err) {
		return 0, noVersion()
	}
	if err != nil {
		return 0, fmt.Errorf("policy: %w", err)
	}
	return row.Version, nil
}

func noVersion() *Problem {
	return Invalid(FieldError{Field: "version", Message: "is no version of the policy; leave it out for the newest"})
}

func (s *server) previewApplication(ctx context.Context, version int32) (gen.ApplyPolicyResponseObject, error) {
	list, err := s.store.PreviewApplication(ctx, callerOf(ctx).dealer, version)
	if err != nil {
		return nil, err
	}
	out := gen.ApplicationPreview{Version: int(version), Leads: len(list), Moves: []gen.TrackMove{}, Examples: []gen.LeadMove{}}
	for _, m := range store.Moves(list) {
		out.Moves = append(out.Moves, gen.TrackMove{From: m.From, To: m.To, Leads: m.Leads})
	}
	for _, one := range list {
		if !one.Changed() {
			continue
		}
		out.Changed++
		if len(out.Examples) < mostExamples {
			out.Examples = append(out.Examples, gen.LeadMove{
				Lead:        gen.LeadLink{ID: one.Lead, URL: s.address("/v1/leads/" + one.Lead.String())},
				FromVersion: one.FromVersion, FromTrack: one.FromTrack, ToTrack: one.ToTrack, Why: one.Why,
				Before: deadlinesFor(one.Before), After: deadlinesFor(one.After),
			})
		}
	}
	return gen.ApplyPolicy200JSONResponse(out), nil
}

// GetPolicyApplication tells how far a policy has been applied.
func (s *server) GetPolicyApplication(ctx context.Context, r gen.GetPolicyApplicationRequestObject) (gen.GetPolicyApplicationResponseObject, error) {
	a, err := s.store.Application(ctx, callerOf(ctx).dealer, r.ID)
	if notThere(err) {
		return nil, NotFound("application of a policy")
	}
	if err != nil {
		return nil, err
	}
	shown, err := s.application(ctx, a)
	return gen.GetPolicyApplication200JSONResponse(shown), err
}

// CancelPolicyApplication takes back what has not been told to leads yet.
func (s *server) CancelPolicyApplication(
	ctx context.Context, r gen.CancelPolicyApplicationRequestObject,
) (gen.CancelPolicyApplicationResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		a, err := s.store.StopApplication(ctx, callerOf(ctx).dealer, staffOf(ctx).ID, r.ID)
		if notThere(err) {
			return reply{}, NotFound("application of a policy")
		}
		if err != nil {
			return reply{}, err
		}
		shown, err := s.application(ctx, a)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, shown)
	})
	return applicationReply{reply: answer, s: s}, err
}

// application tells how far it is.
func (s *server) application(ctx context.Context, a store.Application) (gen.PolicyApplication, error) {
	staff, err := peopleOf(ctx, s.store.Queries, a.DealerID)
	if err != nil {
		return gen.PolicyApplication{}, err
	}
	return applicationOf(a, staff)
}

// applicationOf tells how far it is. One whose last lead was told is done.
func applicationOf(a store.Application, staff people) (gen.PolicyApplication, error) {
	out := gen.PolicyApplication{
		ID: a.ID, Version: int(a.Version), Leads: int(a.Leads), Waiting: a.Waiting, State: gen.ApplicationStateDone, CreatedAt: a.CreatedAt.UTC(),
	}
	switch {
	case a.CancelledAt != nil:
		at := a.CancelledAt.UTC()
		out.State, out.CancelledAt = gen.ApplicationStateCancelled, &at
		if a.CancelledBy != nil {
			out.CancelledBy = staff.ref(a.CancelledBy.String())
		}
	case a.Waiting > 0:
		out.State = gen.ApplicationStateRunning
	}
	by := staff.ref(a.CreatedBy.String())
	if by == nil {
		return out, errors.New("whoever applied the policy is not on the staff")
	}
	out.CreatedBy = *by
	return out, nil
}

// applicationReply answers what is done about an application.
type applicationReply struct {
	reply
	s *server
}

// VisitApplyPolicyResponse sends it with its address.
func (r applicationReply) VisitApplyPolicyResponse(w http.ResponseWriter) error {
	var told struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(r.body, &told); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.Header().Set("Location", r.s.address("/v1/policy/applications/"+told.ID))
	return r.write(w)
}

// VisitCancelPolicyApplicationResponse sends it.
func (r applicationReply) VisitCancelPolicyApplicationResponse(w http.ResponseWriter) error {
	return r.write(w)
}
