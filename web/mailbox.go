package web

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
)

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
func (p *Pages) mailJSON(c *gin.Context) {
	mails, err := p.Store.Mailbox(c.Request.Context(), recipient(c), mostListed)
	if err != nil {
		p.away(c, err)
		return
	}
	c.JSON(http.StatusOK, mails)
}

// mailboxPage is the list.
type mailboxPage struct {
	frame
	To    string
	Mails []message.MailboxMail
	Most  int
}

// Ending is the end of a lead's id, which tells more than its beginning: that
// is the time.
func (mailboxPage) Ending(id string) string {
	if len(id) <= 12 {
		return id
	}
	return "…" + id[len(id)-12:]
}

func (p *Pages) mailbox(c *gin.Context) {
	page := mailboxPage{frame: framed("en", "Mailbox"), To: recipient(c), Most: mostShown}
	page.Wide = true
	var err error
	if page.Mails, err = p.Store.Mailbox(c.Request.Context(), page.To, mostShown); err != nil {
		p.away(c, err)
		return
	}
	p.render(c, http.StatusOK, "mailbox", page)
}

// mailPage is one mail.
type mailPage struct {
	frame
	message.MailboxMail
	Parts []part // of the text
	SMS   bool
}

// part is a piece of text, or a link in it.
type part struct{ Text, Link string }

func (p *Pages) mail(c *gin.Context) {
	m, ok := p.found(c)
	if !ok {
		return
	}
	title := m.Subject
	if title == "" {
		title = "Text message"
	}
	page := mailPage{frame: framed("en", title), MailboxMail: m, Parts: linked(m.Text), SMS: m.Channel == lead.SMS}
	page.Wide = true
	c.Header("Content-Security-Policy", policyHeader+"; frame-src 'self'")
	p.render(c, http.StatusOK, "mail", page)
}

// mailHTML is the mail as a mail program shows it, in a sandbox: its own
// styles and nothing else. Its links open beside it, because our pages do not
// let themselves be framed.
func (p *Pages) mailHTML(c *gin.Context) {
	m, ok := p.found(c)
	if !ok {
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)))
}

func (p *Pages) found(c *gin.Context) (message.MailboxMail, bool) {
	m, err := p.Store.Mail(c.Request.Context(), c.Param("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.notFound(c)
		return m, false
	case err != nil:
		p.away(c, err)
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
