package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// ourPage is a page for staff and operators, in English as the API is.
type ourPage struct {
	frame
	Dev        bool
	TemporalUI string // "" outside dev
	PublicURL  string
	ID         string // of a lead
	Workflow   string // address of the lead's workflow in Temporal UI, "" outside dev
}

func (p *Pages) ours(title string) ourPage {
	page := ourPage{frame: framed("en", title), Dev: p.Dev, PublicURL: p.PublicURL}
	if p.Dev {
		page.TemporalUI = p.TemporalUI
	}
	return page
}

// start says what runs here.
func (p *Pages) start(c *gin.Context) {
	p.render(c, http.StatusOK, "start", p.ours("Doorbell"))
}

// lead is where the mails to staff lead to. Whoever comes here is not signed
// in, so the page looks nothing up and shows nothing but what he brought along.
func (p *Pages) lead(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		p.notFound(c)
		return
	}
	page := p.ours("Lead")
	page.Wide = true
	page.ID = id.String()
	if page.TemporalUI != "" {
		page.Workflow = page.TemporalUI + "/namespaces/" + workflows.Namespace + "/workflows/" + workflows.ID(page.ID)
	}
	p.render(c, http.StatusOK, "lead", page)
}
