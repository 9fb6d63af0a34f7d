package signin

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/doorbell-ilm/doorbell/internal/password"
)

// places bound how many passwords are hashed at once: each takes a core and 19
// MiB, and strangers may ask for it.
var places = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))

// hashing runs something that hashes as soon as there is a place.
func hashing(ctx context.Context, do func()) error {
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
		do()
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

func hashOf(ctx context.Context, secret string) (hash string, err error) {
	err = hashing(ctx, func() { hash = password.Hash(secret) })
	return hash, err
}

// nobodys is the hash of a password that nobody knows.
var nobodys = sync.OnceValue(func() string { return password.Hash(password.Random()) })

// fits reports whether a password is the one of a hash. For somebody who has
// none ("") it takes as long to say no.
func fits(ctx context.Context, secret, hash string) (bool, error) {
	stored := hash
	if stored == "" {
		stored = nobodys()
	}
	var wrong error
	if err := hashing(ctx, func() { wrong = password.Verify(secret, stored) }); err != nil {
		return false, err
	}
	if errors.Is(wrong, password.ErrHash) {
		return false, fmt.Errorf("stored password: %w", wrong)
	}
	return wrong == nil && hash != "", nil
}

// unfit is the key of the sentence that says what is wrong with a new password,
// "" when nothing is.
func unfit(secret string) string {
	switch {
	case password.Check(secret) == nil:
		return ""
	case utf8.ValidString(secret) && utf8.RuneCountInString(secret) < password.Shortest:
		return "signin.password_short"
	default:
		return "signin.password_unfit"
	}
}
