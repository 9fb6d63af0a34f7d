package followups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	sam     = "sam@demo.example"
	manager = "manager@demo.example"
	mia     = "mia@demo.example" // reads English

	captur = `{"external_id":"AT-1","customer":{"full_name":"Jan de Boer","phone":"06 12345678"},"vehicle":{"make":"Renault","model":"Captur"}}`
)

func does(t *testing.T, door *dealership.Door, who, method, path string, body any) dealership.Answer {
	t.Helper()
	answer := door.As(who, method, path, body)
	require.Less(t, answer.Status, 300, "%s", answer.Text)
	return answer
}

// claiming opens a dealership in which a bought lead proved worthless, so that
// its price is to be claimed back by the marketer. It returns the claim's id.
func claiming(t *testing.T) (*dealership.Dealership, *dealership.Door, string) {
	t.Helper()
	d := dealership.Open(t, dealership.Options{Staff: append(dealership.Staff(), store.NewStaff{Email: mia, Name: "Mia Markt", Role: lead.RoleMarketer, Language: "en"})})
	door := d.Serve()
	id := d.Receive("portal", captur)
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/attempts", map[string]any{"channel": "phone", "outcome": "wrong_number"})
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/close", map[string]any{"reason": "wrong_personal_data", "note": "A <b>bakery</b> answers"})
	does(t, door, manager, http.MethodPost, "/v1/leads/"+id+"/closing/approve", map[string]any{})
	d.Settle()
	items, _ := does(t, door, manager, http.MethodGet, "/v1/follow-ups?kind=refund_claim", nil).Body["items"].([]any)
	require.Len(t, items, 1)
	claim, _ := items[0].(map[string]any)
	text, _ := claim["id"].(string)
	return d, door, text
}

func TestARefundClaimIsSettled(t *testing.T) {
	t.Parallel()
	_, door, claim := claiming(t)
	path := "/follow-ups/" + claim
	visit := browse.SignIn(t, door, mia)
	for address, shown := range map[string]bool{
		"/follow-ups": true, "/follow-ups?owner=me&kind=refund_claim&due=today": true, "/follow-ups?status=done": false, "/follow-ups?overdue=true": false,
		"/follow-ups?owner=" + sam: false, "/follow-ups?owner=nobody@demo.example": false, "/follow-ups?kind=letter": false, "/follow-ups?due=week": true,
	} {
		page := visit.Get(address)
		require.Equal(t, http.StatusOK, page.Status, address)
		require.Equal(t, shown, strings.Contains(page.Text, path), address)
	}
	page := visit.Get(path)
	for _, told := range []string{
		"Refund claim", "Claim the price of this lead back", "Jan de Boer · Renault Captur", "Source portal", "AT-1", "€\u00a025", "Personal data incorrect",
		"A &lt;b&gt;bakery&lt;/b&gt; answers", "What did the provider say?", "It need not be done", "Give it to somebody",
	} {
		require.Contains(t, page.Words(), told)
	}
	require.Equal(t, http.StatusUnprocessableEntity, visit.Post(path+"/done", url.Values{"note": {"Credited"}}).Status, "granted or refused?")
	form := url.Values{"key": {page.Key()}, "note": {"Credited on the bill"}, "outcome": {"granted"}}
	page = visit.Post(path+"/done", form)
	require.Equal(t, path, page.URL.Path)
	require.Contains(t, page.Words(), "Granted")
	require.Contains(t, page.Words(), "Mia Markt Credited on the bill")
	require.NotContains(t, page.Words(), "It is done")
	require.Equal(t, http.StatusOK, visit.Post(path+"/done", form).Status, "sent twice, done once")
	require.Equal(t, http.StatusConflict, visit.Post(path+"/drop", url.Values{"note": {"never mind"}}).Status)
	require.Contains(t, visit.Get("/follow-ups?owner=all&status=done").Text, path)
}

func TestAFollowUpIsGivenAwayAndDropped(t *testing.T) {
	t.Parallel()
	d, door, claim := claiming(t)
	path := "/follow-ups/" + claim
	his := browse.SignIn(t, door, sam)
	require.Contains(t, his.Get(path).Words(), "Deze is van iemand anders")
	require.NotContains(t, his.Get("/follow-ups").Text, path, "he sees his own first")
	require.Contains(t, his.Get("/follow-ups?owner=all").Text, path)
	for what, form := range map[string]url.Values{
		"done": {"note": {"paid"}, "outcome": {"granted"}}, "drop": {"note": {"no"}}, "assign": {"to": {sam}},
	} {
		require.Equal(t, http.StatusForbidden, his.Post(path+"/"+what, form).Status, what)
	}
	hers := browse.SignIn(t, door, mia)
	require.Equal(t, http.StatusUnprocessableEntity, hers.Post(path+"/assign", url.Values{}).Status)
	require.Contains(t, hers.Post(path+"/assign", url.Values{"to": {sam}, "note": {"He knows them"}}).Words(), "Assigned.")
	d.Settle()
	require.Contains(t, his.Get("/mine").Words(), "Claim bij de bron", "it is among what he has to do")
	d.AdvanceTo(d.At("2026-11-26 12:00"))
	require.Contains(t, his.Get("/follow-ups?overdue=true").Text, path)
	page := his.Post(path+"/drop", url.Values{"note": {"Het contract is afgelopen"}})
	require.Contains(t, page.Words(), "Vervallen")
	require.Contains(t, page.Words(), "Het contract is afgelopen")
}

func TestNoFollowUpIsThereForOthers(t *testing.T) {
	t.Parallel()
	_, door, claim := claiming(t)
	visit := browse.SignIn(t, door, mia)
	for _, id := range []string{uuid.NewString(), "x"} {
		require.Equal(t, http.StatusNotFound, visit.Get("/follow-ups/"+id).Status)
		require.Equal(t, http.StatusNotFound, visit.Post("/follow-ups/"+id+"/drop", url.Values{"note": {"no"}}).Status)
	}
	require.Equal(t, "/sign-in", browse.Anybody(t, door).Get("/follow-ups/"+claim).URL.Path)
}
