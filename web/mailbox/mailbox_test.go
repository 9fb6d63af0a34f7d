package mailbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
)

// box is a product with its mailbox, and somebody who looks into it.
type box struct {
	*browse.Visit

	d *dealership.Dealership
}

func open(t *testing.T) box {
	t.Helper()
	d := dealership.Open(t, dealership.Options{Idle: true})
	return box{browse.Anybody(t, d.Serve()), d}
}

// deliver puts a mail with a calendar file, then a text message, into the
// mailbox, as the sender of dev does.
func (b box) deliver(t *testing.T) {
	t.Helper()
	into := message.NewMailbox(b.d.Store)
	_, err := into.Send(t.Context(), message.Message{
		ID: "1", LeadID: "01HZX3", Channel: lead.Email, From: message.Address{Email: "leads@delinde.example"},
		To: message.Address{Email: "jan+car@customer.example"}, Subject: "Uw afspraak <b>", Text: "Zie https://doorbell.example/c/abc?x=1&y=2\nen <b>dit</b>",
		HTML:        `<html><head><title>x</title></head><body style="color:red"><p>Dag</p></body></html>`,
		Attachments: []message.Attachment{{Name: "appointment.ics", Type: "text/calendar; method=REQUEST", Content: []byte("BEGIN")}},
	})
	require.NoError(t, err)
	testkit.MoveClock(t, b.d.Store.Pool, time.Minute)
	_, err = into.Send(t.Context(), message.Message{
		ID: "2", LeadID: "01HZX3", Channel: lead.SMS, From: message.Address{Name: "De Linde"}, Phone: "+31612345678", Text: "Bel nu",
	})
	require.NoError(t, err)
}

func TestMailJSON(t *testing.T) {
	t.Parallel()
	b := open(t)
	require.JSONEq(t, `[]`, b.Get("/dev/mail.json").Text)
	b.deliver(t)
	w := b.Get("/dev/mail.json")
	require.Equal(t, "application/json; charset=utf-8", w.Header.Get("Content-Type"))
	var mails []map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.Text), &mails))
	require.Len(t, mails, 2)
	for _, m := range mails {
		when, err := time.Parse(time.RFC3339, fmt.Sprint(m["at"]))
		require.NoError(t, err)
		require.WithinDuration(t, b.d.At("2026-11-24 10:00"), when, 2*time.Minute, "the database's clock")
		require.Equal(t, time.UTC, when.Location())
		require.NotEmpty(t, m["id"])
		delete(m, "at")
		delete(m, "id")
	}
	require.Equal(t, []map[string]any{
		{
			"to": "+31612345678", "from": "De Linde", "subject": "", "text": "Bel nu", "html": "", "attachments": []any{},
			"lead_id": "01HZX3", "channel": "sms",
		},
		{
			"to": "jan+car@customer.example", "from": "leads@delinde.example", "subject": "Uw afspraak <b>",
			"text": "Zie https://doorbell.example/c/abc?x=1&y=2\nen <b>dit</b>", "html": `<html><head><title>x</title></head><body style="color:red"><p>Dag</p></body></html>`,
			"attachments": []any{map[string]any{"name": "appointment.ics", "type": "text/calendar; method=REQUEST", "size": 5.0}},
			"lead_id":     "01HZX3", "channel": "email",
		},
	}, mails, "newest first")

	for to, want := range map[string]int{
		"": 2, url.QueryEscape("jan+car@customer.example"): 1, "jan+car@customer.example": 1, "+31612345678": 1, "nobody@customer.example": 0, "%25": 0,
	} {
		require.NoError(t, json.Unmarshal([]byte(b.Get("/dev/mail.json?to="+to).Text), &mails))
		require.Len(t, mails, want, to)
	}
}

func TestMailboxPages(t *testing.T) {
	t.Parallel()
	b := open(t)
	require.Contains(t, b.Get("/dev/mail?to=x").Text, "Nothing here for this recipient yet.")
	b.deliver(t)
	list := b.Get("/dev/mail").Text
	require.Regexp(t, `(?s)\+31612345678.*Bel nu.*SMS.*jan\+car@customer\.example.*Uw afspraak &lt;b&gt;.*1 file`, list)
	require.NotContains(t, b.Get("/dev/mail?to=jan%2Bcar@customer.example").Text, "Bel nu")

	mails, err := b.d.Store.Mailbox(t.Context(), "jan+car@customer.example", 1)
	require.NoError(t, err)
	w := b.Get("/dev/mail/" + mails[0].ID)
	page := w.Text
	require.Contains(t, page, "<h1>Uw afspraak &lt;b&gt;</h1>")
	require.Contains(t, page, "appointment.ics (text/calendar; method=REQUEST, 5 bytes)")
	require.Contains(t, page, `<a href="https://doorbell.example/c/abc?x=1&amp;y=2">https://doorbell.example/c/abc?x=1&amp;y=2</a>`)
	require.Contains(t, page, "en &lt;b&gt;dit&lt;/b&gt;")
	require.Contains(t, page, `sandbox="allow-popups allow-popups-to-escape-sandbox"`)
	require.NotContains(t, w.Header.Get("Content-Security-Policy"), "unsafe-inline")

	w = b.Get("/dev/mail/" + mails[0].ID + "/html")
	require.Contains(t, w.Text, `<head><base target="_blank"><title>x</title>`)
	csp := w.Header.Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'; style-src 'unsafe-inline'")
	require.Contains(t, csp, "sandbox allow-popups")
	require.NotContains(t, csp, "allow-scripts")
	require.NotContains(t, csp, "allow-same-origin")

	for _, path := range []string{"/dev/mail/none", "/dev/mail/none/html"} {
		require.Equal(t, http.StatusNotFound, b.Get(path).Status)
	}
}

func TestMain(m *testing.M) { testkit.Main(m) }
