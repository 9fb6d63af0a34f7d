package settings

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

const dealerPath = "/settings/dealer"

func (r *Room) mountDealer(signed gin.IRouter) {
	in := signed.Group(dealerPath, only(arranges))
	in.GET("", r.dealer)
	in.POST("", r.changeDealer)
	in.POST("/logo", r.putLogo)
	in.POST("/logo/delete", r.removeLogo)
	in.GET("/preview", r.dealerPreview)
	in.GET("/mail", r.dealerMail)
}

func (r *Room) dealer(c *gin.Context) {
	var d gen.Dealer
	if err := r.Door.Get(c.Request.Context(), "/v1/dealer", &d); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, dealerPage(d))
}

func (r *Room) changeDealer(c *gin.Context) {
	body := map[string]any{}
	for _, name := range []string{"name", "phone", "address", "language", "colour", "mail_from"} {
		body[name] = field(c, name)
	}
	if err := r.patch(c.Request.Context(), "/v1/dealer", c.PostForm("key"), body); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, dealerPath, "saved")
}

// The types that a logo may have, and how heavy it may be, as the API has it.
const (
	pngType  = "image/png"
	jpegType = "image/jpeg"
	mostLogo = 100 << 10
)

// putLogo hands the picture on to the API, which looks at what it is.
func (r *Room) putLogo(c *gin.Context) {
	header, err := c.FormFile("logo")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		wrong(c, "settings.logo_none")
		return
	case err != nil || header.Size > mostLogo:
		wrong(c, "settings.logo_heavy")
		return
	}
	file, err := header.Open()
	if err != nil {
		frame.Away(c, err)
		return
	}
	defer func() { _ = file.Close() }() // it was only read
	body, err := io.ReadAll(file)
	if err != nil {
		frame.Away(c, err)
		return
	}
	_, err = r.Door.Do(c.Request.Context(), door.Call{
		Method: http.MethodPut, Path: "/v1/dealer/logo", Key: c.PostForm("key"), Raw: body, Type: pngType,
	}, nil)
	var p *door.Problem
	if errors.As(err, &p) && (p.Status == http.StatusUnprocessableEntity || p.Status == http.StatusBadRequest) {
		wrong(c, "settings.wrong_body")
		return
	}
	if err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, dealerPath, "settings_logo_put")
}

func (r *Room) removeLogo(c *gin.Context) {
	if err := r.remove(c.Request.Context(), "/v1/dealer/logo", c.PostForm("key")); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, dealerPath, "settings_logo_removed")
}

// previewed are the fields of the form that a mail shows.
var previewed = []string{"name", "phone", "address", "language", "colour"}

// preview is the address of a mail that looks as the form says, or as it is.
func preview(form url.Values) string {
	query := url.Values{}
	for _, name := range previewed {
		if form.Has(name) {
			query.Set(name, form.Get(name))
		}
	}
	if len(query) == 0 {
		return dealerPath + "/mail"
	}
	return dealerPath + "/mail?" + query.Encode()
}

// dealerPreview is the frame with the mail, for a form that is being filled in.
func (r *Room) dealerPreview(c *gin.Context) {
	frame.Render(c, http.StatusOK, previewFrame(preview(c.Request.URL.Query())))
}

// dealerMail is the first mail that a customer gets, about an invented lead. It
// looks as the query says and changes nothing.
func (r *Room) dealerMail(c *gin.Context) {
	v := frame.ViewerOf(c)
	d := message.Dealer{
		Name: v.Dealer.Name, Phone: v.Dealer.Phone, Address: v.Dealer.Address, Colour: v.Dealer.Colour, LogoURL: v.Dealer.LogoURL,
		Language: v.Dealer.Language, Zone: v.Zone,
	}
	query := c.Request.URL.Query()
	for name, to := range map[string]*string{"name": &d.Name, "phone": &d.Phone, "address": &d.Address, "language": &d.Language, "colour": &d.Colour} {
		if query.Has(name) {
			*to = strings.TrimSpace(query.Get(name))
		}
	}
	if !slices.Contains(message.Languages(), d.Language) {
		d.Language = v.Dealer.Language
	}
	d.Name = cmp.Or(d.Name, v.Dealer.Name)
	mail, err := r.Templates.Render(message.ThankYou, d.Language, message.Sample(d.Language, d, r.PublicURL, v.Now))
	if err != nil {
		frame.Away(c, err)
		return
	}
	c.Header("Content-Security-Policy", mailRules)
	c.Header("Content-Language", d.Language)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(mail.HTML))
}

// onThisServer is the path of an address of ours: a page shows its own server's
// pictures only.
func onThisServer(address string) templ.SafeURL {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return templ.SafeURL(u.EscapedPath())
}
