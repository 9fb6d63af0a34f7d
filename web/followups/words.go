package followups

import (
	"context"
	"time"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// called is the customer and his car in one line.
func called(ctx context.Context, f *gen.FollowUp) string {
	name := words.T(ctx, "mine.nobody")
	switch {
	case f.Lead.Erased != nil && *f.Lead.Erased:
		name = words.T(ctx, "kind.erased")
	case f.Lead.Customer != nil:
		name = *f.Lead.Customer
	}
	if f.Lead.Vehicle != nil {
		name += " · " + *f.Lead.Vehicle
	}
	return name
}

// reasonOf is the reason with which the lead closed, in words.
func reasonOf(f *gen.FollowUp) string {
	switch {
	case f.ReasonLabel != nil:
		return *f.ReasonLabel
	case f.Reason != nil:
		return *f.Reason
	}
	return ""
}

// dayOf tells a date of the dealer's calendar, such as "2026-12-24".
func dayOf(ctx context.Context, on string) string {
	w := words.Of(ctx)
	day, err := time.ParseInLocation(time.DateOnly, on, w.Zone)
	if err != nil {
		return on
	}
	return w.ShortDay(day, frame.ViewerOf(ctx).Now)
}

// settledBy is who settled it, "" when nobody did.
func settledBy(ctx context.Context, by *gen.SettledBy) string {
	if by == nil {
		return ""
	}
	if person, err := by.AsStaffRef(); err == nil && person.Name != "" {
		return person.Name
	}
	nobody, err := by.AsNobodyOfStaff()
	if err != nil {
		return ""
	}
	return words.T(ctx, "actor."+string(nobody))
}
