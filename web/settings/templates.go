package settings

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// templatesPath is where the mails are shown.
const templatesPath = "/settings/templates"

// mailRules is what a mail may do where it is shown: nothing but look like
// itself. Mails have their styles inside, because mail programs read no others,
// and load at most the dealer's picture. The frame that shows it adds a sandbox
// of its own.
const mailRules = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'self'; sandbox"

// mountTemplates puts the pages of the mails on the router. Everybody of the
// staff may read what customers get.
func (r *Room) mountTemplates(signed gin.IRouter) {
	signed.GET(templatesPath, r.templatesList)
	signed.GET(templatesPath+"/:name", r.template)
	signed.GET(templatesPath+"/:name/:language", r.templateMail)
}

// mailShown is a mail in one language, about an invented lead.
type mailShown struct {
	gen.TemplatePreview

	Name     string
	Language gen.MailLanguage
}

func (r *Room) templates(ctx context.Context) ([]gen.Template, error) {
	var list gen.TemplateList
	err := r.Door.Get(ctx, "/v1/templates", &list)
	return list.Items, err
}

func (r *Room) templatesList(c *gin.Context) {
	list, err := r.templates(c.Request.Context())
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, templatesPage(list))
}

// named is the template in the address, nil when there is none.
func (r *Room) named(ctx context.Context, name string) (*gen.Template, error) {
	list, err := r.templates(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(t gen.Template) bool { return t.Name == name })
	if i < 0 {
		return nil, nil //nolint:nilnil // there is none, which the caller says
	}
	return &list[i], nil
}

func (r *Room) template(c *gin.Context) {
	ctx := c.Request.Context()
	t, err := r.named(ctx, c.Param("name"))
	if err == nil && t == nil {
		frame.NotFound(c)
		return
	}
	var mails []mailShown
	if err == nil {
		for _, language := range t.Languages {
			var mail mailShown
			if mail, err = r.mailOf(ctx, t.Name, language); err != nil {
				break
			}
			mails = append(mails, mail)
		}
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, templatePage(*t, mails))
}

func (r *Room) mailOf(ctx context.Context, name string, language gen.MailLanguage) (mailShown, error) {
	out := mailShown{Name: name, Language: language}
	err := r.Door.Post(ctx, "/v1/templates/"+url.PathEscape(name)+"/preview", "", gen.TemplatePreviewRequest{Language: &language}, &out.TemplatePreview)
	return out, err
}

// templateMail is the mail itself, as its reader's mail program would show it.
func (r *Room) templateMail(c *gin.Context) {
	ctx := c.Request.Context()
	t, err := r.named(ctx, c.Param("name"))
	language := gen.MailLanguage(c.Param("language"))
	if err == nil && (t == nil || !slices.Contains(t.Languages, language)) {
		frame.NotFound(c)
		return
	}
	var mail mailShown
	if err == nil {
		mail, err = r.mailOf(ctx, t.Name, language)
	}
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	c.Header("Content-Security-Policy", mailRules)
	c.Header("Content-Language", string(language))
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(mail.HTML))
}

// templateLink is a template's page.
func templateLink(name string) string { return templatesPath + "/" + url.PathEscape(name) }
