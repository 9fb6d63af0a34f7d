package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// pending is a sign-in that has gone to the provider and not come back. The
// session keeps it, so that it comes back to the browser that went.
type pending struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
	To       string `json:"to"`       // where he was going
}

const pendingKey = "oidc"

// toProvider leads to the provider. The answer to the form is a page that goes
// there by itself: pages' rules forbid forms to end at other sites, and which
// sites a provider leads over nobody knows.
func (r *Room) toProvider(c *gin.Context) {
	if r.try(c, bounded("single sign-on", network(c), mostSingleSignOns)) == nil {
		return
	}
	party, err := r.SignOn.party(c.Request.Context())
	if err != nil {
		r.providerAway(c, err)
		return
	}
	p := pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: local(c.PostForm("to"))}
	if err := r.remember(c, p); err != nil {
		frame.Away(c, err)
		return
	}
	address := party.oauth.AuthCodeURL(p.State, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier))
	c.Header("Refresh", "0;url="+address)
	frame.Render(c, http.StatusOK, tellPage(telling{
		Title: words.T(c, "signin.to_provider_title", "name", r.SignOn.named(c)), Text: words.T(c, "signin.to_provider_text"),
		Link: address, LinkText: words.T(c, "signin.to_provider_link", "name", r.SignOn.named(c)),
	}))
}

func (r *Room) remember(c *gin.Context, p pending) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("pending sign-in: %w", err)
	}
	return r.Sessions.Put(c, pendingKey, string(text))
}

// recall returns the sign-in that a browser went away with, once; false when it
// went with none.
func (r *Room) recall(c *gin.Context) (p pending, ok bool, err error) {
	text, err := r.Sessions.Take(c, pendingKey)
	if err != nil || text == "" {
		return p, false, err
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, false, fmt.Errorf("pending sign-in: %w", err)
	}
	return p, true, nil
}

// fromProvider signs in whom the provider proves to be one of the staff. It
// makes no accounts.
func (r *Room) fromProvider(c *gin.Context) {
	p, ok, err := r.recall(c)
	if err != nil {
		frame.Away(c, err)
		return
	}
	if !ok || subtle.ConstantTimeCompare([]byte(c.Query("state")), []byte(p.State)) != 1 {
		r.say(c, http.StatusBadRequest, "signin.stale")
		return
	}
	if c.Query("error") != "" || c.Query("code") == "" {
		r.unproven(c, errUnproven)
		return
	}
	said, err := r.SignOn.redeem(c.Request.Context(), c.Query("code"), p)
	switch {
	case errors.Is(err, errProviderAway):
		r.providerAway(c, err)
		return
	case err != nil:
		r.unproven(c, err)
		return
	case !bool(said.EmailVerified):
		r.say(c, http.StatusForbidden, "signin.unverified", "name", r.SignOn.named(c))
		return
	}
	who, err := r.member(c, account(said.Email))
	switch {
	case err != nil:
		frame.Away(c, err)
	case who == nil:
		r.Failures.Inc()
		r.say(c, http.StatusForbidden, "signin.unknown", "name", r.SignOn.named(c), "email", said.Email)
	default:
		r.enter(c, &who.Staff, byProvider, p.To)
	}
}

// providerAway says that the provider cannot be reached.
func (r *Room) providerAway(c *gin.Context, err error) {
	r.logged(c, err)
	c.Header("Retry-After", "10")
	key := "signin.provider_away"
	if r.SignOn.only() {
		key = "signin.provider_away_only"
	}
	r.say(c, http.StatusServiceUnavailable, key, "name", r.SignOn.named(c))
}

// unproven says that the provider did not prove who it is.
func (r *Room) unproven(c *gin.Context, err error) {
	r.logged(c, err)
	r.say(c, http.StatusForbidden, "signin.unproven", "name", r.SignOn.named(c))
}

func (r *Room) logged(ctx context.Context, err error) {
	r.Log.WarnContext(ctx, "single sign-on failed", "error", err)
}
