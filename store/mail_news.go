package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// newsOfMail completes news of a mail by what the ledger says, whatever its bringer
// does: a signal can say anything. News of a message that this lead does not
// have is taken out of the happening, which is refused then. The lead's row is
// locked.
func newsOfMail(ctx context.Context, q *db.Queries, id uuid.UUID, h *process.Happening) error {
	if h.Customer == nil || h.Customer.Mail == nil {
		return nil
	}
	wish, mail := *h.Customer, *h.Customer.Mail
	mail.Template, mail.Auto, mail.Counted = "", false, false
	wish.Mail = &mail
	h.Customer = &wish
	if mail.Lifted || mail.Elsewhere {
		return nil
	}
	wish.Mail = nil
	message := parsed(mail.Message)
	if message == nil {
		return nil
	}
	row, err := q.MailOfNews(ctx, db.MailOfNewsParams{LeadID: id, ID: *message})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail of the news: %w", err)
	}
	back, err := cameBack(ctx, q, id, *message)
	if err != nil {
		return err
	}
	mail.Template, mail.Auto, mail.Counted = row.Template, row.Auto, row.Known && !back
	wish.Mail = &mail
	return nil
}

// cameBack reports whether the process knows already that the mail did not reach
// its recipient.
func cameBack(ctx context.Context, q *db.Queries, id, message uuid.UUID) (bool, error) {
	var known []string
	for _, is := range lead.Deliveries {
		if is.Missed() {
			known = append(known, newsID(message, is))
		}
	}
	back, err := q.HappenedAny(ctx, db.HappenedAnyParams{LeadID: id, Happenings: known})
	if err != nil {
		return false, fmt.Errorf("news of the mail: %w", err)
	}
	return back, nil
}

// returned marks the fates of mails whose return the process knows already:
// providers are sometimes quicker than our own answer.
func returned(ctx context.Context, q *db.Queries, id uuid.UUID, fates []process.Delivery) error {
	for i := range fates {
		message := parsed(fates[i].Message)
		if message == nil || fates[i].Fate != process.Accepted {
			continue
		}
		back, err := cameBack(ctx, q, id, *message)
		if err != nil {
			return err
		}
		fates[i].CameBack = back
	}
	return nil
}

// foundOut notes that the process knows now what became of a mail of which
// nobody knew.
func (p *projection) foundOut(ctx context.Context) error {
	taken := p.h.What == process.DidCustomer && p.out.Refused == nil
	if taken && p.h.Customer.Mail != nil && p.h.Customer.Mail.Is == lead.MailDelivered {
		if id := parsed(p.h.Customer.Mail.Message); id != nil {
			return p.q.FoundOut(ctx, db.FoundOutParams{LeadID: p.row.ID, ID: *id})
		}
	}
	return nil
}
