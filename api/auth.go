package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// caller is whose key or session a request brings.
type caller struct {
	key        uuid.UUID // of a session, whose it is
	dealer     uuid.UUID
	scope      store.Scope
	source     *uuid.UUID // of an intake key
	sourceCode string
	country    string
	zone       *time.Location // the dealer's
	signedIn   string         // e-mail address of whose session it is, "" for a key
	language   string         // that he reads, "" when nobody said
}

// callerOf returns who calls. Public operations have none.
func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey).(caller)
	return who
}

// staffOf returns the member of staff for whom the request is made, nil when
// it names none.
func staffOf(ctx context.Context) *db.Staff {
	person, _ := ctx.Value(staffKey).(*db.Staff)
	return person
}

// authenticate lets only those through whose key may call the operation, and
// not faster than allowed.
func (s *server) authenticate(c *gin.Context) {
	op := Operation(c.Request.Context())
	if op.Public {
		return
	}
	who, err := s.whoCalls(c.Request)
	if err != nil {
		Fail(c, err)
		return
	}
	if !slices.Contains(op.Scopes, string(who.scope)) {
		Render(c, Forbidden("A key of scope "+string(who.scope)+" does not open this; it takes one of scope "+strings.Join(op.Scopes, " or ")+"."))
		return
	}
	if wait := s.perKey.wait(who.key); wait > 0 {
		Render(c, TooFast(wait))
		return
	}
	put(c, callerKey, who)
	c.Request = c.Request.WithContext(store.ForDealer(c.Request.Context(), who.dealer))
	speaks(c, who)
}

func (s *server) whoCalls(r *http.Request) (caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		who, err := s.signedIn(r)
		return who.caller(), err
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return caller{}, Unauthorised()
	}
	return s.keys.open(r.Context(), strings.TrimSpace(secret))
}

// onBehalf finds the member of staff for whom an operation of Strict is called.
func (s *server) onBehalf(next gen.StrictHandlerFunc, _ string) gen.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) {
		op := Operation(c.Request.Context())
		if op.Public {
			return next(c, request)
		}
		if err := s.appoint(c, Actor(c), op.Method != http.MethodGet && !slices.Contains(looks, op.ID)); err != nil {
			return nil, err
		}
		return next(c, request)
	}
}

// looks are the operations that change nothing although they are posted.
var looks = []string{"CheckPolicy", "PreviewPolicy", "PreviewTemplate"}

// appoint puts the member of staff with that address into the request, after
// holding his role against those of the operation. Who only reads need not
// name anybody: an integration key may read everything.
func (s *server) appoint(c *gin.Context, email string, needed bool) error {
	who := callerOf(c)
	if who.scope != store.Integration {
		return nil
	}
	if email == "" {
		if needed {
			return Invalid(FieldError{
				Field: "actor", Message: "is required: name the member of staff for whom you act by e-mail address, here or in the header X-Actor",
			})
		}
		return nil
	}
	person, err := s.store.StaffByEmail(c, db.StaffByEmailParams{DealerID: who.dealer, Lower: email})
	if notThere(err) || (err == nil && !person.Active) {
		return Invalid(FieldError{Field: "actor", Message: "is nobody who works here; GET /v1/staff lists the addresses"})
	}
	if err != nil {
		return fmt.Errorf("actor: %w", err)
	}
	if roles := Operation(c).Roles; len(roles) > 0 && !slices.Contains(roles, person.Role) {
		return Forbidden("Only " + roleWords(roles) + " may do this.")
	}
	put(c, staffKey, &person)
	return nil
}

func roleWords(roles []string) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = "a " + strings.ReplaceAll(r, "_", " ")
		if strings.HasPrefix(r, "a") {
			words[i] = "an " + r
		}
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// keyring remembers for a moment which keys are good.
type keyring struct {
	store  *store.Store
	asking singleflight.Group

	mu    sync.Mutex
	known map[string]knownKey
}

type knownKey struct {
	who   caller
	until time.Time
}

const (
	// trusted is how long a key is believed without asking again; a revoked
	// key is dead after it.
	trusted  = 3 * time.Second
	mostKeys = 4096
)

func newKeyring(s *store.Store) *keyring {
	return &keyring{store: s, known: map[string]knownKey{}}
}

// open returns whose key it is. What is no key is Unauthorised.
func (k *keyring) open(ctx context.Context, secret string) (caller, error) {
	name := string(store.KeyHash(secret)) // the secret itself is not kept
	k.mu.Lock()
	known, ok := k.known[name]
	k.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.who, nil
	}
	// Whoever else waits for the same answer must not lose it when the first
	// to ask goes away.
	found, err, _ := k.asking.Do(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return k.lookUp(store.Across(ctx), secret)
	})
	if errors.Is(err, store.ErrNotFound) {
		k.mu.Lock()
		delete(k.known, name)
		k.mu.Unlock()
		return caller{}, Unauthorised()
	}
	if err != nil {
		return caller{}, err
	}
	who, _ := found.(caller)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= mostKeys {
		clear(k.known)
	}
	k.known[name] = knownKey{who: who, until: time.Now().Add(trusted)}
	return who, nil
}

func (k *keyring) lookUp(ctx context.Context, secret string) (caller, error) {
	row, err := k.store.LookUpKey(ctx, secret)
	if err != nil {
		return caller{}, err
	}
	zone, err := time.LoadLocation(row.Zone)
	if err != nil {
		return caller{}, fmt.Errorf("time zone of the dealer: %w", err)
	}
	return caller{
		key: row.ID, dealer: row.DealerID, scope: store.Scope(row.Scope), source: row.SourceID, sourceCode: row.SourceCode,
		country: row.Country, zone: zone,
	}, nil
}
