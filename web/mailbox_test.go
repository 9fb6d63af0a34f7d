package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
)

// deliver puts a mail with a calendar file, then a text message, into the
// mailbox, as the sender of dev does.
func (d *desk) deliver() {
	d.t.Helper()
	box := message.NewMailbox(d.store)
	_, err := box.Send(d.t.Context(), message.Message{
		ID: "1", LeadID: "01HZX3", Channel: lead.Email, From: message.Address{Email: "leads@delinde.example"},
		To: message.Address{Email: "jan+car@customer.example"}, Subject: "Uw afspraak <b>", Text: "Zie https://doorbell.example/c/abc?x=1&y=2\nen <b>dit</b>",
		HTML:        `<html><head><title>x</title></head><body style="color:red"><p>Dag</p></body></html>`,
		Attachments: []message.Attachment{{Name: "appointment.ics", Type: "text/calendar; method=REQUEST", Content: []byte("BEGIN")}},
	})
	require.NoError(d.t, err)
	testkit.MoveClock(d.t, d.store.Pool, time.Minute)
	_, err = box.Send(d.t.Context(), message.Message{
		ID: "2", LeadID: "01HZX3", Channel: lead.SMS, From: message.Address{Name: "De Linde"}, Phone: "+31612345678", Text: "Bel nu",
	})
	require.NoError(d.t, err)
}

func TestMailJSON(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	require.JSONEq(t, `[]`, d.get("/dev/mail.json").Body.String())
	d.deliver()
	w := d.get("/dev/mail.json")
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	var mails []map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &mails))
	require.Len(t, mails, 2)
	for _, m := range mails {
		when, err := time.Parse(time.RFC3339, fmt.Sprint(m["at"]))
		require.NoError(t, err)
		require.WithinDuration(t, at(t, "2026-11-24 10:00"), when, 2*time.Minute, "the database's clock")
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
		require.NoError(t, json.Unmarshal(d.get("/dev/mail.json?to="+to).Body.Bytes(), &mails))
		require.Len(t, mails, want, to)
	}
}

func TestMailboxPages(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	require.Contains(t, d.get("/dev/mail?to=x").Body.String(), "Nothing here for this recipient yet.")
	d.deliver()
	list := d.get("/dev/mail").Body.String()
	require.Regexp(t, `(?s)&#43;31612345678.*Bel nu.*SMS.*jan&#43;car@customer\.example.*Uw afspraak &lt;b&gt;.*1 file`, list)
	require.NotContains(t, d.get("/dev/mail?to=jan%2Bcar@customer.example").Body.String(), "Bel nu")

	mails, err := d.store.Mailbox(t.Context(), "jan+car@customer.example", 1)
	require.NoError(t, err)
	w := d.get("/dev/mail/" + mails[0].ID)
	page := w.Body.String()
	require.Contains(t, page, "<h1>Uw afspraak &lt;b&gt;</h1>")
	require.Contains(t, page, "appointment.ics (text/calendar; method=REQUEST, 5 bytes)")
	require.Contains(t, page, `<a href="https://doorbell.example/c/abc?x=1&amp;y=2">https://doorbell.example/c/abc?x=1&amp;y=2</a>`)
	require.Contains(t, page, "en &lt;b&gt;dit&lt;/b&gt;")
	require.Contains(t, page, `sandbox="allow-popups allow-popups-to-escape-sandbox"`)
	require.NotContains(t, w.Header().Get("Content-Security-Policy"), "unsafe-inline")

	w = d.get("/dev/mail/" + mails[0].ID + "/html")
	require.Contains(t, w.Body.String(), `<head><base target="_blank"><title>x</title>`)
	csp := w.Header().Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'; style-src 'unsafe-inline'")
	require.Contains(t, csp, "sandbox allow-popups")
	require.NotContains(t, csp, "allow-scripts")
	require.NotContains(t, csp, "allow-same-origin")

	for _, path := range []string{"/dev/mail/none", "/dev/mail/none/html"} {
		require.Equal(t, http.StatusNotFound, d.get(path).Code)
	}
}

func TestThereIsNoMailboxOutsideDev(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	d.pages.Dev = false
	d.mount()
	for _, path := range []string{"/dev/mail", "/dev/mail.json", "/dev/mail/x", "/dev/mail/x/html"} {
		require.Equal(t, http.StatusNotFound, d.get(path).Code)
	}
	for _, route := range d.router.Routes() {
		require.NotContains(t, route.Path, "/dev")
	}
	start := d.get("/").Body.String()
	require.NotContains(t, start, "/dev/mail")
	require.NotContains(t, start, "8233")
}
