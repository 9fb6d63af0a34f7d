package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/store"
)

// Signed is somebody of the staff who signed in with a browser. His session
// opens what an integration key opens, in his own name only.
type Signed struct {
	Staff   uuid.UUID
	Email   string
	Dealer  uuid.UUID
	Country string         // ISO 3166-1, of the dealer
	Zone    *time.Location // the dealer's
	// Language is the one that he reads; "" leaves it to his browser.
	Language string
}

// As returns a context in which the API is called by somebody who has signed
// in. It is for pages, which call the API within the process.
func As(ctx context.Context, who Signed) context.Context {
	return context.WithValue(ctx, signedKey, who)
}

func signedOf(ctx context.Context) (Signed, bool) {
	who, ok := ctx.Value(signedKey).(Signed)
	return who, ok
}

var crossOrigin = http.NewCrossOriginProtection()

// signedIn finds out who calls without a key: a page, or a browser with its
// session. A browser that another site made call is nobody.
func (s *server) signedIn(r *http.Request) (Signed, error) {
	if who, ok := signedOf(r.Context()); ok {
		return who, nil
	}
	if s.session == nil {
		return Signed{}, Unauthorised()
	}
	who, ok, err := s.session(r)
	switch {
	case err != nil:
		return Signed{}, err
	case !ok:
		return Signed{}, Unauthorised()
	case crossOrigin.Check(r) != nil:
		return Signed{}, Forbidden("The request comes from another site than this one.")
	}
	return who, nil
}

// caller is what a session may do.
func (who Signed) caller() caller {
	return caller{
		key: who.Staff, dealer: who.Dealer, scope: store.Integration, country: who.Country, zone: who.Zone, signedIn: who.Email,
		language: who.Language,
	}
}
