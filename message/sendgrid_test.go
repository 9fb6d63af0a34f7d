package message

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
)

func sendGridAt(t *testing.T, url string, timeout time.Duration) *SendGrid {
	t.Helper()
	s, err := NewSendGrid(sendgridtest.Key, url, timeout)
	require.NoError(t, err)
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func TestSendGridGetsTheWholeMail(t *testing.T) {
	t.Parallel()
	provider := sendgridtest.New(t)
	receipt, err := sendGridAt(t, provider.URL+"/", 0).Send(t.Context(), aMail())
	require.NoError(t, err)
	require.Equal(t, []sendgridtest.Mail{{
		ProviderID: receipt.ProviderID,
		From:       "leads@dealer.example", FromName: "Garage De Ster", ReplyTo: "visser@dealer.example", To: "jan@customer.example",
		Subject: "Dank u wel · één vraag", Text: "Goedendag,\n\n.een regel met een punt\n", HTML: "<p>Goedendag</p>\n",
		Headers:     map[string]string{"Auto-Submitted": "auto-replied", "List-Unsubscribe": "<https://dealer.example/c/o>"},
		CustomArgs:  map[string]string{CustomArg: "01HZX3-message.1"},
		Attachments: []sendgridtest.Attachment{{Name: "appointment.ics", Type: "text/calendar", Content: []byte("BEGIN:VCALENDAR\r\n")}},
	}}, provider.Mails())
	require.Equal(t, Receipt{Provider: "sendgrid", ProviderID: "sg-1"}, receipt)
}

// sendgrid.Client mixes up concurrent mails; ours must not. Run with -race.
func TestSendGridKeepsAHundredMailsApart(t *testing.T) {
	t.Parallel()
	provider := sendgridtest.New(t)
	sender := sendGridAt(t, provider.URL, 0)
	const mails = 100
	errs := make([]error, mails)
	receipts := make([]Receipt, mails)
	var all sync.WaitGroup
	for i := range mails {
		all.Go(func() {
			m := aMail()
			m.ID = fmt.Sprintf("m-%03d", i)
			m.To.Email = fmt.Sprintf("customer%03d@customer.example", i)
			m.Subject = fmt.Sprintf("Subject %03d", i)
			m.Text = fmt.Sprintf("Text %03d%s", i, strings.Repeat(" and more", i*50))
			receipts[i], errs[i] = sender.Send(t.Context(), m)
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, m := range provider.Mails() {
		number := strings.TrimPrefix(m.Subject, "Subject ")
		require.Equal(t, "customer"+number+"@customer.example", m.To)
		require.Equal(t, "m-"+number, m.CustomArgs[CustomArg])
		require.True(t, strings.HasPrefix(m.Text, "Text "+number))
		seen[m.ProviderID] = true
	}
	require.Len(t, seen, mails)
	for i := range mails {
		require.NoError(t, errs[i])
		require.True(t, seen[receipts[i].ProviderID])
	}
}

func TestSendGridSaysWhatMayBeDoneAfterAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how      sendgridtest.Behaviour
		kind     Kind
		code     string
		accepted int
	}{
		"bad request":           {sendgridtest.Status(400), Final, "sendgrid_400", 0},
		"wrong key":             {sendgridtest.Status(401), Final, "sendgrid_401", 0},
		"forbidden":             {sendgridtest.Status(403), Final, "sendgrid_403", 0},
		"too large":             {sendgridtest.Status(413), Final, "sendgrid_413", 0},
		"too many":              {sendgridtest.Status(429), Retry, "sendgrid_429", 0},
		"server error":          {sendgridtest.Status(500), Retry, "sendgrid_500", 0},
		"unavailable":           {sendgridtest.Status(503), Retry, "sendgrid_503", 0},
		"sent elsewhere":        {sendgridtest.Status(307), Retry, "sendgrid_307", 0},
		"reset after reading":   {sendgridtest.Reset(), Ambiguous, "sendgrid_no_answer", 0},
		"accepted, then reset":  {sendgridtest.AcceptThenReset(), Ambiguous, "sendgrid_no_answer", 1},
		"accepted, then silent": {sendgridtest.AcceptThenHang(), Ambiguous, "sendgrid_no_answer", 1},
		"slower than we wait":   {sendgridtest.Slow(time.Minute, sendgridtest.Status(500)), Ambiguous, "sendgrid_no_answer", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := sendgridtest.New(t)
			provider.Script(c.how)
			_, err := sendGridAt(t, provider.URL, 500*time.Millisecond).Send(t.Context(), aMail())
			failure(t, err, c.kind, c.code)
			require.Equal(t, 1, provider.Requests(), "nothing below us may send again by itself")
			require.Len(t, provider.Mails(), c.accepted)
		})
	}
}

func TestSendGridIsRetriedWhenItCannotBeReached(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = sendGridAt(t, "http://"+listener.Addr().String(), 0).Send(t.Context(), aMail())
	failure(t, err, Retry, "sendgrid_unreachable")

	// Cut off in the middle of a body that no buffer holds: it cannot have been
	// accepted.
	provider := sendgridtest.New(t)
	provider.Script(sendgridtest.ResetUnread())
	m := aMail()
	m.Attachments[0].Content = make([]byte, 24<<20)
	_, err = sendGridAt(t, provider.URL, 0).Send(t.Context(), m)
	failure(t, err, Retry, "sendgrid_unreachable")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sendGridAt(t, provider.URL, 0).Send(gone, aMail())
	failure(t, err, Retry, "sendgrid_unreachable")
	require.Empty(t, provider.Mails())
}

func TestSendGridCancelledWhileWaitingIsAmbiguous(t *testing.T) {
	t.Parallel()
	provider := sendgridtest.New(t)
	provider.Script(sendgridtest.AcceptThenHang())
	ctx, cancel := context.WithCancel(t.Context())
	sender, done := sendGridAt(t, provider.URL, 0), make(chan error, 1)
	go func() {
		_, err := sender.Send(ctx, aMail())
		done <- err
	}()
	provider.WaitFor(t, 1)
	cancel()
	failure(t, <-done, Ambiguous, "sendgrid_no_answer")
}

func TestSendGridWaitsAsTold(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		how  sendgridtest.Behaviour
		want time.Duration
	}{
		"reset in 40 s":       {sendgridtest.TooMany(now.Add(40 * time.Second)), 40 * time.Second},
		"reset in the past":   {sendgridtest.TooMany(now.Add(-time.Hour)), 0},
		"reset next year":     {sendgridtest.TooMany(now.AddDate(1, 0, 0)), time.Hour},
		"Retry-After seconds": {sendgridtest.TooManyFor(90 * time.Second), 90 * time.Second},
		"says nothing":        {sendgridtest.Status(429), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := sendgridtest.New(t)
			provider.Script(c.how)
			sender := sendGridAt(t, provider.URL, 0)
			sender.now = func() time.Time { return now }
			_, err := sender.Send(t.Context(), aMail())
			require.Equal(t, c.want, failure(t, err, Retry, "sendgrid_429"))
			_, err = sender.Send(t.Context(), aMail())
			require.NoError(t, err)
		})
	}
	require.Equal(t, 30*time.Second, retryAfter(http.Header{"Retry-After": {now.Add(30 * time.Second).Format(http.TimeFormat)}}, now))
	require.Zero(t, retryAfter(http.Header{"Retry-After": {"soon"}}, now))
}
