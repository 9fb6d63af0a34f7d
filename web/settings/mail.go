package settings

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

const mailPath = "/settings/mail"

func (r *Room) mountMail(signed gin.IRouter) {
	in := signed.Group(mailPath, only(arranges))
	in.GET("", r.suppressions)
	in.POST("/:id/lift", r.lift)
}

// notMailed is a page of addresses that are not mailed, and what was looked for.
type notMailed struct {
	gen.SuppressionPage

	asked string
}

// more is the address of the next page.
func (n notMailed) more() string {
	return mailPath + "?" + url.Values{"q": {n.asked}, "cursor": {*n.NextCursor}}.Encode()
}

func (r *Room) suppressions(c *gin.Context) {
	shown := notMailed{asked: c.Query("q")}
	query := url.Values{"q": {shown.asked}, "cursor": {c.Query("cursor")}}
	if err := r.Door.Get(c.Request.Context(), "/v1/suppressions?"+query.Encode(), &shown.SuppressionPage); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, mailPage(shown))
}

// lift has an address mailed again.
func (r *Room) lift(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	call := door.Call{Method: http.MethodDelete, Path: "/v1/suppressions/" + id.String(), Key: c.PostForm("key")}
	if _, err := r.Door.Do(c.Request.Context(), call, nil); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, mailPath, "settings_mail_lifted")
}
