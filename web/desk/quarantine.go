package desk

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// heldPage is the list of what could not be read.
type heldPage struct {
	Page  gen.QuarantinePage
	State string // "waiting", or "became_lead"
}

// quarantine lists the messages that nobody could read.
func (r *Room) quarantine(c *gin.Context) {
	p := heldPage{State: "waiting"}
	if c.Query("state") == "became_lead" {
		p.State = "became_lead"
	}
	query := url.Values{"state": {p.State}, "cursor": {c.Query("cursor")}}
	if err := r.Door.Get(c.Request.Context(), "/v1/quarantine?"+query.Encode(), &p.Page); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, quarantinePage(p))
}

// heldMessage is one message beside the form that makes it a lead.
type heldMessage struct {
	gen.Quarantined

	Guess   guess
	Sources []db.Source
}

// quarantined shows a message as it came.
func (r *Room) quarantined(c *gin.Context) {
	ctx := c.Request.Context()
	id, ok := idOf(c)
	if !ok {
		return
	}
	var p heldMessage
	if err := r.Door.Get(ctx, "/v1/quarantine/"+id.String(), &p.Quarantined); err != nil {
		frame.Refuse(c, err)
		return
	}
	v := frame.ViewerOf(ctx)
	var err error
	if p.Sources, err = r.Store.ListSources(ctx, v.Dealer.ID); err != nil {
		frame.Away(c, err)
		return
	}
	position := 0
	if p.Prospect != nil {
		position = *p.Prospect
	}
	p.Guess = guessed(p.Raw, p.ContentType, position, v.Dealer.Country)
	frame.Render(c, http.StatusOK, heldMessagePage(p))
}

// makeLead makes a lead of a message, as somebody read it, and shows it.
func (r *Room) makeLead(c *gin.Context) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	text := func(name string) string { return strings.TrimSpace(c.PostForm(name)) }
	lead := map[string]any{
		"source": text("source"), "channel": text("channel"), "request": text("request"), "comments": text("comments"),
		"customer": map[string]any{"full_name": text("name"), "phone": text("phone"), "email": text("email")},
		"vehicle":  map[string]any{"condition": text("condition"), "make": text("make"), "model": text("model")},
	}
	var receipt gen.LeadReceipt
	if err := r.Door.Post(c.Request.Context(), "/v1/quarantine/"+id.String()+"/lead", c.PostForm("key"), pruned(lead), &receipt); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.DoneElsewhere(c, "/leads/"+receipt.ID.String(), "desk_made_lead")
}

// pruned leaves out what was not filled in.
func pruned(fields map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range fields {
		switch v := value.(type) {
		case string:
			if v != "" {
				out[name] = v
			}
		case map[string]any:
			if inner := pruned(v); len(inner) > 0 {
				out[name] = inner
			}
		}
	}
	return out
}
