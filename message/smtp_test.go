package message

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/smtptest"
)

func smtpAt(t *testing.T, server *smtptest.Server, timeout time.Duration) *SMTP {
	t.Helper()
	s, err := NewSMTP(server.URL(), timeout)
	require.NoError(t, err)
	s.tls.RootCAs = server.Roots
	return s
}

func TestSMTPGetsTheWholeMail(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *smtptest.Server{
		"in the clear": smtptest.New, "STARTTLS and a password": smtptest.NewStartTLS, "TLS and a password": smtptest.NewTLS,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			receipt, err := smtpAt(t, server, 0).Send(t.Context(), aMail())
			require.NoError(t, err)
			require.Equal(t, Receipt{Provider: "smtp", ProviderID: "01HZX3-message.1@dealer.example"}, receipt)
			require.Len(t, server.Mails(), 1)
			got := server.Mails()[0]
			require.Equal(t, "leads@dealer.example", got.From)
			require.Equal(t, "jan@customer.example", got.To)

			mail, err := netmail.ReadMessage(bytes.NewReader(got.Raw))
			require.NoError(t, err)
			subject, err := new(mime.WordDecoder).DecodeHeader(mail.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, "Dank u wel · één vraag", subject)
			require.Equal(t, `"Garage De Ster" <leads@dealer.example>`, mail.Header.Get("From"))
			require.Equal(t, "<jan@customer.example>", mail.Header.Get("To"))
			require.Equal(t, `"K. Visser" <visser@dealer.example>`, mail.Header.Get("Reply-To"))
			require.Equal(t, "auto-replied", mail.Header.Get("Auto-Submitted"))
			require.Equal(t, "<https://dealer.example/c/o>", mail.Header.Get("List-Unsubscribe"))
			require.Equal(t, "<01HZX3-message.1@dealer.example>", mail.Header.Get("Message-Id"))
			require.NotContains(t, string(got.Raw), "spam.example")

			parts := partsOf(t, mail.Header.Get("Content-Type"), mail.Body)
			require.Equal(t, "Goedendag,\n\n.een regel met een punt\n", parts["text/plain"])
			require.Equal(t, "<p>Goedendag</p>\n", parts["text/html"])
			require.Contains(t, parts["text/calendar"], "QkVHSU46VkNBTEVOREFSDQo=")
		})
	}
}

// partsOf returns the decoded text parts by type; files stay in base64.
func partsOf(t *testing.T, contentType string, body io.Reader) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	found := map[string]string{}
	if !strings.HasPrefix(kind, "multipart/") {
		raw, err := io.ReadAll(body)
		require.NoError(t, err)
		found[kind] = strings.ReplaceAll(string(raw), "\r\n", "\n")
		return found
	}
	reader := multipart.NewReader(body, params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		var content io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			content = quotedprintable.NewReader(part)
		}
		maps.Copy(found, partsOf(t, part.Header.Get("Content-Type"), content))
	}
}

func TestSMTPSaysWhatMayBeDoneAfterAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how      smtptest.Behaviour
		kind     Kind
		code     string
		accepted int
	}{
		"busy at the door":       {smtptest.Refuse(smtptest.Connect, 421), Retry, "smtp_421", 0},
		"closed for us":          {smtptest.Refuse(smtptest.Connect, 554), Final, "smtp_554", 0},
		"gone at the door":       {smtptest.Drop(smtptest.Connect), Retry, "smtp_unreachable", 0},
		"sender refused":         {smtptest.Refuse(smtptest.From, 550), Final, "smtp_550", 0},
		"sender later":           {smtptest.Refuse(smtptest.From, 451), Retry, "smtp_451", 0},
		"unknown recipient":      {smtptest.Refuse(smtptest.Rcpt, 550), Final, "smtp_550", 0},
		"greylisted":             {smtptest.Refuse(smtptest.Rcpt, 450), Retry, "smtp_450", 0},
		"gone at the recipient":  {smtptest.Drop(smtptest.Rcpt), Retry, "smtp_unreachable", 0},
		"no data":                {smtptest.Refuse(smtptest.Data, 554), Final, "smtp_554", 0},
		"gone before the data":   {smtptest.Drop(smtptest.Data), Retry, "smtp_unreachable", 0},
		"too large":              {smtptest.Refuse(smtptest.End, 552), Final, "smtp_552", 0},
		"no room now":            {smtptest.Refuse(smtptest.End, 452), Retry, "smtp_452", 0},
		"gone after the data":    {smtptest.Drop(smtptest.End), Ambiguous, "smtp_no_answer", 0},
		"accepted, then gone":    {smtptest.AcceptThenDrop(), Ambiguous, "smtp_no_answer", 1},
		"accepted, then silent":  {smtptest.AcceptThenHang(), Ambiguous, "smtp_no_answer", 1},
		"gone after it was said": {smtptest.Drop(smtptest.Quit), "", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t)
			server.Script(c.how)
			_, err := smtpAt(t, server, 500*time.Millisecond).Send(t.Context(), aMail())
			if c.kind == "" {
				require.NoError(t, err)
			} else {
				failure(t, err, c.kind, c.code)
			}
			require.Len(t, server.Mails(), c.accepted)
		})
	}
}

