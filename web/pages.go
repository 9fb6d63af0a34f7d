// Package web holds the pages of this release: the customer's own page, which
// the links in our mails lead to, a start page and, in dev, the mailbox.
//
// Pages are rendered on the server and need no script. A GET or HEAD shows and
// never changes anything, because mail scanners follow every link: only a
// button that a person pressed acts, by POST.
package web

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Asker has something happen to a lead and waits for the answer. Its errors
// are those of workflows.Leads, which is the one that runs.
type Asker interface {
	Ask(ctx context.Context, leadID string, h process.Happening, reopen *process.State) (workflows.Answer, error)
}

// Pages are the pages and what they need.
type Pages struct {
	Store  *store.Store
	Asker  Asker
	Secret []byte // DOORBELL_SECRET: signs the customers' links and forms
	// Dev adds the mailbox; without it no such route exists.
	Dev        bool
	PublicURL  string // as others reach this server, without a slash at the end
	TemporalUI string // address of Temporal's own pages, shown in dev only; "" for none
	Log        *slog.Logger
	// Wake tells the relay that the outbox has something new; nil leaves it to
	// the relay's own poll.
	Wake func()
}

//go:embed templates
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.tmpl"))

// Mount puts the pages on the router.
func (p *Pages) Mount(router *gin.Engine) {
	plain := router.Group("", shut)
	both(plain, stylePath, p.style)
	both(plain, colourPath+":file", p.colour)
	both(plain, "/", p.start)
	both(plain, "/leads/:id", p.lead)

	customer := router.Group("/c/:token", shut, newBound().hold)
	both(customer, "", p.customer(false))
	both(customer, "/object", p.customer(true))
	customer.POST("/object", p.posted(p.object))
	for _, verb := range []process.AppointmentVerb{process.ConfirmIt, process.MoveIt, process.CancelIt} {
		customer.POST("/"+string(verb), p.posted(p.change(verb)))
		// Who reloads the answer to a button comes here: the page says how
		// things stand.
		both(customer, "/"+string(verb), func(c *gin.Context) { c.Redirect(http.StatusFound, "/c/"+c.Param("token")) })
	}

	if p.Dev {
		dev := router.Group("/dev", shut)
		both(dev, "/mail.json", p.mailJSON)
		both(dev, "/mail", p.mailbox)
		both(dev, "/mail/:id", p.mail)
		both(dev, "/mail/:id/html", p.mailHTML)
	}
}

// both answers GET and HEAD alike; the server leaves the body of HEAD out.
func both(group *gin.RouterGroup, path string, handler gin.HandlerFunc) {
	group.GET(path, handler)
	group.HEAD(path, handler)
}
