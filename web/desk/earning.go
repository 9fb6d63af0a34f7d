package desk

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// mostLog is how much of somebody's log of earning stands beside his pause.
const mostLog = "6"

// earning is who has to earn his leads, and for whom they pause (R24).
type earning struct {
	Asked  bool // the policy has a norm
	Paused []paused
	Exempt []gen.Staff
	Earns  []gen.Staff // everybody for whom the norm holds
}

// paused is somebody to whom no new leads go until a manager has logged what he
// did about it.
type paused struct {
	gen.Staff

	Log []logged
}

// logged is one entry of the log of earning.
type logged struct {
	gen.EarningEntry

	By string
}

func (r *Room) earning(ctx context.Context, v *frame.Viewer, staff []gen.Staff, all names) (earning, error) {
	var out earning
	for i := range staff {
		s := staff[i]
		if s.Earning == nil || !s.Active {
			continue
		}
		out.Asked = true
		switch {
		case s.PausedSince != nil:
			one := paused{Staff: s}
			var page gen.EarningPage
			if err := r.Door.Get(ctx, "/v1/staff/"+s.ID.String()+"/earning?limit="+mostLog, &page); err != nil {
				return out, err
			}
			for _, e := range page.Items {
				one.Log = append(one.Log, logged{EarningEntry: e, By: actorName(ctx, e.Actor, all)})
			}
			out.Paused = append(out.Paused, one)
		case s.ExemptUntil != nil:
			out.Exempt = append(out.Exempt, s)
		}
		if s.ID != v.Staff.ID {
			out.Earns = append(out.Earns, s)
		}
	}
	slices.SortFunc(out.Paused, func(a, b paused) int { return a.PausedSince.Compare(*b.PausedSince) })
	return out, nil
}

// intervene logs what the manager did; new leads come again.
func (r *Room) intervene(c *gin.Context) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	body := gen.Intervention{Text: strings.TrimSpace(c.PostForm("text"))}
	if err := r.Door.Post(c.Request.Context(), "/v1/staff/"+id.String()+"/interventions", c.PostForm("key"), body, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/desk", "desk_intervened")
}

// exempt lets somebody off the norm until the end of a day.
func (r *Room) exempt(c *gin.Context) {
	ctx := c.Request.Context()
	on, err := time.ParseInLocation(time.DateOnly, c.PostForm("until"), frame.ViewerOf(ctx).Zone)
	if err != nil {
		frame.Wrong(c, "desk.exempt_until")
		return
	}
	id := c.PostForm("staff")
	if id == "" || strings.ContainsAny(id, "/?#") {
		frame.Wrong(c, "desk.exempt_whom")
		return
	}
	body := gen.NewExemption{Text: strings.TrimSpace(c.PostForm("text")), Until: on.AddDate(0, 0, 1).UTC()}
	if err := r.Door.Post(ctx, "/v1/staff/"+id+"/exemption", c.PostForm("key"), body, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/desk", "desk_exempted")
}

// endExemption has the norm hold for somebody again.
func (r *Room) endExemption(c *gin.Context) {
	id, ok := idOf(c)
	if !ok {
		return
	}
	call := door.Call{Method: http.MethodDelete, Path: "/v1/staff/" + id.String() + "/exemption", Key: c.PostForm("key")}
	if _, err := r.Door.Do(c.Request.Context(), call, nil); err != nil {
		frame.Refuse(c, err)
		return
	}
	frame.Done(c, "/desk", "desk_exemption_ended")
}
