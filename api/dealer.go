package api

import (
	"context"
	"fmt"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ListSources shows where leads come from, by code.
func (s *server) ListSources(ctx context.Context, _ gen.ListSourcesRequestObject) (gen.ListSourcesResponseObject, error) {
	rows, err := s.store.ListSources(ctx, callerOf(ctx).dealer)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	out := gen.SourceList{Items: make([]gen.Source, len(rows))}
	for i, row := range rows {
		out.Items[i] = sourceOf(row)
	}
	return gen.ListSources200JSONResponse(out), nil
}

func sourceOf(row db.Source) gen.Source {
	out := gen.Source{Code: row.Code, Name: row.Name, Party: gen.Party(row.Party), Paid: row.Paid, Active: true}
	if row.Paid {
		amount := fmt.Sprintf("%d.%02d", row.CostCents/100, row.CostCents%100)
		out.CostPerLead = &gen.Money{Amount: amount, Currency: row.Currency}
	}
	return out
}
