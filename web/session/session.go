// Package session knows who sits at a browser. Sessions live in Postgres, so
// that any number of servers share them; the browser holds a random token of
// which the database knows the hash only.
package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

const (
	// lasts is how long somebody stays signed in: long enough for a phone on the
	// lot, short enough for one that was lost and not reported.
	lasts = 7 * 24 * time.Hour
	// waits is how long the session of nobody in particular lasts, which
	// remembers something until he has signed in.
	waits = time.Hour
)

// What a session holds.
const (
	staffKey = "staff"
	epochKey = "epoch"
)

// Sessions are all sessions of this Doorbell.
type Sessions struct {
	manager *scs.SessionManager
	store   *store.Store
	work    sync.WaitGroup // beside requests
	stop    context.CancelFunc
}

// New returns the sessions kept in s, for browsers that reach this server as
// publicURL. Close ends their housekeeping.
func New(s *store.Store, publicURL string) *Sessions {
	m := scs.New()
	m.Store = kept{s}
	m.HashTokenInStore = true
	m.Lifetime = lasts
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode // a link in a mail opens the page
	m.Cookie.Name = "doorbell"
	if strings.HasPrefix(publicURL, "https://") {
		m.Cookie.Name, m.Cookie.Secure = "__Host-doorbell", true
	}
	ctx, stop := context.WithCancel(context.Background())
	sessions := &Sessions{manager: m, store: s, stop: stop}
	sessions.work.Go(func() { sessions.sweep(ctx) })
	return sessions
}

// Close ends the housekeeping and waits for what is done beside requests. No
// request may be under way.
func (s *Sessions) Close() {
	s.stop()
	s.work.Wait()
}

// load reads the browser's session into ctx, a new one when it has none.
func (s *Sessions) load(ctx context.Context, r *http.Request) (context.Context, error) {
	token := ""
	if cookie, err := r.Cookie(s.manager.Cookie.Name); err == nil {
		token = cookie.Value
	}
	ctx, err := s.manager.Load(ctx, token)
	if err != nil {
		return ctx, fmt.Errorf("session: %w", err)
	}
	return ctx, nil
}

// of returns who is signed in with the session of ctx, nil for nobody.
func (s *Sessions) of(ctx context.Context) (*db.SignedInRow, error) {
	id, err := uuid.Parse(s.manager.GetString(ctx, staffKey))
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // a session without a person is nobody's
	}
	row, err := s.store.SignedIn(store.Across(ctx), db.SignedInParams{ID: id, SessionEpoch: s.manager.GetInt32(ctx, epochKey)})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // he has left, or was signed out everywhere
	}
	if err != nil {
		return nil, fmt.Errorf("who is signed in: %w", err)
	}
	return &row, nil
}

// Of finds whose session a request brings; false for nobody's. It is
// api.Options.Session.
func (s *Sessions) Of(r *http.Request) (api.Signed, bool, error) {
	if _, err := r.Cookie(s.manager.Cookie.Name); err != nil {
		return api.Signed{}, false, nil //nolint:nilerr // no cookie, nobody
	}
	ctx, err := s.load(r.Context(), r)
	if err != nil {
		return api.Signed{}, false, err
	}
	row, err := s.of(ctx)
	if err != nil || row == nil {
		return api.Signed{}, false, err
	}
	signed, err := signedAs(row)
	return signed, err == nil, err
}

func signedAs(row *db.SignedInRow) (api.Signed, error) {
	zone, err := time.LoadLocation(row.Dealer.Zone)
	if err != nil {
		return api.Signed{}, fmt.Errorf("time zone of the dealer: %w", err)
	}
	return api.Signed{
		Staff: row.Staff.ID, Email: row.Staff.Email, Dealer: row.Dealer.ID, Country: row.Dealer.Country, Zone: zone,
		Language: words.Pick(row.Staff.Language, row.Dealer.Language),
	}, nil
}

// Load finds out who is there, for handlers behind it: frame.ViewerOf tells
// them. Pages that anybody may see work with nobody there.
func (s *Sessions) Load(c *gin.Context) {
	ctx, err := s.load(c.Request.Context(), c.Request)
	var row *db.SignedInRow
	if err == nil {
		row, err = s.of(ctx)
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	tongue, zone := words.Pick(words.Accepted(c.GetHeader("Accept-Language"))...), time.UTC
	if row != nil {
		signed, err := signedAs(row)
		if err != nil {
			frame.Away(c, err)
			return
		}
		tongue, zone = words.Pick(row.Staff.Language, row.Dealer.Language), signed.Zone
		ctx = store.ForDealer(store.AsStaff(api.As(ctx, signed), signed.Staff), signed.Dealer)
		ctx = frame.WithViewer(ctx, &frame.Viewer{Staff: row.Staff, Dealer: row.Dealer, Now: row.Now, Zone: zone})
	}
	c.Request = c.Request.WithContext(words.Into(ctx, words.In(tongue, zone)))
}

// Require lets only those through who have signed in; others sign in first and
// come back.
func (s *Sessions) Require(c *gin.Context) {
	if c.IsAborted() || frame.ViewerOf(c) != nil {
		return
	}
	frame.ToSignIn(c)
}

// Begin signs somebody in: the browser gets a new token and an empty session,
// so that what was planted on it is worth nothing.
func (s *Sessions) Begin(c *gin.Context, who uuid.UUID, epoch int32) error {
	ctx := c.Request.Context()
	if err := errors.Join(s.manager.Clear(ctx), s.manager.RenewToken(ctx)); err != nil {
		return fmt.Errorf("new session: %w", err)
	}
	s.manager.Put(ctx, staffKey, who.String())
	s.manager.Put(ctx, epochKey, epoch)
	return s.save(c)
}

// End signs the browser out.
func (s *Sessions) End(c *gin.Context) error {
	if err := s.manager.Destroy(c.Request.Context()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.manager.WriteSessionCookie(c, c.Writer, "", time.Time{})
	return nil
}

// Put remembers a text in the browser's session, signed in or not.
func (s *Sessions) Put(c *gin.Context, key, text string) error {
	ctx := c.Request.Context()
	if s.manager.GetString(ctx, staffKey) == "" {
		s.manager.SetDeadline(ctx, time.Now().Add(waits))
	}
	s.manager.Put(ctx, key, text)
	return s.save(c)
}

// Take returns a text that Put has remembered, and forgets it.
func (s *Sessions) Take(c *gin.Context, key string) (string, error) {
	text := s.manager.PopString(c.Request.Context(), key)
	if text == "" {
		return "", nil
	}
	return text, s.save(c)
}

func (s *Sessions) save(c *gin.Context) error {
	ctx := c.Request.Context()
	token, until, err := s.manager.Commit(ctx)
	if err != nil {
		return fmt.Errorf("keep session: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, c.Writer, token, until)
	return nil
}
