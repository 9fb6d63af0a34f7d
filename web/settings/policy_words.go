package settings

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// foundWords says in one sentence what a check found.
func foundWords(ctx context.Context, f gen.PolicyFindings) string {
	switch {
	case len(f.Faults) > 0:
		return words.N(ctx, "policyeditor.found_faults", len(f.Faults))
	case len(f.Remarks) > 0:
		return words.N(ctx, "policyeditor.found_remarks", len(f.Remarks))
	}
	return words.T(ctx, "policyeditor.found_nothing")
}

// whoPut is who made a version.
func whoPut(ctx context.Context, p gen.StoredPolicy) string {
	if p.CreatedBy == nil {
		return words.T(ctx, "policyeditor.by_doorbell")
	}
	return p.CreatedBy.Name
}

// channelWords says how somebody is told.
func channelWords(ctx context.Context, channels []gen.AlertChannel) string {
	said := make([]string, len(channels))
	for i, c := range channels {
		said[i] = words.T(ctx, "notify."+string(c))
	}
	return strings.Join(said, ", ")
}

// namedLeads says of each lead whose it is and which car is wanted.
func namedLeads(rows []db.NamesOfLeadsRow) map[uuid.UUID]string {
	out := map[uuid.UUID]string{}
	for _, row := range rows {
		name := []string{}
		for _, part := range []string{store.NameOf(row.Customer), strings.TrimSpace(row.Make + " " + row.Model)} {
			if part != "" {
				name = append(name, part)
			}
		}
		out[row.ID] = strings.Join(name, " · ")
	}
	return out
}

// leadName is the lead's name, or that it has none.
func leadName(ctx context.Context, names map[uuid.UUID]string, id uuid.UUID) string {
	if name := names[id]; name != "" {
		return name
	}
	return words.T(ctx, "policyeditor.nameless")
}

// doneOf is how many leads go on under the version; one without any is done.
func doneOf(a gen.PolicyApplication) int {
	if a.Leads == 0 {
		return 1
	}
	return a.Leads - a.Waiting
}
