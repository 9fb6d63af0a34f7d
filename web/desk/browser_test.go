package desk_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
)

// A manager goes through what waits with the keyboard alone, while the page
// keeps itself up to date.
func TestTheDeskByKeyboard(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	first, second := h.proposed("Jan de Boer", sam), h.proposed("Piet Puk", sam)
	window := browse.Chromium(t, h.door.URL, browse.Desk)
	window.SignIn(manager)
	window.Open("/desk")
	window.Accessible()
	window.Type("a")
	window.Sees("Approved.")
	window.Is("the next one has the focus", `document.activeElement.textContent.includes("Piet Puk")`)
	require.Equal(t, lead.Closed, h.State(first).Status)

	third := h.proposed("Anna Bakker", sam)
	window.Sees("Anna Bakker")
	window.Type("r")
	window.Is("the words of the refusal are typed", `document.activeElement.matches("textarea[name=note]")`)
	window.Type("Ask his wife")
	window.Press("Refuse")
	window.Sees("Refused: the lead is worked again.")
	require.Equal(t, lead.Open, h.State(second).Status)

	// Somebody else is faster.
	window.Shows("[data-refresh*='" + third + "']")
	h.as(director, http.MethodPost, "/v1/leads/"+third+"/closing/approve", map[string]any{})
	window.Sees("This closing does not wait any more")
	window.Obeys()
}

// On a phone nothing is wider than the screen, and axe finds nothing serious.
func TestTheDeskOnAPhone(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{Policy: earned})
	h.proposed("Jan de Boer", sam)
	h.arrives("Koos van der Lange-Naam-Die-Niet-Past-In-Een-Regel")
	h.Advance("40m")
	held, _ := h.door.Post("portal", "text/xml", "Naam: Jan de Boer\nTelefoon: 06 12345678").Body["quarantine_id"].(string)
	window := browse.Chromium(t, h.door.URL, browse.Window{Width: 360, Height: 780, Phone: true})
	window.SignIn(manager)
	for _, path := range []string{"/desk", "/desk/reassign", "/desk/quarantine", "/desk/quarantine/" + held, "/mine", "/mine/figures/calls_week", "/follow-ups"} {
		window.Open(path)
		window.Is(path+" is no wider than the screen", `document.documentElement.scrollWidth <= innerWidth`)
		window.Accessible()
		window.Obeys()
	}
}
