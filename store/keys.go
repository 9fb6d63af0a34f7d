package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store/db"
)

// Scope says what an API key opens.
type Scope string

// The scopes. An intake key is bound to one source: it posts leads and reads
// its own. An integration key does everything, on behalf of staff.
const (
	Intake      Scope = "intake"
	Integration Scope = "integration"
)

// letters tell the scope of a key to whoever looks at it.
var letters = map[Scope]string{Intake: "i", Integration: "a"}

var keyForm = regexp.MustCompile(`^dbk_[ia]_[A-Za-z0-9_-]{43}$`)

// shownOfKey is how much of a key is stored in the clear, to tell keys apart.
const shownOfKey = 12

// CreateKey makes an API key of a dealer and returns its secret, which is not
// stored and cannot be shown again. source is that of an intake key, nil for
// an integration key.
func (s *Store) CreateKey(ctx context.Context, dealer uuid.UUID, name string, scope Scope, source *uuid.UUID) (secret string, err error) {
	return s.CreateKeyAs(ctx, NewKey{ID: NewID(), Dealer: dealer, Name: name, Scope: scope, Source: source})
}

// NewKey is a key to be.
type NewKey struct {
	ID, Dealer uuid.UUID
	Name       string
	Scope      Scope
	Source     *uuid.UUID // of an intake key, nil for an integration key
}

// CreateKeyAs is CreateKey under an id of the caller's. The secret is "" when
// there is a key of that id already: only who made it was told.
func (s *Store) CreateKeyAs(ctx context.Context, n NewKey) (secret string, err error) {
	letter, known := letters[n.Scope]
	if !known || (n.Scope == Intake) != (n.Source != nil) {
		return "", errors.New("create key: an intake key has a source, an integration key has none, and there are no other scopes")
	}
	bits := make([]byte, 32)
	_, _ = rand.Read(bits) // never fails: it ends the program instead
	secret = "dbk_" + letter + "_" + base64.RawURLEncoding.EncodeToString(bits)
	var made int64
	err = s.InTx(ctx, func(q *db.Queries) error {
		made, err = q.InsertKey(ctx, db.InsertKeyParams{
			ID: n.ID, DealerID: n.Dealer, Name: n.Name, Scope: string(n.Scope), SourceID: n.Source, Prefix: secret[:shownOfKey], Hash: KeyHash(secret),
		})
		if err != nil || made == 0 {
			return err
		}
		data := map[string]any{"scope": n.Scope}
		if n.Source != nil {
			data["source"] = *n.Source
		}
		return Record(ctx, q, Entry{Dealer: n.Dealer, Kind: KeyMade, Object: n.ID, Data: data})
	})
	if err != nil {
		return "", fmt.Errorf("create key: %w", err)
	}
	if made == 0 {
		return "", nil
	}
	return secret, nil
}

// EndKey revokes a key for good. One that is revoked, or that is not there,
// changes nothing.
func (s *Store) EndKey(ctx context.Context, dealer, id uuid.UUID) error {
	return s.InTx(ctx, func(q *db.Queries) error {
		revoked, err := q.RevokeKey(ctx, db.RevokeKeyParams{DealerID: dealer, ID: id})
		if err != nil || revoked == 0 {
			return err
		}
		return Record(ctx, q, Entry{Dealer: dealer, Kind: KeyRevoked, Object: id})
	})
}

// KeyHash is what is stored of a key. A key is 256 random bits, so that a fast
// hash is enough.
func KeyHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// LookUpKey returns the key that is not revoked, and notes once a minute that
// it was used. It returns ErrNotFound for everything else, without asking the
// database when the text cannot be a key.
func (s *Store) LookUpKey(ctx context.Context, secret string) (db.KeyByHashRow, error) {
	if !keyForm.MatchString(secret) {
		return db.KeyByHashRow{}, ErrNotFound
	}
	row, err := s.KeyByHash(ctx, KeyHash(secret))
	if err != nil {
		return row, fmt.Errorf("key: %w", found(err))
	}
	if err := s.TouchKey(ctx, row.ID); err != nil {
		return row, fmt.Errorf("key: %w", err)
	}
	return row, nil
}
