// Package settings is where a dealer arranges his staff, sources, keys, opening
// hours, policy, reasons and look.
//
// Each part has its own files and mounts its own pages. What a part changes goes
// through the API, which has the last word on who may; the pages leave out
// beforehand what their reader may not do.
package settings

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// part is a part of the settings, in the order of the menu. Its name is that of
// its words: settings.part_<name>.
type part struct {
	name, path string
	open       func(*frame.Viewer) bool // to whom
}

var parts = []part{
	{"staff", "/settings/staff", arranges},
	{"sources", "/settings/sources", readsSources},
	{"keys", "/settings/keys", holdsKeys},
	{"hours", "/settings/hours", arranges},
	{"policy", "/settings/policy", arranges},
	{"reasons", "/settings/reasons", arranges},
	{"templates", "/settings/templates", arranges},
	{"mail", mailPath, arranges},
	{"dealer", "/settings/dealer", arranges},
	{"trail", "/settings/trail", holdsKeys},
}

// Who comes where.
func arranges(v *frame.Viewer) bool     { return v.Arranges() }
func readsSources(v *frame.Viewer) bool { return v.Arranges() || v.Is(lead.RoleMarketer) }
func holdsKeys(v *frame.Viewer) bool    { return v.Is(lead.RoleGeneralManager, lead.RoleAdmin) }

// only lets those through for whom a page is.
func only(may func(*frame.Viewer) bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !may(frame.ViewerOf(c)) {
			frame.Forbidden(c)
		}
	}
}

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	signed.GET("/settings", only(readsSources), r.overview)
	r.mountStaff(signed)
	r.mountSources(signed)
	r.mountKeys(signed)
	r.mountHours(signed)
	r.mountPolicy(signed)
	r.mountReasons(signed)
	r.mountTemplates(signed)
	r.mountMail(signed)
	r.mountDealer(signed)
	r.mountTrail(signed)
}

func (r *Room) overview(c *gin.Context) {
	frame.Render(c, http.StatusOK, overviewPage(open(frame.ViewerOf(c))))
}

// open lists the parts that somebody may see.
func open(v *frame.Viewer) []part {
	var out []part
	for _, p := range parts {
		if p.open(v) {
			out = append(out, p)
		}
	}
	return out
}
