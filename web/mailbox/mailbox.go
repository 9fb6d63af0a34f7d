// Package mailbox shows, in dev only, the mails and text messages that would
// have gone out.
package mailbox

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// Mount puts its pages on the router.
func (r *Room) Mount(dev gin.IRouter) {
	for path, handler := range map[string]gin.HandlerFunc{
		"/dev/mail.json": r.mailJSON, "/dev/mail": r.list, "/dev/mail/:id": r.one, "/dev/mail/:id/html": r.mailHTML,
	} {
		dev.GET(path, handler)
		dev.HEAD(path, handler)
	}
}

// How many mails a request gets at most, newest first.
const (
	mostShown  = 200
	mostListed = 1000
)

// recipient reads ?to=. No address and no number holds a space, so one is the
// plus sign of somebody who did not escape it.
func recipient(c *gin.Context) string {
	return strings.ReplaceAll(c.Query("to"), " ", "+")
}

// mailJSON is the mailbox for scripts and tests.
func (r *Room) mailJSON(c *gin.Context) {
	mails, err := r.Store.Mailbox(c.Request.Context(), recipient(c), mostListed)
	if err != nil {
		frame.Away(c, err)
		return
	}
	c.JSON(http.StatusOK, mails)
}

// ending is the end of a lead's id, which tells more than its beginning: that
// is the time.
func ending(id string) string {
	if len(id) <= 12 {
		return id
	}
	return "…" + id[len(id)-12:]
}

// query is the part of the address that asks for one recipient.
func query(to string) string {
	if to == "" {
		return ""
	}
	return "?to=" + url.QueryEscape(to)
}

// titleOf is the subject, or the text where there is none.
func titleOf(m message.MailboxMail) string { return cmp.Or(m.Subject, m.Text, "Text message") }

func nothing(to string) string {
	if to != "" {
		return "Nothing here for this recipient yet."
	}
	return "Nothing here yet."
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return strconv.Itoa(n) + " files"
}

func (r *Room) list(c *gin.Context) {
	to := recipient(c)
	mails, err := r.Store.Mailbox(c.Request.Context(), to, mostShown)
	if err != nil {
		frame.Away(c, err)
		return
	}
	frame.Render(c, http.StatusOK, list(to, mails))
}

// part is a piece of text, or a link in it.
type part struct{ Text, Link string }

func (r *Room) one(c *gin.Context) {
	if m, ok := r.found(c); ok {
		frame.Render(c, http.StatusOK, one(m))
	}
}

// mailHTML is the mail as a mail program shows it, in a sandbox: its own
// styles and nothing else. Its links open beside it, because our pages do not
// let themselves be framed.
func (r *Room) mailHTML(c *gin.Context) {
	m, ok := r.found(c)
	if !ok {
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

func (r *Room) found(c *gin.Context) (message.MailboxMail, bool) {
	m, err := r.Store.Mail(c.Request.Context(), c.Param("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		frame.NotFound(c)
		return m, false
	case err != nil:
		frame.Away(c, err)
		return m, false
	}
	return m, true
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked cuts text into what is a web address and what is not.
func linked(text string) []part {
	var parts []part
	from := 0
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		parts = append(parts, part{Text: text[from:at[0]]}, part{Text: text[at[0]:at[1]], Link: text[at[0]:at[1]]})
		from = at[1]
	}
	return append(parts, part{Text: text[from:]})
}
