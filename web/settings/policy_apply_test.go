package settings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

func TestAPolicyIsAppliedToOpenLeadsAndItsProgressIsShown(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	one := d.Receive("website", `{"channel":"web","customer":{"full_name":"Jan de Boer","phone":"06 12345671"},"vehicle":{"make":"Renault","model":"Captur"}}`)
	two := d.Receive("website", `{"channel":"web","customer":{"full_name":"<b>Eva</b> Bos","phone":"06 12345672"}}`)
	require.Contains(t, visit.Get("/settings/policy/apply").Words(), "0 open leads lopen onder een oudere versie.")
	require.Equal(t, http.StatusOK, save(visit, 1, ours).Status)

	// Looking changes nothing.
	page := visit.Get("/settings/policy/apply")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "2 open leads lopen onder een oudere versie.")
	require.Contains(t, page.Words(), "Jan de Boer · Renault Captur")
	require.Contains(t, page.Text, "&lt;b&gt;Eva&lt;/b&gt; Bos")
	require.Contains(t, page.Text, `href="/leads/`+one+`"`)
	require.Equal(t, 1, d.State(one).PolicyVersion)

	page = visit.Post("/settings/policy/apply", url.Values{"version": {"2"}, "key": {uuid.NewString()}})
	require.Equal(t, http.StatusOK, page.Status)
	require.True(t, strings.HasPrefix(page.URL.Path, "/settings/policy/applications/"), page.URL.Path)
	require.Contains(t, page.Words(), "van 2 leads gedaan")
	d.Advance("2s")
	d.Await(func() bool { return d.State(one).PolicyVersion == 2 && d.State(two).PolicyVersion == 2 }, "the leads go on under version 2")
	d.Settle()
	page = visit.Get(page.URL.Path)
	require.Contains(t, page.Words(), "Klaar")
	require.Contains(t, page.Words(), "2 van 2 leads gedaan")
	part := visit.Part(page.URL.Path + "?part=progress")
	require.NotContains(t, part.Text, "hx-trigger", "it does not ask again")
	require.NotContains(t, part.Text, "<html")
	require.Contains(t, visit.Get("/settings/policy/versions").Words(), "Toegepast op open leads")
	require.Contains(t, visit.Get("/settings/policy").Words(), "2 open leads lopen hieronder")
	require.Contains(t, d.Events(one), "policy_applied")

	require.Equal(t, http.StatusNotFound, visit.Get("/settings/policy/applications/"+uuid.NewString()).Status)
	require.Equal(t, http.StatusNotFound, visit.Get("/settings/policy/applications/x").Status)
}

func TestAnApplicationIsStopped(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	for _, last := range []string{"1", "2", "3"} {
		d.Receive("website", `{"channel":"web","customer":{"phone":"06 1234567`+last+`"}}`)
	}
	require.Equal(t, http.StatusOK, save(visit, 1, ours).Status)
	// Ten a second, and the clock stands still: only the first is told. Were it told in
	// vain, its next try would never come.
	page := visit.Post("/settings/policy/apply", url.Values{"version": {"2"}, "key": {uuid.NewString()}})
	require.Equal(t, http.StatusOK, page.Status)
	require.Eventually(t, func() bool {
		_, err := d.Store.Pool.Exec(t.Context(), `UPDATE outbox SET next_try_at = doorbell_now() WHERE tries > 0`)
		require.NoError(t, err)
		page = visit.Get(page.URL.Path)
		return strings.Contains(page.Words(), "1 van 3 leads gedaan")
	}, time.Minute, 20*time.Millisecond)
	require.Contains(t, page.Text, `hx-trigger="every 2s"`)
	page = visit.Post(page.URL.Path+"/cancel", url.Values{"key": {uuid.NewString()}})
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "Afgebroken")
	require.Contains(t, page.Words(), "Gestopt door Max Meijer")
	require.NotContains(t, page.Text, `hx-trigger="every 2s"`)
}
