// Package web holds the pages: the customer's own, those of the staff, and in
// dev the mailbox. Each room of the house is a package of its own; this one
// puts them together. Pages are rendered on the server and work without script.
package web

import (
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/internal/pace"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/assets"
	"github.com/doorbell-ilm/doorbell/web/board"
	"github.com/doorbell-ilm/doorbell/web/customer"
	"github.com/doorbell-ilm/doorbell/web/desk"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/followups"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/web/leads"
	"github.com/doorbell-ilm/doorbell/web/mailbox"
	"github.com/doorbell-ilm/doorbell/web/mine"
	"github.com/doorbell-ilm/doorbell/web/session"
	"github.com/doorbell-ilm/doorbell/web/settings"
	"github.com/doorbell-ilm/doorbell/web/signin"
)

// Pages are the pages and what they need.
type Pages struct {
	Store    *store.Store
	Asker    customer.Asker
	Sessions *session.Sessions
	Secret   []byte // DOORBELL_SECRET: signs the customers' links and forms
	// Dev adds the mailbox; without it no such route exists.
	Dev       bool
	PublicURL string // as others reach this server, without a slash at the end
	// TemporalUI is the address of Temporal's own pages, "" for none; Namespace
	// is Doorbell's there.
	TemporalUI, Namespace string
	Mail                  message.Sender // nil where no mail can be sent
	From                  message.Address
	Templates             *message.Templates
	SignOn                *signin.SignOn // single sign-on; nil for none
	Demo                  []signin.Demo  // accounts of dev, offered where one signs in
	Log                   *slog.Logger
	Registry              *prometheus.Registry // of the figures; nil counts for nobody
	// Wake tells the relay that the outbox has something new; nil leaves it to
	// the relay's own poll.
	Wake func()
}

// mostForm is how many bytes a form of the staff may have; the API, to which
// it goes, takes no more either.
const mostForm = 1 << 20

// Mount puts the pages on the router, which is also that of the API.
func (p *Pages) Mount(router *gin.Engine) {
	house := &frame.House{
		Store: p.Store, Door: door.Door{API: router}, Templates: p.Templates, Mail: p.Mail, From: p.From, Secret: p.Secret,
		PublicURL: p.PublicURL, TemporalUI: p.TemporalUI, Namespace: p.Namespace, Dev: p.Dev, Log: p.Log,
	}
	assets.Mount(router)
	(&customer.Room{Store: p.Store, Asker: p.Asker, Secret: p.Secret, Log: p.Log, Wake: p.Wake}).Mount(router)

	ticketed := router.Group("", frame.Logs(p.Log), frame.Shut, limited, p.Sessions.Load, held(pace.New(perSecond, burst, atOnce)))
	plain := ticketed.Group("", frame.SameOrigin)
	signed := plain.Group("", p.Sessions.Require)
	failures := signin.NewFailures()
	if p.Registry != nil {
		p.Registry.MustRegister(failures)
	}
	(&signin.Room{House: house, Sessions: p.Sessions, SignOn: p.SignOn, Demo: p.Demo, Failures: failures}).Mount(ticketed, plain, signed)
	(&board.Room{House: house}).Mount(signed)
	(&leads.Room{House: house}).Mount(signed)
	(&mine.Room{House: house}).Mount(signed)
	(&desk.Room{House: house}).Mount(signed)
	(&followups.Room{House: house}).Mount(signed)
	(&settings.Room{House: house}).Mount(signed)
	if p.Dev {
		(&mailbox.Room{House: house}).Mount(plain)
	}
}

// How often one network may ask for pages without having signed in. The whole
// staff of a dealer comes in the morning from one address.
const (
	perSecond = 20
	burst     = 300
	atOnce    = 32
)

// held refuses strangers who come too often, or keep too many requests waiting.
// Who has signed in is none.
func held(bound *pace.Bound) gin.HandlerFunc {
	return func(c *gin.Context) {
		if frame.ViewerOf(c) != nil {
			return
		}
		leave, wait := bound.Enter(c.ClientIP(), time.Now())
		if wait > 0 {
			c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			frame.Say(c, http.StatusTooManyRequests, "frame.held")
			return
		}
		defer leave()
		c.Next()
	}
}

// limited bounds what a form may send.
func limited(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostForm)
}
