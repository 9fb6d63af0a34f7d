package smtptest

import (
	"bytes"
	"fmt"
	"net/smtp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const sound = "From: a@dealer.example\r\nTo: b@customer.example\r\nSubject: s\r\nDate: Fri, 20 Nov 2026 14:02:00 +0100\r\n" +
	"Message-ID: <1@dealer.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nt\r\n"

// complaints is a test that notes what a Server says against it.
type complaints struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

func (c *complaints) heard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.said...)
}

// Go's own client is another opinion about SMTP than the product's.
func TestServerTakesMailFromAnotherClient(t *testing.T) {
	t.Parallel()
	s := New(t)
	require.NoError(t, smtp.SendMail(s.address(), nil, "a@dealer.example", []string{"b@customer.example"}, []byte(sound)))
	mails := s.WaitFor(t, 1)
	require.Equal(t, "b@customer.example", mails[0].To)
	require.Equal(t, sound, string(bytes.ReplaceAll(mails[0].Raw, []byte("\n"), []byte("\r\n"))))
}

func TestServerFailsTheTestOnAnythingUnexpected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		commands []string
		body     string
		said     int
	}{
		"unknown command":   {[]string{"VRFY a@b.example"}, "", 1},
		"mail before hello": {[]string{"MAIL FROM:<a@b.example>"}, "", 1},
		"data before mail":  {[]string{"EHLO x", "DATA"}, "", 1},
		"second recipient":  {[]string{"EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "RCPT TO:<e@f.example>"}, "", 1},
		"no headers":        {[]string{"EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"}, "Subject: s\n\nt", 6},
	} {
		noted := &complaints{TB: t}
		s := New(noted)
		client, err := smtp.Dial(s.address())
		require.NoError(t, err, name)
		for _, command := range c.commands {
			require.NoError(t, client.Text.PrintfLine("%s", command))
			_, _, _ = client.Text.ReadResponse(0)
		}
		if c.body != "" {
			w := client.Text.DotWriter()
			_, err = w.Write([]byte(c.body))
			require.NoError(t, err)
			require.NoError(t, w.Close())
			_, _, _ = client.Text.ReadResponse(0)
		}
		require.Len(t, noted.heard(), c.said, name)
		require.NoError(t, client.Close())
	}
}
