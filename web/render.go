package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/message"
)

const (
	stylePath  = "/assets/pages.css"
	colourPath = "/assets/colour/"
)

//go:embed pages.css
var style []byte

// styleLink changes with the sheet, so that browsers may keep it for good.
var styleLink = func() string {
	sum := sha256.Sum256(style)
	return stylePath + "?v=" + hex.EncodeToString(sum[:6])
}()

// frame is what every page has around it.
type frame struct {
	Language string
	Title    string
	Name     string // in whose name the page is; "" for our own
	Colour   string // address of the sheet with the dealer's colour; "" for none
	Style    string
	Wide     bool
	W        *words
}

func framed(language, title string) frame {
	return frame{Language: language, Title: title, Style: styleLink, W: wordsIn[message.Language(language)]}
}

// render answers with a page, or with nothing but the status when its
// template fails, which is a mistake of ours that a test finds.
func (p *Pages) render(c *gin.Context, status int, name string, page any) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, page); err != nil {
		p.Log.ErrorContext(c.Request.Context(), "a page could not be rendered", "page", name, "error", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Header("Content-Language", "en")
	if l, ok := page.(interface{ language() string }); ok {
		c.Header("Content-Language", l.language())
	}
	c.Data(status, "text/html; charset=utf-8", out.Bytes())
}

func (f frame) language() string { return f.Language }

// note is a page that says one thing.
type note struct {
	frame
	Text string
	Link string // to go on with; "" for none
}

// say answers with a note in the language that the browser asks for.
func (p *Pages) say(c *gin.Context, status int, link string, which func(*words) notice) {
	language := message.Language(accepted(c.Request)...)
	what := which(wordsIn[language])
	c.Abort()
	p.render(c, status, "note", note{frame: framed(language, what.Title), Text: what.Text, Link: link})
}

// away answers when a part that is needed does not answer. err goes into the
// log; the route and not the address, which is a customer's key to his page.
func (p *Pages) away(c *gin.Context, err error) {
	p.Log.ErrorContext(c.Request.Context(), "a page could not be served", "method", c.Request.Method, "route", c.FullPath(), "error", err)
	c.Header("Retry-After", "60")
	link := ""
	if token := c.Param("token"); token != "" {
		link = "/c/" + token
	}
	p.say(c, http.StatusServiceUnavailable, link, func(w *words) notice { return w.Away })
}

func (p *Pages) notFound(c *gin.Context) {
	p.say(c, http.StatusNotFound, "", func(w *words) notice { return w.NotFound })
}

func (p *Pages) style(c *gin.Context) { keep(c, style) }

// colour serves a sheet that holds one dealer's colour: the pages allow no
// style inside them.
func (p *Pages) colour(c *gin.Context) {
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
