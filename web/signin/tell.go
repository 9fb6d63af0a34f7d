package signin

import (
	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// telling is a page that says one thing, and where to go from there.
type telling struct{ Title, Text, Link, LinkText string }

// tell answers with it.
func (r *Room) tell(c *gin.Context, status int, t telling) {
	c.Abort()
	frame.Render(c, status, tellPage(t))
}

// say answers with the sentences key_title and key_text, and the way back to
// signing in.
func (r *Room) say(c *gin.Context, status int, key string, with ...any) {
	r.tell(c, status, telling{
		Title: words.T(c, key+"_title", with...), Text: words.T(c, key+"_text", with...), Link: "/sign-in", LinkText: words.T(c, "signin.back"),
	})
}

// field is a line of a form.
type field struct {
	Name, Label, Kind, Value string
	Complete                 string // what browsers may fill in
	Help, Fault              string // sentences below it
	List                     []string
	Least, Most              int // characters; 0 for no bound
	Optional, Fixed          bool
}

// describedBy names the sentences below a field.
func (f field) describedBy() string {
	switch {
	case f.Fault != "":
		return f.Name + "-fault"
	case f.Help != "":
		return f.Name + "-help"
	}
	return ""
}
