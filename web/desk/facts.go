package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/words"
)

// Fact is one detail of a closing in words.
type Fact struct {
	Name, Text string
	Lead       uuid.UUID // the lead that it names, the zero id when it names none
}

// Facts tells the details of a closing in the order in which its reason asks
// for them.
func Facts(ctx context.Context, reason lead.Reason, details map[string]string) []Fact {
	w := words.Of(ctx)
	var out []Fact
	for _, d := range reason.Details {
		if value := details[d.Name]; value != "" {
			out = append(out, fact(w, d, value))
		}
	}
	// A newer version of the catalogue may not ask for all of them any more.
	var rest []Fact
	for name, value := range details {
		known := slices.ContainsFunc(reason.Details, func(d lead.Detail) bool { return d.Name == name })
		if !known && value != "" {
			rest = append(rest, fact(w, lead.Detail{Name: name, Kind: lead.Words}, value))
		}
	}
	slices.SortFunc(rest, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
	return append(out, rest...)
}

func fact(w *words.Words, d lead.Detail, value string) Fact {
	out := Fact{Name: w.Or("detail."+d.Name, d.Name), Text: value}
	switch d.Kind {
	case lead.Choice, lead.Channels:
		out.Text = w.Value(d.Name, value)
	case lead.Date, lead.DateOrUnknown:
		// A date is the same day everywhere.
		if on, err := time.ParseInLocation(time.DateOnly, value, w.Zone); err == nil {
			out.Text = w.Date(on)
		} else {
			out.Text = w.Value(d.Name, value)
		}
	case lead.Amount:
		out.Text = w.Money(value, "")
	case lead.LeadID, lead.StaffOrLead:
		if id, err := uuid.Parse(value); err == nil {
			out.Lead = id
		}
	case lead.Words:
	}
	return out
}
