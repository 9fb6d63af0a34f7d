package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/words"
)

// refused turns the process's no into the problem that the caller is told. A
// refused closing is put on the timeline: the workflow's validators leave no
// trace of it.
func (a *action) refused(ctx context.Context, r *process.Refusal) error {
	switch r.Code {
	case process.Conflict:
		return a.conflict(ctx, period(r.Message))
	case process.NotAllowed:
		return Forbidden(period(r.Message))
	case process.Invalid:
		return Invalid(faultsOf(r)...)
	case process.UnknownReason:
		return UnknownReason(r.Valid)
	case process.ClosingRefused:
		return a.closingRefused(ctx, r)
	}
	return Internal(fmt.Errorf("refused with code %s", r.Code))
}

func faultsOf(r *process.Refusal) []FieldError {
	if len(r.Faults) == 0 {
		return []FieldError{{Field: r.Field, Message: r.Message}}
	}
	return fieldsOf(r.Faults)
}

func fieldsOf(faults []lead.Fault) []FieldError {
	out := make([]FieldError, len(faults))
	for i, f := range faults {
		out[i] = FieldError{Field: f.Field, Message: f.Message}
	}
	return out
}

// closingRefused words what is missing in the dealer's own time.
func (a *action) closingRefused(ctx context.Context, r *process.Refusal) error {
	yardstick, err := a.s.store.Policy(ctx, a.s.store.Queries, a.dealer, a.lead.PolicyVersion)
	if err != nil {
		return err
	}
	reader := words.In(words.Of(ctx).Language, yardstick.Zone)
	missing := make([]Missing, len(r.Missing))
	for i, m := range r.Missing {
		missing[i] = Missing{Rule: string(m.Rule), Need: m.Need, Have: m.Have, Message: reader.Missing(m)}
	}
	return ClosingRefused(missing...)
}

// period makes a sentence of a message.
func period(message string) string {
	return strings.ToUpper(message[:1]) + strings.TrimSuffix(message[1:], ".") + "."
}
