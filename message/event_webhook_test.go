package message_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/message"
)

func signer(t *testing.T, curve elliptic.Curve) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return key, base64.StdEncoding.EncodeToString(der)
}

func signed(t *testing.T, key *ecdsa.PrivateKey, at time.Time, body string) http.Header {
	t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(stamp + body))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	require.NoError(t, err)
	return http.Header{
		"X-Twilio-Email-Event-Webhook-Signature": {base64.StdEncoding.EncodeToString(signature)},
		"X-Twilio-Email-Event-Webhook-Timestamp": {stamp},
	}
}

func TestOnlyWhatSendGridSignedIsTaken(t *testing.T) {
	t.Parallel()
	at := time.Unix(1764000000, 0).UTC()
	key, public := signer(t, elliptic.P256())
	other, _ := signer(t, elliptic.P256())
	webhook, err := message.NewEventWebhook(public + "\n")
	require.NoError(t, err)

	sound := signed(t, key, at, "[]")
	when, err := webhook.Verify(sound, []byte("[]"))
	require.NoError(t, err)
	require.Equal(t, at, when)

	with := func(name, value string) http.Header {
		h := sound.Clone()
		h.Set(name, value)
		return h
	}
	raw, err := base64.StdEncoding.DecodeString(sound.Get("X-Twilio-Email-Event-Webhook-Signature"))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		header http.Header
		body   string
	}{
		"no signature at all":      {http.Header{}, "[]"},
		"no signature":             {with("X-Twilio-Email-Event-Webhook-Signature", ""), "[]"},
		"no timestamp":             {with("X-Twilio-Email-Event-Webhook-Timestamp", ""), "[]"},
		"another timestamp":        {with("X-Twilio-Email-Event-Webhook-Timestamp", "1764000001"), "[]"},
		"the same, written else":   {with("X-Twilio-Email-Event-Webhook-Timestamp", "+1764000000"), "[]"},
		"a timestamp of words":     {with("X-Twilio-Email-Event-Webhook-Timestamp", "now"), "[]"},
		"no base64":                {with("X-Twilio-Email-Event-Webhook-Signature", "!"), "[]"},
		"no DER":                   {with("X-Twilio-Email-Event-Webhook-Signature", "AAAA"), "[]"},
		"something behind the DER": {with("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(append(raw, 0))), "[]"},
		"another key":              {signed(t, other, at, "[]"), "[]"},
		"a changed body":           {sound, "[ ]"},
		"an empty body":            {sound, ""},
	} {
		_, err := webhook.Verify(c.header, []byte(c.body))
		require.ErrorIs(t, err, message.ErrUnsigned, name)
	}
}

// SendGrid tries for a day: what it signed yesterday still counts, what is older
// is a replay.
func TestASignatureIsGoodForSoLong(t *testing.T) {
	t.Parallel()
	_, public := signer(t, elliptic.P256())
	webhook, err := message.NewEventWebhook(public)
	require.NoError(t, err)
	now := time.Unix(1764000000, 0).UTC()
	for age, want := range map[time.Duration]error{
		0: nil, time.Minute: nil, 25 * time.Hour: nil, 26 * time.Hour: nil, 26*time.Hour + time.Second: message.ErrStale, 8760 * time.Hour: message.ErrStale,
		-time.Hour: nil, -91 * time.Minute: message.ErrStale,
	} {
		require.Equal(t, want, webhook.Fresh(now.Add(-age), now), age)
	}
}

func TestWhatIsNoVerificationKey(t *testing.T) {
	t.Parallel()
	_, p384 := signer(t, elliptic.P384())
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"empty": "", "words": "the key", "no DER": "AAAA", "another curve": p384, "RSA": base64.StdEncoding.EncodeToString(der),
		"PEM": "-----BEGIN PUBLIC KEY-----",
	} {
		_, err := message.NewEventWebhook(text)
		require.ErrorContains(t, err, "SENDGRID_WEBHOOK_KEY", name)
	}
}
