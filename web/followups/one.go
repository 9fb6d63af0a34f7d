package followups

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/desk"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// one is a follow-up with what whoever does it has to know.
type one struct {
	gen.FollowUp

	Lead    gen.Lead // as it is now
	Facts   []desk.Fact
	Words   string // what was noted when the lead closed
	Price   string // what the lead cost; "" when it cost nothing
	Foreign string // the provider's own id of the lead
	ByHand  bool   // the viewer may settle it
	Staff   []gen.Staff
}

// show is one follow-up.
func (r *Room) show(c *gin.Context) {
	ctx := c.Request.Context()
	id, ok := idOf(c)
	if !ok {
		return
	}
	var p one
	if err := r.Door.Get(ctx, "/v1/follow-ups/"+id, &p.FollowUp); err != nil {
		frame.Refuse(c, err)
		return
	}
	if err := r.Door.Get(ctx, "/v1/leads/"+p.FollowUp.Lead.ID.String(), &p.Lead); err != nil {
		frame.Refuse(c, err)
		return
	}
	if err := r.about(ctx, &p); err != nil {
		frame.Away(c, err)
		return
	}
	p.ByHand = p.mayBeSettled(frame.ViewerOf(ctx))
	var err error
	if p.Staff, err = r.staff(c); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, onePage(p))
}

// mayBeSettled reports whether v may say what became of it.
func (o *one) mayBeSettled(v *frame.Viewer) bool {
	if o.Status != gen.FollowUpStatusOpen || o.Kind == gen.FollowUpKindCallAboutQuote {
		return false
	}
	return settles(v) || (o.Owner != nil && o.Owner.Email == v.Staff.Email)
}

// about adds what the closing said from which it came.
func (r *Room) about(ctx context.Context, p *one) error {
	row, err := r.Store.FollowUpWords(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("what a follow-up is about: %w", err)
	}
	p.Words, p.Foreign = row.Note, row.ExternalID
	if row.CostCents > 0 {
		p.Price = words.Of(ctx).Money(fmt.Sprintf("%d.%02d", row.CostCents/100, row.CostCents%100), row.Currency)
	}
	var details map[string]string
	if err := json.Unmarshal(row.Details, &details); err != nil {
		return fmt.Errorf("details of the closing: %w", err)
	}
	catalogue, err := r.Store.Reasons(ctx, r.Store.Queries, frame.ViewerOf(ctx).Dealer.ID, row.ReasonVersion)
	if err != nil {
		return fmt.Errorf("reasons: %w", err)
	}
	reason, _ := catalogue.Find(row.Reason)
	p.Facts = desk.Facts(ctx, reason, details)
	return nil
}

// Call is the number under which the customer may be called, "" for none.
func (o *one) Call() string {
	if slices.Contains(o.Lead.Customer.DoNotContact, gen.ContactChannel(lead.Phone)) {
		return ""
	}
	for _, p := range o.Lead.Customer.Phones {
		if p.Valid && p.Normalised != nil {
			return *p.Normalised
		}
	}
	return ""
}

// done says what was done.
func (r *Room) done(c *gin.Context) {
	body := gen.FollowUpDone{Note: strings.TrimSpace(c.PostForm("note"))}
	if outcome := gen.FollowUpOutcome(c.PostForm("outcome")); outcome != "" {
		body.Outcome = &outcome
	}
	r.settle(c, "done", body, "followups_done")
}

// drop says why nobody has to do it.
func (r *Room) drop(c *gin.Context) {
	r.settle(c, "drop", gen.FollowUpDropped{Note: strings.TrimSpace(c.PostForm("note"))}, "followups_dropped")
}

// assign gives it to somebody.
func (r *Room) assign(c *gin.Context) {
	body := gen.FollowUpAssignment{To: c.PostForm("to")}
	if note := strings.TrimSpace(c.PostForm("note")); note != "" {
		body.Note = &note
	}
	if body.To == "" {
		frame.Wrong(c, "followups.choose")
		return
	}
	r.settle(c, "assign", body, "followups_assigned")
}

func (r *Room) settle(c *gin.Context, what string, body any, said string) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/follow-ups/"+id+"/"+what, c.PostForm("key"), body, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/follow-ups/"+id, said)
}
