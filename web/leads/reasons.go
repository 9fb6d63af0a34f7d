package leads

import (
	"context"
	"slices"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
)

// reasonsOf reads with which reasons the lead may close, and what of their
// evidence is there.
func (r *Room) reasonsOf(ctx context.Context, f *file) error {
	if f.closed() || f.lead.DuplicateOf != nil {
		return nil
	}
	var list gen.LeadReasonList
	err := r.Door.Get(ctx, "/v1/leads/"+f.lead.ID.String()+"/reasons", &list)
	f.reasons = list.Items
	return err
}

// find returns the reason with that code, nil when the lead cannot close with
// it.
func find(all []gen.LeadReason, code string) *gen.LeadReason {
	i := slices.IndexFunc(all, func(r gen.LeadReason) bool { return r.Code == code })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// group is a heading of the catalogue with its reasons.
type group struct {
	name    gen.ReasonGroup
	reasons []gen.LeadReason
}

// grouped puts the reasons under their headings, in the catalogue's order.
func grouped(all []gen.LeadReason) []group {
	var out []group
	for _, r := range all {
		i := slices.IndexFunc(out, func(g group) bool { return g.name == r.Group })
		if i < 0 {
			i, out = len(out), append(out, group{name: r.Group})
		}
		out[i].reasons = append(out[i].reasons, r)
	}
	return out
}

// chosen is the reason for which the closing stands open, nil for none yet.
func (f *file) chosen() *gen.LeadReason {
	if code := f.was(closingPart, "reason"); code != "" {
		return find(f.reasons, code)
	}
	return find(f.reasons, f.asked.Get("reason"))
}

// needs reports whether the reason asks for evidence of that rule.
func needs(r *gen.LeadReason, rule lead.Rule) bool {
	return slices.ContainsFunc(r.Evidence, func(e gen.LeadEvidence) bool { return e.Rule == string(rule) })
}
