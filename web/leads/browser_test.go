package leads_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// cabled opens a browser whose line to the product can be cut.
func (s *shop) cabled(window browse.Window) (*browse.Browser, *testkit.Cable) {
	s.t.Helper()
	u, err := url.Parse(s.door.URL)
	require.NoError(s.t, err)
	cable := testkit.NewCable(s.t, u.Host)
	return browse.Chromium(s.t, "http://"+cable.Address, window), cable
}

func TestATapOnABadConnectionIsKeptAndSentByItself(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	phone, cable := s.cabled(browse.Phone)
	phone.SignIn("sam@demo.example")
	phone.Open("/leads/" + s.lead)
	cable.Cut()
	phone.Press("Voicemail")
	phone.Sees("waits for the connection")
	require.Empty(t, s.d.State(s.lead).Attempts)
	cable.Mend()
	phone.Is("it is sent", `(window.dispatchEvent(new Event("online")), document.getElementById("kept").textContent === "")`)
	phone.Sees("Next call")
	require.Len(t, s.d.State(s.lead).Attempts, 1)
	phone.Obeys()
}

func TestNotesOnABadConnectionAreAllSentOnce(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	phone, cable := s.cabled(browse.Phone)
	phone.SignIn("sam@demo.example")
	phone.Open("/leads/" + s.lead)
	phone.Press("Note")
	notes := []string{"Wants a tow bar", "Has a dog"}
	cable.Cut()
	for i, text := range notes {
		phone.Is("the note is written", `(document.querySelector("#note textarea").value = `+strconv.Quote(text)+`)`)
		phone.PressLast("Add the note")
		phone.Sees([]string{"1 entry waits", "2 entries wait"}[i])
	}
	cable.Mend()
	phone.Is("they are sent", `(window.dispatchEvent(new Event("online")), document.getElementById("kept").textContent === "")`)
	phone.Is("the field is empty", `document.querySelector("#note textarea").value === ""`)
	for _, text := range notes {
		phone.Is("the timeline has it once", `document.querySelector(".timeline").innerText.split(`+strconv.Quote(text)+`).length === 2`)
	}
	phone.Obeys()
}

func TestATapIsKeptInABrowserThatStoresNothing(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	phone, cable := s.cabled(browse.Phone)
	phone.SignIn("sam@demo.example")
	phone.Open("/leads/" + s.lead)
	phone.Is("the disk is full", `(IDBDatabase.prototype.transaction = () => { throw new Error("full"); })`)
	cable.Cut()
	phone.Press("Voicemail")
	phone.Sees("1 entry waits")
	cable.Mend()
	phone.Is("it is sent", `(window.dispatchEvent(new Event("online")), document.getElementById("kept").textContent === "")`)
	phone.Sees("Next call")
	require.Len(t, s.d.State(s.lead).Attempts, 1)
}

func TestWhatIsTypedInOnePartOutlivesTheOthers(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	desk := browse.Chromium(t, s.door.URL, browse.Desk)
	desk.SignIn("sam@demo.example")
	desk.Open("/leads/" + s.lead)
	desk.Is("a note is begun", `(document.getElementById("note").open = true, document.querySelector("#note textarea").value = "Half a")`)
	desk.Press("Mail the customer")
	desk.Press("Write a mail")
	desk.Fill("Subject", "Your question")
	desk.Is("the part has settled", `!document.querySelector(".htmx-added, .htmx-settling, .htmx-request")`)
	desk.Choose("– choose – Ask for", "Still interested")
	desk.Shows("iframe")
	written := `document.querySelector("#mail [name=subject]").value === "Your question"`
	desk.Is("the subject is still there", written)
	desk.Press("No answer")
	desk.Sees("Next call")
	desk.Is("the subject is still there", written)
	desk.Is("the note is still there", `document.getElementById("note").open && document.querySelector("#note textarea").value === "Half a"`)
	desk.Is("the note is finished", `(document.querySelector("#note textarea").value = "Half a sentence")`)
	desk.PressLast("Add the note")
	desk.Is("the timeline has it", `document.querySelector(".timeline").innerText.includes("Half a sentence")`)
	desk.Obeys()
}

// A part is fetched again while the answer that opens it is under way: had it been
// replaced then, the answer would have filled what is no longer on the page.
func TestAPartThatIsBeingOpenedIsNotPulledAway(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	desk := browse.Chromium(t, s.door.URL, browse.Desk)
	desk.SignIn("sam@demo.example")
	desk.Open("/leads/" + s.lead)
	desk.Press("Reached")
	desk.Sees("You spoke to the customer. An appointment?")
	desk.Is("answers are slow", `(window.slow = XMLHttpRequest.prototype.send, XMLHttpRequest.prototype.send = function (what) {
		setTimeout(() => window.slow.call(this, what), 4000);
	})`)
	desk.Is("the page missed something", `document.body.dispatchEvent(new CustomEvent("doorbell:missed"))`)
	desk.Press("Make an appointment")
	desk.Sees("What for?")
	desk.Obeys()
}

func TestALeadIsWorkedOnATelephone(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	phone := browse.Chromium(t, s.door.URL, browse.Phone)
	shot := func(name string) {
		if dir := os.Getenv("SHOTS"); dir != "" {
			phone.Screenshot(filepath.Join(dir, name+".png"), true)
		}
	}
	phone.SignIn("sam@demo.example")
	phone.Open("/leads/" + s.lead)
	phone.Accessible()
	phone.Is("nothing is wider than the screen", `document.documentElement.scrollWidth <= innerWidth`)
	shot("fresh")
	phone.Press("Reached")
	phone.Sees("You spoke to the customer. An appointment?")
	phone.Press("Make an appointment")
	phone.Sees("What for?")
	shot("appointment")
	phone.Accessible()
	phone.Is("a time is chosen", `(document.querySelector("[name=slot]").checked = true)`)
	phone.Press("Set the appointment")
	phone.Press("The customer agrees")
	phone.Press("Look and close")
	phone.Sees("The lead goes on to the showroom.")
	shot("closing")
	phone.Choose("Reason", "Not reached")
	phone.Sees("It cannot be closed so yet")
	phone.Accessible()
	phone.Choose("Reason", "Has already bought")
	phone.Sees("Own brand")
	phone.Press("Mail the customer")
	phone.Press("Write a mail")
	phone.Choose("– choose – Ask for", "Still interested")
	phone.Shows("iframe")
	phone.Accessible()
	shot("mail")
	phone.Obeys()
}

func TestWhatOthersDoIsSeenWhereNobodyTypes(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	desk := browse.Chromium(t, s.door.URL, browse.Desk)
	desk.SignIn("manager@demo.example")
	desk.Open("/leads/" + s.lead)
	desk.Type("a")
	desk.Shows("#assign[open]")
	desk.Fill("Why?", "Sam is away")
	answer := s.door.As("sam@demo.example", http.MethodPost, "/v1/leads/"+s.lead+"/close", map[string]any{"reason": "test", "note": "Typed asdf"})
	require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
	desk.Sees("Typed asdf")
	desk.Is("what was typed is still there", `document.querySelector("#assign [name=why]").value === "Sam is away"`)
	desk.Accessible()
	if dir := os.Getenv("SHOTS"); dir != "" {
		desk.Screenshot(filepath.Join(dir, "manager.png"), true)
	}
	desk.Press("Approve")
	desk.Sees("Closed: Dropped")
	desk.Accessible()
	desk.Obeys()
}
