// Package signin is the way in and out: signing in, invitations, forgotten
// passwords, single sign-on, one's own account, and the first administrator.
package signin

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/web/session"
)

// Room is the room in the house.
type Room struct {
	*frame.House

	Sessions *session.Sessions
	SignOn   *SignOn // nil where passwords are the only way in
	Demo     []Demo  // of dev, offered to be signed in with; nil elsewhere
	// Failures counts who was not let in.
	Failures prometheus.Counter

	settled atomic.Bool // there is a dealer, and there will always be one
}

// NewFailures counts failed sign-ins: all together, for whose they were nobody
// may read off the figures.
func NewFailures() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "doorbell_sign_in_failures_total", Help: "Sign-ins that were refused: wrong password, nobody of the staff, or too many tries.",
	})
}

// Demo is an account of the dealer that dev makes. Its password is no secret.
type Demo struct {
	Name, Email, Password string
	Role                  lead.Role
}

// Mount puts its pages on the router: those that anybody may see on plain,
// those of one's own account on signed. The forms on ticketed are proven by the
// secret in their address and need not come from a page of ours.
func (r *Room) Mount(ticketed, plain, signed gin.IRouter) {
	ticketed, plain = ticketed.Group("", outside), plain.Group("", outside)
	plain.GET("/", r.start)
	plain.HEAD("/", r.start)
	plain.GET("/sign-in", r.signInPage)
	plain.POST("/sign-in", r.signIn)
	plain.POST("/sign-out", r.signOut)

	plain.GET("/forgotten", r.forgottenPage)
	plain.POST("/forgotten", r.forgotten)
	plain.GET("/welcome/:ticket", r.welcomePage)
	ticketed.POST("/welcome/:ticket", r.welcome)
	signed.POST("/settings/staff/:id/invite", r.invite)

	if r.SignOn != nil {
		plain.POST("/sign-in/oidc", r.toProvider)
		plain.GET("/sign-in/oidc/callback", r.fromProvider)
	}

	plain.GET("/setup", r.setupPage)
	plain.POST("/setup", r.setup)

	signed.GET("/account", r.account)
	signed.POST("/account", r.saveAccount)
	signed.POST("/account/password", r.changePassword)
	signed.POST("/account/sign-out-everywhere", r.signOutEverywhere)
}

// outside is where nobody knows yet for whose staff somebody is: an address, a
// link or a first dealer is looked for among all.
func outside(c *gin.Context) {
	c.Request = c.Request.WithContext(store.Across(c.Request.Context()))
}

// start leads everybody to where his work is.
func (r *Room) start(c *gin.Context) {
	if v := frame.ViewerOf(c); v != nil {
		c.Redirect(http.StatusSeeOther, firstPage(v.Role()))
		return
	}
	if r.unsettled(c) {
		return
	}
	c.Redirect(http.StatusSeeOther, "/sign-in")
}

// firstPage is what somebody of a role sees first.
func firstPage(role lead.Role) string {
	switch role {
	case lead.RoleBDC, lead.RoleSalesperson:
		return "/mine"
	case lead.RoleSalesManager, lead.RoleGeneralManager:
		return "/desk"
	case lead.RoleAdmin:
		return "/settings"
	case lead.RoleMarketer:
	}
	return "/board"
}

// unsettled leads to the first steps where there is no dealer yet. It reports
// whether it has answered.
func (r *Room) unsettled(c *gin.Context) bool {
	there, err := r.anyDealer(c)
	switch {
	case err != nil:
		frame.Away(c, err)
		return true
	case !there:
		c.Redirect(http.StatusSeeOther, "/setup")
		return true
	}
	return false
}

func (r *Room) anyDealer(ctx context.Context) (bool, error) {
	if r.settled.Load() {
		return true, nil
	}
	there, err := r.Store.AnyDealer(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a dealer: %w", err)
	}
	r.settled.Store(there)
	return there, nil
}
