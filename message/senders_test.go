package message

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/internal/testkit/smtptest"
	"github.com/doorbell-ilm/doorbell/lead"
)

// aMail is a mail with everything on it.
func aMail() Message {
	return Message{
		ID: "01HZX3-message.1", LeadID: "01HZX3-lead", Channel: lead.Email,
		From:    Address{Name: "Garage De Ster", Email: "leads@dealer.example"},
		ReplyTo: Address{Name: "K. Visser", Email: "visser@dealer.example"},
		To:      Address{Name: "Buy pills at http://spam.example", Email: "jan@customer.example"},
		Subject: "Dank u wel · één vraag", Text: "Goedendag,\n\n.een regel met een punt\n", HTML: "<p>Goedendag</p>\n",
		Attachments: []Attachment{{Name: "appointment.ics", Type: "text/calendar; charset=utf-8; method=REQUEST", Content: []byte("BEGIN:VCALENDAR\r\n")}},
		Headers:     map[string]string{"Auto-Submitted": "auto-replied", "List-Unsubscribe": "<https://dealer.example/c/o>"},
	}
}

func anSMS() Message {
	return Message{
		ID: "01HZX3-message.2", LeadID: "01HZX3-lead", Channel: lead.SMS, From: Address{Name: "Doorbell"},
		Phone: "+31612345678", Text: "[2/4] bel nu",
	}
}

// failure asserts that err is a Failure of the kind and code, and nothing more.
// It returns how long the provider wants to be left alone.
func failure(t *testing.T, err error, kind Kind, code string) time.Duration {
	t.Helper()
	var f *Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, kind, f.Kind, f.Code)
	require.Equal(t, code, f.Code)
	require.Equal(t, fmt.Sprintf("message: %s (%s)", code, kind), err.Error())
	require.NoError(t, errors.Unwrap(err), "a failure that wraps something could carry an address into Temporal")
	return f.RetryAfter
}

// everySender returns one sender of each kind and a way to count what arrived.
func everySender(t *testing.T) map[string]struct {
	Sender
	arrived func() int
} {
	t.Helper()
	provider, server, box := sendgridtest.New(t), smtptest.New(t), &keptMails{}
	grid, err := NewSendGrid(sendgridtest.Key, provider.URL, 0)
	require.NoError(t, err)
	smtp, err := NewSMTP(server.URL(), 0)
	require.NoError(t, err)
	return map[string]struct {
		Sender
		arrived func() int
	}{
		"sendgrid": {grid, func() int { return len(provider.Mails()) }},
		"smtp":     {smtp, func() int { return len(server.Mails()) }},
		"mailbox":  {NewMailbox(box), func() int { return len(box.all()) }},
	}
}

