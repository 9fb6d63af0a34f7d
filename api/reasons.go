package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/words"
)

// ListReasons shows the catalogue with which new leads may close, or a former
// version of it.
func (s *server) ListReasons(ctx context.Context, r gen.ListReasonsRequestObject) (gen.ListReasonsResponseObject, error) {
	dealer := callerOf(ctx).dealer
	version, err := s.newestReasons(ctx)
	if err != nil {
		return nil, err
	}
	if asked := r.Params.Version; asked != nil {
		if *asked > math.MaxInt32 {
			return nil, NotFound("version of the catalogue")
		}
		version = int32(*asked)
	}
	catalogue, err := s.store.Reasons(ctx, s.store.Queries, dealer, version)
	if notThere(err) {
		return nil, NotFound("version of the catalogue")
	}
	if err != nil {
		return nil, err
	}
	return gen.ListReasons200JSONResponse(catalogueOf(catalogue, version, words.Of(ctx))), nil
}

func (s *server) newestReasons(ctx context.Context) (int32, error) {
	versions, err := s.store.CurrentVersions(ctx, callerOf(ctx).dealer)
	if err != nil {
		return 0, fmt.Errorf("versions: %w", err)
	}
	return versions.Reasons, nil
}

// PutReasons makes a new version of the catalogue, for leads that arrive after
// it.
func (s *server) PutReasons(ctx context.Context, r gen.PutReasonsRequestObject) (gen.PutReasonsResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		changes := changesOf(r.Body.Reasons)
		if faults := unknownMails(changes); len(faults) > 0 {
			return reply{}, s.badReasons(ctx, changes, faults)
		}
		from := int32(0)
		if r.Body.Version != nil {
			from = int32(*r.Body.Version)
		}
		made, version, err := s.store.ChangeReasons(ctx, callerOf(ctx).dealer, staffOf(ctx).ID, from, changes)
		var bad *store.BadReasons
		var newer *store.NewerReasons
		switch {
		case errors.As(err, &bad):
			return reply{}, BadReasons(fieldsOf(bad.Faults)...)
		case errors.As(err, &newer):
			return reply{}, Conflict(fmt.Sprintf("The catalogue is at version %d by now. Read it and change that one.", newer.Version), nil)
		case err != nil:
			return reply{}, err
		}
		return replyWith(http.StatusOK, catalogueOf(made, version, words.Of(ctx)))
	})
	return reasonsReply{answer}, err
}

// reasonsReply answers with the catalogue.
type reasonsReply struct{ reply }

// VisitPutReasonsResponse sends the catalogue.
func (r reasonsReply) VisitPutReasonsResponse(w http.ResponseWriter) error { return r.write(w) }

// badReasons names beside the given faults what else is wrong with the changes.
func (s *server) badReasons(ctx context.Context, changes []lead.Change, faults []FieldError) error {
	version, err := s.newestReasons(ctx)
	if err != nil {
		return err
	}
	newest, err := s.store.Reasons(ctx, s.store.Queries, callerOf(ctx).dealer, version)
	if err != nil {
		return err
	}
	_, more := newest.Change(changes)
	return BadReasons(append(fieldsOf(more), faults...)...)
}

// unknownMails names the templates that nobody wrote: the mail would fail when
// a lead closes.
func unknownMails(changes []lead.Change) []FieldError {
	var out []FieldError
	for i, c := range changes {
		if c.Mail != nil && *c.Mail != "" && !message.ForCustomers(*c.Mail) {
			out = append(out, FieldError{
				Field: fmt.Sprintf("reasons[%d].mail", i), Message: "is no template for customers; there are " + strings.Join(message.Names(), ", "),
			})
		}
	}
	return out
}

// changesOf reads the changes. What is not given is nil, and a list that is
// given is not, even when it is empty.
func changesOf(given []gen.ReasonChange) []lead.Change {
	out := make([]lead.Change, len(given))
	for i, g := range given {
		out[i] = lead.Change{
			Code: g.Code, Label: labelAsShipped(g.Code, g.Label), Mail: g.Mail, Retired: g.Retired,
			Approve: as[lead.Approval](g.Approve), Group: as[lead.Group](g.Group), Result: as[lead.Result](g.Outcome),
			Effect: as[lead.Effect](g.Effect), Phase: as[lead.Phase](g.Phase),
			Evidence: each(g.Evidence, func(rule string) lead.Rule { return lead.Rule(rule) }),
			Details: each(g.Details, func(d gen.NewReasonDetail) lead.Detail {
				return lead.Detail{Name: d.Name, Kind: lead.DetailKind(d.Kind), Options: d.Options, Optional: d.Optional != nil && *d.Optional}
			}),
			FollowUps: each(g.FollowUps, followUpOf),
		}
		if g.Numbers != nil {
			out[i].Numbers = map[lead.Rule]int{}
			for rule, n := range g.Numbers {
				out[i].Numbers[lead.Rule(rule)] = n
			}
		}
	}
	return out
}

// labelAsShipped takes the label of a shipped reason that is sent back in a
// reader's language for what it is: not the dealer's own word.
func labelAsShipped(code string, given *string) *string {
	ours, known := lead.Shipped().Find(code)
	if given == nil || !known {
		return given
	}
	for _, tongue := range words.Languages() {
		if words.In(tongue, time.UTC).Reason(code, ours.Label, ours.Label) == *given {
			return &ours.Label
		}
	}
	return given
}

func followUpOf(f gen.ReasonFollowUp) lead.FollowUp {
	out := lead.FollowUp{Kind: lead.FollowUpKind(f.Kind), DateFrom: given(f.DateFrom), If: f.If, PaidSource: f.PaidSource != nil && *f.PaidSource}
	if f.Days != nil {
		out.Days = *f.Days
	}
	if f.Months != nil {
		out.Months = *f.Months
	}
	return out
}

// as reads a word of the description as one of the domain; nil stays nil.
func as[T, S ~string](word *S) *T {
	if word == nil {
		return nil
	}
	t := T(*word)
	return &t
}

// each makes a list of another; nil stays nil.
func each[F, T any](list []F, of func(F) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, item := range list {
		out[i] = of(item)
	}
	return out
}

// catalogueOf tells a catalogue in the reader's language, but for what the
// dealer worded himself.
func catalogueOf(c lead.Catalogue, version int32, reader *words.Words) gen.ReasonList {
	out := gen.ReasonList{Version: int(version), Items: make([]gen.Reason, len(c))}
	labels := labelsOf(c, reader)
	for i, r := range c {
		out.Items[i] = reasonOf(r)
		out.Items[i].Label = labels[r.Code]
	}
	return out
}

func reasonOf(r lead.Reason) gen.Reason {
	out := gen.Reason{
		Code: r.Code, Group: gen.ReasonGroup(r.Group), Outcome: gen.ReasonOutcome(r.Result), Label: r.Label, Effect: gen.ReasonEffect(r.Effect),
		Phase: filled(gen.Phase(r.Phase)), Evidence: texts(r.Evidence), Approve: gen.ReasonApproval(r.Approve),
		Numbers: map[string]int{}, Details: []gen.ReasonDetail{}, FollowUps: []gen.ReasonFollowUp{}, Mail: filled(r.Mail), Retired: r.Retired,
	}
	for rule, n := range r.Numbers {
		out.Numbers[string(rule)] = n
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
