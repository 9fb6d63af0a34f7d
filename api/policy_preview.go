package api

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/rehearse"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// PreviewPolicy tells what would happen to a lead that nobody posted (R4). It
// runs the decisions of the process on the dealer's people as they are.
func (s *server) PreviewPolicy(ctx context.Context, r gen.PreviewPolicyRequestObject) (gen.PreviewPolicyResponseObject, error) {
	yardstick, version, remarks, err := s.policyToPreview(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(ctx, r.Body, yardstick)
	if err != nil {
		return nil, err
	}
	staff, err := s.store.ListStaff(ctx, callerOf(ctx).dealer)
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	out, err := pictured(rehearse.Preview(plan), staff, words.In(words.Of(ctx).Language, yardstick.Zone))
	out.PolicyVersion, out.Remarks = version, remarks
	return gen.PreviewPolicy200JSONResponse(out), err
}

// policyToPreview is the policy that came with the request and the remarks on
// it, or a stored version and its number.
func (s *server) policyToPreview(ctx context.Context, body *gen.PreviewRequest) (*policy.Policy, *int, []gen.PolicyRemark, error) {
	switch {
	case body.Policy != nil && body.Version != nil:
		return nil, nil, nil, Invalid(FieldError{Field: "version", Message: "names a stored policy; leave it out, or leave out policy"})
	case body.Policy != nil:
		yardstick, remarks, err := s.readPolicy(ctx, []byte(*body.Policy))
		return yardstick, nil, remarks, err
	}
	dealer := callerOf(ctx).dealer
	var row db.Policy
	var err error
	if body.Version == nil {
		row, err = s.store.LatestPolicy(ctx, dealer)
	} else {
		row, err = s.store.GetPolicy(ctx, db.GetPolicyParams{DealerID: dealer, Version: int32(*body.Version)})
	}
	if notThere(err) {
		return nil, nil, nil, noVersion()
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("policy: %w", err)
	}
	yardstick, err := s.store.Policy(ctx, s.store.Queries, dealer, row.Version)
	version := int(row.Version)
	return yardstick, &version, []gen.PolicyRemark{}, err
}

// plan makes the question to the policy of a request.
func (s *server) plan(ctx context.Context, body *gen.PreviewRequest, yardstick *policy.Policy) (rehearse.Plan, error) {
	dealer := callerOf(ctx).dealer
	plan := rehearse.Plan{Policy: yardstick}
	var faults []FieldError
	at, fault := instantOf(body.At, yardstick.Zone)
	if fault != "" {
		faults = append(faults, FieldError{Field: "at", Message: fault})
	}
	until, fault := endOf(body.For, at, yardstick.Zone)
	if fault != "" {
		faults = append(faults, FieldError{Field: "for", Message: fault})
	}
	plan.Now, plan.Until = at, until
	draft, wrong := s.imagined(ctx, body.Lead)
	faults = append(faults, wrong...)
	source, err := s.store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: dealer, Code: body.Lead.Source})
	if notThere(err) {
		faults = append(faults, FieldError{Field: "lead.source", Message: "is the code of no source; GET /v1/sources lists them"})
	} else if err != nil {
		return plan, fmt.Errorf("source: %w", err)
	}
	var person db.Staff
	if email := body.Lead.CustomerOwner; email != nil {
		person, err = s.store.StaffByEmail(ctx, db.StaffByEmailParams{DealerID: dealer, Lower: *email})
		if notThere(err) {
			faults = append(faults, FieldError{Field: "lead.customer_owner", Message: "is nobody of the staff; GET /v1/staff lists the addresses"})
		} else if err != nil {
			return plan, fmt.Errorf("owner of the customer: %w", err)
		}
	}
	if len(faults) > 0 {
		return plan, Invalid(faults...)
	}
	plan.Subject = store.SubjectOf(draft, source, at)
	plan.PaidSource = source.Paid
	plan.Subject.Known = body.Lead.Customer != nil && *body.Lead.Customer == gen.PreviewCustomerKnown
	if person.ID != uuid.Nil {
		plan.Subject.Known, plan.CustomerOwner = true, person.ID.String()
	}
	plan.Reach = process.Reach{Phone: yes(body.Lead.Phone), Email: yes(body.Lead.Email)}
	err = s.store.Read(ctx, func(q *db.Queries) error { return s.asItIs(ctx, q, dealer, &plan) })
	return plan, err
}

// asItIs puts the dealer as he is now into the question.
func (s *server) asItIs(ctx context.Context, q *db.Queries, dealer uuid.UUID, plan *rehearse.Plan) error {
	versions, err := q.CurrentVersions(ctx, dealer)
	if err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	if plan.Reasons, err = s.store.Reasons(ctx, q, dealer, versions.Reasons); err != nil {
		return err
	}
	if plan.Language, err = q.DealerLanguage(ctx, dealer); err != nil {
		return fmt.Errorf("language: %w", err)
	}
	plan.Staff, plan.Pausing, err = s.store.PreviewStaff(ctx, q, dealer, plan.Policy, plan.Now)
	return err
}
