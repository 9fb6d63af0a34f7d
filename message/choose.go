package message

import (
	"context"
	"errors"
	"time"

	"github.com/doorbell-ilm/doorbell/lead"
)

// Settings say how mail leaves. Empty fields are not set.
type Settings struct {
	SendGridKey     string        // SENDGRID_API_KEY
	SendGridBaseURL string        // SENDGRID_BASE_URL
	SMTPURL         string        // SMTP_URL
	Mailbox         MailboxStore  // set in dev only
	Timeout         time.Duration // of one send; zero means 30 seconds
}

// Choose returns the sender for mail and SMS: mail goes through SendGrid when
// its key is set, else SMTP when its address is set, else into the mailbox.
// SMS goes into the mailbox; where there is none it is refused with the Final
// failure "sms_unavailable", so that the ledger shows it was not sent.
//
// An unusable setting, or none at all outside dev, is an error that names the
// setting.
func Choose(s Settings) (Sender, error) {
	var chosen post
	if s.Mailbox != nil {
		chosen.mail = NewMailbox(s.Mailbox)
		chosen.sms = chosen.mail
	}
	switch {
	case s.SendGridKey != "":
		sender, err := NewSendGrid(s.SendGridKey, s.SendGridBaseURL, s.Timeout)
		if err != nil {
			return nil, err
		}
		chosen.mail = sender
	case s.SMTPURL != "":
		sender, err := NewSMTP(s.SMTPURL, s.Timeout)
		if err != nil {
			return nil, err
		}
		chosen.mail = sender
	case s.Mailbox == nil:
		return nil, errors.New("no way to send mail: set SENDGRID_API_KEY or SMTP_URL (only `doorbell dev` has a mailbox)")
	}
	return chosen, nil
}

// post sends each message through the sender of its channel.
type post struct{ mail, sms Sender }

// Name returns the name of the sender for mail.
func (p post) Name() string { return p.mail.Name() }

// Send passes the message on.
func (p post) Send(ctx context.Context, m Message) (Receipt, error) {
	if m.Channel != lead.SMS {
		return p.mail.Send(ctx, m)
	}
	if p.sms == nil {
		return Receipt{}, final("sms_unavailable")
	}
	return p.sms.Send(ctx, m)
}
