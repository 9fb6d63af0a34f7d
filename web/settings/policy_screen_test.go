package settings_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// picture keeps what the window shows, where somebody asks for it.
func picture(b *browse.Browser, name string) {
	if folder := os.Getenv("DOORBELL_PICTURES"); folder != "" {
		b.Screenshot(filepath.Join(folder, name+".png"), true)
	}
}

// narrow asserts that nothing on the page is wider than the screen.
func narrow(t *testing.T, b *browse.Browser) {
	t.Helper()
	require.Equal(t, "true", b.Text("document.documentElement.scrollWidth <= window.innerWidth"), b.Path())
}

func inEnglish(t *testing.T, d *dealership.Dealership, email string) {
	t.Helper()
	_, err := d.Store.Pool.Exec(context.Background(), "UPDATE staff SET language = 'en' WHERE email = $1", email)
	require.NoError(t, err)
}

// A manager writes in the editor: what is wrong is told while he writes, at its
// line; the keyboard alone is enough; and he sees what would happen before he
// saves.
func TestThePolicyIsWrittenInABrowser(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Policy: ours})
	inEnglish(t, d, manager)
	door := d.Serve()
	b := browse.Chromium(t, door.URL, browse.Desk)
	b.SignIn(manager)
	b.Open("/settings/policy")
	b.Sees("Nothing is wrong.")
	require.Equal(t, "11", b.Text(`document.querySelectorAll(".gutter span").length`), "a number for each line")

	b.Is("something wrong is written", `(() => {
		const text = document.getElementById("text");
		text.focus();
		text.value = text.value.replace("due: 10m", "due: 15x");
		text.dispatchEvent(new Event("input", {bubbles: true}));
		return true;
	})()`)
	b.Sees("2 faults keep it from being saved.")
	b.Is("its line is marked", `document.querySelectorAll(".gutter span")[7].className === "late"`)
	b.Press("Line 8, column 26")
	b.Is("the caret is there", `(() => { const t = document.getElementById("text"); return document.activeElement === t && t.value.slice(t.selectionStart).startsWith("15x"); })()`)
	b.Accessible()
	picture(b, "policy-fault")

	// Tab indents, and Esc lets the keyboard go on.
	b.Tab()
	b.Is("Tab indents", `document.getElementById("text").value.includes("due:   15x")`)
	b.Type("\x1b")
	b.Tab()
	require.Equal(t, "Check", b.Focused())

	b.Is("it is mended", `(() => {
		const text = document.getElementById("text");
		text.value = text.value.replace("due:   15x", "due: 20m");
		text.dispatchEvent(new Event("input", {bubbles: true}));
		return true;
	})()`)
	b.Sees("Nothing is wrong.")
	b.Is("no line is marked", `!document.querySelector(".gutter .late")`)

	b.Fill("Arrives", "2026-11-28T16:50")
	b.Choose("Source", "AutoPlein")
	b.Press("Show what would happen")
	b.Sees("Saturday 28 November at 16:50")
	b.Sees("Mail to the customer: Thank you for your request")
	b.Accessible()
	picture(b, "policy-preview")
	number, _ := version(t, door)
	require.Equal(t, "1", number, "nothing is stored")

	b.Press("Save as a new version")
	b.Sees("Saved.")
	b.Sees("Version 2, put")
	b.Is("the address stays", `location.pathname === "/settings/policy"`)
	_, text := version(t, door)
	require.Contains(t, text, "due: 20m")
	b.Obeys()
}

// Every page of the policy, the reasons and the mails, on a desk and on a phone.
func TestThePagesAreForEverybody(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	d.Receive("website", `{"channel":"web","customer":{"full_name":"Jan de Boer","phone":"06 12345671"},"vehicle":{"make":"Renault","model":"Captur"}}`)
	visit := browse.SignIn(t, door, manager)
	require.Equal(t, http.StatusOK, save(visit, 1, ours).Status)
	require.Equal(t, http.StatusOK, visit.Post("/settings/reasons/sold", fresh("1", "label", "Verkocht!")).Status)
	paths := []string{
		"/settings/policy", "/settings/policy?shipped=premium-group", "/settings/policy/versions", "/settings/policy/versions/1",
		"/settings/policy/difference?from=1&to=2", "/settings/policy/apply", "/settings/reasons", "/settings/reasons/sold", "/settings/reasons/not_reached",
		"/settings/new-reason", "/settings/templates", "/settings/templates/thank-you",
	}
	for name, window := range map[string]browse.Window{"desk": browse.Desk, "phone": {Width: 360, Height: 740, Phone: true}, "dark": {Width: 1366, Height: 900, Dark: true}} {
		b := browse.Chromium(t, door.URL, window)
		b.SignIn(manager)
		for i, path := range paths {
			b.Open(path)
			b.Shows("h1")
			b.Accessible()
			b.Obeys()
			narrow(t, b)
			require.NotContains(t, b.Text("document.body.innerText"), "‹", path)
			picture(b, fmt.Sprintf("%s-%02d", name, i))
		}
		b.Close()
	}
}
