package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// Every transaction says whose rows it may see; migration 00005 holds the
// database to it. A context that says nothing sees nothing.

type scopeKey struct{}

// scope is the dealer whose rows may be seen, or all of them.
type scope struct {
	dealer uuid.UUID
	across bool
}

// ForDealer returns a context in which the store sees and writes the rows of
// one dealer.
func ForDealer(ctx context.Context, dealer uuid.UUID) context.Context {
	return context.WithValue(ctx, scopeKey{}, scope{dealer: dealer})
}

// Across returns a context in which the store sees the rows of all dealers. It
// is for what belongs to no dealer yet, such as finding out whose key a request
// brings, and for the upkeep of the whole; never for a request on a dealer's
// behalf.
func Across(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopeKey{}, scope{across: true})
}

// OfLead returns a context for the dealer whose lead that is, or ErrNotFound.
func (s *Store) OfLead(ctx context.Context, lead uuid.UUID) (context.Context, error) {
	dealer, err := s.DealerOfLead(Across(ctx), lead)
	if err != nil {
		return ctx, fmt.Errorf("dealer of the lead: %w", found(err))
	}
	return ForDealer(ctx, dealer), nil
}
