package message

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keptMails keeps the mailbox where the test can look at it. The product's own
// store is Postgres and has its own tests.
type keptMails struct {
	mu    sync.Mutex
	mails []MailboxMail
	fails bool
}

func (k *keptMails) SaveMail(_ context.Context, m MailboxMail) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails {
		return errors.New("no connection, while storing a mail to jan@customer.example")
	}
	k.mails = append(k.mails, m)
	return nil
}

func (k *keptMails) all() []MailboxMail {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.mails)
}

func TestMailboxShowsWhatWasSent(t *testing.T) {
	t.Parallel()
	store := &keptMails{}
	box := NewMailbox(store)
	box.now = func() time.Time { return time.Date(2026, 11, 20, 14, 5, 0, 0, time.FixedZone("CET", 3600)) }

	mail, err := box.Send(t.Context(), aMail())
	require.NoError(t, err)
	sms, err := box.Send(t.Context(), anSMS())
	require.NoError(t, err)
	require.NotEqual(t, mail.ProviderID, sms.ProviderID)

	got, err := json.Marshal(store.all())
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"id": "`+mail.ProviderID+`", "at": "2026-11-20T13:05:00Z", "to": "jan@customer.example", "from": "leads@dealer.example",
		 "subject": "Dank u wel · één vraag", "text": "Goedendag,\n\n.een regel met een punt\n", "html": "<p>Goedendag</p>\n",
		 "attachments": [{"name": "appointment.ics", "type": "text/calendar; charset=utf-8; method=REQUEST", "size": 17}],
		 "lead_id": "01HZX3-lead", "channel": "email"},
		{"id": "`+sms.ProviderID+`", "at": "2026-11-20T13:05:00Z", "to": "+31612345678", "from": "Doorbell",
		 "subject": "", "text": "[2/4] bel nu", "html": "", "attachments": [], "lead_id": "01HZX3-lead", "channel": "sms"}
	]`, string(got))
}

func TestMailboxThatCannotStoreIsTriedAgain(t *testing.T) {
	t.Parallel()
	_, err := NewMailbox(&keptMails{fails: true}).Send(t.Context(), aMail())
	failure(t, err, Retry, "mailbox_store")
}
