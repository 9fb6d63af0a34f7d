package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

func (r *Room) forgottenPage(c *gin.Context) {
	if !r.reminds(c) {
		return
	}
	frame.Render(c, http.StatusOK, forgottenForm())
}

// reminds reports whether forgotten passwords can be helped here, and says so
// when they cannot.
func (r *Room) reminds(c *gin.Context) bool {
	switch {
	case r.SignOn.only():
		r.say(c, http.StatusForbidden, "signin.only", "name", r.SignOn.named(c))
		return false
	case r.Mail == nil:
		r.say(c, http.StatusServiceUnavailable, "signin.no_reminders")
		return false
	}
	return true
}

// forgotten mails a link to a new password to whoever has the address. The
// answer is the same and comes at once, whether anybody has it or not.
func (r *Room) forgotten(c *gin.Context) {
	if !r.reminds(c) {
		return
	}
	typed := c.PostForm("email")
	address := account(typed)
	asked := []store.Bound{bounded("reminder", named(address, typed), mostReminders), bounded("reminders of", network(c), mostAsked)}
	if r.try(c, asked...) == nil {
		return
	}
	r.Sessions.Go(c.Request.Context(), func(ctx context.Context) {
		if err := r.remind(ctx, address); err != nil {
			r.Log.WarnContext(ctx, "a link to a new password was not sent", "error", err)
		}
	})
	r.say(c, http.StatusOK, "signin.reminded")
}

// remind mails a link to a new password to whoever has the address.
func (r *Room) remind(ctx context.Context, address string) error {
	who, err := r.member(ctx, address)
	if err != nil || who == nil {
		return err
	}
	return r.mailTicket(ctx, store.Reset, letter{to: who.Staff, dealer: who.Dealer, now: who.Now})
}

// guest returns whose ticket the address holds, and speaks his language from
// now on. It answers itself when there is nobody.
func (r *Room) guest(c *gin.Context) (db.TicketByHashRow, bool) {
	// Who has the address can choose the password: it is told to nobody.
	c.Header("Referrer-Policy", "no-referrer")
	if r.SignOn.only() {
		r.say(c, http.StatusForbidden, "signin.only", "name", r.SignOn.named(c))
		return db.TicketByHashRow{}, false
	}
	ticket, err := r.Store.Ticket(c, c.Param("ticket"))
	if errors.Is(err, store.ErrNotFound) {
		r.ticketOver(c)
		return ticket, false
	}
	if err != nil {
		frame.Away(c, err)
		return ticket, false
	}
	spoken := words.In(words.Pick(ticket.Staff.Language, ticket.Dealer.Language), time.UTC)
	c.Request = c.Request.WithContext(words.Into(c.Request.Context(), spoken))
	return ticket, true
}

// ticketOver says what to do with a link that does not work any more.
func (r *Room) ticketOver(c *gin.Context) {
	r.tell(c, http.StatusGone, telling{
		Title: words.T(c, "signin.over_title"), Text: words.T(c, "signin.over_text"), Link: "/forgotten", LinkText: words.T(c, "signin.over_link"),
	})
}

func (r *Room) welcomePage(c *gin.Context) {
	if ticket, ok := r.guest(c); ok {
		frame.Render(c, http.StatusOK, welcomeForm(ticket.Staff, ticket.Purpose, c.Param("ticket"), ""))
	}
}

// welcome takes the password, uses the ticket up and signs its owner in; his
// older sessions end.
func (r *Room) welcome(c *gin.Context) {
	if frame.Foreign(c.Request) {
		frame.Say(c, http.StatusForbidden, "frame.foreign")
		return
	}
	ticket, ok := r.guest(c)
	if !ok {
		return
	}
	if fault := unfit(c.PostForm("password")); fault != "" {
		frame.Render(c, http.StatusUnprocessableEntity, welcomeForm(ticket.Staff, ticket.Purpose, c.Param("ticket"), fault))
		return
	}
	hash, err := hashOf(c, c.PostForm("password"))
	if err != nil {
		frame.Away(c, err)
		return
	}
	who, epoch, err := r.Store.Redeem(c, c.Param("ticket"), hash)
	if errors.Is(err, store.ErrNotFound) {
		r.ticketOver(c)
		return
	}
	if err == nil {
		// He who has come back is not to be kept waiting by earlier failures.
		err = errors.Join(
			r.Store.ForgetTries(c, bounded("account", ticket.Staff.Email, mostOfAccount).Key),
			r.Sessions.Begin(c, who, epoch),
		)
	}
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Done(c, firstPage(lead.Role(ticket.Staff.Role)), "welcome")
}
