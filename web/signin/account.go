package signin

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// One's own account. What is changed here concerns nobody else, so that it goes
// to the store directly: the API has nothing of it.

func (r *Room) account(c *gin.Context) {
	frame.Render(c, http.StatusOK, r.accountPage("", ""))
}

func (r *Room) saveAccount(c *gin.Context) {
	me := frame.ViewerOf(c).Staff
	language := c.PostForm("language")
	if language != "" && !slices.Contains(words.Languages(), language) {
		frame.Wrong(c, "signin.language_unfit")
		return
	}
	err := r.Store.SetPreferences(c, db.SetPreferencesParams{
		DealerID: me.DealerID, ID: me.ID, Language: language, Shortcuts: c.PostForm("shortcuts") == "on",
	})
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, "/account", "saved")
}

// changePassword wants the present one: a phone that was left lying about must
// not be enough. All other sessions end.
func (r *Room) changePassword(c *gin.Context) {
	if r.SignOn.only() {
		r.say(c, http.StatusForbidden, "signin.only", "name", r.SignOn.named(c))
		return
	}
	me := frame.ViewerOf(c).Staff
	bound := bounded("account", me.Email, mostOfAccount)
	forgive := r.try(c, bound)
	if forgive == nil {
		return
	}
	right, err := fits(c, c.PostForm("present"), me.PasswordHash)
	switch {
	case err != nil:
		frame.Away(c, errors.Join(err, forgive()))
		return
	case !right:
		frame.Render(c, http.StatusUnprocessableEntity, r.accountPage("signin.present_wrong", ""))
		return
	}
	if err := r.Store.ForgetTries(c, bound.Key); err != nil {
		frame.Away(c, err)
		return
	}
	if fault := unfit(c.PostForm("password")); fault != "" {
		frame.Render(c, http.StatusUnprocessableEntity, r.accountPage("", fault))
		return
	}
	hash, err := hashOf(c, c.PostForm("password"))
	if err != nil {
		frame.Away(c, err)
		return
	}
	epoch, err := r.Store.ChangePassword(c, me.DealerID, me.ID, hash)
	if err == nil {
		err = r.Sessions.Begin(c, me.ID, epoch)
	}
	if errors.Is(err, store.ErrNotFound) { // he left a moment ago
		frame.ToSignIn(c)
		return
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, "/account", "password_changed")
}

func (r *Room) signOutEverywhere(c *gin.Context) {
	me := frame.ViewerOf(c).Staff
	err := r.Store.EndSessions(c, me.DealerID, me.ID)
	if err == nil {
		err = r.Sessions.End(c)
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, "/sign-in", "signed_out_everywhere")
}
