package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
)

// The forms go through htmx here: the page is swapped and the address follows.
func TestTheSettingsInABrowser(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	ada := browse.Chromium(t, door.URL, browse.Phone)
	ada.SignIn(admin)
	ada.Open("/settings")
	ada.Accessible()
	ada.Press("Sources")
	ada.Sees("AutoPlein")
	ada.Press("Add a source")
	ada.Fill("Code", "portal")
	ada.Fill("Name", "Importer")
	ada.Press("Add")
	ada.Sees("belongs to another source already")
	require.Equal(t, "/settings/new-source", ada.Path(), "the form stays where it is")
	ada.Fill("Code", "importer")
	ada.Press("Add")
	ada.Sees("The source is there.")
	require.Equal(t, "/settings/sources?said=settings_source_added", ada.Path())
	ada.Accessible()

	ada.Press("Make a key for Importer")
	ada.Fill("What is it for?", "Importer's system")
	ada.Press("Make the key")
	ada.Sees("This key is shown once.")
	require.Regexp(t, secretForm, ada.Text(`document.getElementById("secret").value`))
	ada.Accessible()
	ada.Obeys()

	ada.Open("/settings/dealer")
	require.Equal(t, "/settings/dealer/mail", ada.Text(`new URL(document.querySelector("iframe.mail").src).pathname`))
	ada.Fill("Colour", "#aa3300")
	ada.Is("the mail follows the form", `document.querySelector("iframe.mail").src.includes("colour=%23aa3300")`)
	require.Equal(t, "#aa3300", ada.Text(`document.querySelector("[data-colour]").value`))
	ada.Accessible()
	ada.Obeys()
	for _, path := range []string{"/settings/hours", "/settings/hours/edit", "/settings/staff", "/settings/staff/new"} {
		ada.Open(path)
		ada.Accessible()
		ada.Obeys()
		require.Equal(t, "true", ada.Text(`document.documentElement.scrollWidth <= window.innerWidth`), "%s is as wide as the phone", path)
	}
}
