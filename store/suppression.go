package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ErrUnwanted says that the reader of an address does not want mail, which is
// not for staff to undo.
var ErrUnwanted = errors.New("the reader of this address does not want mail")

// Liftable reports whether staff may have an address mailed again that is not
// for a reason.
func Liftable(reason string) bool { return reason == "bounce" }

// Lift has an address mailed again that bounced, and the open leads of its owner
// learn it through the outbox. It returns ErrNotFound when no such entry is in
// force, ErrUnwanted when it is not liftable.
func (s *Store) Lift(ctx context.Context, dealer, id, by uuid.UUID) (db.LockSuppressionRow, error) {
	var entry db.LockSuppressionRow
	err := s.InTx(ctx, func(q *db.Queries) error {
		var err error
		if entry, err = q.LockSuppression(ctx, db.LockSuppressionParams{DealerID: dealer, ID: id}); err != nil {
			return fmt.Errorf("suppression: %w", found(err))
		}
		if !Liftable(entry.Reason) {
			return ErrUnwanted
		}
		if err := q.LiftSuppression(ctx, db.LiftSuppressionParams{ID: id, LiftedBy: &by}); err != nil {
			return fmt.Errorf("lift: %w", err)
		}
		leads, err := q.OpenLeadsOfAddresses(ctx, db.OpenLeadsOfAddressesParams{DealerID: dealer, Addresses: []string{entry.Normalised}})
		if err != nil {
			return fmt.Errorf("leads of the address: %w", err)
		}
		for _, l := range leads {
			if err := queueNews(ctx, q, dealer, l, "", process.MailNews{Lifted: true}); err != nil {
				return err
			}
		}
		return nil
	})
	return entry, err
}

// Standing is how a mail stands, in one word for people.
type Standing struct {
	State string     // one of openapi.yaml's MailState
	Code  string     // why it failed, Doorbell's own word
	At    *time.Time // since when, nil while it waits
}

// MailStands tells how a mail stands: the provider's word where there is one,
// else the ledger's.
func MailStands(m *db.MailsOfLeadRow) Standing {
	told := lead.Delivery(m.Delivery)
	switch {
	case told != "" && told != lead.MailProcessed:
		return Standing{State: m.Delivery, At: m.DeliveryAt}
	case m.State == "accepted", told == lead.MailProcessed:
		return Standing{State: "accepted", At: m.AcceptedAt}
	case m.State == "unknown", m.State == "failed" && m.Code == "unknown_twice":
		return Standing{State: "unknown"}
	case m.State == "pending":
		return Standing{State: "waiting"}
	default:
		return Standing{State: m.State, Code: m.Code}
	}
}
