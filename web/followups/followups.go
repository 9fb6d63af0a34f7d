// Package followups is what has to happen beside the calls and after a closing.
package followups

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// Room is the room in the house.
type Room struct{ *frame.House }

// Mount puts its pages on the router; who comes here has signed in.
func (r *Room) Mount(signed gin.IRouter) {
	signed.GET("/follow-ups", r.list)
	signed.GET("/follow-ups/:id", r.show)
	signed.POST("/follow-ups/:id/done", r.done)
	signed.POST("/follow-ups/:id/drop", r.drop)
	signed.POST("/follow-ups/:id/assign", r.assign)
}

// settles reports whether the viewer may settle everybody's follow-ups.
func settles(v *frame.Viewer) bool { return v.Arranges() || v.Is(lead.RoleMarketer) }

// kinds are those that are done by somebody, or some day; the others are done
// in the moment in which they are asked.
var kinds = []gen.FollowUpKind{
	gen.FollowUpKindTellProvider, gen.FollowUpKindRefundClaim, gen.FollowUpKindHandOver, gen.FollowUpKindBuyingDepartment, gen.FollowUpKindStockSearch,
	gen.FollowUpKindFinanceOffer, gen.FollowUpKindCheckAfterDate, gen.FollowUpKindAfterSalesCampaign, gen.FollowUpKindLetter, gen.FollowUpKindVideo,
	gen.FollowUpKindCallAboutQuote, gen.FollowUpKindSoftReminder, gen.FollowUpKindTryAgain, gen.FollowUpKindContactLater,
}

// The values of due in the address.
const (
	dueToday = "today"
	dueWeek  = "week"
)

// filter stands in the address.
type filter struct {
	Owner   string // "me", "all", or an e-mail address
	Kind    string
	Status  string // "open", "done", "dropped"
	Due     string // "today" or "week": those that fall due by then
	Overdue bool
}

func filterOf(c *gin.Context, v *frame.Viewer) filter {
	f := filter{
		Owner: c.Query("owner"), Kind: c.Query("kind"), Status: c.Query("status"), Due: c.Query("due"), Overdue: c.Query("overdue") == "true",
	}
	if f.Owner == "" {
		f.Owner = "me"
		if settles(v) {
			f.Owner = "all"
		}
	}
	if !slices.Contains(kinds, gen.FollowUpKind(f.Kind)) {
		f.Kind = ""
	}
	if f.Status != "done" && f.Status != "dropped" {
		f.Status = "open"
	}
	if f.Due != dueToday && f.Due != dueWeek {
		f.Due = ""
	}
	return f
}

// query asks the API for what matches.
func (f filter) query(now time.Time, zone *time.Location) url.Values {
	q := url.Values{"status": {f.Status}}
	if f.Owner != "all" {
		q.Set("owner", f.Owner)
	}
	if f.Kind != "" {
		q.Set("kind", f.Kind)
	}
	if f.Overdue {
		q.Set("overdue", "true")
	}
	days := map[string]int{dueToday: 1, dueWeek: 7}[f.Due]
	if days > 0 {
		q.Set("due_before", now.In(zone).AddDate(0, 0, days).Format(time.DateOnly))
	}
	return q
}

// address is the page with this filter.
func (f filter) address() string {
	q := url.Values{"owner": {f.Owner}}
	for name, value := range map[string]string{"kind": f.Kind, "due": f.Due} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Status != "open" {
		q.Set("status", f.Status)
	}
	if f.Overdue {
		q.Set("overdue", "true")
	}
	return "/follow-ups?" + q.Encode()
}

// listed is the page of a list.
type listed struct {
	Place  string // in the feed
	Filter filter
	Page   gen.FollowUpPage
	Staff  []gen.Staff
}

// list shows the follow-ups that match the address.
func (r *Room) list(c *gin.Context) {
	ctx := c.Request.Context()
	v := frame.ViewerOf(ctx)
	p := listed{Filter: filterOf(c, v)}
	var err error
	if p.Place, err = r.Store.LivePlace(ctx); err != nil {
		frame.Away(c, err)
		return
	}
	query := p.Filter.query(v.Now, v.Zone)
	if cursor := c.Query("cursor"); cursor != "" {
		query.Set("cursor", cursor)
	}
	if err := r.Door.Get(ctx, "/v1/follow-ups?"+query.Encode(), &p.Page); err != nil {
		frame.Refuse(c, err)
		return
	}
	if p.Staff, err = r.staff(c); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Render(c, http.StatusOK, listPage(p))
}

// staff are those who work here.
func (r *Room) staff(c *gin.Context) ([]gen.Staff, error) {
	var list gen.StaffList
	if err := r.Door.Get(c.Request.Context(), "/v1/staff", &list); err != nil {
		return nil, err
	}
	list.Items = slices.DeleteFunc(list.Items, func(s gen.Staff) bool { return !s.Active })
	slices.SortFunc(list.Items, func(a, b gen.Staff) int { return strings.Compare(a.Name, b.Name) })
	return list.Items, nil
}

func idOf(c *gin.Context) (string, bool) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		frame.NotFound(c)
		return "", false
	}
	return id.String(), true
}
