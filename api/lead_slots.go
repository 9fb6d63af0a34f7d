package api

import (
	"context"
	"fmt"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
)

const (
	// slotDays is for how many days times are offered when nobody says.
	slotDays = 14
	// slotLength is how long an appointment is when nobody says, in minutes.
	slotLength = 60
)

// ListLeadSlots offers times for an appointment, as the customer's own page
// does: in the opening hours that the dealer has now, for those are a fact,
// whatever policy the lead came in under.
func (s *server) ListLeadSlots(ctx context.Context, r gen.ListLeadSlotsRequestObject) (gen.ListLeadSlotsResponseObject, error) {
	dealer := callerOf(ctx).dealer
	standing, err := s.store.LeadStanding(ctx, db.LeadStandingParams{DealerID: dealer, ID: r.ID})
	if notThere(err) {
		return nil, NotFound("lead")
	}
	if err != nil {
		return nil, fmt.Errorf("lead: %w", err)
	}
	versions, err := s.store.CurrentVersions(ctx, dealer)
	if err != nil {
		return nil, fmt.Errorf("versions: %w", err)
	}
	yardstick, err := s.store.Policy(ctx, s.store.Queries, dealer, versions.Policy)
	if err != nil {
		return nil, err
	}
	days, minutes := slotDays, slotLength
	if r.Params.Days != nil {
		days = *r.Params.Days
	}
	if r.Params.DurationMin != nil {
		minutes = *r.Params.DurationMin
	}
	out := gen.SlotList{Items: []gen.Slot{}}
	for _, at := range yardstick.Calendar.Slots(standing.Now, time.Duration(minutes)*time.Minute, days) {
		out.Items = append(out.Items, gen.Slot{StartsAt: at.UTC(), DurationMin: minutes})
	}
	return gen.ListLeadSlots200JSONResponse(out), nil
}
