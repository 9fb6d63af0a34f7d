package settings_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
)

// reason is a reason as the API shows it.
type reason struct {
	Code, Label, Approve, Mail string
	Evidence                   []string
	Numbers                    map[string]int
	Details                    []struct{ Name string }
	FollowUps                  []struct{ Kind string } `json:"follow_ups"`
}

// read reads an answer of the API.
func read(t *testing.T, door *dealership.Door, path string, into any) {
	t.Helper()
	got := door.As(manager, http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	require.NoError(t, json.Unmarshal([]byte(got.Text), into))
}

// catalogueOf is the newest catalogue by code.
func catalogueOf(t *testing.T, door *dealership.Door) (version int, reasons map[string]reason) {
	t.Helper()
	var body struct {
		Version int
		Items   []reason
	}
	read(t, door, "/v1/reasons", &body)
	reasons = map[string]reason{}
	for _, one := range body.Items {
		reasons[one.Code] = one
	}
	return body.Version, reasons
}

// usable is the codes with which a lead can close.
func usable(t *testing.T, door *dealership.Door, lead string) []string {
	t.Helper()
	var body struct{ Items []struct{ Code string } }
	read(t, door, "/v1/leads/"+lead+"/reasons", &body)
	var codes []string
	for _, one := range body.Items {
		codes = append(codes, one.Code)
	}
	return codes
}

func fresh(version string, more ...string) url.Values {
	form := url.Values{"version": {version}, "key": {uuid.NewString()}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	return form
}

func TestTheCatalogueIsShownWithWhatProvesEachReason(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	page := browse.SignIn(t, door, sam).Get("/settings/reasons")
	require.Equal(t, http.StatusOK, page.Status, "everybody may read it")
	require.Contains(t, page.Words(), "Belpogingen: zoals de werkwijze zegt")
	require.NotContains(t, page.Text, "/retire", "only managers change it")
	require.Contains(t, browse.SignIn(t, door, manager).Get("/settings/reasons").Text, "/settings/reasons/not_reached/retire")
}

func TestAReasonIsRetiredAndRestored(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	before := d.Receive("website", `{"channel":"web","customer":{"phone":"06 12345671"}}`)
	require.Contains(t, usable(t, door, before), "refused_call")

	page := visit.Post("/settings/reasons/refused_call/retire", fresh("1"))
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "Vervallen: er kan geen lead meer mee sluiten")
	during := d.Receive("website", `{"channel":"web","customer":{"phone":"06 12345672"}}`)
	require.NotContains(t, usable(t, door, during), "refused_call")
	require.Contains(t, usable(t, door, before), "refused_call", "a lead keeps the catalogue that it arrived under")

	page = visit.Post("/settings/reasons/refused_call/restore", fresh("1"))
	require.Contains(t, page.Words(), "Iemand heeft de catalogus intussen gewijzigd", "the form is old")
	require.Equal(t, http.StatusOK, visit.Post("/settings/reasons/refused_call/restore", fresh("2")).Status)
	after := d.Receive("website", `{"channel":"web","customer":{"phone":"06 12345673"}}`)
	require.Contains(t, usable(t, door, after), "refused_call")
}

func TestAReasonIsChangedAndMadeAsItWasShippedAgain(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	form := visit.Get("/settings/reasons/not_reached")
	require.Equal(t, http.StatusOK, form.Status)
	require.Contains(t, form.Text, `name="number_attempts"`)

	page := visit.Post("/settings/reasons/not_reached", fresh("1", "label", "Acht keer gebeld, nooit gesproken", "approve", "no", "mail", "still-interested",
		"number_attempts", "8", "number_mail_sent", "2"))
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "Acht keer gebeld, nooit gesproken")
	require.Contains(t, page.Words(), "Door u gewijzigd: naam, getallen van het bewijs, goedkeuring, mail")
	version, reasons := catalogueOf(t, door)
	require.Equal(t, 2, version)
	is := reasons["not_reached"]
	require.Equal(t, "no", is.Approve)
	require.Equal(t, map[string]int{"attempts": 8, "mail_sent": 2}, is.Numbers)
	require.Equal(t, "still-interested", is.Mail)

	// What is not filled in goes back to the policy.
	visit.Post("/settings/reasons/not_reached", fresh("2", "label", "Acht keer gebeld, nooit gesproken", "approve", "no", "mail", "still-interested"))
	_, reasons = catalogueOf(t, door)
	require.Empty(t, reasons["not_reached"].Numbers)

	page = visit.Post("/settings/reasons/not_reached/shipped", fresh("3"))
	require.Equal(t, http.StatusOK, page.Status)
	require.NotContains(t, page.Words(), "Door u gewijzigd")
	version, _ = catalogueOf(t, door)
	require.Equal(t, 4, version)

	// A form in which nothing was changed makes no version.
	visit.Post("/settings/reasons/sold", fresh("4"))
	version, _ = catalogueOf(t, door)
	require.Equal(t, 4, version)
}

