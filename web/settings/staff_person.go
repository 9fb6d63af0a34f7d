package settings

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// person is the page of somebody of the staff.
type person struct {
	gen.Staff

	Log   []gen.EarningEntry // the newest of his earning
	Names map[string]string  // of colleagues, by address
}

// mostLog is how much of the log of earning is shown.
const mostLog = "10"

func (r *Room) person(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	ctx := c.Request.Context()
	all, err := r.everybody(ctx)
	if err != nil {
		frame.Refuse(c, err)
		return
	}
	page := person{Names: map[string]string{}}
	for _, one := range all {
		page.Names[one.Email] = one.Name
		if one.ID == id {
			page.Staff = one
		}
	}
	if page.ID != id {
		frame.NotFound(c)
		return
	}
	if page.Earning != nil {
		var log gen.EarningPage
		if err := r.Door.Get(ctx, "/v1/staff/"+id.String()+"/earning?limit="+mostLog, &log); err != nil {
			frame.Refuse(c, err)
			return
		}
		page.Log = log.Items
	}
	frame.Render(c, http.StatusOK, personPage(page))
}

// addAbsence enters an absence: from the first day, or a time on it, until the
// end of the last day, or a time on that.
func (r *Room) addAbsence(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	zone := frame.ViewerOf(c).Zone
	from, ok := moment(field(c, "from"), field(c, "from_time"), zone, 0)
	if !ok {
		wrong(c, "settings.wrong_from")
		return
	}
	until, ok := moment(field(c, "until"), field(c, "until_time"), zone, 1)
	if !ok {
		wrong(c, "settings.wrong_until")
		return
	}
	body := gen.NewAbsence{From: from, Until: until}
	if why := field(c, "why"); why != "" {
		body.Why = &why
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/staff/"+id.String()+"/absences", c.PostForm("key"), body, nil); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "settings_absence_added")
}

// moment reads a day and perhaps a time on it. Without a time it is the
// midnight so many days later: the end of a day is the beginning of the next.
func moment(day, clock string, zone *time.Location, later int) (time.Time, bool) {
	if clock != "" {
		at, err := time.ParseInLocation(time.DateOnly+" 15:04", day+" "+clock, zone)
		return at, err == nil
	}
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	return at.AddDate(0, 0, later), err == nil
}

// away tells an absence: whole days as days, others to the minute.
func away(ctx context.Context, a gen.Absence) string {
	w := words.Of(ctx)
	from, until := a.From.In(w.Zone), a.Until.In(w.Zone)
	if !midnight(from) || !midnight(until) {
		return w.T("settings.from_until", "from", w.Moment(from), "until", w.Moment(until))
	}
	first, last := w.Day(from), w.Day(until.AddDate(0, 0, -1))
	if first == last {
		return first
	}
	return w.T("settings.from_to", "from", first, "to", last)
}

func midnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

func (r *Room) deleteAbsence(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	absence, ok := idOf(c, "aid")
	if !ok {
		return
	}
	if err := r.remove(c.Request.Context(), "/v1/staff/"+id.String()+"/absences/"+absence.String(), c.PostForm("key")); err != nil {
		refuse(c, err, "")
		return
	}
	frame.Done(c, staffPath+"/"+id.String(), "settings_absence_removed")
}

// leaving says what becomes of somebody's leads before it is done.
func (r *Room) leaving(c *gin.Context) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	who := r.one(c, id)
	if who == nil {
		return
	}
	if !who.Active || !mayDismiss(frame.ViewerOf(c), *who) {
		c.Redirect(http.StatusSeeOther, staffPath+"/"+id.String())
		return
	}
	frame.Render(c, http.StatusOK, leavingPage(*who))
}

func (r *Room) leave(c *gin.Context) {
	r.does(c, "/leave", "settings.last_manager", "settings_staff_left")
}

func (r *Room) comeBack(c *gin.Context) { r.does(c, "/return", "", "settings_staff_back") }

// does has the API do something about somebody that needs no more words.
func (r *Room) does(c *gin.Context, what, conflict, said string) {
	id, ok := idOf(c, "id")
	if !ok {
		return
	}
	if err := r.Door.Post(c.Request.Context(), "/v1/staff/"+id.String()+what, c.PostForm("key"), nil, nil); err != nil {
		refuse(c, err, conflict)
		return
	}
	path := staffPath + "/" + id.String()
	if id == frame.ViewerOf(c).Staff.ID {
		path = staffPath
	}
	frame.Done(c, path, said)
}
