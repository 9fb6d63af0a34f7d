// Package brief tells a lead in one line, as it stands in the lists of what
// somebody has to do and of what a manager steers by.
package brief

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/board/standing"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// Lead is a lead in short.
type Lead struct {
	ID            uuid.UUID
	Customer, Car string
	Owner         *uuid.UUID
	Stage         lead.Stage
	State         standing.State
	Test          bool
	Callable      bool      // there is a number that may be called
	Required      int       // attempts
	StepAt        time.Time // of the escalation that is up; zero for none
	Told          []string  // staff ids: whom its last step told
}

// Called is the customer and his car.
func (l Lead) Called() string {
	if l.Car == "" {
		return l.Customer
	}
	return l.Customer + " · " + l.Car
}

// Leads reads leads of the viewer's dealer as they stand. Those that are not
// there are left out.
func Leads(ctx context.Context, s *store.Store, ids []uuid.UUID) (map[uuid.UUID]Lead, error) {
	out := make(map[uuid.UUID]Lead, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	v := frame.ViewerOf(ctx)
	rows, err := s.BoardRows(ctx, db.BoardRowsParams{DealerID: v.Dealer.ID, Ids: ids})
	if err != nil {
		return nil, fmt.Errorf("leads in short: %w", err)
	}
	for i := range rows {
		one, err := of(ctx, &rows[i], v)
		if err != nil {
			return nil, fmt.Errorf("lead %s: %w", rows[i].ID, err)
		}
		out[one.ID] = one
	}
	return out, nil
}

func of(ctx context.Context, row *db.BoardRowsRow, v *frame.Viewer) (Lead, error) {
	one := Lead{
		ID: row.ID, Customer: name(ctx, row), Car: strings.TrimSpace(row.Make + " " + row.Model), Owner: row.OwnerID, Stage: lead.Stage(row.Stage),
		Test: row.Test, Callable: row.Phone != "", Required: int(row.AttemptsRequired),
	}
	stands := standing.Lead{
		Status: lead.Status(row.Status), Stage: one.Stage, Begun: row.Step > 0, Double: row.DuplicateOf != nil, ReceivedAt: row.ReceivedAt,
		ProposedBy: row.ProposedBy,
	}
	if row.ParkedUntil != nil {
		stands.ParkedUntil = *row.ParkedUntil
	}
	if row.ClosedAt != nil {
		stands.ClosedAt = *row.ClosedAt
	}
	if row.AppointmentKind != "" {
		stands.Visit, stands.StartsAt = lead.AppointmentKind(row.AppointmentKind), row.AppointmentAt
		stands.EndsAt = row.AppointmentAt.Add(time.Duration(row.AppointmentMinutes) * time.Minute)
	}
	if err := json.Unmarshal(row.Clocks, &stands.Clocks); err != nil {
		return one, fmt.Errorf("clocks: %w", err)
	}
	if len(row.Escalation) > 0 {
		if err := json.Unmarshal(row.Escalation, &stands.Escalation); err != nil {
			return one, fmt.Errorf("escalation: %w", err)
		}
		var told struct {
			Staff []string `json:"staff_ids"`
		}
		if err := json.Unmarshal(row.Escalated, &told); err != nil {
			return one, fmt.Errorf("whom an escalation told: %w", err)
		}
		one.StepAt, one.Told = stands.Escalation.At, told.Staff
	}
	one.State = standing.Of(stands, standing.Viewer{ID: v.Staff.ID.String(), Manages: v.Manages()}, v.Now)
	return one, nil
}

// name is the customer's name or, when he left none, how he can be reached.
func name(ctx context.Context, row *db.BoardRowsRow) string {
	if row.ErasedAt != nil {
		return words.T(ctx, "kind.erased")
	}
	for _, one := range []string{row.FirstName + " " + row.Infix + " " + row.LastName, row.FullName, row.Contact} {
		if one = strings.Join(strings.Fields(one), " "); one != "" {
			return one
		}
	}
	return words.T(ctx, "mine.nobody")
}

// Running is how something stands that is to be done by due; nil when nobody
// works it yet.
func Running(due *time.Time) standing.State {
	if due == nil {
		return standing.State{Kind: standing.Waits}
	}
	return standing.State{Kind: standing.Due, Due: *due, From: due.Add(-standing.Ahead), Until: *due, Near: standing.Ahead}
}
