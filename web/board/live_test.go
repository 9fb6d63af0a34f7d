package board_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/store/db"
)

const (
	captur = `{"customer":{"first_name":"Jan","infix":"de","last_name":"Boer","phone":"06 12345678"},"vehicle":{"condition":"new","make":"Renault","model":"Captur"},"request":"test_drive"}`
	clio   = `{"customer":{"first_name":"Els","last_name":"Bakker","phone":"06 87654321"},"vehicle":{"condition":"used","make":"Renault","model":"Clio"},"request":"quote"}`
)

// A lead that comes in, and one that somebody calls, change the board of whoever
// looks at it, without a reload and without anything jumping about.
func TestTheBoardFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	jan := d.Receive("website", captur)
	b := browse.Chromium(t, door.URL, browse.Desk)
	b.SignIn("manager@demo.example")
	b.Open("/board")
	b.Sees("Jan de Boer")
	b.Sees("NIEUW")
	b.Is("the first row is Jan's", `document.querySelector("#rows tr").id === "lead-`+jan+`"`)

	els := d.Receive("website", clio)
	b.Sees("Els Bakker")
	b.Is("the news is told once", `document.getElementById("board-news").textContent === "1 nieuwe lead"`)
	b.Is("both are counted", `document.querySelector("#figures strong").textContent === "2"`)

	// Who is on a row stays on it while it moves.
	b.Type("j")
	b.Is("on the first row", `document.activeElement.closest("tr").id === "lead-`+jan+`"`)
	answer := door.As("sam@demo.example", http.MethodPost, "/v1/leads/"+jan+"/attempts", map[string]any{
		"channel": "phone", "direction": "out", "outcome": "voicemail",
	})
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	b.Sees("voicemail")
	b.Is("Jan's row went behind Els's", `document.querySelectorAll("#rows tr")[1].id === "lead-`+jan+`"`)
	b.Is("and kept the focus", `document.activeElement.closest("tr").id === "lead-`+jan+`"`)
	b.Is("the other row stands first", `document.querySelector("#rows tr").id === "lead-`+els+`"`)
	require.Less(t, b.Shift(), 0.02)
	b.Obeys()
	b.Accessible()
}

// Of two windows of one browser one holds the stream, and both hear of it; when
// it closes, the other goes on from where it was.
func TestOneStreamForAllWindows(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	first := browse.Chromium(t, door.URL, browse.Desk)
	first.SignIn("sam@demo.example")
	first.Open("/board")
	first.Sees("Geen enkele lead")
	second := first.Another()
	second.Open("/board")
	second.Sees("Geen enkele lead")
	d.Receive("website", captur)
	first.Sees("Jan de Boer")
	second.Sees("Jan de Boer")

	first.Open("/healthz")
	d.Receive("website", clio)
	second.Sees("Els Bakker")
}

// A connection that is lost is said, and what happened meanwhile is shown when
// it is back.
func TestALostConnectionIsSaid(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	line := testkit.NewCable(t, strings.TrimPrefix(door.URL, "http://"))
	b := browse.Chromium(t, "http://"+line.Address, browse.Desk)
	b.SignIn("sam@demo.example")
	b.Open("/board")
	b.Sees("Geen enkele lead")
	line.Cut()
	b.Sees("Verbinding verbroken")
	d.Receive("website", captur)
	b.SeesNot("Jan de Boer")
	line.Mend()
	b.Sees("De verbinding is terug")
	b.Sees("Jan de Boer")
	require.Less(t, b.Shift(), 0.02)
}

// When the session has ended, the page says so and where to sign in again.
func TestAnEndedSessionIsSaid(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Idle: true})
	door := d.Serve()
	line := testkit.NewCable(t, strings.TrimPrefix(door.URL, "http://"))
	b := browse.Chromium(t, "http://"+line.Address, browse.Desk)
	b.SignIn("sam@demo.example")
	b.Open("/board?who=mine")
	b.Sees("Geen enkele lead")
	line.Cut()
	b.Sees("Verbinding verbroken")
	_, err := d.Store.SignOutEverywhere(context.Background(), db.SignOutEverywhereParams{DealerID: d.ID, ID: uuid.MustParse(d.StaffID("sam@demo.example"))})
	require.NoError(t, err)
	line.Mend()
	b.Shows(`#lost a[href="/sign-in?to=%2Fboard%3Fwho%3Dmine"]`)
}
