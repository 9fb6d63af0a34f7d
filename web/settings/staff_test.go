package settings_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

const (
	marketer = "marie@demo.example"
	admin    = "ada@demo.example"
)

// opened is the standard dealer with a marketer and an admin, who reads English.
func opened(t *testing.T) (*dealership.Dealership, *dealership.Door) {
	t.Helper()
	staff := append(dealership.Staff(),
		store.NewStaff{Email: marketer, Name: "Marie Bos", Role: lead.RoleMarketer},
		store.NewStaff{Email: admin, Name: "Ada Vos", Role: lead.RoleAdmin, Language: "en"})
	d := dealership.Open(t, dealership.Options{Staff: staff})
	door := d.Serve()
	return d, door
}

// between is what stands between two texts of a page.
func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, before)
	require.True(t, found, before)
	got, _, found := strings.Cut(rest, after)
	require.True(t, found, after)
	return got
}

const jan = `{"external_id":"A-1","channel":"web","request":"test_drive","customer":{"full_name":"Jan de Boer","phone":"0612345678"},"vehicle":{"make":"Renault","model":"Captur"}}`

func TestAManagerHiresGivesLeaveAndLetsGo(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	boss := browse.SignIn(t, door, manager)
	page := boss.Get("/settings/staff/new")
	require.NotContains(t, page.Words(), "Algemeen manager", "a sales manager appoints no managers")
	page = boss.Post("/settings/staff", url.Values{
		"key": {page.Key()}, "name": {"Lea Laurent"}, "email": {"lea@demo.example"}, "role": {"salesperson"}, "phone": {"06 12345678"},
		"languages": {"fr"}, "makes": {"Renault, Dacia"}, "capacity": {"40"},
	})
	require.Equal(t, http.StatusOK, page.Status)
	lea := page.URL.Path
	require.Contains(t, page.Words(), "Toegevoegd.")
	require.Contains(t, page.Text, "tel:+31612345678")
	require.Contains(t, page.Text, lea+"/invite")
	require.Contains(t, boss.Get("/settings/staff").Words(), "Lea Laurent lea@demo.example Verkoper Frans, Renault, Dacia 0 van 40 In dienst")

	page = boss.Post(lea, url.Values{"name": {"Lea Laurent-Vos"}, "role": {"bdc"}, "languages": {""}, "makes": {""}, "capacity": {""}})
	require.Contains(t, page.Words(), "Opgeslagen.")
	require.Contains(t, boss.Get("/settings/staff").Words(), "Lea Laurent-Vos lea@demo.example Callcentermedewerker Alle 0 In dienst")

	page = boss.Post(lea+"/absences", url.Values{"from": {"2026-11-24"}, "until": {"2026-11-27"}, "why": {"vakantie"}})
	require.Contains(t, page.Words(), "dinsdag 24 november tot en met vrijdag 27 november vakantie")
	require.Contains(t, page.Words(), "Afwezig tot za")
	absence := between(t, page.Text, lea+"/absences/", "/")
	page = boss.Post(lea+"/absences/"+absence+"/delete", url.Values{})
	require.Contains(t, page.Words(), "Er is geen afwezigheid ingevoerd.")

	id := d.Receive("website", jan)
	owner := d.State(id).Owner
	path := "/settings/staff/" + owner
	require.Contains(t, boss.Get(path+"/leave").Words(), "Zijn open lead krijgt meteen een andere eigenaar")
	require.Contains(t, boss.Post(path+"/leave", url.Values{}).Words(), "Vastgelegd.")
	d.Await(func() bool { return d.State(id).Owner != owner }, "the lead finds another owner")
	require.Contains(t, boss.Get("/settings/staff").Words(), "1 collega is weg")
	require.Contains(t, boss.Post(path+"/return", url.Values{}).Words(), "Vastgelegd. Hij krijgt weer leads.")
}

