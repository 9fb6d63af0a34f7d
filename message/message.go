// Package message sends mail and text messages to customers and staff: the
// senders (SendGrid, SMTP and, in dev, the mailbox), the templates they are
// written with, calendar files and the signed links customers follow.
//
// The package decides nothing about who may be written to: do-not-contact and
// the ledger live with the callers. What it promises them is a verdict that
// they can act on: a send either has a Receipt or a *Failure whose Kind says
// whether the same message may be sent again without reaching anybody twice.
package message

import (
	"context"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Message is one mail or text message, ready to go.
type Message struct {
	ID      string       // the ledger's id: opaque, 1 to 64 of A-Z a-z 0-9 . _ -
	LeadID  string       // "" when the message is about no lead
	Channel lead.Channel // lead.Email or lead.SMS

	From    Address
	ReplyTo Address // no address means replies go to From
	To      Address // To.Name is never sent, it may be a stranger's words
	Phone   string  // the recipient of an SMS, in E.164

	Subject     string // one line; "" for an SMS
	Text        string
	HTML        string // "" sends plain text only
	Attachments []Attachment
	Headers     map[string]string // only those that AllowedHeader names
}

// Address is a mail address with the name shown beside it.
type Address struct{ Name, Email string }

// Attachment is a file that travels with a mail.
type Attachment struct {
	Name    string // the file's name, no path
	Type    string // its MIME type
	Content []byte
}

// Receipt is what a provider said when it took a message.
type Receipt struct {
	Provider   string // the sender's Name
	ProviderID string // the provider's own id, "" when it gave none
}

// Sender hands messages to one provider. It is safe for concurrent use.
//
// Every error that Send returns is a *Failure.
type Sender interface {
	Name() string
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Kind says what may be done with a message that was not confirmed.
type Kind string

// The kinds of failure.
const (
	// Final means that the provider refused the message, or would: sending the
	// same message again is pointless.
	Final Kind = "final"
	// Retry means that the message was surely not accepted: send it again, not
	// before RetryAfter.
	Retry Kind = "retry"
	// Ambiguous means that the message left and no answer came back. It may
	// have been accepted; sending it again may reach the customer twice.
	Ambiguous Kind = "ambiguous"
)

// Failure is why a message was not confirmed.
//
// It deliberately wraps nothing: the texts of providers repeat addresses, and
// failures travel into Temporal, where nothing personal may stand.
type Failure struct {
	Kind       Kind
	Code       string        // stable, such as "sendgrid_429"; made by us, never by the provider
	RetryAfter time.Duration // as the provider asked, zero when it did not; only with Retry
}

// Error names the code and the kind, and nothing of the message.
func (f *Failure) Error() string { return "message: " + f.Code + " (" + string(f.Kind) + ")" }
