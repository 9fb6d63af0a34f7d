package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// Where an entry of the ledger of consent comes from.
const (
	ByLead     = "lead"     // it came with the lead, or with a resend of it
	ByCustomer = "customer" // he said so himself
	ByStaff    = "staff"    // a member of staff noted it
)

// originOf tells by whom something was said where it was not in the lead.
func originOf(by process.Actor) string {
	if uuid.Validate(string(by)) == nil {
		return ByStaff
	}
	return ByCustomer
}

// Consent is one entry of the ledger: what a customer agreed to, or takes back.
type Consent struct {
	Purpose, Channel, Wording string
	Given                     bool
	At                        time.Time // UTC; zero means now
	By                        process.Actor
}

// AddConsent adds an entry to the ledger of a lead's customer. What stands in it
// is never changed; the last entry of a purpose and channel holds. It returns
// ErrNotFound when the dealer has no such lead, or its customer was erased.
func (s *Store) AddConsent(ctx context.Context, dealer, leadID, entry uuid.UUID, c Consent) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		row, err := q.LockLead(ctx, leadID)
		if err != nil {
			return fmt.Errorf("lock lead: %w", found(err))
		}
		if row.DealerID != dealer || row.ErasedAt != nil {
			return fmt.Errorf("consent: %w", ErrNotFound)
		}
		if c.At.IsZero() {
			c.At = row.Now
		}
		err = q.InsertConsent(ctx, db.InsertConsentParams{
			ID: entry, DealerID: dealer, CustomerID: row.CustomerID, Purpose: c.Purpose, Channel: c.Channel, Wording: c.Wording, At: c.At,
			Given: c.Given, Origin: originOf(c.By), Actor: string(c.By), LeadID: &leadID,
		})
		if err != nil {
			return fmt.Errorf("consent: %w", err)
		}
		return nil
	})
}

// withdraw notes that the customer of a lead takes back whatever he consented to
// on the channels.
func withdraw(ctx context.Context, q *db.Queries, leadID uuid.UUID, channels []lead.Channel, by process.Actor) error {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c)
	}
	err := q.WithdrawConsent(ctx, db.WithdrawConsentParams{Origin: originOf(by), Actor: string(by), LeadID: leadID, Channels: names})
	if err != nil {
		return fmt.Errorf("consent: %w", err)
	}
	return nil
}

// Suppress notes that whoever has a number (E.164) or an address (lower case)
// does not want to be contacted by the channels, whether the dealer knows him or
// not, and returns how many open leads of his are told. What was refused before
// stays as it is.
func (s *Store) Suppress(ctx context.Context, dealer uuid.UUID, kind, normalised string, channels []lead.Channel) (told int, err error) {
	happening, err := json.Marshal(process.Happening{
		What: process.DidCustomer, Actor: process.Customer, Customer: &process.CustomerWish{Refuses: channels},
	})
	if err != nil {
		return 0, fmt.Errorf("suppress: %w", err)
	}
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = string(c)
	}
	err = s.InTx(ctx, func(q *db.Queries) error {
		_, err := q.RefuseContact(ctx, db.RefuseContactParams{DealerID: dealer, Normalised: normalised, Channels: names})
		if err != nil {
			return fmt.Errorf("do not contact: %w", err)
		}
		leads, err := q.LeadsOfContact(ctx, db.LeadsOfContactParams{DealerID: dealer, Kind: kind, Normalised: normalised})
		if err != nil {
			return fmt.Errorf("leads: %w", err)
		}
		for i, l := range leads {
			if i == 0 { // the same person for all of them
				if err := withdraw(ctx, q, l.ID, channels, process.Customer); err != nil {
					return err
				}
			}
			if !l.Open {
				continue
			}
			told++
			if err := q.QueueOnce(ctx, db.QueueOnceParams{DealerID: dealer, LeadID: l.ID, Happening: happening}); err != nil {
				return fmt.Errorf("outbox: %w", err)
			}
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: CustomerShielded, Data: map[string]any{"channels": names}})
	})
	return told, err
}
