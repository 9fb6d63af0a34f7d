package test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
)

// inEnglish has somebody's screens in English; the dealer's are Dutch.
func (d dealer) inEnglish(people ...string) {
	d.t.Helper()
	for _, who := range people {
		answer := d.door.As(director, http.MethodPatch, "/v1/staff/"+d.StaffID(who), map[string]any{"language": "en"})
		require.Less(d.t, answer.Status, 300, answer.Text)
	}
}

// From the link in the mail to the sale, with one thumb.
func TestASalespersonWorksALeadFromReceivedToSold(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{name: "Vermeer", car: "Renault Captur", extra: `"comments": "Can I drive it today?"`})
	bea := l.owner() // of the call centre
	d.inEnglish(bea, sam, tess, uma)
	phone := browse.Chromium(t, d.door.URL, browse.Phone)
	phone.Open("/leads/" + l.id)
	phone.SignInHere(bea) // and is where the link leads
	phone.Sees("Vermeer")
	phone.Sees("Can I drive it today?")
	phone.Shows(`a[href^="tel:+31"]`)
	phone.Press("Reached")
	phone.Sees("You spoke to the customer. An appointment?")
	phone.Press("Make an appointment")
	phone.PressFirst("input[name=slot]")
	phone.Press("Set the appointment")
	phone.Press("The customer agrees")
	phone.Press("Look and close") // the rules propose what this was: an appointment
	phone.Sees("The lead goes on to the showroom.")
	phone.PressLast("Close")
	phone.Sees("Handed from the call centre to the showroom")
	require.Equal(t, "showroom", l.is("phase"))

	d.Jump("90m") // the customer comes
	seller := l.owner()
	phone = browse.Chromium(t, d.door.URL, browse.Phone)
	phone.SignIn(seller)
	phone.Open("/leads/" + l.id)
	phone.Press("Came")
	phone.Sees("Noted.")
	phone.Press("Close the lead")
	phone.Choose("Reason", "Sold")
	phone.Sees("The lead ends as won.")
	phone.Fill("Car", "Renault Captur")
	phone.Fill("Order number", "2026-118")
	phone.Fill("Amount", "24950.00")
	phone.PressLast("Close")
	phone.Sees("Closed: Won")
	require.Equal(t, "won", l.is("stage"))
}

// What is missing is said before anybody presses Close; what waits for the
// manager has its evidence beside the two buttons; his refusal reaches the
// owner in his own words.
func TestTheManagerRefusesAndApprovesAClosing(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{name: "Hendriks"})
	who := l.owner()
	d.inEnglish(who, manager)
	phone := browse.Chromium(t, d.door.URL, browse.Phone)
	phone.SignIn(who)
	phone.Open("/leads/" + l.id)
	phone.Press("Close the lead")
	phone.Choose("Reason", "Not reached")
	phone.Sees("0 of 6 call attempts")
	phone.Choose("Reason", "Has already bought another car")
	phone.Sees("Missing")
	phone.Press("Reached")
	phone.Sees("Logged.")
	phone.Press("Look and close")
	phone.Sees("Missing: 1 of 6 call attempts")
	phone.Choose("Reason", "Has already bought another car")
	phone.Press("Other brand")
	phone.Press("Other dealer")
	phone.Press("Own area")
	phone.Press("Propose to the manager")
	phone.Sees("The closing waits for the manager")

	desk := browse.Chromium(t, d.door.URL, browse.Desk)
	desk.SignIn(manager) // his first page is the desk
	desk.Sees("Waits for you")
	desk.Sees("Has already bought another car")
	desk.Sees("In the log")
	desk.Fill("Why not?", "Ask what he bought, and where.")
	desk.Press("Refuse")
	desk.Sees("No closing waits for a decision.")
	require.Equal(t, "open", l.is("status"))
	phone.Sees("Ask what he bought, and where.") // without a reload
	require.Equal(t, "open", l.is("status"))

	require.Less(t, l.closes(who, "bought_another_car", map[string]any{"brand": "other", "dealer": "other", "area": "own"}).Status, 300)
	desk.Sees("Proposed by") // without a reload
	desk.Press("Approve")
	desk.Sees("No closing waits for a decision.")
	require.Equal(t, "closed", l.is("status"))
}

// Two browsers show the same board; what happens in one is seen in the other.
func TestASecondBrowserSeesItHappen(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{name: "Jacobs"})
	d.inEnglish(l.owner(), manager)
	first := browse.Chromium(t, d.door.URL, browse.Desk)
	first.SignIn(manager)
	first.Open("/board")
	first.Sees("Jacobs")
	first.Sees("0/6")
	second := browse.Chromium(t, d.door.URL, browse.Phone)
	second.SignIn(l.owner())
	second.Open("/leads/" + l.id)
	second.Press("Voicemail")
	first.Sees("1/6")
	d.receives(enquiry{name: "Zwart"})
	first.Sees("Zwart")
	first.Obeys()
	require.Less(t, first.Shift(), 0.02, "nothing jumps about")

	tab := first.Another()
	tab.Open("/board")
	tab.Sees("Zwart")
	d.Advance("40m") // calls that follow each other too closely do not count
	l.calls("no_answer")
	tab.Sees("2/6")
	first.Sees("2/6")
	require.Equal(t, 2, d.door.Streams(), "one for each browser: tabs share theirs")
}

// No mouse: signing in, finding a lead, logging a call and closing it.
func TestEverythingCanBeDoneByKeys(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{name: "Jacobs"})
	other := d.receives(enquiry{name: "Kuiper"})
	who := l.owner()
	d.inEnglish(who, other.owner(), manager)
	b := browse.Chromium(t, d.door.URL, browse.Desk)
	b.Open("/sign-in")
	b.TabTo("E-mail")
	b.Type(manager)
	b.TabTo("Password")
	b.Type("a long enough secret")
	b.Enter()
	b.Sees("Waits for you")
	b.Open("/board")
	b.Type("?")
	b.Sees("Keyboard shortcuts")
	b.Escape()
	b.Type("j")
	b.Type("o")
	b.Sees("Call now: attempt 1 of 6.")
	b.Type("x")
	b.Sees("Reason") // not the button, which says the same as before
	b.TabTo("Reason")
	b.Down() // the first reason
	b.Sees("This reason asks for no evidence.")
	b.Open("/leads/" + l.id)
	b.TabTo("No answer")
	b.Enter()
	b.Sees("1 of 6")
	b.Type("/")
	b.Is("the search has the focus", `document.activeElement.type === "search"`)
	b.Type("Kuiper")
	b.Enter()
	b.Sees("Kuiper")
	b.SeesNot("Jacobs")
}

// The line is cut: the page says so, counts on, and catches up by itself.
func TestALostConnectionIsSeenAndMended(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	first := d.receives(enquiry{name: "Jacobs"})
	d.inEnglish(first.owner(), manager)
	u, err := url.Parse(d.door.URL)
	require.NoError(t, err)
	cable := testkit.NewCable(t, u.Host)
	b := browse.Chromium(t, "http://"+cable.Address, browse.Desk)
	b.SignIn(manager)
	b.Open("/board")
	b.Sees("Jacobs")
	b.Is("it follows", `!document.querySelector("#lost").textContent`)
	cable.Cut()
	b.Sees("Connection lost")
	d.receives(enquiry{name: "Zwart"})
	first.calls("voicemail")
	cable.Mend()
	b.Sees("Zwart")
	b.Sees("1/6")
	b.SeesNot("Connection lost")
}
