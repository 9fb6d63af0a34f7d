package mine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// earning is how somebody earns his leads (R24).
type earning struct {
	gen.StaffEarning

	Paused time.Time // since when, zero when new leads come
	Exempt time.Time // until when, zero when the norm holds
	// PausedBy are the figures by which new leads paused.
	PausedBy *db.PausedFiguresRow
}

// earning returns nil when no norm holds for the viewer.
func (r *Room) earning(ctx context.Context, v *frame.Viewer) (*earning, error) {
	var list gen.StaffList
	if err := r.Door.Get(ctx, "/v1/staff", &list); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list.Items, func(s gen.Staff) bool { return s.ID == v.Staff.ID })
	if i < 0 || list.Items[i].Earning == nil {
		return nil, nil //nolint:nilnil // nothing is asked of him
	}
	me := &list.Items[i]
	out := &earning{StaffEarning: *me.Earning}
	if me.ExemptUntil != nil {
		out.Exempt = *me.ExemptUntil
	}
	if me.PausedSince == nil {
		return out, nil
	}
	out.Paused = *me.PausedSince
	by, err := r.Store.PausedFigures(ctx, db.PausedFiguresParams{DealerID: v.Dealer.ID, ID: v.Staff.ID})
	if errors.Is(err, pgx.ErrNoRows) {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("figures of the pause: %w", err)
	}
	out.PausedBy = &by
	return out, nil
}
