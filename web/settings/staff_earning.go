package settings

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// mayIntervene reports whether the viewer decides on somebody's earning of
// leads: a manager does, and nobody for himself.
func mayIntervene(v *frame.Viewer, whom gen.Staff) bool { return v.Manages() && whom.ID != v.Staff.ID }

// intervene logs what a manager did; new leads come again (R24).
func (r *Room) intervene(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	body := gen.Intervention{Text: field(c, "text")}
	if err := r.Door.Post(c.Request.Context(), "/v1/staff/"+id.String()+"/interventions", c.PostForm("key"), body, nil); err != nil {
		refuse(c, err, "settings.not_paused")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "settings_intervened")
}

// exempt lets somebody off the norm until the end of a day.
func (r *Room) exempt(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	until, ok := moment(field(c, "until"), "", frame.ViewerOf(c).Zone, 1)
	if !ok {
		wrong(c, "settings.wrong_until")
		return
	}
	body := gen.NewExemption{Text: field(c, "text"), Until: until}
	if err := r.Door.Post(c.Request.Context(), "/v1/staff/"+id.String()+"/exemption", c.PostForm("key"), body, nil); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "settings_exempted")
}

func (r *Room) endExemption(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	if err := r.remove(c.Request.Context(), "/v1/staff/"+id.String()+"/exemption", c.PostForm("key")); err != nil {
		refuse(c, err, "settings.not_exempted")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "settings_exemption_ended")
}

// figures tells how somebody earns his leads, in one sentence.
func figures(ctx context.Context, e gen.StaffEarning) string {
	w := words.Of(ctx)
	with := []any{
		"conversations", e.Conversations, "results", e.Results, "result", w.Or("settings.result_"+string(e.Result), string(e.Result)),
		"norm", e.Norm, "sample", e.Sample,
	}
	if e.Share != nil {
		with = append(with, "share", *e.Share)
	}
	switch {
	case e.Share == nil:
		return w.T("settings.earning_none", with...)
	case !e.Judged:
		return w.T("settings.earning_few", with...)
	}
	return w.T("settings.earning_judged", with...)
}

// entry tells an entry of the log of earning.
func (p person) entry(ctx context.Context, e gen.EarningEntry) string {
	w := words.Of(ctx)
	by := p.Names[e.Actor]
	if by == "" {
		by = e.Actor
	}
	switch {
	case e.Kind == gen.EarningEntryKindPaused && e.Conversations != nil && e.Results != nil && e.Norm != nil:
		return w.T("settings.log_paused", "results", *e.Results, "conversations", *e.Conversations, "norm", *e.Norm)
	case e.Kind == gen.EarningEntryKindExempted && e.Until != nil:
		return w.T("settings.log_exempted", "by", by, "until", w.Date(e.Until.AddDate(0, 0, -1)))
	}
	return w.T("settings.log_"+string(e.Kind), "by", by)
}
