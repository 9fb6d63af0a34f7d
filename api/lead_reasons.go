package api

import (
	"context"
	"slices"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/words"
)

// ListLeadReasons shows with which reasons a lead may close, and what of their
// evidence is in its log, before anybody tries.
func (s *server) ListLeadReasons(ctx context.Context, r gen.ListLeadReasonsRequestObject) (gen.ListLeadReasonsResponseObject, error) {
	closable, err := s.store.Closables(ctx, callerOf(ctx).dealer, r.ID)
	if notThere(err) {
		return nil, NotFound("lead")
	}
	if err != nil {
		return nil, err
	}
	out := gen.LeadReasonList{Items: make([]gen.LeadReason, len(closable.Reasons))}
	shipped, reader := lead.Shipped(), words.Of(ctx)
	for i, c := range closable.Reasons {
		ours, _ := shipped.Find(c.Reason.Code)
		out.Items[i] = leadReason(c, closable.Paid)
		out.Items[i].Label = reader.Reason(c.Reason.Code, c.Reason.Label, ours.Label)
		out.Items[i].Evidence = evidenceOf(c.Evidence, reader, closable.Now)
	}
	return gen.ListLeadReasons200JSONResponse(out), nil
}

// closes names what a closing does to the lead.
var closes = map[lead.Effect]gen.LeadReasonCloses{
	lead.EndsWon: gen.LeadReasonClosesWon, lead.EndsLost: gen.LeadReasonClosesLost, lead.EndsDropped: gen.LeadReasonClosesDropped,
	lead.Parks: gen.LeadReasonClosesParks, lead.OpensShowroom: gen.LeadReasonClosesShowroom,
}

func leadReason(c process.Closable, paid bool) gen.LeadReason {
	r := c.Reason
	out := gen.LeadReason{
		Code: r.Code, Group: gen.ReasonGroup(r.Group), Outcome: gen.ReasonOutcome(r.Result), Closes: closes[r.Effect], Usable: c.Usable,
		Approval: gen.LeadReasonApprovalNone, Details: []gen.LeadReasonDetail{}, FollowUps: []string{},
	}
	if c.Approval != "" {
		out.Approval = gen.LeadReasonApprovalManager
	}
	for _, d := range r.Details {
		out.Details = append(out.Details, gen.LeadReasonDetail{
			Name: d.Name, Kind: gen.ReasonDetailKind(d.Kind), Required: !d.Optional, Options: append([]string{}, d.Options...),
		})
	}
	for _, f := range r.FollowUps {
		if kind := string(f.Kind); (paid || !f.PaidSource) && !slices.Contains(out.FollowUps, kind) {
			out.FollowUps = append(out.FollowUps, kind)
		}
	}
	return out
}

func evidenceOf(shown []lead.Shown, reader *words.Words, now time.Time) []gen.LeadEvidence {
	out := make([]gen.LeadEvidence, len(shown))
	for i, e := range shown {
		out[i] = gen.LeadEvidence{
			Rule: string(e.Rule), Met: e.Met, Need: e.Need, Have: e.Have, Message: reader.Evidence(e.Missing, e.Met, now),
		}
		if e.Rule == process.NoAppointment {
			out[i].Message = reader.T("closable.no_appointment")
		}
	}
	return out
}
