package customer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/words"
)

const (
	stylePath  = "/assets/customer.css"
	colourPath = "/assets/colour/"
)

//go:embed customer.css
var style []byte

// styleLink changes with the sheet, so that browsers may keep it for good.
var styleLink = func() string {
	sum := sha256.Sum256(style)
	return stylePath + "?v=" + hex.EncodeToString(sum[:6])
}()

// head is what every page has around it.
type head struct {
	Title  string
	Name   string // of the dealer; "" where none is known
	Colour string // address of the sheet with the dealer's colour; "" for none
}

// render answers with a page in w's language, or with nothing but the status
// when it cannot be rendered, which is a mistake of ours that a test finds.
func (p *Room) render(c *gin.Context, status int, w *words.Words, page templ.Component) {
	var out bytes.Buffer
	if err := page.Render(words.Into(c.Request.Context(), w), &out); err != nil {
		p.Log.ErrorContext(c.Request.Context(), "a page could not be rendered", "route", c.FullPath(), "error", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Header("Content-Language", w.Language)
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

// say answers with the sentences title and text of a key, in the language that
// the browser asks for.
func (p *Room) say(c *gin.Context, status int, link, key string) {
	w := words.In(words.Pick(words.Accepted(c.GetHeader("Accept-Language"))...), time.UTC)
	c.Abort()
	p.render(c, status, w, notePage(head{Title: w.T("customer." + key + ".title")}, w.T("customer."+key+".text"), link))
}

// away answers when a part that is needed does not answer. err goes into the
// log; the route and not the address, which is a customer's key to his page.
func (p *Room) away(c *gin.Context, err error) {
	p.Log.ErrorContext(c.Request.Context(), "a page could not be served", "method", c.Request.Method, "route", c.FullPath(), "error", err)
	c.Header("Retry-After", "60")
	link := ""
	if token := c.Param("token"); token != "" {
		link = "/c/" + token
	}
	p.say(c, http.StatusServiceUnavailable, link, "away")
}

func (p *Room) notFound(c *gin.Context) { p.say(c, http.StatusNotFound, "", "not_found") }

func (p *Room) style(c *gin.Context) { keep(c, style) }

// colour serves a sheet that holds one dealer's colour: the pages allow no
// style inside them.
func (p *Room) colour(c *gin.Context) {
	hexed, ok := strings.CutSuffix(c.Param("file"), ".css")
	paper, ink := message.Letterhead("#" + hexed)
	if !ok || paper != "#"+hexed {
		p.notFound(c)
		return
	}
	keep(c, []byte(":root { --paper: "+paper+"; --ink: "+ink+"; }\n"))
}

// colourSheet is the address of a dealer's colour.
func colourSheet(colour string) string {
	paper, _ := message.Letterhead(colour)
	return colourPath + paper[1:] + ".css"
}

// keep serves what never changes under its address.
func keep(c *gin.Context, sheet []byte) {
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, "text/css; charset=utf-8", sheet)
}
