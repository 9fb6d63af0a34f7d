package signin

import (
	"crypto/sha256"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/internal/pace"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// How much may be tried within store.TryWindow. Many colleagues share the
// address of their dealer, so that an address has more than an account.
const (
	mostOfAccount     = 10  // wrong passwords
	mostOfAddress     = 100 // the same, whatever the account
	mostReminders     = 3   // mails with a link, per account
	mostAsked         = 30  // the same, per address
	mostInvitations   = 5   // per person
	mostSetupCodes    = 10  // per address
	mostSingleSignOns = 300 // begun, per address
)

// bounded is a bound under a key that tells neither account nor address.
func bounded(kind, of string, most int) store.Bound {
	sum := sha256.Sum256([]byte(kind + ":" + of))
	return store.Bound{Key: sum[:], Most: most}
}

// network is where a request comes from, "" for a socket of this machine.
func network(c *gin.Context) string {
	from, ok := pace.Network(c.ClientIP())
	if !ok {
		return ""
	}
	return from.String()
}

// account is an e-mail address as accounts have it, "" for what is none. Nothing
// but plain letters passes: others could turn into those of another address when
// they are written small.
func account(typed string) string {
	address, err := message.ParseAddress(typed)
	if err != nil {
		return ""
	}
	return strings.ToLower(address)
}

// named is what tries for an account are counted under.
func named(address, typed string) string {
	if address == "" {
		return typed
	}
	return address
}

// try counts a try and returns what takes it back. It answers itself, with
// nil, when there were too many.
func (r *Room) try(c *gin.Context, bounds ...store.Bound) (forgive func() error) {
	at, err := r.Store.Try(c, bounds...)
	if refused, ok := errors.AsType[*store.TooOften](err); ok {
		r.tooOften(c, refused.Wait)
		return nil
	}
	if err != nil {
		frame.Away(c, err)
		return nil
	}
	return func() error { return r.Store.Forgive(c, at, bounds...) }
}

// tooOften says when to come back, and not for which account.
func (r *Room) tooOften(c *gin.Context, wait time.Duration) {
	c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	if frame.Partial(c) {
		frame.Say(c, http.StatusTooManyRequests, "signin.held")
		return
	}
	r.tell(c, http.StatusTooManyRequests, telling{
		Title: words.T(c, "signin.held.title"), Text: words.N(c, "signin.held_for", int(math.Ceil(wait.Minutes()))),
		Link: "/sign-in", LinkText: words.T(c, "signin.back"),
	})
}
