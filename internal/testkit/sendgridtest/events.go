package sendgridtest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Event is one event of SendGrid's, with the fields of its JSON.
type Event map[string]any

// events numbers all events of a test run, so that no two have one id.
var events atomic.Int64

// Webhook posts signed events, as SendGrid does once its event webhook is set up.
type Webhook struct {
	Key string // what SendGrid shows as the verification key, for SENDGRID_WEBHOOK_KEY

	t      testing.TB
	signer *ecdsa.PrivateKey
}

// NewWebhook makes a webhook with a key of its own.
func NewWebhook(tb testing.TB) *Webhook {
	tb.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	der, err := x509.MarshalPKIXPublicKey(&signer.PublicKey)
	require.NoError(tb, err)
	return &Webhook{Key: base64.StdEncoding.EncodeToString(der), t: tb, signer: signer}
}

// About is what SendGrid tells of a mail: event is its word, such as delivered
// or bounce, at when it happened. More fields may be given; nil takes one out.
func About(m Mail, event string, at time.Time, more Event) Event {
	e := Event{
		"event": event, "email": m.To, "timestamp": at.Unix(), "sg_message_id": m.ProviderID + ".filter-1",
		"smtp-id":     "<" + m.ProviderID + "@ismtpd>",
		"sg_event_id": base64.RawURLEncoding.EncodeToString([]byte(event + "-" + strconv.FormatInt(events.Add(1), 10))),
	}
	for name, value := range m.CustomArgs {
		e[name] = value // they stand beside the event's own fields
	}
	switch event {
	case "bounce":
		e["type"], e["status"], e["reason"] = "bounce", "5.1.1", "550 5.1.1 <"+m.To+"> unknown"
	case "deferred":
		e["response"], e["attempt"] = "451 "+m.To+": try again later", "1"
	}
	maps.Copy(e, more)
	maps.DeleteFunc(e, func(_ string, v any) bool { return v == nil })
	return e
}

// Blocked makes a bounce a block: turned away for now.
func Blocked() Event { return Event{"type": "blocked", "status": "4.7.1"} }

// Body writes events as they are posted.
func Body(tb testing.TB, events ...Event) string {
	tb.Helper()
	body, err := json.Marshal(events)
	require.NoError(tb, err)
	return string(body) + "\r\n"
}

// Headers signs a body at an instant.
func (w *Webhook) Headers(at time.Time, body string) http.Header {
	w.t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, w.signer, sum[:])
	require.NoError(w.t, err)
	return http.Header{
		"Content-Type":                           {"application/json"},
		"User-Agent":                             {"SendGrid Event API"},
		"X-Twilio-Email-Event-Webhook-Signature": {base64.StdEncoding.EncodeToString(signature)},
		"X-Twilio-Email-Event-Webhook-Timestamp": {stamp},
	}
}

// Post signs a body at an instant, posts it to an address and returns the status
// of the answer.
func (w *Webhook) Post(address string, at time.Time, body string) int {
	w.t.Helper()
	return w.Send(address, w.Headers(at, body), body)
}

// Send posts a body with headers as they are.
func (w *Webhook) Send(address string, header http.Header, body string) int {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewBufferString(body))
	require.NoError(w.t, err)
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	require.NoError(w.t, res.Body.Close())
	return res.StatusCode
}
