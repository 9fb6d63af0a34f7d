// Package customer is the customer's own page, which the links in our mails
// lead to: see the appointment, confirm, move or cancel it, and object to being
// contacted.
//
// It needs no script and no account: the address is the customer's key. A GET
// or HEAD shows and never changes anything, because mail scanners follow every
// link: only a button that a person pressed acts, by POST.
package customer

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/internal/pace"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Asker has something happen to a lead and waits for the answer. Its errors
// are those of workflows.Leads, which is the one that runs.
type Asker interface {
	Ask(ctx context.Context, leadID string, h process.Happening, reopen *process.State) (workflows.Answer, error)
}

// Room is the page and what it needs.
type Room struct {
	Store  *store.Store
	Asker  Asker
	Secret []byte // DOORBELL_SECRET: signs the customers' links and forms
	Log    *slog.Logger
	// Wake tells the relay that the outbox has something new; nil leaves it to
	// the relay's own poll.
	Wake func()
}

// Mount puts the page on the router.
func (p *Room) Mount(router gin.IRouter) {
	plain := router.Group("", shut)
	both(plain, stylePath, p.style)
	both(plain, colourPath+":file", p.colour)

	page := router.Group("/c/:token", shut, p.held(pace.New(perSecond, burst, atOnce)))
	both(page, "", p.customer(false))
	both(page, "/object", p.customer(true))
	page.POST("/object", p.posted(p.object))
	for _, verb := range []process.AppointmentVerb{process.ConfirmIt, process.MoveIt, process.CancelIt} {
		page.POST("/"+string(verb), p.posted(p.change(verb)))
		// Who reloads the answer to a button comes here: the page says how
		// things stand.
		both(page, "/"+string(verb), func(c *gin.Context) { c.Redirect(http.StatusFound, "/c/"+c.Param("token")) })
	}
}

// both answers GET and HEAD alike; the server leaves the body of HEAD out.
func both(group gin.IRouter, path string, handler gin.HandlerFunc) {
	group.GET(path, handler)
	group.HEAD(path, handler)
}