func TestNoSenderLetsAnythingIntoAHeader(t *testing.T) {
	t.Parallel()
	spoil := map[string]struct {
		spoil func(*Message)
		code  string
	}{
		"line break in the subject":    {func(m *Message) { m.Subject = "a\r\nBcc: x@y.example" }, "bad_subject"},
		"newline in the subject":       {func(m *Message) { m.Subject = "a\nb" }, "bad_subject"},
		"NUL in the subject":           {func(m *Message) { m.Subject = "a\x00b" }, "bad_subject"},
		"no subject":                   {func(m *Message) { m.Subject = "" }, "bad_subject"},
		"header that is not ours":      {func(m *Message) { m.Headers["Bcc"] = "x@y.example" }, "bad_header"},
		"header in another case":       {func(m *Message) { m.Headers["auto-submitted"] = "no" }, "bad_header"},
		"line break in a header":       {func(m *Message) { m.Headers["Auto-Submitted"] = "no\r\nBcc: x@y.example" }, "bad_header"},
		"line break in a header name":  {func(m *Message) { m.Headers["Auto-Submitted: no\r\nBcc"] = "x@y.example" }, "bad_header"},
		"letters beyond ASCII":         {func(m *Message) { m.Headers["References"] = "é" }, "bad_header"},
		"line break in a file name":    {func(m *Message) { m.Attachments[0].Name = "a\r\nX: y.ics" }, "bad_attachment"},
		"quote in a file name":         {func(m *Message) { m.Attachments[0].Name = `a".ics` }, "bad_attachment"},
		"path in a file name":          {func(m *Message) { m.Attachments[0].Name = "../a.ics" }, "bad_attachment"},
		"line break in a file's type":  {func(m *Message) { m.Attachments[0].Type = "text/calendar;\r\n a=b" }, "bad_attachment"},
		"no type":                      {func(m *Message) { m.Attachments[0].Type = "" }, "bad_attachment"},
		"empty file":                   {func(m *Message) { m.Attachments[0].Content = nil }, "bad_attachment"},
		"line break in our id":         {func(m *Message) { m.ID = "a\r\nb" }, "bad_id"},
		"angle bracket in our id":      {func(m *Message) { m.ID = "a>b" }, "bad_id"},
		"NUL in the text":              {func(m *Message) { m.Text = "a\x00b" }, "bad_body"},
		"broken UTF-8 in the HTML":     {func(m *Message) { m.HTML = "\xff" }, "bad_body"},
		"no text":                      {func(m *Message) { m.Text = "" }, "bad_body"},
		"a channel that is not for it": {func(m *Message) { m.Channel = lead.Web }, "bad_channel"},
	}
	for _, s := range smuggled {
		spoil[fmt.Sprintf("to %q", s)] = struct {
			spoil func(*Message)
			code  string
		}{func(m *Message) { m.To.Email = s }, "bad_to"}
	}
	spoil["from"] = struct {
		spoil func(*Message)
		code  string
	}{func(m *Message) { m.From.Email = smuggled[0] }, "bad_from"}
	spoil["reply to"] = struct {
		spoil func(*Message)
		code  string
	}{func(m *Message) { m.ReplyTo.Email = smuggled[0] }, "bad_reply_to"}

	for name, s := range everySender(t) {
		for what, c := range spoil {
			m := aMail()
			c.spoil(&m)
			_, err := s.Send(t.Context(), m)
			require.Error(t, err, "%s: %s", name, what)
			failure(t, err, Final, c.code)
		}
		require.Zero(t, s.arrived(), name)
		_, err := s.Send(t.Context(), aMail())
		require.NoError(t, err, "%s refuses even a sound mail", name)
		require.Equal(t, 1, s.arrived(), name)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	box := &keptMails{}
	for name, c := range map[string]struct {
		settings Settings
		want     string // the sender for mail
		fails    string // the setting an error has to name
	}{
		"SendGrid first":          {Settings{SendGridKey: "SG.x", SMTPURL: "smtp://mail.example", Mailbox: box}, "sendgrid", ""},
		"then SMTP":               {Settings{SMTPURL: "smtp://mail.example", Mailbox: box}, "smtp", ""},
		"then the mailbox":        {Settings{Mailbox: box}, "mailbox", ""},
		"nothing":                 {Settings{}, "", "SENDGRID_API_KEY or SMTP_URL"},
		"key with a line break":   {Settings{SendGridKey: "SG.x\n"}, "", "SENDGRID_API_KEY"},
		"base URL without scheme": {Settings{SendGridKey: "SG.x", SendGridBaseURL: "api.example"}, "", "SENDGRID_BASE_URL"},
		"no mail server":          {Settings{SMTPURL: "mail.example:25"}, "", "SMTP_URL"},
		"password in the clear":   {Settings{SMTPURL: "smtp://u:secret@mail.example?tls=none"}, "", "SMTP_URL"},
		"unknown TLS":             {Settings{SMTPURL: "smtp://mail.example?tls=maybe"}, "", "SMTP_URL"},
		"port out of range":       {Settings{SMTPURL: "smtp://mail.example:99999"}, "", "SMTP_URL"},
	} {
		sender, err := Choose(c.settings)
		if c.fails != "" {
			require.ErrorContains(t, err, c.fails, name)
			require.NotContains(t, err.Error(), "secret")
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.want, sender.Name(), name)
	}
}

func TestSMSGoesIntoTheMailboxOrIsRefused(t *testing.T) {
	t.Parallel()
	box := &keptMails{}
	dev, err := Choose(Settings{SMTPURL: "smtp://mail.example", Mailbox: box})
	require.NoError(t, err)
	receipt, err := dev.Send(t.Context(), anSMS())
	require.NoError(t, err)
	require.Equal(t, "mailbox", receipt.Provider)
	require.Len(t, box.all(), 1)

	outside, err := Choose(Settings{SMTPURL: "smtp://mail.example"})
	require.NoError(t, err)
	_, err = outside.Send(t.Context(), anSMS())
	failure(t, err, Final, "sms_unavailable")

	for _, phone := range []string{"", "0612345678", "+31 6 12345678", "+316\r\n12345678", "+0612345678"} {
		m := anSMS()
		m.Phone = phone
		_, err = dev.Send(t.Context(), m)
		failure(t, err, Final, "bad_phone")
	}
}

func TestMailSendersRefuseSMS(t *testing.T) {
	t.Parallel()
	senders := everySender(t)
	_, err := senders["sendgrid"].Send(t.Context(), anSMS())
	failure(t, err, Final, "sendgrid_mail_only")
	_, err = senders["smtp"].Send(t.Context(), anSMS())
	failure(t, err, Final, "smtp_mail_only")
}

// within is a context that ends by itself, so that no test can hang.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
