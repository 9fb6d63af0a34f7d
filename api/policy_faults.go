package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/policy"
)

// readPolicy reads a policy and holds it against the people, the sources and
// the templates that there are. What works all the same comes back as remarks,
// never nil. Its error names what is wrong, with places.
func (s *server) readPolicy(ctx context.Context, text []byte) (*policy.Policy, []gen.PolicyRemark, error) {
	yardstick, err := policy.Parse(text)
	if err != nil {
		return nil, nil, badPolicy(err)
	}
	known, err := s.known(ctx)
	if err != nil {
		return nil, nil, err
	}
	found := yardstick.Check(known)
	if len(found.Faults()) > 0 {
		return nil, nil, badPolicy(&found)
	}
	return yardstick, remarksOf(found), nil
}

// remarksOf tells what works all the same, never nil.
func remarksOf(found policy.Errors) []gen.PolicyRemark {
	remarks := []gen.PolicyRemark{}
	for _, r := range found.Remarks() {
		remarks = append(remarks, gen.PolicyRemark{Field: fieldOf(r), Message: r.Message, Line: r.Line, Column: r.Column})
	}
	return remarks
}

// known is what a policy meets at the dealer who is calling.
func (s *server) known(ctx context.Context) (policy.Known, error) {
	dealer := callerOf(ctx).dealer
	out := policy.Known{Staff: []policy.Colleague{}, Sources: []string{}, Template: message.ForCustomers}
	var err error
	if out.Now, err = s.store.Now(ctx); err != nil {
		return out, fmt.Errorf("clock: %w", err)
	}
	staff, err := s.store.ListStaff(ctx, dealer)
	if err != nil {
		return out, fmt.Errorf("staff: %w", err)
	}
	for _, p := range staff {
		if p.Active {
			out.Staff = append(out.Staff, policy.Colleague{Email: p.Email, Role: lead.Role(p.Role)})
		}
	}
	sources, err := s.store.ListSources(ctx, dealer)
	if err != nil {
		return out, fmt.Errorf("sources: %w", err)
	}
	for _, one := range sources {
		out.Sources = append(out.Sources, one.Code)
	}
	return out, nil
}

// badPolicy tells the faults, and after them the remarks. What the answer says
// in one sentence is the faults alone.
func badPolicy(err error) error {
	var found *policy.Errors
	if !errors.As(err, &found) {
		return fmt.Errorf("policy: %w", err)
	}
	answer := BadPolicy(toldFaults(found.Faults())...)
	answer.Errors = append(answer.Errors, toldFaults(found.Remarks())...)
	return answer
}

func toldFaults(found policy.Errors) []FieldError {
	out := make([]FieldError, len(found))
	for i, f := range found {
		out[i] = FieldError{Field: fieldOf(f), Message: f.Message, Line: &f.Line, Column: &f.Column}
		if f.Remark {
			out[i].Remark = &f.Remark
		}
	}
	return out
}

// fieldOf is the key of the policy that is meant, or the whole body.
func fieldOf(e policy.Error) string {
	if e.Key == "" {
		return "body"
	}
	return e.Key
}
