package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// maxToken bounds what Verify looks at, in bytes.
const maxToken = 512

// Sign returns the part of a customer's link that proves we gave it out: it
// names id and holds for purpose alone, so that a link to confirm an
// appointment cannot be turned into one that objects to mail.
//
// A token does not expire: an old link shows how things stand now. Changing
// the secret makes every link given out so far invalid. secret is the product's
// DOORBELL_SECRET, 32 bytes or more.
func Sign(secret []byte, purpose, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id)) + "." + base64.RawURLEncoding.EncodeToString(seal(secret, purpose, id))
}

// Verify returns the id that Sign put into the token for the same purpose, and
// false for everything else. It takes as long for a forgery that is nearly
// right as for one that is not.
func Verify(secret []byte, purpose, token string) (id string, ok bool) {
	if len(token) > maxToken {
		return "", false
	}
	name, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(name)
	// The whole token is compared, not the decoded parts: the decoder reads over
	// line breaks and spare bits, and one id must have one token.
	if err != nil || !hmac.Equal([]byte(token), []byte(Sign(secret, purpose, string(raw)))) {
		return "", false
	}
	return string(raw), true
}

// seal signs purpose and id. The purpose's length stands in front, because
// otherwise "ab"+"c" and "a"+"bc" would have one signature.
func seal(secret []byte, purpose, id string) []byte {
	mac := hmac.New(sha256.New, secret)
	text := binary.AppendUvarint([]byte("doorbell link 1\x00"), uint64(len(purpose)))
	text = append(append(text, purpose...), id...)
	_, _ = mac.Write(text) // a hash never fails
	return mac.Sum(nil)
}