func TestAReasonThatSaysNothingIsRefusedInWords(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	page := visit.Post("/settings/reasons/not_reached", fresh("1", "label", "Overige redenen", "number_attempts", "99"))
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "zegt niet wat er gebeurde")
	require.Contains(t, page.Words(), "moet 1 tot 30 belpogingen zijn")
	require.Contains(t, page.Text, `value="Overige redenen"`, "what was filled in stays")
	require.Contains(t, page.Text, `aria-invalid="true"`)
	version, _ := catalogueOf(t, door)
	require.Equal(t, 1, version)
	require.Equal(t, http.StatusNotFound, visit.Get("/settings/reasons/nothing").Status)
	require.Equal(t, http.StatusNotFound, visit.Post("/settings/reasons/nothing", fresh("1", "label", "Nothing")).Status)
}

func TestADealerAddsAReasonOfHisOwn(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, manager)
	require.Equal(t, http.StatusOK, visit.Get("/settings/new-reason").Status)
	form := fresh("1", "label", "Naar het <b>buitenland</b> verhuisd", "code", "moved_abroad", "group", "No interest", "outcome", "missed", "effect", "lost",
		"evidence", "conversation", "approve", "yes", "detail_name_0", "back", "detail_kind_0", "date_or_unknown",
		"detail_name_1", "where", "detail_kind_1", "choice", "detail_options_1", "europe, elsewhere", "detail_optional_1", "yes",
		"follow_up_kind_0", "try_again", "follow_up_months_0", "12")
	page := visit.Post("/settings/new-reason", form)
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Text, "Naar het &lt;b&gt;buitenland&lt;/b&gt; verhuisd")
	require.Contains(t, page.Words(), "Uw eigen reden")
	_, reasons := catalogueOf(t, door)
	own := reasons["moved_abroad"]
	require.Equal(t, []string{"conversation"}, own.Evidence)
	require.Len(t, own.Details, 2)
	require.Equal(t, "try_again", own.FollowUps[0].Kind)
	id := d.Receive("website", `{"channel":"web","customer":{"phone":"06 12345671"}}`)
	require.Contains(t, usable(t, door, id), "moved_abroad")

	// The code of another reason would change that one.
	form.Set("version", "2")
	form.Set("code", "sold")
	form.Set("key", uuid.NewString())
	page = visit.Post("/settings/new-reason", form)
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "is de code van een andere reden")
	// Without evidence it is none.
	page = visit.Post("/settings/new-reason", fresh("2", "label", "Wil niet meer", "group", "No interest", "outcome", "missed", "effect", "lost", "approve", "yes"))
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "Bewijs: is nodig bij een eigen reden")
}

func TestTwoManagersWhoChangeTheCatalogueAtOnceAreTold(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	one, other := browse.SignIn(t, door, manager), browse.SignIn(t, door, director)
	require.Equal(t, http.StatusOK, one.Post("/settings/reasons/sold", fresh("1", "label", "Verkocht!")).Status)
	page := other.Post("/settings/reasons/sold", fresh("1", "label", "Auto verkocht"))
	require.Equal(t, http.StatusConflict, page.Status)
	require.Contains(t, page.Text, `value="Auto verkocht"`, "what he filled in stays")
	require.Contains(t, page.Words(), "Staat er nu: Verkocht!")
	require.Equal(t, http.StatusOK, other.Post("/settings/reasons/sold", fresh("2", "label", "Auto verkocht")).Status)
	_, reasons := catalogueOf(t, door)
	require.Equal(t, "Auto verkocht", reasons["sold"].Label)
}

func TestOnlyManagersChangeReasons(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	door := d.Serve()
	visit := browse.SignIn(t, door, sam)
	for _, path := range []string{"/settings/reasons/sold", "/settings/new-reason"} {
		require.Equal(t, http.StatusForbidden, visit.Get(path).Status, path)
	}
	for _, path := range []string{"/settings/reasons/sold", "/settings/reasons/sold/retire", "/settings/reasons/sold/restore", "/settings/reasons/sold/shipped", "/settings/new-reason"} {
		require.Equal(t, http.StatusForbidden, visit.Post(path, fresh("1", "label", "Mine")).Status, path)
	}
	version, _ := catalogueOf(t, door)
	require.Equal(t, 1, version)
}
