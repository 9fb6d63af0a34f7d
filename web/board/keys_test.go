package board_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// Everything on the board is done by single keys, and they do nothing to who is
// writing.
func TestSingleKeysWorkTheBoard(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	jan := d.Receive("website", captur)
	els := d.Receive("website", clio)
	b := browse.Chromium(t, door.URL, browse.Desk)
	b.SignIn("manager@demo.example")
	b.Open("/board")
	on := func(id string) {
		t.Helper()
		b.Is("on the row of "+id, `(document.activeElement.closest("tr") || {}).id === "lead-`+id+`"`)
	}
	b.Type("j")
	on(jan)
	b.Type("j")
	on(els)
	b.Type("j")
	on(els) // it is the last
	b.Type("k")
	on(jan)

	b.Type("?")
	b.Sees("Sneltoetsen")
	b.Sees("Volgende lead")
	b.Accessible()
	b.Escape()
	b.Is("the list of keys is gone", `!document.querySelector("dialog[open]")`)

	b.Type("/")
	b.Is("in the search", `document.activeElement.id === "find"`)
	b.Type("jox?")
	require.Equal(t, "/board", b.Path())
	b.Is("written and not done", `document.activeElement.value.endsWith("jox?")`)

	b.Open("/board")
	b.Type("j")
	on(jan)
	b.Type("x")
	b.Is("on the lead's page, at its closing", `location.pathname === "/leads/`+jan+`" && document.activeElement.dataset.key === "x" && !location.hash`)
	b.Type("j")
	b.Is("at the lead behind it", `location.pathname === "/leads/`+els+`" && document.readyState === "complete"`)
	b.Type("k")
	b.Is("back again", `location.pathname === "/leads/`+jan+`"`)
}

// The board and the wall keep out nobody, on a desk and on a telephone, and
// nothing jumps when they are opened.
func TestTheBoardIsForEverybody(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	d.Receive("website", captur)
	d.Receive("portal", clio)
	d.Advance("20m")
	for _, window := range []browse.Window{browse.Desk, {Width: 360, Height: 740, Phone: true}, {Width: 1366, Height: 900, Dark: true}} {
		b := browse.Chromium(t, door.URL, window)
		b.SignIn("manager@demo.example")
		for _, path := range []string{"/board", "/board?who=mine&overdue=1&q=xyz&stage=foo", "/board/wall"} {
			b.Open(path)
			b.Shows("#board, #wall")
			b.Is("nothing to scroll sideways", `document.documentElement.scrollWidth <= innerWidth`)
			b.Accessible()
			b.Obeys()
			require.Less(t, b.Shift(), 0.02, path)
		}
		b.Open("/board?who=mine")
		b.Press("Zoeken en filteren")
		b.Accessible()
		b.Close()
	}
}

// The wall keeps itself up to date.
func TestTheWallFollowsWhatHappens(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	b := browse.Chromium(t, door.URL, browse.Window{Width: 1920, Height: 1080})
	b.SignIn("manager@demo.example")
	b.Open("/board/wall")
	b.Sees("Er staat geen lead open")
	d.Receive("website", captur)
	b.Sees("J. de Boer")
	b.Is("the number too", `document.querySelector("#wall .figures strong").textContent === "1"`)
}
