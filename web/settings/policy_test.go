package settings_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/policy"
)

const (
	manager  = "manager@demo.example"
	director = "director@demo.example"
	sam      = "sam@demo.example"
)

// ours is a policy of few lines: line 8 says by when somebody has to call.
const ours = `name: ours
timezone: Europe/Amsterdam
country: NL
calendar: {open: {mon-fri: "09:00-18:00", sat: "09:00-17:00"}}
choose: [{when: {weekday: [sat, sun]}, track: weekend}, {track: standard}]
tracks:
  standard: &base
    live_response: {due: 10m}
  weekend:
    <<: *base
`

// version is the newest version of the policy and its text.
func version(t *testing.T, door *dealership.Door) (number, text string) {
	t.Helper()
	got := door.Do(http.MethodGet, "/v1/policy", map[string]string{
		"Authorization": "Bearer " + door.Keys["integration"], "Accept": "application/yaml",
	}, "")
	require.Equal(t, http.StatusOK, got.Status)
	return got.Header.Get("Policy-Version"), got.Text
}

// save sends the form of the editor, as a browser does.
func save(visit *browse.Visit, base int, text string) browse.Page {
	return visit.Post("/settings/policy", url.Values{
		"text": {strings.ReplaceAll(text, "\n", "\r\n")}, "version": {strconv.Itoa(base)}, "key": {uuid.NewString()},
	})
}

func TestAManagerSavesThePolicyAsANewVersion(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)

	page := visit.Get("/settings/policy")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "Versie 1, van 10:00 · Doorbell")
	require.Contains(t, page.Words(), "Er is niets mis.")
	require.Contains(t, page.Text, "next_salesperson", "the text is in the field")

	page = save(visit, 1, ours)
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, "/settings/policy", page.URL.Path)
	require.Contains(t, page.Words(), "Opgeslagen als nieuwe versie.")
	number, text := version(t, door)
	require.Equal(t, "2", number)
	require.Equal(t, ours, text, "line ends as they were written")
	history := visit.Get("/settings/policy/versions").Words()
	require.Contains(t, history, "Max Meijer")
	require.Contains(t, history, "Versie 2")
}

func TestABrokenPolicyNamesItsLineAndNothingIsSaved(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	broken := strings.Replace(ours, "due: 10m", "due: 15x", 1)

	page := visit.Post("/settings/policy/check", url.Values{"text": {broken}, "version": {"1"}})
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "Regel 8, teken 26")
	require.Contains(t, page.Text, `data-line="8"`)
	require.Contains(t, page.Words(), "tracks.standard.live_response.due")
	require.Contains(t, page.Text, "due: 15x", "without script the whole page comes back with the text")

	page = save(visit, 1, broken)
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "Regel 8, teken 26")
	require.Contains(t, page.Text, "due: 15x", "what was written stays")
	require.Contains(t, page.Words(), "Er is niets opgeslagen")
	number, _ := version(t, door)
	require.Equal(t, "1", number)

	// Remarks do not keep it from being saved.
	remarked := strings.Replace(ours, "due: 10m}", "due: 10m, escalate: [{after: 0s, to: [marketer]}]}", 1)
	page = visit.Post("/settings/policy/check", url.Values{"text": {remarked}, "version": {"1"}})
	require.Contains(t, page.Words(), "Dit kan worden opgeslagen; 2 opmerkingen.")
	require.Equal(t, http.StatusOK, save(visit, 1, remarked).Status)
	number, _ = version(t, door)
	require.Equal(t, "2", number)
}

func TestTwoManagersWhoSaveAtOnceDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	one, other := browse.SignIn(t, door, manager), browse.SignIn(t, door, director)
	require.Equal(t, http.StatusOK, save(one, 1, ours).Status)

	theirs := strings.Replace(ours, "due: 10m", "due: 20m", 1)
	page := save(other, 1, theirs)
	require.Equal(t, http.StatusConflict, page.Status)
	require.Contains(t, page.Words(), "Max Meijer heeft versie 2 opgeslagen terwijl u schreef.")
	require.Contains(t, page.Text, "due: 20m", "his text is still in the field")
	require.Contains(t, page.Words(), "8 − weg live_response: {due: 10m}")
	require.Contains(t, page.Words(), "8 + erbij live_response: {due: 20m}")
	number, text := version(t, door)
	require.Equal(t, "2", number)
	require.Equal(t, ours, text)

	require.Contains(t, page.Text, `name="version" value="2"`)
	require.Equal(t, http.StatusOK, save(other, 2, theirs).Status)
	number, text = version(t, door)
	require.Equal(t, "3", number)
	require.Equal(t, theirs, text)
}

