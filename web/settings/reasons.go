package settings

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/web/door"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// Where the reasons stand. A reason's page bears its code, so the form for a
// reason of one's own has an address beside them.
const (
	reasonsPath   = "/settings/reasons"
	newReasonPath = "/settings/new-reason"
)

// mountReasons puts the pages of the catalogue on the router. Everybody of the
// staff may read with what a lead can close and what it takes; managers change
// it.
func (r *Room) mountReasons(signed gin.IRouter) {
	signed.GET(reasonsPath, r.reasonsList)
	signed.GET(reasonsPath+"/:code", only(managesReasons), r.reasonForm)
	signed.POST(reasonsPath+"/:code", only(managesReasons), r.changeReason)
	signed.POST(reasonsPath+"/:code/retire", only(managesReasons), r.retireReason(true))
	signed.POST(reasonsPath+"/:code/restore", only(managesReasons), r.retireReason(false))
	signed.POST(reasonsPath+"/:code/shipped", only(managesReasons), r.shipReason)
	signed.GET(newReasonPath, only(managesReasons), r.newReasonForm)
	signed.POST(newReasonPath, only(managesReasons), r.addReason)
}

func managesReasons(v *frame.Viewer) bool { return v.Manages() }

// reasonShown is a reason with what the dealer made of it.
type reasonShown struct {
	lead.Reason

	Own     bool     // the dealer's, and not Doorbell's
	Changed []string // what is otherwise than shipped: keys of reasonseditor.changed_
}

// reasonGroup is a heading of the catalogue with its reasons.
type reasonGroup struct {
	Group   lead.Group
	Reasons []reasonShown
}

func (r *Room) reasonsList(c *gin.Context) {
	ctx := c.Request.Context()
	catalogue, version, err := r.catalogue(ctx)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	var groups []reasonGroup
	for _, g := range lead.Groups {
		group := reasonGroup{Group: g}
		for _, one := range catalogue {
			if one.Group == g {
				group.Reasons = append(group.Reasons, shownReason(one))
			}
		}
		if len(group.Reasons) > 0 {
			groups = append(groups, group)
		}
	}
	frame.Render(c, http.StatusOK, reasonsPage(groups, version, frame.ViewerOf(ctx).Manages()))
}

// catalogue is the newest version, as the dealer keeps it.
func (r *Room) catalogue(ctx context.Context) (lead.Catalogue, int, error) {
	dealer := frame.ViewerOf(ctx).Dealer.ID
	versions, err := r.Store.CurrentVersions(ctx, dealer)
	if err != nil {
		return nil, 0, fmt.Errorf("version of the reasons: %w", err)
	}
	catalogue, err := r.Store.Reasons(ctx, r.Store.Queries, dealer, versions.Reasons)
	return catalogue, int(versions.Reasons), err
}

// shownReason holds a reason against the one that Doorbell ships.
func shownReason(one lead.Reason) reasonShown {
	out := reasonShown{Reason: one}
	shipped, known := lead.Shipped().Find(one.Code)
	if out.Own = !known; out.Own {
		return out
	}
	for _, part := range []struct {
		name    string
		differs bool
	}{
		{"label", one.Label != shipped.Label},
		{"numbers", !maps.Equal(one.Numbers, shipped.Numbers)},
		{"details", !slices.EqualFunc(one.Details, shipped.Details, sameDetail)},
		{"approve", one.Approve != shipped.Approve},
		{"follow_ups", !slices.EqualFunc(one.FollowUps, shipped.FollowUps, sameFollowUp)},
		{"mail", one.Mail != shipped.Mail},
	} {
		if part.differs {
			out.Changed = append(out.Changed, part.name)
		}
	}
	return out
}

func sameDetail(a, b lead.Detail) bool {
	return a.Name == b.Name && a.Kind == b.Kind && a.Optional == b.Optional && slices.Equal(a.Options, b.Options)
}

func sameFollowUp(a, b lead.FollowUp) bool {
	return a.Kind == b.Kind && a.Days == b.Days && a.Months == b.Months && a.DateFrom == b.DateFrom && a.PaidSource == b.PaidSource && maps.Equal(a.If, b.If)
}

// retireReason takes a reason out of use, or back into it.
func (r *Room) retireReason(retired bool) gin.HandlerFunc {
	said := "reason_restored"
	if retired {
		said = "reason_retired"
	}
	return func(c *gin.Context) {
		err := r.putReason(c, lead.Change{Code: c.Param("code"), Retired: &retired})
		if err != nil {
			r.refuseReason(c, err)
			return
		}
		frame.Done(c, reasonsPath, said)
	}
}

// shipReason makes a reason as Doorbell ships it.
func (r *Room) shipReason(c *gin.Context) {
	shipped, known := lead.Shipped().Find(c.Param("code"))
	if !known {
		frame.NotFound(c)
		return
	}
	change := lead.Change{
		Code: shipped.Code, Label: &shipped.Label, Approve: &shipped.Approve, Mail: &shipped.Mail,
		Numbers: map[lead.Rule]int{}, Details: []lead.Detail{}, FollowUps: []lead.FollowUp{},
	}
	maps.Copy(change.Numbers, shipped.Numbers)
	change.Details = append(change.Details, shipped.Details...)
	change.FollowUps = append(change.FollowUps, shipped.FollowUps...)
	if err := r.putReason(c, change); err != nil {
		r.refuseReason(c, err)
		return
	}
	frame.Done(c, reasonsPath, "reason_saved")
}

// putReason makes one change to the version that the form was made from.
func (r *Room) putReason(c *gin.Context, change lead.Change) error {
	body := struct {
		Version int           `json:"version,omitempty"`
		Reasons []lead.Change `json:"reasons"`
	}{versionNumber(c.PostForm("version")), []lead.Change{change}}
	_, err := r.Door.Do(c.Request.Context(), door.Call{Method: http.MethodPut, Path: "/v1/reasons", Key: c.PostForm("key"), Body: body}, nil)
	return err
}

// refuseReason answers a button: what is wrong is said in the reader's language.
func (r *Room) refuseReason(c *gin.Context, err error) {
	if p, refused := errors.AsType[*door.Problem](err); refused {
		for i := range p.Errors {
			p.Errors[i].Message = words.Of(c.Request.Context()).Told(p.Errors[i].Message)
			p.Errors[i].Field = strings.TrimPrefix(p.Errors[i].Field, "reasons[0].")
		}
	}
	refuse(c, err, "reasonseditor.conflict_button")
}

// reasonLabel is what people choose: the trade's wording in the reader's
// language, unless the dealer has words of his own.
func reasonLabel(ctx context.Context, one lead.Reason) string {
	shipped, known := lead.Shipped().Find(one.Code)
	if !known || shipped.Label != one.Label {
		return one.Label
	}
	return words.Of(ctx).Or("reason."+one.Code, one.Label)
}

// reasonLink is a reason's page.
func reasonLink(code string) string { return reasonsPath + "/" + code }
