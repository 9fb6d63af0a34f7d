package settings_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/policy"
)

// week is the form of the standard policy's week.
func week(version int) url.Values {
	form := url.Values{"version": {strconv.Itoa(version)}}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		for n, block := range [][2]string{{"08:30", "12:30"}, {"13:00", "18:00"}} {
			switch {
			case day == "sat" && n == 0:
				block = [2]string{"09:00", "17:00"}
			case day == "sat" || day == "sun":
				block = [2]string{}
			}
			form.Set(fmt.Sprintf("%s_from%d", day, n), block[0])
			form.Set(fmt.Sprintf("%s_to%d", day, n), block[1])
		}
	}
	for i, date := range []string{"2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31", "2027-01-01", "2027-03-29", "2027-04-27", "2027-05-06", "2027-05-17", "2027-12-25", ""} {
		form.Set("row"+strconv.Itoa(i), date)
	}
	form.Set("row0_from0", "09:00")
	form.Set("row0_to0", "13:00")
	form.Set("row3_from0", "09:00")
	form.Set("row3_to0", "16:00")
	return form
}

func TestOpeningHoursAreChangedAndThePolicyKeepsItsComments(t *testing.T) {
	t.Parallel()
	d, door := opened(t)
	boss := browse.SignIn(t, door, manager)
	page := boss.Get("/settings/hours")
	require.Contains(t, page.Words(), "Maandag 08:30–12:30 13:00–18:00")
	require.Contains(t, page.Words(), "Zondag Gesloten")
	require.Contains(t, page.Words(), "do 24 december 2026 09:00–13:00")
	require.Contains(t, page.Words(), "vr 25 december 2026 Gesloten")

	edit := boss.Get("/settings/hours/edit")
	form := week(1)
	form.Set("key", edit.Key())
	require.Contains(t, boss.Post("/settings/hours", form).Words(), "Er was niets anders; er is niets opgeslagen.")

	form.Set("sun_from0", "12:00")
	form.Set("sun_to0", "00:00")
	form.Set("row10", "2026-12-28")
	form.Set("row10_until", "2026-12-30")
	page = boss.Post("/settings/hours", form)
	require.Contains(t, page.Words(), "Opgeslagen als nieuwe versie van de werkwijze.")
	require.Contains(t, page.Words(), "Zondag 12:00–24:00")
	require.Contains(t, page.Words(), "di 29 december 2026 Gesloten")
	require.Contains(t, page.Words(), "In de werkwijze, versie 2")

	row, err := d.Store.LatestPolicy(t.Context(), d.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, row.Version)
	changed := map[string]bool{}
	for line := range strings.SplitSeq(row.Text, "\n") {
		changed[line] = true
	}
	for line := range strings.SplitSeq(string(policy.Standard()), "\n") {
		require.True(t, changed[line], "lost: %s", line)
	}
	require.Contains(t, row.Text, "    sat: [\"09:00-17:00\"]\n    sun: [\"12:00-24:00\"]\n")
	require.Contains(t, row.Text, "    - \"2026-12-26\"\n    - \"2026-12-28\"\n    - \"2026-12-29\"\n    - \"2026-12-30\"\n    - \"2027-01-01\"\n")
	require.Contains(t, boss.Post("/settings/hours", form).Words(), "er is niets opgeslagen", "sending it twice does nothing twice")
}

func TestHoursThatCannotBeAreSaidInWords(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	boss, ada := browse.SignIn(t, door, manager), browse.SignIn(t, door, admin)
	for _, c := range []struct {
		field, value, dutch, english string
	}{
		{"mon_to1", "", "Maandag: vul in wanneer het blok begint en wanneer het eindigt.", "Monday: enter when the block begins"},
		{"mon_to0", "14:00", "Maandag: twee blokken overlappen.", "Monday: two blocks overlap."},
		{"sat_to0", "09:00", "Zaterdag: een blok begint en eindigt op hetzelfde tijdstip.", "Saturday: a block begins and ends"},
		{"row10", "2026-12-25", "vr 25 december 2026 is twee keer ingevuld.", "Fri 25 December 2026 is entered twice."},
		{"row0_until", "2027-12-24", "de laatste dag moet na de eerste komen", "the last day must follow the first"},
	} {
		form := week(1)
		form.Set("sun_from0", "12:00")
		form.Set("sun_to0", "16:00")
		form.Set(c.field, c.value)
		page := boss.Post("/settings/hours", form)
		require.Equal(t, http.StatusUnprocessableEntity, page.Status, c.field)
		require.Contains(t, page.Words(), c.dutch)
		require.Contains(t, ada.Post("/settings/hours", form).Words(), c.english)
	}
	never := url.Values{"version": {"1"}}
	require.Contains(t, boss.Post("/settings/hours", never).Words(), "U zou nooit open zijn.")
}

func TestWhoChangesHoursThatSomebodyElseChangedIsTold(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	boss, ada := browse.SignIn(t, door, manager), browse.SignIn(t, door, admin)
	saturday := week(1)
	saturday.Set("sat_to0", "16:00")
	require.Contains(t, ada.Post("/settings/hours", saturday).Words(), "Saved as a new version")
	sunday := week(1)
	sunday.Set("sun_from0", "12:00")
	sunday.Set("sun_to0", "16:00")
	page := boss.Post("/settings/hours", sunday)
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "Iemand heeft de openingstijden intussen gewijzigd.")
}

// A policy that is written in JSON is changed in its editor.
func TestWhatCannotBeChangedHereLeadsToThePolicy(t *testing.T) {
	t.Parallel()
	_, door := opened(t)
	answer := door.Do(http.MethodPut, "/v1/policy", map[string]string{
		"Authorization": "Bearer " + door.Keys["integration"], "X-Actor": manager, "Content-Type": "application/json",
	}, `{"name":"ours","timezone":"Europe/Amsterdam","country":"NL","calendar":{"open":{"mon-fri":"09:00-18:00"}},"choose":[{"track":"standard"}],"tracks":{"standard":{"clock":"opening_hours"}}}`)
	require.Equal(t, http.StatusOK, answer.Status, answer.Text)
	boss := browse.SignIn(t, door, manager)
	page := boss.Get("/settings/hours/edit")
	require.Contains(t, page.Words(), "Wijzig hem in de werkwijze.")
	require.NotContains(t, page.Text, `name="version"`)
	form := week(2)
	require.Contains(t, boss.Post("/settings/hours", form).Words(), "Wijzig hem in de werkwijze.")
}
