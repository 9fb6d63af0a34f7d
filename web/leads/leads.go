// Package leads is the page of one lead, made for a phone in one hand: whom to
// call, how it went, what comes next. Each part of it that holds a form has an
// address of its own, which shows the page with that part open and gives htmx
// the part alone.
package leads

import (
	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// The parts of the page that open. Their names are the ids of their elements
// and the last words of their addresses.
const (
	nowPart         = "now"
	appointmentPart = "appointment"
	mailPart        = "mail"
	notePart        = "note"
	assignPart      = "assign"
	wishesPart      = "wishes"
	closingPart     = "closing"
	timelinePart    = "timeline"
	personPart      = "person"
)

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	one := signed.Group("/leads/:id")
	one.GET("", r.show(""))
	for part := range parts {
		one.GET("/"+part, r.show(part))
	}
	one.GET("/mail/html", r.mailHTML)

	acts := one.Group("", acting)
	acts.POST("/attempts", r.attempt)
	acts.POST("/take", r.take)
	acts.POST("/appointments", r.setAppointment)
	acts.POST("/appointments/:aid/:verb", r.changeAppointment)
	acts.POST("/messages", r.message)
	acts.POST("/notes", r.note)
	acts.POST("/assign", r.assign)
	acts.POST("/customer", r.wishes)
	acts.POST("/close", r.close)

	decides := one.Group("", deciding)
	decides.POST("/closing/:verdict", r.decide)
	decides.POST("/reopen", r.reopen)

	erases := one.Group("", erasing)
	erases.GET("/person/file", r.personFile)
	erases.POST("/person/erase", r.erase)
}

// acting lets those through who work leads. A marketer and an admin read.
func acting(c *gin.Context) {
	if !mayAct(frame.ViewerOf(c.Request.Context())) {
		frame.Forbidden(c)
	}
}

func mayAct(v *frame.Viewer) bool { return v.Role().Sells() }

// erasing lets those through who answer for what is held about people.
func erasing(c *gin.Context) {
	if !mayErase(frame.ViewerOf(c.Request.Context())) {
		frame.Forbidden(c)
	}
}

func mayErase(v *frame.Viewer) bool { return v.Is(lead.RoleGeneralManager, lead.RoleAdmin) }

// deciding lets managers through.
func deciding(c *gin.Context) {
	if !frame.ViewerOf(c.Request.Context()).Manages() {
		frame.Forbidden(c)
	}
}
