package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// SaveMail puts a mail or text message into the mailbox of dev. It is dated by
// the database's clock, as everything else that happened to its lead.
func (s *Store) SaveMail(ctx context.Context, m message.MailboxMail) error {
	attachments, err := json.Marshal(m.Attachments)
	if err != nil {
		return fmt.Errorf("attachments: %w", err)
	}
	return s.InsertMail(ctx, db.InsertMailParams{
		ID: m.ID, Channel: string(m.Channel), Recipient: m.To, Sender: m.From, Subject: m.Subject, Text: m.Text, Html: m.HTML,
		Attachments: attachments, LeadID: m.LeadID,
	})
}

// Mailbox returns what lies in the mailbox, newest first, at most so many. to
// is one recipient, an address or a number as it was sent to; "" is everybody.
func (s *Store) Mailbox(ctx context.Context, to string, most int) ([]message.MailboxMail, error) {
	rows, err := s.ListMail(ctx, db.ListMailParams{Recipient: to, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	mails := make([]message.MailboxMail, len(rows))
	for i, row := range rows {
		if mails[i], err = mailOf(row); err != nil {
			return nil, err
		}
	}
	return mails, nil
}

// Mail returns one mail of the mailbox, ErrNotFound when it is not there.
func (s *Store) Mail(ctx context.Context, id string) (message.MailboxMail, error) {
	row, err := s.GetMail(ctx, id)
	if err != nil {
		return message.MailboxMail{}, fmt.Errorf("mail: %w", found(err))
	}
	return mailOf(row)
}

func mailOf(row db.Mailbox) (message.MailboxMail, error) {
	m := message.MailboxMail{
		ID: row.ID, At: row.At.UTC(), To: row.Recipient, From: row.Sender, Subject: row.Subject, Text: row.Text, HTML: row.Html,
		Attachments: []message.MailboxAttachment{}, LeadID: row.LeadID, Channel: lead.Channel(row.Channel),
	}
	if err := json.Unmarshal(row.Attachments, &m.Attachments); err != nil {
		return m, fmt.Errorf("attachments as stored: %w", err)
	}
	return m, nil
}

var _ message.MailboxStore = (*Store)(nil)