func TestSMTPIsRetriedWhenItCannotBeReached(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, _ := listener.Addr().(*net.TCPAddr)
	require.NoError(t, listener.Close())
	sender, err := NewSMTP("smtp://127.0.0.1:"+strconv.Itoa(address.Port)+"?tls=none", 0)
	require.NoError(t, err)
	_, err = sender.Send(t.Context(), aMail())
	failure(t, err, Retry, "smtp_unreachable")
}

func TestSMTPStaysEncrypted(t *testing.T) {
	t.Parallel()
	// A server without STARTTLS gets neither the mail nor a chance at it.
	plain := smtptest.New(t)
	sender, err := NewSMTP(strings.TrimSuffix(plain.URL(), "?tls=none"), 0)
	require.NoError(t, err)
	_, err = sender.Send(t.Context(), aMail())
	failure(t, err, Retry, "smtp_unreachable")
	require.Empty(t, plain.Mails())

	// Nor does one with a certificate nobody vouches for.
	stranger := smtptest.NewTLS(t)
	sender, err = NewSMTP(stranger.URL(), 0)
	require.NoError(t, err)
	_, err = sender.Send(t.Context(), aMail())
	failure(t, err, Retry, "smtp_unreachable")

	wrong := smtptest.NewStartTLS(t)
	sender = smtpAt(t, wrong, 0)
	sender.password = "wrong"
	_, err = sender.Send(t.Context(), aMail())
	failure(t, err, Final, "smtp_535")
}

func TestSMTPCancelledWhileWaitingReturnsAtOnce(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	server.Script(smtptest.AcceptThenHang())
	ctx, cancel := context.WithCancel(within(t, 30*time.Second))
	sender, done := smtpAt(t, server, time.Minute), make(chan error, 1)
	go func() {
		_, err := sender.Send(ctx, aMail())
		done <- err
	}()
	server.WaitFor(t, 1)
	cancel()
	failure(t, <-done, Ambiguous, "smtp_no_answer")
}

func TestSMTPKeepsMailsApart(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	sender := smtpAt(t, server, 0)
	const mails = 20
	errs := make([]error, mails)
	var all sync.WaitGroup
	for i := range mails {
		all.Go(func() {
			m := aMail()
			number := strconv.Itoa(100 + i)
			m.ID, m.To.Email, m.Subject = "m-"+number, "customer"+number+"@customer.example", "Subject "+number
			_, errs[i] = sender.Send(t.Context(), m)
		})
	}
	all.Wait()
	require.Len(t, server.Mails(), mails)
	for _, m := range server.Mails() {
		parsed, err := netmail.ReadMessage(bytes.NewReader(m.Raw))
		require.NoError(t, err)
		number := strings.TrimPrefix(parsed.Header.Get("Subject"), "Subject ")
		require.Equal(t, "customer"+number+"@customer.example", m.To)
		require.Equal(t, "<m-"+number+"@dealer.example>", parsed.Header.Get("Message-Id"))
	}
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestSMTPAddress(t *testing.T) {
	t.Parallel()
	s, err := NewSMTP("smtp://u%40x:p%2Fw@mail.example", 0)
	require.NoError(t, err)
	require.Equal(t, []any{"mail.example", 587, "u@x", "p/w", true, false}, []any{s.host, s.port, s.user, s.password, s.startTLS, s.implicitTLS})
	s, err = NewSMTP("smtps://mail.example", 0)
	require.NoError(t, err)
	require.Equal(t, []any{465, "", false, true}, []any{s.port, s.user, s.startTLS, s.implicitTLS})
	s, err = NewSMTP("smtp://mail.example:2525?tls=none", 0)
	require.NoError(t, err)
	require.Equal(t, []any{2525, false, false}, []any{s.port, s.startTLS, s.implicitTLS})
}
