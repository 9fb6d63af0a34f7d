package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// ListKeys shows the keys of the dealer, those in use first.
func (s *server) ListKeys(ctx context.Context, _ gen.ListKeysRequestObject) (gen.ListKeysResponseObject, error) {
	rows, err := s.store.ListKeys(ctx, callerOf(ctx).dealer)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	out := gen.APIKeyList{Items: make([]gen.APIKey, len(rows))}
	for i, row := range rows {
		out.Items[i] = keyOf(db.GetKeyRow(row))
	}
	return gen.ListKeys200JSONResponse(out), nil
}

func keyOf(row db.GetKeyRow) gen.APIKey {
	return gen.APIKey{
		ID: row.ID, Name: row.Name, Scope: gen.KeyScope(row.Scope), Source: filled(row.SourceCode), Prefix: row.Prefix,
		CreatedAt: row.CreatedAt.UTC(), LastUsedAt: inUTC(row.LastUsedAt), RevokedAt: inUTC(row.RevokedAt),
	}
}

func (s *server) key(ctx context.Context, id uuid.UUID) (gen.APIKey, error) {
	row, err := s.store.GetKey(ctx, db.GetKeyParams{DealerID: callerOf(ctx).dealer, ID: id})
	if notThere(err) {
		return gen.APIKey{}, NotFound("key")
	}
	if err != nil {
		return gen.APIKey{}, fmt.Errorf("key: %w", err)
	}
	return keyOf(row), nil
}

// CreateKey makes a key and tells its secret, once. The answer that is kept for
// the Idempotency-Key has no secret in it: the database would hold it in the
// clear for days.
func (s *server) CreateKey(ctx context.Context, r gen.CreateKeyRequestObject) (gen.CreateKeyResponseObject, error) {
	var made gen.MadeAPIKey
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(id uuid.UUID) (reply, error) {
		n, err := s.keyToBe(ctx, id, r.Body)
		if err != nil {
			return reply{}, err
		}
		secret, err := s.store.CreateKeyAs(ctx, n)
		if err != nil {
			return reply{}, err
		}
		key, err := s.key(ctx, id)
		if err != nil {
			return reply{}, err
		}
		made = madeKey(key, secret)
		return replyWith(http.StatusCreated, madeKey(key, ""))
	})
	if err != nil || made.Secret == nil {
		return keyReply{answer}, err
	}
	told, err := replyWith(answer.status, made)
	return keyReply{told}, err
}

// keyToBe reads what is asked for.
func (s *server) keyToBe(ctx context.Context, id uuid.UUID, asked *gen.NewAPIKey) (store.NewKey, error) {
	n := store.NewKey{ID: id, Dealer: callerOf(ctx).dealer, Name: strings.TrimSpace(asked.Name), Scope: store.Scope(asked.Scope)}
	code := given(asked.Source)
	var faults []FieldError
	if n.Name == "" || strings.ContainsFunc(n.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		faults = append(faults, FieldError{Field: "name", Message: "must say what the key is for, on one line"})
	}
	switch {
	case n.Scope == store.Integration && code != "":
		faults = append(faults, FieldError{Field: "source", Message: "must be left out: an integration key is bound to no source"})
	case n.Scope == store.Intake && code == "":
		faults = append(faults, FieldError{Field: "source", Message: "is required: an intake key posts leads of one source"})
	case n.Scope == store.Intake:
		source, err := s.store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: n.Dealer, Code: code})
		switch {
		case notThere(err):
			faults = append(faults, FieldError{Field: "source", Message: "is no source of this dealer; GET /v1/sources lists the codes"})
		case err != nil:
			return n, fmt.Errorf("source: %w", err)
		}
		n.Source = &source.ID
	}
	if len(faults) > 0 {
		return n, Invalid(faults...)
	}
	return n, nil
}

func madeKey(k gen.APIKey, secret string) gen.MadeAPIKey {
	return gen.MadeAPIKey{
		ID: k.ID, Name: k.Name, Scope: k.Scope, Source: k.Source, Prefix: k.Prefix, CreatedAt: k.CreatedAt,
		LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt, Secret: filled(secret),
	}
}

// RevokeKey ends a key for good.
func (s *server) RevokeKey(ctx context.Context, r gen.RevokeKeyRequestObject) (gen.RevokeKeyResponseObject, error) {
	answer, err := s.once(ctx, r.Params.IdempotencyKey, r, func(uuid.UUID) (reply, error) {
		if err := s.store.EndKey(ctx, callerOf(ctx).dealer, r.ID); err != nil {
			return reply{}, fmt.Errorf("revoke key: %w", err)
		}
		now, err := s.key(ctx, r.ID)
		if err != nil {
			return reply{}, err
		}
		return replyWith(http.StatusOK, now)
	})
	if err == nil {
		s.keys.forget(r.ID)
	}
	return keyReply{answer}, err
}

// forget has the next request with a key ask the database again. Other servers
// do so when they have trusted it for long enough.
func (k *keyring) forget(id uuid.UUID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, known := range k.known {
		if known.who.key == id {
			delete(k.known, name)
		}
	}
}

// keyReply answers with a key.
type keyReply struct{ reply }

// VisitCreateKeyResponse sends the key.
func (r keyReply) VisitCreateKeyResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitRevokeKeyResponse sends the key.
func (r keyReply) VisitRevokeKeyResponse(w http.ResponseWriter) error { return r.write(w) }
