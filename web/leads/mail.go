package leads

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// readMail reads which mails can be sent, and the chosen one as this customer
// would get it.
func (r *Room) readMail(ctx context.Context, f *file) error {
	var list gen.TemplateList
	if err := r.Door.Get(ctx, "/v1/templates", &list); err != nil {
		return err
	}
	f.templates = slices.DeleteFunc(list.Items, func(t gen.Template) bool { return !t.Sendable })
	name := f.template()
	if name == "" || !mailable(&f.lead.Customer) {
		return nil
	}
	shown, err := r.previewOf(ctx, f.lead.ID, name)
	var p *door.Problem
	if errors.As(err, &p) && p.Status == http.StatusConflict {
		f.unsendable = p // the part says why he would get none
		return nil
	}
	f.preview = &shown
	return err
}

// mailsOf reads what became of the mails to the customer.
func (r *Room) mailsOf(ctx context.Context, f *file) error {
	var list gen.LeadMails
	err := r.Door.Get(ctx, "/v1/leads/"+f.lead.ID.String()+"/mails", &list)
	f.mails = list.Items
	return err
}

// template is the name of the chosen mail, "" for none.
func (f *file) template() string {
	name := f.asked.Get("template")
	if typed := f.was(mailPart, "template"); typed != "" {
		name = typed
	}
	if !slices.ContainsFunc(f.templates, func(t gen.Template) bool { return t.Name == name }) {
		return ""
	}
	return name
}

// hasRoom reports whether the mail has room for words of one's own.
func hasRoom(template string) bool { return template == message.Quote }

func (r *Room) previewOf(ctx context.Context, id uuid.UUID, template string) (gen.TemplatePreview, error) {
	var out gen.TemplatePreview
	err := r.Door.Post(ctx, "/v1/templates/"+url.PathEscape(template)+"/preview", "", gen.TemplatePreviewRequest{LeadID: &id}, &out)
	return out, err
}

// mailRules let a mail bring its own styles and show the dealer's logo.
const mailRules = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; form-action 'none'; sandbox"

// mailHTML is the chosen mail as a mail program shows it, for a frame within
// the page. It has an address of its own because its rules are other ones: its
// own styles, and nothing that runs, loads or leads away.
func (r *Room) mailHTML(c *gin.Context) {
	id, ok := leadID(c)
	if !ok {
		return
	}
	shown, err := r.previewOf(c.Request.Context(), id, c.Query("template"))
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	c.Header("Content-Security-Policy", mailRules)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(shown.HTML))
}

// message sends a mail to the customer, by template or in one's own words.
func (r *Room) message(c *gin.Context) {
	if a, ok := r.begin(c, mailPart); ok {
		a.answer(a.post("/messages", gen.NewMessage{Template: a.text("template"), Subject: a.text("subject"), Text: a.text("text")}), "lead_mail")
	}
}
