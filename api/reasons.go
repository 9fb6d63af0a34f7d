package api

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
)

// ListReasons shows the catalogue with which new leads may close.
func (s *server) ListReasons(ctx context.Context, _ gen.ListReasonsRequestObject) (gen.ListReasonsResponseObject, error) {
	dealer := callerOf(ctx).dealer
	versions, err := s.store.CurrentVersions(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	catalogue, err := s.store.Reasons(ctx, s.store.Queries, dealer, versions.Reasons)
	if err != nil {
		return nil, err
	}
	out := gen.ReasonList{Items: make([]gen.Reason, len(catalogue))}
	for i, r := range catalogue {
		out.Items[i] = reasonOf(r)
	}
	return gen.ListReasons200JSONResponse(out), nil
}

func reasonOf(r lead.Reason) gen.Reason {
	out := gen.Reason{
		Code: r.Code, Group: string(r.Group), Outcome: gen.ReasonOutcome(r.Result), Label: r.Label, Effect: gen.ReasonEffect(r.Effect),
		Phase: filled(gen.Phase(r.Phase)), Evidence: texts(r.Evidence), Approve: gen.ReasonApproval(r.Approve),
		Details: []gen.ReasonDetail{}, FollowUps: []gen.ReasonFollowUp{},
	}
	for _, d := range r.Details {
		out.Details = append(out.Details, gen.ReasonDetail{
			Name: d.Name, Kind: gen.ReasonDetailKind(d.Kind), Options: append([]string{}, d.Options...), Optional: d.Optional,
		})
	}
	for _, f := range r.FollowUps {
		out.FollowUps = append(out.FollowUps, gen.ReasonFollowUp{
			Kind: string(f.Kind), Days: unlessZero(f.Days), Months: unlessZero(f.Months), DateFrom: filled(f.DateFrom),
			If: f.If, PaidSource: unlessZero(f.PaidSource),
		})
	}
	return out
}

func unlessZero[V comparable](v V) *V {
	var zero V
	if v == zero {
		return nil
	}
	return &v
}
