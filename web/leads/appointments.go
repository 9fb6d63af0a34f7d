package leads

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/web/frame"
)

// usualMinutes is how long an appointment lasts unless somebody chooses, and
// minutesToChoose from what.
const usualMinutes = 60

var minutesToChoose = []int{30, 45, 60, 90, 120}

// slotDays is on how many days there are times to choose.
const slotDays = "14"

// freeSlots reads when an appointment of the chosen length can begin.
func (r *Room) freeSlots(ctx context.Context, f *file) error {
	var list gen.SlotList
	path := "/v1/leads/" + f.lead.ID.String() + "/slots?days=" + slotDays + "&duration_min=" + strconv.Itoa(f.minutes())
	err := r.Door.Get(ctx, path, &list)
	f.slots = list.Items
	return err
}

// minutes is the length for which times are shown.
func (f *file) minutes() int {
	if n, err := strconv.Atoi(f.asked.Get("minutes")); err == nil && slices.Contains(minutesToChoose, n) {
		return n
	}
	if _, n, ok := chosenSlot(f.was(appointmentPart, "slot")); ok {
		return n
	}
	return usualMinutes
}

// day is a day of the dealer's with the times that are free on it.
type day struct {
	date  string // CCYY-MM-DD
	at    time.Time
	slots []gen.Slot
}

// days puts the times under the days of the dealer's calendar.
func (f *file) days() []day {
	var out []day
	for _, s := range f.slots {
		date := s.StartsAt.In(f.viewer.Zone).Format(time.DateOnly)
		if len(out) == 0 || out[len(out)-1].date != date {
			out = append(out, day{date: date, at: s.StartsAt})
		}
		last := &out[len(out)-1]
		last.slots = append(last.slots, s)
	}
	return out
}

// day is the day whose times are shown: the chosen one, or the first.
func (f *file) day() *day {
	days := f.days()
	date := f.asked.Get("day")
	if at, _, ok := chosenSlot(f.was(appointmentPart, "slot")); ok {
		date = at.In(f.viewer.Zone).Format(time.DateOnly)
	}
	for i := range days {
		if days[i].date == date {
			return &days[i]
		}
	}
	if len(days) == 0 {
		return nil
	}
	return &days[0]
}

// slotWord is a time as a form sends it: the instant and the minutes.
func slotWord(s gen.Slot) string {
	return s.StartsAt.UTC().Format(time.RFC3339) + "/" + strconv.Itoa(s.DurationMin)
}

// chosenSlot reads what slotWord has written.
func chosenSlot(word string) (at time.Time, minutes int, ok bool) {
	instant, length, found := strings.Cut(word, "/")
	at, err := time.Parse(time.RFC3339, instant)
	if !found || err != nil {
		return at, 0, false
	}
	minutes, err = strconv.Atoi(length)
	return at, minutes, err == nil
}

// appointmentKinds are the kinds in the order in which they are offered.
var appointmentKinds = []gen.AppointmentKind{
	gen.AppointmentKindTestDrive, gen.AppointmentKindShowroom, gen.AppointmentKindPhone, gen.AppointmentKindVideo,
}

// setAppointment proposes an appointment at one of the free times.
func (r *Room) setAppointment(c *gin.Context) {
	a, ok := r.begin(c, appointmentPart)
	if !ok {
		return
	}
	at, minutes, ok := chosenSlot(c.PostForm("slot"))
	if !ok {
		a.wrong("leads.no_slot")
		return
	}
	confirmed := c.PostForm("confirmed") != ""
	a.answer(a.post("/appointments", gen.NewAppointment{
		Kind: gen.AppointmentKind(c.PostForm("kind")), StartsAt: at, DurationMin: minutes, Confirmed: &confirmed, Note: a.text("note"),
	}), "lead_appointment")
}

// changeAppointment confirms, moves or cancels an appointment, or tells whether
// the customer came.
func (r *Room) changeAppointment(c *gin.Context) {
	a, ok := r.begin(c, appointmentPart)
	if !ok {
		return
	}
	aid, err := uuid.Parse(c.Param("aid"))
	if err != nil {
		frame.NotFound(c)
		return
	}
	path := "/appointments/" + aid.String()
	switch verb := c.Param("verb"); verb {
	case "confirm", "cancel":
		a.answer(a.post(path+"/"+verb, gen.Remark{Note: a.text("note")}), "lead_appointment_"+verb)
	case "move":
		at, minutes, ok := chosenSlot(c.PostForm("slot"))
		if !ok {
			a.wrong("leads.no_slot")
			return
		}
		confirmed := c.PostForm("confirmed") != ""
		move := gen.AppointmentMove{StartsAt: at, DurationMin: &minutes, Confirmed: &confirmed, Note: a.text("note")}
		a.answer(a.post(path+"/move", move), "lead_appointment_move")
	case "outcome":
		outcome := gen.AppointmentOutcome(c.PostForm("outcome"))
		a.answer(a.post(path+"/outcome", gen.AppointmentResult{Outcome: outcome, Note: a.text("note")}), "lead_outcome")
	default:
		frame.NotFound(c)
	}
}

// ahead reports whether the appointment has not begun.
func (f *file) ahead() bool { return f.lead.Appointment.StartsAt.After(f.viewer.Now) }

// over reports whether it has ended: then it is neither confirmed nor
// cancelled any more.
func (f *file) over() bool {
	a := f.lead.Appointment
	return !f.viewer.Now.Before(a.StartsAt.Add(time.Duration(a.DurationMin) * time.Minute))
}

// upcoming is the appointment whose outcome is not known, nil for none.
func (f *file) upcoming() *gen.Appointment {
	if a := f.lead.Appointment; a != nil && a.Outcome == nil {
		return a
	}
	return nil
}
