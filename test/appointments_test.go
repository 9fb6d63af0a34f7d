package test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// R8: confirmed to the customer with a calendar file and a link, reminded,
// and asked for afterwards.
func TestAnAppointment(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{email: "jan@mail.example"})
	l.calls("reached")
	id := l.books("test_drive", "2026-11-26 14:00", false)
	require.Equal(t, "appointment", l.is("stage"))

	mail := d.Mails("jan@mail.example")[0]
	require.Contains(t, string(mail.Attachments), ".ics")
	require.Contains(t, mail.Text, "/c/", "the link to confirm, move or cancel")
	require.Contains(t, mail.Text, "14:00")

	l.does(l.owner(), "appointments/"+id+"/confirm", nil)
	require.Equal(t, 1, l.count("appointment_confirmed"))

	before := len(d.Mails("jan@mail.example"))
	d.AdvanceTo(d.At("2026-11-25 14:01"))
	require.Len(t, d.Mails("jan@mail.example"), before+1, "reminded a day before")
	d.AdvanceTo(d.At("2026-11-26 12:01"))
	require.Len(t, d.Mails("jan@mail.example"), before+2, "and two hours before")

	d.AdvanceTo(d.At("2026-11-26 14:46"))
	require.GreaterOrEqual(t, l.count("reminded"), 1, "the owner is asked what became of it")
	mails := len(d.Mails(manager))
	d.AdvanceTo(d.At("2026-11-26 16:50"))
	require.Greater(t, len(d.Mails(manager)), mails, "nobody said: the manager is told")

	l.does(l.owner(), "appointments/"+id+"/outcome", map[string]any{"outcome": "came"})
	require.Equal(t, "visit", l.is("stage"))
	require.NotEmpty(t, l.now()["deadlines"], "and now somebody has to say how it goes on")
}

// The customer's calendar follows: same entry, rising number.
func TestAnAppointmentIsMovedAndCancelled(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{email: "jan@mail.example"})
	l.calls("reached")
	id := l.books("showroom", "2026-11-26 14:00", true)
	l.does(l.owner(), "appointments/"+id+"/move", map[string]any{"starts_at": d.At("2026-11-27 11:00")})
	require.Equal(t, 1, l.count("appointment_moved"))
	require.Contains(t, d.Mails("jan@mail.example")[0].Text, "11:00")
	l.does(l.owner(), "appointments/"+id+"/cancel", nil)
	require.Equal(t, "conversation", l.is("stage"))
	require.Contains(t, string(d.Mails("jan@mail.example")[0].Attachments), ".ics")
	again := l.tries(l.owner(), "appointments/"+id+"/confirm", nil)
	require.Equal(t, 409, again.Status, "it is over")
	require.Equal(t, "call_attempt", l.now()["deadlines"].([]any)[0].(map[string]any)["kind"], "the calls go on")
}

// Who does not come is called again, from the beginning.
func TestTheCustomerDoesNotCome(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	l.calls("reached")
	id := l.books("showroom", "2026-11-25 10:00", true)
	d.AdvanceTo(d.At("2026-11-25 11:00"))
	l.does(l.owner(), "appointments/"+id+"/outcome", map[string]any{"outcome": "no_show"})
	_, counted := l.tried()
	require.EqualValues(t, 0, counted, "the attempts start again")
	require.Equal(t, "call_attempt", l.now()["deadlines"].([]any)[0].(map[string]any)["kind"])
}

// The customer acts by the page behind the link in his mail, and only by a
// pressed button: a mail scanner that follows the link changes nothing.
func TestTheCustomersOwnPage(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{email: "jan@mail.example"})
	l.calls("reached")
	l.books("showroom", "2026-11-26 14:00", false)
	_, link, _ := strings.Cut(d.Mails("jan@mail.example")[0].Text, "https://doorbell.example/c/")
	link = "/c/" + strings.Fields(link)[0]

	page := d.door.Do("GET", link, nil, "")
	require.Equal(t, 200, page.Status)
	require.Contains(t, page.Text, "14:00")
	d.door.Do("HEAD", link, nil, "")
	require.Zero(t, l.count("appointment_confirmed"))
	robot := d.door.Do("POST", link+"/confirm", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "")
	require.Equal(t, 403, robot.Status, "a robot that posts without having seen the page: %s", robot.Text)

	for range 2 { // twice is fine
		pressed := d.door.Do("POST", link+"/confirm", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form(page.Text, "confirm"))
		require.Equal(t, 200, pressed.Status, pressed.Text)
	}
	d.Settle()
	require.Equal(t, 1, l.count("appointment_confirmed"))
	require.Equal(t, 1, d.told(l.owner(), "14:00"), "the owner hears of it")
}
