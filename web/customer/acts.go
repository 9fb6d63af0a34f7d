package customer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// The words that ?done= may hold; each has its sentence in customer.yaml.
const (
	saidConfirmed = "confirmed"
	saidMoved     = "moved"
	saidCancelled = "cancelled"
	saidObjected  = "objected"
	saidChanged   = "changed" // what the button was about is not so any more
	saidGone      = "gone"    // the time chosen is not offered any more
	saidChoose    = "choose"  // nothing was chosen
)

// mostForm is how many bytes a form may have.
const mostForm = 16 << 10

// posted guards what a button does.
func (p *Room) posted(act func(*gin.Context, uuid.UUID)) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, ok := p.whose(c)
		if !ok {
			return
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostForm)
		if frame.Foreign(c.Request) {
			p.stale(c)
			return
		}
		act(c, id)
	}
}

// stale answers a form that does not prove that its button was pressed.
func (p *Room) stale(c *gin.Context) {
	p.say(c, http.StatusForbidden, "/c/"+c.Param("token"), "stale")
}

// back leads to the page, which then says the word.
func back(c *gin.Context, below, said string) {
	c.Redirect(http.StatusSeeOther, "/c/"+c.Param("token")+below+"?done="+said)
}

// change confirms, moves or cancels the appointment.
func (p *Room) change(verb process.AppointmentVerb) func(*gin.Context, uuid.UUID) {
	return func(c *gin.Context, id uuid.UUID) {
		s, ok := p.stands(c, id)
		if !ok {
			return
		}
		f, ok := proven(p.Secret, string(verb), id, c.Request.PostFormValue("proof"), s.Now)
		if !ok {
			p.stale(c)
			return
		}
		action := process.AppointmentAction{Verb: verb, ID: f.appointment}
		if verb == process.MoveIt {
			chosen, err := strconv.ParseInt(c.Request.PostFormValue("at"), 10, 64)
			if err != nil {
				back(c, "", saidChoose)
				return
			}
			action.StartsAt = time.Unix(chosen, 0).UTC()
		}
		if said := s.settled(f, action); said != "" {
			back(c, "", said)
			return
		}
		p.ask(c, s, f, action)
	}
}

// settled returns what to say when nothing is to be done: because it is done
// already, or because the button was about something that has changed since.
// It returns "" when the button has to act.
func (s standing) settled(f proof, action process.AppointmentAction) string {
	if action.Verb == process.CancelIt && s.cancelled() && s.last.ID.String() == f.appointment {
		return saidCancelled
	}
	a := s.ahead()
	switch {
	case a == nil || a.ID != f.appointment:
		return saidChanged
	case action.Verb == process.MoveIt && a.StartsAt.Equal(action.StartsAt):
		return saidMoved
	case a.Sequence != f.sequence:
		return saidChanged
	case action.Verb == process.ConfirmIt && a.Confirmed:
		return saidConfirmed
	}
	return ""
}

// done is what the page says when a button has worked.
var done = map[process.AppointmentVerb]string{
	process.ConfirmIt: saidConfirmed, process.MoveIt: saidMoved, process.CancelIt: saidCancelled,
}

// ask asks the process and leads back to the page.
func (p *Room) ask(c *gin.Context, s standing, f proof, action process.AppointmentAction) {
	ctx := c.Request.Context()
	if action.Verb == process.MoveIt {
		times, err := p.offered(ctx, s)
		if err != nil {
			p.away(c, err)
			return
		}
		if !slices.ContainsFunc(times, action.StartsAt.Equal) {
			back(c, "", saidGone)
			return
		}
	}
	_, err := p.Asker.Ask(ctx, s.ID.String(), process.Happening{
		ID: happeningID(f, action), What: process.DidAppointment, Actor: process.Customer, AskedAt: s.Now.UTC(), Appointment: &action,
	}, nil)
	var refusal *process.Refusal
	switch {
	case err == nil:
		back(c, "", done[action.Verb])
	case errors.As(err, &refusal):
		// It changed between the look and the question.
		back(c, "", saidChanged)
	case errors.Is(err, workflows.ErrNotRunning):
		p.ended(c, s.ID, err)
	default:
		p.away(c, fmt.Errorf("ask: %w", err))
	}
}

// ended answers when no workflow took the question: because the lead was
// closed meanwhile, or because its workflow is not there yet or any more.
func (p *Room) ended(c *gin.Context, id uuid.UUID, err error) {
	s, ok := p.stands(c, id)
	switch {
	case !ok:
	case lead.Status(s.Status) == lead.Closed:
		back(c, "", saidChanged)
	default:
		p.away(c, err)
	}
}

// happeningID is the same for the same button on the same state of things: a
// double press happens once, and a later change back and forth happens anew.
func happeningID(f proof, action process.AppointmentAction) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d %d", action.Verb, f.lead, f.appointment, f.sequence, action.StartsAt.Unix()))
	return "customer-" + hex.EncodeToString(sum[:16])
}

// object notes by which ways the customer does not want to be contacted. It
// needs only Postgres, so it works when the lead is closed and when Temporal
// is away.
func (p *Room) object(c *gin.Context, id uuid.UUID) {
	// RFC 8058: the button of the mail program, which sees no form of ours.
	oneClick := c.Request.PostFormValue("List-Unsubscribe") == "One-Click"
	refused := []lead.Channel{lead.Email}
	if !oneClick {
		s, ok := p.stands(c, id)
		if !ok {
			return
		}
		if _, ok := proven(p.Secret, "object", id, c.Request.PostFormValue("proof"), s.Now); !ok {
			p.stale(c)
			return
		}
		refused = chosen(c.Request.PostForm["no"])
		if len(refused) == 0 {
			back(c, "/object", saidChoose)
			return
		}
	}
	switch err := p.Store.Object(c.Request.Context(), id, refused); {
	case errors.Is(err, store.ErrNotFound):
		p.notFound(c)
		return
	case err != nil:
		p.away(c, err)
		return
	}
	if p.Wake != nil {
		p.Wake()
	}
	if oneClick {
		// A mail program follows no redirect.
		p.say(c, http.StatusOK, "", "unsubscribed")
		return
	}
	back(c, "", saidObjected)
}

// chosen are the channels behind the boxes that were ticked.
func chosen(boxes []string) []lead.Channel {
	var channels []lead.Channel
	if slices.Contains(boxes, "email") {
		channels = append(channels, lead.Email)
	}
	if slices.Contains(boxes, "phone") {
		channels = append(channels, lead.Phone, lead.SMS)
	}
	return channels
}
