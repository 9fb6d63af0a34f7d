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

// How often strangers of one network may ask for what everybody may see, or try
// keys that are none. A mail provider fetches the logo for many customers.
const (
	strangersPerSecond = 20
	strangersBurst     = 300
	strangersAtOnce    = 32
)

// authenticate lets only those through whose key may call the operation, and
// not faster than allowed.
func (s *server) authenticate(c *gin.Context) {
	op := Operation(c.Request.Context())
	if op.Public {
		s.admit(c)
		return
	}
	from := c.ClientIP()
	if wait := s.strangers.Spent(from, time.Now()); wait > 0 && s.unheardOf(c.Request) {
		// A key that was good lately is not held back by what others of its
		// network try.
		Render(c, TooFast(wait))
		return
	}
	who, err := s.whoCalls(c.Request)
	if err != nil {
		if c.GetHeader("Authorization") != "" && errors.Is(err, Unauthorised()) {
			s.strangers.Count(from, time.Now())
		}
		Fail(c, err)
		return
	}
	if !slices.Contains(op.Scopes, string(who.scope)) {
		Render(c, Forbidden("A key of scope "+string(who.scope)+" does not open this; it takes one of scope "+strings.Join(op.Scopes, " or ")+"."))
		return
	}
	if wait := s.perKey.wait(who.key); wait > 0 {
		s.figures.tooFast.Inc()
		Render(c, TooFast(wait))
		return
	}
	put(c, callerKey, who)
	c.Request = c.Request.WithContext(store.ForDealer(c.Request.Context(), who.dealer))
	acts(c, who)
	speaks(c, who)
}

// admit lets a stranger see what everybody may see, not faster than people and
// programs do. Signs of life are told however often somebody asks.
func (s *server) admit(c *gin.Context) {
	if slices.Contains(unbounded, c.FullPath()) {
		return
	}
	leave, wait := s.strangers.Enter(c.ClientIP(), time.Now())
	if wait > 0 {
		Render(c, TooFast(wait))
		return
	}
	defer leave()
	c.Next()
}

// acts names the caller to the trail. Somebody of the staff for whom a key acts
// is named by appoint, beside the key.
func acts(c *gin.Context, who caller) {
	as := store.AsKey
	if who.signedIn != "" {
		as = store.AsStaff
	}
	c.Request = c.Request.WithContext(as(c.Request.Context(), who.key))
}

func (s *server) whoCalls(r *http.Request) (caller, error) {
	switch secret, given := keyIn(r); {
	case !given:
		who, err := s.signedIn(r)
		return who.caller(), err
	case secret == "":
		return caller{}, Unauthorised()
	default:
		return s.keys.open(r.Context(), secret)
	}
}

// unheardOf reports whether the request brings a key that has opened nothing
// lately.
func (s *server) unheardOf(r *http.Request) bool {
	secret, given := keyIn(r)
	return given && !s.keys.remembers(secret)
}

// keyIn returns the key that the request brings, "" for something else in its
// place. Two headers are none: what stands before us may have gone by the other.
func keyIn(r *http.Request) (secret string, given bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 || (len(headers) == 1 && headers[0] == "") {
		return "", false
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(secret), true
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
	var person db.Staff
	err := store.ErrNotFound // what cannot be stored is nobody's address
	if storable(email) {
		person, err = s.store.StaffByEmail(c.Request.Context(), db.StaffByEmailParams{DealerID: who.dealer, Lower: email})
	}
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
	c.Request = c.Request.WithContext(store.AsStaff(c.Request.Context(), person.ID))
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

// remembers reports whether a key was good when it was last asked about.
func (k *keyring) remembers(secret string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.known[string(store.KeyHash(secret))]
	return ok
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
