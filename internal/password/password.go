// Package password keeps passwords as argon2id hashes in the PHC string format
// and checks them. It knows nothing of staff or sessions.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// What a hash costs: 19 MiB and two passes, some 40 ms of one core. Hashes
// carry their own cost, so these may rise without anybody losing his password.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16 // bytes
	sumLen  = 32 // bytes
)

// The most that a stored hash may ask for: whoever can write one must not be
// able to take the machine's memory with it.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
	mostLanes  = 16
	mostText   = 512 // bytes of a stored hash
)

// The length of a password, in characters and bytes. The upper bound keeps the
// time of a sign-in bounded.
const (
	Shortest = 10
	Longest  = 512
)

// ErrWrong says that a password is not the one that was hashed.
var ErrWrong = errors.New("wrong password")

// ErrHash says that a stored hash cannot be read, which is nobody's password.
var ErrHash = errors.New("not an argon2id hash within the limits")

// Check returns an error that says what is wrong with a new password; it never
// repeats it.
func Check(password string) error {
	switch {
	case !utf8.ValidString(password):
		return errors.New("the password is not text in UTF-8")
	case utf8.RuneCountInString(password) < Shortest:
		return fmt.Errorf("the password is too short: use at least %d characters", Shortest)
	case len(password) > Longest:
		return fmt.Errorf("the password is too long: use at most %d bytes", Longest)
	}
	return nil
}

// Hash returns what is stored of a password.
func Hash(password string) string {
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	sum := argon2.IDKey([]byte(password), salt, passes, memory, lanes, sumLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, encode(salt), encode(sum))
}

// Verify returns nil when hash is of password, ErrWrong when it is of another
// one, and ErrHash when it is no hash. It takes as long as the hash costs,
// whatever the password.
func Verify(password, hash string) error {
	h, err := parse(hash)
	if err != nil {
		return err
	}
	if len(password) > Longest {
		return ErrWrong
	}
	sum := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.sum)))
	if subtle.ConstantTimeCompare(sum, h.sum) != 1 {
		return ErrWrong
	}
	return nil
}

// parsed is a hash taken apart.
type parsed struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

func parse(hash string) (p parsed, err error) {
	parts := strings.Split(hash, "$")
	if len(hash) > mostText || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, ErrHash
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return p, ErrHash
	}
	// Written back it must be the same: Sscanf forgives spaces and what follows.
	if fmt.Sprintf("v=%d$m=%d,t=%d,p=%d", version, p.memory, p.passes, p.lanes) != parts[2]+"$"+parts[3] {
		return p, ErrHash
	}
	if p.lanes < 1 || p.lanes > mostLanes || p.passes < 1 || p.passes > mostPasses ||
		p.memory < 8*uint32(p.lanes) || p.memory > mostMemory {
		return p, ErrHash
	}
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return p, ErrHash
	}
	if p.sum, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(p.sum) < 16 || len(p.sum) > 64 {
		return p, ErrHash
	}
	return p, nil
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// Random returns a new password of 20 letters and digits that are hard to
// mistake for each other when read from a screen: about 100 random bits.
func Random() string { return strings.ToLower(rand.Text()[:20]) }
