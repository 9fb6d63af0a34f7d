package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Object stores that the customer of a lead does not want to be contacted by
// the channels. It needs nothing but Postgres: the wish holds for every message
// from this commit on, and the workflows of the person's open leads are told
// through the outbox, whenever Temporal can be reached. A closed lead has no
// workflow; there the timeline is written here. Asking again changes nothing.
// It returns ErrNotFound when there is no such lead.
func (s *Store) Object(ctx context.Context, id uuid.UUID, channels []lead.Channel) error {
	happening, err := json.Marshal(process.Happening{
		What: process.DidCustomer, Actor: process.Customer, Customer: &process.CustomerWish{Refuses: channels},
	})
	if err != nil {
		return fmt.Errorf("objection: %w", err)
	}
	return s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, id)
		if err != nil {
			return fmt.Errorf("lock lead: %w", found(err))
		}
		tell, err := respect(ctx, q, row, channels)
		if err != nil {
			return err
		}
		for _, other := range tell {
			if err := q.QueueOnce(ctx, db.QueueOnceParams{DealerID: row.DealerID, LeadID: other, Happening: happening}); err != nil {
				return fmt.Errorf("outbox: %w", err)
			}
		}
		return nil
	})
}

// respect writes down what is new in the wish and returns the open leads whose
// workflows do not know of it. The lead's row is locked.
func respect(ctx context.Context, q *db.Queries, row db.LockLeadRow, channels []lead.Channel) (tell []uuid.UUID, err error) {
	fresh, err := unrefused(ctx, q, row.ID, channels)
	if err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		if err := refuse(ctx, q, row, fresh, process.Customer); err != nil {
			return nil, err
		}
		if tell, err = q.OtherOpenLeads(ctx, row.ID); err != nil {
			return nil, fmt.Errorf("other leads: %w", err)
		}
	}
	if lead.Status(row.Status) == lead.Closed {
		if len(fresh) > 0 {
			err = objected(ctx, q, row, fresh)
		}
		return tell, err
	}
	state, err := newer(process.State{}, row)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(channels, func(c lead.Channel) bool { return !slices.Contains(state.Reach.Refused, c) }) {
		tell = append(tell, row.ID)
	}
	return tell, nil
}

// unrefused returns those of the channels that are known of the customer and
// on which he has not refused contact yet.
func unrefused(ctx context.Context, q *db.Queries, id uuid.UUID, channels []lead.Channel) ([]lead.Channel, error) {
	refused, err := q.RefusedOfLead(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("refused channels: %w", err)
	}
	contacts, err := q.ContactsOfLead(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	var fresh []lead.Channel
	for _, channel := range channels {
		reachable := slices.ContainsFunc(contacts, func(c db.ContactsOfLeadRow) bool { return c.Valid && c.Kind == contactKind(channel) })
		if reachable && !slices.Contains(refused, string(channel)) {
			fresh = append(fresh, channel)
		}
	}
	return fresh, nil
}

// refuse writes down every number or address of the lead's customer that may
// not be used any more, and that whatever he had consented to on these channels
// is taken back.
func refuse(ctx context.Context, q *db.Queries, row db.LockLeadRow, channels []lead.Channel, by process.Actor) error {
	contacts, err := q.ContactsOfLead(ctx, row.ID)
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	for _, channel := range channels {
		for _, c := range contacts {
			if c.Kind != contactKind(channel) || !c.Valid {
				continue
			}
			err := q.InsertDoNotContact(ctx, db.InsertDoNotContactParams{
				DealerID: row.DealerID, Channel: string(channel), Normalised: c.Normalised, At: row.Now,
			})
			if err != nil {
				return fmt.Errorf("do not contact: %w", err)
			}
		}
	}
	return withdraw(ctx, q, row.ID, channels, by)
}

// contactKind is where the channel's addresses stand: text messages go to
// phone numbers.
func contactKind(c lead.Channel) string {
	if c == lead.Email {
		return "email"
	}
	return "phone"
}

// objected puts the wish on the timeline of a lead that no step works any more.
func objected(ctx context.Context, q *db.Queries, row db.LockLeadRow, channels []lead.Channel) error {
	for _, kind := range []string{"follow_up_started", "follow_up_done"} {
		data, err := json.Marshal(map[string]any{"kind": string(lead.DoNotContact), "channels": channels})
		if err != nil {
			return fmt.Errorf("objection: %w", err)
		}
		if err := appendEvent(ctx, q, row.DealerID, row.ID, kind, process.Customer, data); err != nil {
			return err
		}
	}
	return nil
}
