package message

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers in which SendGrid signs what it posts.
const (
	signatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	signedAtHeader  = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// How far the instant of a signature may be from ours.
const (
	// mostAge refuses replays. SendGrid tries a post for 24 hours and does not
	// say whether it signs each try anew; were the limit shorter, what happened
	// to our mails while we were away would be lost. Inside it a replay does
	// nothing: every event counts once.
	mostAge = 26 * time.Hour
	// mostAhead forgives clocks that differ: a signature from the future is no
	// danger, and refusing it for an hour's difference would lose events.
	mostAhead = 90 * time.Minute
)

// EventWebhook knows what SendGrid posts from what others do: SendGrid signs with
// ECDSA on P-256 over the instant of signing and the body.
//
// The verification of sendgrid-go is not used: it panics on a key of another
// kind, takes any curve and reads over what follows a signature.
type EventWebhook struct{ key *ecdsa.PublicKey }

// NewEventWebhook reads the public key that SendGrid shows beside the webhook:
// base64 of DER, in one line.
func NewEventWebhook(key string) (*EventWebhook, error) {
	wrong := errors.New("SENDGRID_WEBHOOK_KEY: not a verification key; copy it again from SendGrid's settings of the event webhook, in one line")
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil {
		return nil, wrong
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, wrong
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, wrong
	}
	return &EventWebhook{key: public}, nil
}

// What is wrong with a post that did not come from SendGrid just now.
var (
	// ErrUnsigned says that SendGrid did not sign this.
	ErrUnsigned = errors.New("the signature is missing or wrong")
	// ErrStale says that SendGrid signed it, too long ago or too far ahead.
	ErrStale = errors.New("the signature is too old, or from the future")
)

// Verify returns ErrUnsigned unless SendGrid signed the body, and otherwise when
// it did, UTC.
func (w *EventWebhook) Verify(h http.Header, body []byte) (time.Time, error) {
	stamp := h.Get(signedAtHeader)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return time.Time{}, ErrUnsigned
	}
	signature, err := base64.StdEncoding.DecodeString(h.Get(signatureHeader))
	if err != nil {
		return time.Time{}, ErrUnsigned
	}
	sum := sha256.New()
	_, _ = sum.Write([]byte(stamp)) // a hash takes everything
	_, _ = sum.Write(body)
	if !ecdsa.VerifyASN1(w.key, sum.Sum(nil), signature) {
		return time.Time{}, ErrUnsigned
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Fresh returns ErrStale when what was signed at an instant must not be taken
// any more at another.
func (w *EventWebhook) Fresh(signed, now time.Time) error {
	if signed.Before(now.Add(-mostAge)) || signed.After(now.Add(mostAhead)) {
		return ErrStale
	}
	return nil
}
