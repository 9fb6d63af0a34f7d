package sendgridtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const sound = `{"from":{"email":"a@dealer.example"},"subject":"s","personalizations":[{"to":[{"email":"b@customer.example"}]}],` +
	`"content":[{"type":"text/plain","value":"t"}]}`

// complaints is a test that notes what a Server says against it.
type complaints struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (c *complaints) Error(args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, fmt.Sprint(args...))
}

func (c *complaints) heard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.said...)
}

func (c *complaints) Errorf(format string, args ...any) { c.Error(fmt.Sprintf(format, args...)) }

func post(t *testing.T, method, url, key, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

func TestServerFailsTheTestOnAnythingUnexpected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, key, body string
		status                  int
	}{
		"other method":     {http.MethodPut, "/v3/mail/send", Key, sound, http.StatusNotFound},
		"other path":       {http.MethodPost, "/v3/mail/batch", Key, sound, http.StatusNotFound},
		"other key":        {http.MethodPost, "/v3/mail/send", "SG.other", sound, http.StatusUnauthorized},
		"no JSON":          {http.MethodPost, "/v3/mail/send", Key, "mail", http.StatusBadRequest},
		"unknown field":    {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, "{", `{"bcc":[],`, 1), http.StatusBadRequest},
		"two mails":        {http.MethodPost, "/v3/mail/send", Key, sound + sound, http.StatusBadRequest},
		"no recipient":     {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, `{"email":"b@customer.example"}`, "", 1), http.StatusBadRequest},
		"no address":       {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, "b@", "b", 1), http.StatusBadRequest},
		"no subject":       {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, `"s"`, `""`, 1), http.StatusBadRequest},
		"HTML alone":       {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, "plain", "html", 1), http.StatusBadRequest},
		"reserved header":  {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, "{", `{"headers":{"Bcc":"x"},`, 1), http.StatusBadRequest},
		"type with extras": {http.MethodPost, "/v3/mail/send", Key, strings.Replace(sound, "{", `{"attachments":[{"content":"eA==","filename":"a","type":"a/b; c=d","disposition":"attachment"}],`, 1), http.StatusBadRequest},
	} {
		noted := &complaints{TB: t}
		s := New(noted)
		require.Equal(t, c.status, post(t, c.method, s.URL+c.path, c.key, c.body), name)
		require.Len(t, noted.heard(), 1, name)
		require.Empty(t, s.Mails(), name)
		require.Equal(t, 1, s.Requests(), name)
	}
	noted := &complaints{TB: t}
	s := New(noted)
	s.Script(Status(http.StatusTeapot))
	require.Equal(t, http.StatusTeapot, post(t, http.MethodPost, s.URL+"/v3/mail/send", Key, sound))
	require.Equal(t, http.StatusAccepted, post(t, http.MethodPost, s.URL+"/v3/mail/send", Key, sound))
	s.WaitForRequests(t, 2)
	require.Len(t, s.WaitFor(t, 1), 1)
	require.Empty(t, noted.heard())
}