func TestNobodyIsOfferedWhatHeMayNotDo(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	boss := browse.SignIn(t, door, manager)
	path := func(email string) string { return "/settings/staff/" + d.StaffID(email) }
	require.NotContains(t, boss.Get(path(manager)).Text, `name="role"`, "nobody changes his own role")
	require.NotContains(t, boss.Get(path(director)).Text, `name="role"`)
	require.NotContains(t, boss.Get(path(director)).Text, "/leave")
	require.NotContains(t, boss.Get(path(director)).Text, "/invite")
	require.Equal(t, http.StatusForbidden, boss.Post(path(director)+"/leave", url.Values{}).Status, "nor does it help to ask")
	require.Contains(t, browse.SignIn(t, door, director).Get(path(manager)).Text, `name="role"`)

	for who, may := range map[string][]string{
		sam:      {},
		marketer: {"/settings", "/settings/sources"},
		manager:  {"/settings", "/settings/staff", "/settings/sources", "/settings/new-source", "/settings/sources/portal", "/settings/hours", "/settings/dealer"},
		admin:    {"/settings", "/settings/staff", "/settings/sources", "/settings/new-source", "/settings/sources/portal", "/settings/hours", "/settings/dealer", "/settings/keys", "/settings/keys/new"},
	} {
		visit := browse.SignIn(t, door, who)
		for _, page := range []string{
			"/settings", "/settings/staff", "/settings/staff/new", path(sam), "/settings/sources", "/settings/new-source", "/settings/sources/portal",
			"/settings/hours", "/settings/hours/edit", "/settings/dealer", "/settings/dealer/mail", "/settings/keys", "/settings/keys/new",
		} {
			want := http.StatusForbidden
			if slices.Contains(may, page) || (len(may) > 2 && !strings.Contains(page, "keys")) {
				want = http.StatusOK
			}
			require.Equal(t, want, visit.Get(page).Status, "%s sees %s", who, page)
		}
	}
	require.NotContains(t, browse.SignIn(t, door, marketer).Get("/settings/sources").Text, "/settings/sources/portal", "a marketer only reads")
}

func TestAnotherDealersPeopleAreNobody(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	other, err := d.Store.CreateDealer(t.Context(), store.NewDealer{
		Name: "Elders", Language: "nl", Staff: []store.NewStaff{{Email: "x@elders.example", Name: "X", Role: lead.RoleSalesperson}},
		Sources: []store.NewSource{{Code: "theirs", Name: "Theirs", Party: lead.FirstParty}},
	})
	require.NoError(t, err)
	theirs, err := d.Store.ListStaff(t.Context(), other)
	require.NoError(t, err)
	ada := browse.SignIn(t, door, admin)
	path := "/settings/staff/" + theirs[0].ID.String()
	for _, page := range []string{path, path + "/leave", "/settings/staff/nobody", "/settings/sources/theirs", "/settings/keys/" + theirs[0].ID.String() + "/revoke"} {
		require.Equal(t, http.StatusNotFound, ada.Get(page).Status, page)
	}
	for _, act := range []string{path, path + "/leave", path + "/return", "/settings/sources/theirs", "/settings/keys/" + theirs[0].ID.String() + "/revoke"} {
		require.Equal(t, http.StatusNotFound, ada.Post(act, url.Values{"name": {"Y"}, "party": {"first"}}).Status, act)
	}
	page := ada.Post("/settings/staff", url.Values{"name": {"Y"}, "email": {"x@elders.example"}, "role": {"bdc"}})
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
}

func TestAPausedColleagueGetsHisLeadsBack(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	row, err := d.Store.LatestPolicy(t.Context(), d.ID)
	require.NoError(t, err)
	text := row.Text + "\nearning: {result: appointment, norm: 50%, sample: 5}\n"
	if strings.Contains(row.Text, "\nearning:") {
		text = row.Text
	}
	answer := door.Do(http.MethodPut, "/v1/policy", map[string]string{
		"Authorization": "Bearer " + door.Keys["integration"], "X-Actor": manager, "Content-Type": "application/yaml",
	}, text)
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	_, err = d.Store.Pool.Exec(t.Context(), `UPDATE staff SET paused_at = doorbell_now() WHERE email = $1`, sam)
	require.NoError(t, err)

	path := "/settings/staff/" + d.StaffID(sam)
	boss := browse.SignIn(t, door, manager)
	page := boss.Get(path)
	require.Contains(t, page.Words(), "Nieuwe leads gepauzeerd sinds vandaag")
	require.Contains(t, page.Words(), "Nog geen gesprek om op te beoordelen.")
	short := boss.Post(path+"/interventions", url.Values{"text": {"ok"}})
	require.Equal(t, http.StatusUnprocessableEntity, short.Status)
	require.Contains(t, short.Words(), "Schrijf ten minste tien tekens.")
	page = boss.Post(path+"/interventions", url.Values{"text": {"Een dag naast hem gezeten"}})
	require.Contains(t, page.Words(), "Max Meijer greep in; er kwamen weer nieuwe leads Een dag naast hem gezeten")
	require.NotContains(t, page.Words(), "gepauzeerd sinds")
	page = boss.Post(path+"/exemption", url.Values{"text": {"Werkt zich in op gebruikte auto's"}, "until": {"2026-12-31"}})
	require.Contains(t, page.Words(), "Vrij van de norm tot en met 31 dec")
	require.Contains(t, boss.Post(path+"/exemption/end", url.Values{}).Words(), "De norm geldt weer.")
	require.NotContains(t, browse.SignIn(t, door, admin).Get(path).Text, "/exemption", "an admin decides nothing about leads")
}
