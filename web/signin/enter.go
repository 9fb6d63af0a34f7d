package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// entry is what stands in the form to sign in.
type entry struct {
	Email, To string
	Wrong     bool
}

func (r *Room) signInPage(c *gin.Context) {
	to := local(c.Query("to"))
	if frame.ViewerOf(c) != nil {
		c.Redirect(http.StatusSeeOther, orHome(to))
		return
	}
	if r.unsettled(c) {
		return
	}
	frame.Render(c, http.StatusOK, r.entrance(entry{To: to}))
}

func orHome(to string) string {
	if to == "" {
		return "/"
	}
	return to
}

// signIn takes an address and a password. An address that nobody has, a wrong
// password and somebody who left get one and the same answer, after the same
// work.
func (r *Room) signIn(c *gin.Context) {
	if r.SignOn.only() {
		r.say(c, http.StatusForbidden, "signin.only", "name", r.SignOn.named(c))
		return
	}
	typed := c.PostForm("email")
	address := account(typed)
	ofAccount := bounded("account", named(address, typed), mostOfAccount)
	forgive := r.try(c, ofAccount, bounded("address", network(c), mostOfAddress))
	if forgive == nil {
		r.Failures.Inc()
		return
	}
	who, err := r.proven(c, address, c.PostForm("password"))
	switch {
	case err != nil:
		frame.Away(c, errors.Join(err, forgive()))
		return
	case who == nil:
		r.Failures.Inc()
		frame.Render(c, http.StatusUnprocessableEntity, r.entrance(entry{Email: typed, To: local(c.PostForm("to")), Wrong: true}))
		return
	}
	if err := errors.Join(forgive(), r.Store.ForgetTries(c, ofAccount.Key)); err != nil {
		frame.Away(c, err)
		return
	}
	r.enter(c, who, byPassword, c.PostForm("to"))
}

// proven returns who has the address and the password, nil for nobody.
func (r *Room) proven(ctx context.Context, address, secret string) (*db.Staff, error) {
	who, err := r.member(ctx, address)
	if err != nil {
		return nil, err
	}
	hash := ""
	if who != nil {
		hash = who.Staff.PasswordHash
	}
	right, err := fits(ctx, secret, hash)
	if err != nil || !right {
		return nil, err
	}
	return &who.Staff, nil
}

// member returns who works here under the address, nil for nobody.
func (r *Room) member(ctx context.Context, address string) (*db.StaffToSignInRow, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // nobody
	}
	row, err := r.Store.StaffToSignIn(ctx, address)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil //nolint:nilnil // nobody
	case err != nil:
		return nil, fmt.Errorf("look for an account: %w", err)
	case !row.Staff.Active:
		return nil, nil //nolint:nilnil // nobody any more
	}
	return &row, nil
}

// The ways in, as the trail names them.
const (
	byPassword = "password"
	byProvider = "provider"
)

// enter signs somebody in and leads him to where he was going.
func (r *Room) enter(c *gin.Context, who *db.Staff, way, to string) {
	// First the trail: nobody is in who is not on it.
	err := r.Store.Record(store.AsStaff(c, who.ID), store.Entry{
		Dealer: who.DealerID, Kind: store.SignedIn, Object: who.ID, Data: map[string]any{"way": way},
	})
	if err == nil {
		err = r.Sessions.Begin(c, who.ID, who.SessionEpoch)
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	if to = local(to); to == "" {
		to = firstPage(lead.Role(who.Role))
	}
	c.Redirect(http.StatusSeeOther, to)
}

func (r *Room) signOut(c *gin.Context) {
	err := r.Sessions.End(c)
	if v := frame.ViewerOf(c); v != nil && err == nil {
		err = r.Store.Record(c, store.Entry{Dealer: v.Dealer.ID, Kind: store.SignedOut, Object: v.Staff.ID})
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, "/sign-in", "signed_out")
}
