package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// invite mails somebody of the staff the link to his first password, or to
// another one when he has one.
func (r *Room) invite(c *gin.Context) {
	by := frame.ViewerOf(c)
	if !by.Arranges() {
		frame.Forbidden(c)
		return
	}
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return
	}
	who, err := r.Store.GetStaffOfDealer(c, db.GetStaffOfDealerParams{DealerID: by.Dealer.ID, ID: id})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		frame.NotFound(c)
		return
	case err != nil:
		frame.Away(c, err)
		return
	case !mayInvite(by.Role(), lead.Role(who.Role)):
		frame.Forbidden(c)
		return
	case !who.Active:
		frame.Say(c, http.StatusConflict, "signin.left")
		return
	}
	if r.try(c, bounded("invitation", id.String(), mostInvitations)) == nil {
		return
	}
	purpose, said := store.Invitation, "invited"
	if who.PasswordHash != "" && !r.SignOn.only() {
		purpose, said = store.Reset, "reset_sent"
	}
	err = r.mailTicket(c, purpose, letter{to: who, dealer: by.Dealer, by: by.Staff.Name, now: by.Now})
	if errors.Is(err, errNoMail) {
		frame.Say(c, http.StatusServiceUnavailable, "signin.no_mail")
		return
	}
	if err != nil {
		r.Log.WarnContext(c, "an invitation was not sent", "error", err)
		frame.Say(c, http.StatusServiceUnavailable, "signin.mail_failed")
		return
	}
	frame.Done(c, "/settings/staff/"+id.String(), said)
}

// mayInvite is the order of rank by which the API lets people appoint others:
// who manages or administers is the business of a general manager or an admin.
func mayInvite(by, whom lead.Role) bool {
	high := whom.Manages() || whom == lead.RoleAdmin
	return !high || by == lead.RoleGeneralManager || by == lead.RoleAdmin
}

// letter is a mail to somebody about his account.
type letter struct {
	to     db.Staff
	dealer db.Dealer
	by     string // who invites him, "" for nobody
	now    time.Time
}

// errNoMail says that this server has no way to send mail, or no sender.
var errNoMail = errors.New("no mail can be sent: set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM")

// mailTicket makes a link with which somebody chooses a password and mails it
// to him. Where passwords are no way in, the mail says what is. It returns
// errNoMail or the error of the sender.
func (r *Room) mailTicket(ctx context.Context, purpose store.Purpose, l letter) error {
	if r.Mail == nil || l.from(r.From).Email == "" {
		return errNoMail
	}
	about := message.Account{Email: l.to.Email, InvitedBy: l.by, URL: r.PublicURL + "/sign-in", SignOn: r.SignOn.instead(ctx)}
	if about.SignOn == "" {
		secret, until, err := r.Store.CreateTicket(ctx, l.to, purpose)
		if err != nil {
			return err
		}
		about.URL, about.Until = r.PublicURL+"/welcome/"+secret, until
	}
	template := message.AccountInvitation
	if purpose == store.Reset {
		template = message.PasswordReset
	}
	written, err := l.write(r.Templates, template, about)
	if err != nil {
		return err
	}
	return r.send(ctx, message.Message{
		ID: store.NewID().String(), Channel: lead.Email, From: l.from(r.From), To: message.Address{Name: l.to.Name, Email: l.to.Email},
		Subject: written.Subject, Text: written.Text, HTML: written.HTML, Headers: written.Headers,
	})
}

// from is in whose name it is written; other is the sender of dealers without an
// address of their own.
func (l letter) from(other message.Address) message.Address {
	if l.dealer.MailFrom != "" {
		other.Email = l.dealer.MailFrom
	}
	return message.Address{Name: l.dealer.Name, Email: other.Email}
}

func (l letter) write(templates *message.Templates, name string, about message.Account) (message.Rendered, error) {
	zone, err := time.LoadLocation(l.dealer.Zone)
	if err != nil {
		return message.Rendered{}, fmt.Errorf("time zone of the dealer: %w", err)
	}
	return templates.Render(name, l.to.Language, message.Data{
		Dealer: message.Dealer{
			Name: l.dealer.Name, Phone: l.dealer.Phone, Address: l.dealer.Address, Colour: l.dealer.Colour, Language: l.dealer.Language, Zone: zone,
		},
		Account: about, Now: l.now,
	})
}

// sendPause is how long a sender that was busy is left alone.
const sendPause = time.Second

// send tries as long as ctx allows and it is certain that nothing was sent.
func (r *Room) send(ctx context.Context, m message.Message) error {
	for {
		_, err := r.Mail.Send(ctx, m)
		failure, ok := errors.AsType[*message.Failure](err)
		if !ok || failure.Kind != message.Retry {
			return err
		}
		wait := max(failure.RetryAfter, sendPause)
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return err
		}
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}
