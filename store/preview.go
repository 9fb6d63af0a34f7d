package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// PreviewStaff is everybody who is active, as a lead would find him that came in
// at an instant and to which nothing else happened before: the least recently
// assigned first, with his absences from then on, his open leads, and whether
// new leads pause for him or would from that moment on. pausing lists the staff
// ids of the latter. Nothing is changed.
func (s *Store) PreviewStaff(
	ctx context.Context, q *db.Queries, dealer uuid.UUID, p *policy.Policy, at time.Time,
) (staff []process.Person, pausing []string, err error) {
	if staff, err = roster(ctx, q, dealer, at); err != nil {
		return nil, nil, fmt.Errorf("staff: %w", err)
	}
	counts, err := q.OpenByOwner(ctx, dealer)
	if err != nil {
		return nil, nil, fmt.Errorf("open leads: %w", err)
	}
	open := map[string]int{}
	for _, c := range counts {
		if c.OwnerID != nil {
			open[c.OwnerID.String()] = int(c.Open)
		}
	}
	figures, err := s.Earning(ctx, q, dealer, p.Earning, p.Zone, at)
	if err != nil {
		return nil, nil, err
	}
	pauses := map[string]bool{}
	for id, f := range figures {
		pauses[id.String()] = !f.exempt && f.below(p.Earning)
	}
	for i := range staff {
		staff[i].Open = open[staff[i].ID]
		if pauses[staff[i].ID] && !staff[i].Paused {
			staff[i].Paused = true
			pausing = append(pausing, staff[i].ID)
		}
	}
	return staff, pausing, nil
}

// SubjectOf is a lead of a source as the choice of a track would see it, if it
// were received at an instant. Whether its customer is known is left open.
func SubjectOf(d intake.Draft, source db.Source, at time.Time) policy.Subject {
	v := vehicleOf(d)
	return subject(db.LockLeadRow{
		Party: source.Party, Source: source.Code, Channel: string(d.Channel), Request: string(d.Request),
		Make: v.make, Model: v.model, Condition: v.condition, PriceAmount: v.amount, ReceivedAt: at,
		PostalCode: d.Customer.PostalCode, Language: d.Customer.Language,
	})
}