func TestVersionsAreComparedAndRestored(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	save(visit, 1, ours)
	save(visit, 2, strings.Replace(ours, "due: 10m", "due: 20m", 1))

	page := visit.Get("/settings/policy/difference?from=2&to=3")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "8 − weg live_response: {due: 10m}")
	require.Contains(t, page.Words(), "8 + erbij live_response: {due: 20m}")
	require.Contains(t, page.Words(), "4 ongewijzigde regels", "what is far from the change is left out")
	require.Contains(t, visit.Get("/settings/policy/difference?from=2&to=2").Words(), "Er is geen verschil.")
	require.Equal(t, http.StatusNotFound, visit.Get("/settings/policy/difference?from=2&to=9").Status)
	require.Equal(t, http.StatusNotFound, visit.Get("/settings/policy/versions/9").Status)
	require.Equal(t, http.StatusNotFound, visit.Get("/settings/policy/versions/x").Status)

	page = visit.Get("/settings/policy/versions/2")
	require.Contains(t, page.Words(), "live_response: {due: 10m}")
	page = visit.Post("/settings/policy/versions/2/restore", url.Values{"version": {"3"}, "key": {"restore"}})
	require.Contains(t, page.Words(), "Teruggezet")
	number, text := version(t, door)
	require.Equal(t, "4", number)
	require.Equal(t, ours, text)

	// What does not fit the house any more opens in the editor.
	save(visit, 4, strings.Replace(ours, "due: 10m", "due: 10m, escalate: [{after: 0s, to: [tess@demo.example]}]", 1))
	save(visit, 5, ours)
	left := door.As(director, http.MethodPost, "/v1/staff/"+d.StaffID("tess@demo.example")+"/leave", map[string]any{})
	require.Equal(t, http.StatusOK, left.Status, left.Text)
	page = visit.Post("/settings/policy/versions/5/restore", url.Values{"version": {"6"}, "key": {"again"}})
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Text, "tess@demo.example")
	require.Contains(t, page.Text, `data-line="8"`)
	number, _ = version(t, door)
	require.Equal(t, "6", number)
}

func TestAShippedPolicyOpensInTheEditorAndIsNotSavedYet(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	for _, shipped := range policy.Shipped() {
		page := visit.Get("/settings/policy?shipped=" + shipped.Name)
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Words(), "Dit is de meegeleverde werkwijze "+shipped.Name)
		require.Contains(t, page.Words(), "name: "+shipped.Name)
	}
	number, _ := version(t, door)
	require.Equal(t, "1", number)
}

// What would happen to a lead on Saturday 16:50, ten minutes before closing,
// under a text that nobody has saved.
func TestWhatWouldHappenOnSaturdayAtTenToFive(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	question := url.Values{
		"text": {ours}, "version": {"1"}, "at": {"2026-11-28T16:50"}, "for": {"3d"}, "source": {"portal"}, "channel": {"web"},
		"condition": {"new"}, "make": {"Renault"}, "model": {"Captur"},
	}
	// Everybody may ask.
	page := browse.SignIn(t, door, sam).Post("/settings/policy/preview", question)
	require.Equal(t, http.StatusOK, page.Status)
	said := page.Words()
	require.Contains(t, said, "weekend")
	require.Contains(t, said, "zaterdag 28 november om 16:50", "people's clocks start at once")
	require.Contains(t, said, "zaterdag 28 november")
	require.Contains(t, said, "Sam Visser (Verkoper) E-mail")
	require.Contains(t, said, "Mail aan de klant: Dank voor uw aanvraag")
	require.Contains(t, said, "17:00", "the clock ran out with the day")
	require.Contains(t, page.Text, "due: 10m", "the text stays in the field")
	require.Contains(t, page.Text, `value="Captur"`, "and so does the question")
	require.NotContains(t, said, "Opslaan als nieuwe versie", "he may not save")

	question.Set("source", "nowhere")
	require.Contains(t, browse.SignIn(t, door, manager).Post("/settings/policy/preview", question).Words(), "Bron:")
	question.Set("text", "tracks: nothing")
	require.Contains(t, browse.SignIn(t, door, manager).Post("/settings/policy/preview", question).Words(), "Er zitten fouten in de werkwijze")
	number, _ := version(t, door)
	require.Equal(t, "1", number)
	require.Empty(t, door.As(manager, http.MethodGet, "/v1/leads", nil).Body["items"])
}

func TestOnlyWhoMayChangesThePolicy(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, sam)
	page := visit.Get("/settings/policy")
	require.Equal(t, http.StatusOK, page.Status, "everybody may read it")
	require.NotContains(t, page.Words(), "Opslaan als nieuwe versie")
	require.Equal(t, http.StatusForbidden, save(visit, 1, ours).Status)
	require.Equal(t, http.StatusForbidden, visit.Get("/settings/policy/apply").Status)
	require.Equal(t, http.StatusForbidden, visit.Post("/settings/policy/apply", url.Values{"version": {"1"}}).Status)
	require.Equal(t, http.StatusForbidden, visit.Post("/settings/policy/versions/1/restore", url.Values{"key": {"k"}}).Status)
	number, _ := version(t, door)
	require.Equal(t, "1", number)
	require.Equal(t, "/sign-in", browse.Anybody(t, door).Get("/settings/policy").URL.Path)
}

func TestMarkupInAPolicyIsShownAndNeverRun(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	const markup = `</textarea><script>alert(1)</script>`
	for _, page := range []browse.Page{
		visit.Post("/settings/policy/check", url.Values{"text": {"name: '" + markup + "'\nx" + markup + ": 1\n"}, "version": {"1"}}),
		save(visit, 1, "# "+markup+"\n"+ours),
		visit.Get("/settings/policy"),
		visit.Get("/settings/policy/versions/2"),
		visit.Get("/settings/policy/difference?from=1&to=2"),
	} {
		require.Equal(t, http.StatusOK, page.Status)
		require.NotContains(t, page.Text, "<script>alert", "markup stays text")
	}
	require.Contains(t, visit.Get("/settings/policy/versions/2").Text, "&lt;script&gt;alert(1)")
}
