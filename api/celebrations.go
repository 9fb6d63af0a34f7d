package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// cheers is how many celebrations are shown when nobody says.
const cheers = 20

// ListCelebrations shows what went well lately, and by whom (R25). It never
// says with which customer: it hangs on the wall of the showroom.
func (s *server) ListCelebrations(ctx context.Context, r gen.ListCelebrationsRequestObject) (gen.ListCelebrationsResponseObject, error) {
	most := int32(cheers)
	if r.Params.Limit != nil {
		most = int32(*r.Params.Limit)
	}
	rows, err := s.store.Celebrations(ctx, db.CelebrationsParams{DealerID: callerOf(ctx).dealer, Since: r.Params.Since, Most: most})
	if err != nil {
		return nil, fmt.Errorf("celebrations: %w", err)
	}
	out := gen.CelebrationList{Items: make([]gen.Celebration, len(rows))}
	for i, row := range rows {
		out.Items[i] = gen.Celebration{
			At: row.At.UTC(), What: gen.CelebrationWhat(row.What), LeadID: row.LeadID, Vehicle: filled(strings.TrimSpace(row.Make + " " + row.Model)),
		}
		if row.Email != "" {
			out.Items[i].By = &gen.StaffRef{Email: row.Email, Name: row.Name}
		}
	}
	return gen.ListCelebrations200JSONResponse(out), nil
}
