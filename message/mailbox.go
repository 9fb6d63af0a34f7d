package message

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// MailboxMail is a mail or SMS as /dev/mail.json shows it.
type MailboxMail struct {
	ID          string              `json:"id"` // of this delivery: a message sent twice lies here twice
	At          time.Time           `json:"at"` // UTC
	To          string              `json:"to"` // an address, or a number in E.164
	From        string              `json:"from"`
	Subject     string              `json:"subject"`
	Text        string              `json:"text"`
	HTML        string              `json:"html"`
	Attachments []MailboxAttachment `json:"attachments"`
	LeadID      string              `json:"lead_id"`
	Channel     lead.Channel        `json:"channel"`
}

// MailboxAttachment names a file that came with a mail.
type MailboxAttachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"` // bytes
}

// MailboxStore keeps the mailbox.
type MailboxStore interface {
	SaveMail(ctx context.Context, m MailboxMail) error
}

// Mailbox takes mail and SMS and shows them instead of sending them. It stands
// in for a provider in dev only, where nobody outside may be written to.
type Mailbox struct {
	store MailboxStore
	now   func() time.Time
}

// NewMailbox returns a mailbox that keeps everything in store.
func NewMailbox(store MailboxStore) *Mailbox { return &Mailbox{store: store, now: time.Now} }

// Name returns "mailbox".
func (b *Mailbox) Name() string { return "mailbox" }

// Send stores the message. A store that fails is a Retry failure, even where
// the mail may be stored already: a double mail in dev harms nobody.
func (b *Mailbox) Send(ctx context.Context, m Message) (Receipt, error) {
	m, err := checked(m)
	if err != nil {
		return Receipt{}, err
	}
	to := m.To.Email
	if m.Channel == lead.SMS {
		to = m.Phone
	}
	kept := MailboxMail{
		ID: rand.Text(), At: b.now().UTC(), To: to, From: m.From.Email, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
		Attachments: []MailboxAttachment{}, LeadID: m.LeadID, Channel: m.Channel,
	}
	if m.Channel == lead.SMS {
		kept.From = m.From.Name
	}
	for _, a := range m.Attachments {
		kept.Attachments = append(kept.Attachments, MailboxAttachment{Name: a.Name, Type: a.Type, Size: len(a.Content)})
	}
	if err := b.store.SaveMail(ctx, kept); err != nil {
		return Receipt{}, &Failure{Kind: Retry, Code: "mailbox_store"}
	}
	return Receipt{Provider: b.Name(), ProviderID: kept.ID}, nil
}
