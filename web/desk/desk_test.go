package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/browse"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestAManagerDecidesOnWhatWaitsForHim(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	first := h.proposed("Jan de Boer", sam)
	second := h.proposed("Piet <b>Puk</b>", sam)

	boss := browse.SignIn(t, h.door, manager)
	page := boss.Get("/desk")
	require.Equal(t, http.StatusOK, page.Status)
	for _, told := range []string{
		"Jan de Boer Renault Captur", "Personal data incorrect", "Proposed by Sam Visser", "The number rings at a bakery",
		"It waits because the reason asks for approval", "Call: wrong number", "2 wait", "Approve", "Why not? Sam Visser reads this.",
	} {
		require.Contains(t, page.Words(), told)
	}
	require.Contains(t, page.Text, "Piet &lt;b&gt;Puk&lt;/b&gt;", "what customers write is shown as they wrote it")
	require.NotContains(t, page.Text, "autofocus")

	page = boss.Post("/desk/closings/"+first+"/approve", url.Values{"key": {page.Key()}})
	require.Equal(t, "/desk", page.URL.Path)
	require.Contains(t, page.Words(), "Approved.")
	require.Contains(t, page.Text, `tabindex="-1" autofocus`, "the next one has the focus")
	require.Contains(t, page.Text, "/desk/closings/"+second+"/refuse")
	require.Equal(t, lead.Closed, h.State(first).Status)

	require.Equal(t, http.StatusUnprocessableEntity, boss.Post("/desk/closings/"+second+"/refuse", url.Values{"note": {" "}}).Status, "a refusal needs words")
	page = boss.Post("/desk/closings/"+second+"/refuse", url.Values{"key": {page.Key()}, "note": {"Look the number up in the phone book"}})
	require.Contains(t, page.Words(), "No closing waits for a decision.")
	require.Equal(t, lead.Open, h.State(second).Status)
	require.Contains(t, h.as(sam, http.MethodGet, "/v1/leads/"+second+"/timeline", nil).Text, "Look the number up in the phone book")

	page = boss.Post("/desk/closings/"+second+"/approve", nil)
	require.Equal(t, http.StatusConflict, page.Status, "there is nothing to decide any more")
}

func TestNobodyApprovesHisOwnProposal(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	id := h.proposed("Jan de Boer", manager)
	boss := browse.SignIn(t, h.door, manager)
	page := boss.Get("/desk")
	require.Contains(t, page.Words(), "Your own proposal")
	require.Contains(t, page.Words(), "Nobody approves his own proposal")
	require.NotContains(t, page.Text, "/approve")
	require.Equal(t, http.StatusForbidden, boss.Post("/desk/closings/"+id+"/approve", nil).Status)

	gwen := browse.SignIn(t, h.door, director)
	require.Contains(t, gwen.Get("/desk").Words(), "Goedkeuren", "in her language")
	gwen.Post("/desk/closings/"+id+"/approve", url.Values{"note": {"Agreed"}})
	require.Equal(t, lead.Closed, h.State(id).Status)
}

func TestTheDeskShowsWhoIsBehind(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	id := h.arrives("Jan de Boer")
	h.Advance("40m")
	require.Equal(t, 2, h.State(id).Escalation.Step)
	boss := browse.SignIn(t, h.door, manager)
	page := boss.Part("/desk?part=now")
	require.NotContains(t, page.Text, "<html", "a part alone")
	require.Contains(t, page.Words(), "ESCALATED 2/3")
	require.Contains(t, page.Words(), "told: ")

	page = boss.Post("/desk/leads/"+id+"/assign", url.Values{"to": {uma}, "reason": {"She is at her desk"}})
	require.Contains(t, page.Words(), "Assigned.")
	require.Equal(t, h.StaffID(uma), h.State(id).Owner)
	require.Contains(t, page.Words(), "Nothing is escalated.", "she has her own time for it")
	require.Equal(t, http.StatusUnprocessableEntity, boss.Post("/desk/leads/"+id+"/assign", nil).Status)
}

func TestLeadsAreReassignedInBulk(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	one, two, hers := h.arrives("Jan de Boer"), h.arrives("Piet Puk"), h.arrives("Anna Bakker")
	h.as(manager, http.MethodPost, "/v1/leads/"+hers+"/assign", map[string]any{"to": tess})
	boss := browse.SignIn(t, h.door, manager)
	page := boss.Get("/desk/reassign?owner=" + h.StaffID(sam))
	require.Contains(t, page.Words(), "2 leads")
	require.NotContains(t, page.Words(), "Anna Bakker")
	require.Contains(t, boss.Get("/desk/reassign").Words(), "Anna Bakker")
	require.Contains(t, boss.Get("/desk/reassign?overdue=true").Words(), "No open lead matches.")
	require.Contains(t, boss.Get("/desk/reassign?owner=none&source=website&stage=new").Words(), "No open lead matches.")

	form := url.Values{"key": {page.Key()}, "lead": {one, two, hers}, "to": {tess}, "reason": {"Sam is ill"}}
	page = boss.Post("/desk/reassign", form)
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "2 of 3 went to Tess Smit.")
	require.Contains(t, page.Words(), "Refused Anna Bakker · Renault Captur The lead is this colleague")
	page = boss.Post("/desk/reassign", form)
	require.Contains(t, page.Words(), "2 of 3 went to Tess Smit.", "sent twice, done once")
	for _, id := range []string{one, two} {
		require.Equal(t, h.StaffID(tess), h.State(id).Owner)
		require.Equal(t, 1, strings.Count(h.as(sam, http.MethodGet, "/v1/leads/"+id+"/timeline", nil).Text, "Sam is ill"))
	}

	// All that are shown, and the bounds.
	page = boss.Post("/desk/reassign", url.Values{"all": {"1"}, "shown": {one, two, "nonsense"}, "to": {sam}})
	require.Contains(t, page.Words(), "2 of 2 went to Sam Visser.")
	require.Contains(t, boss.Post("/desk/reassign", url.Values{"to": {sam}}).Words(), "Choose at least one lead.")
	require.Contains(t, boss.Post("/desk/reassign", url.Values{"lead": {one}}).Words(), "Choose to whom.")
	many := url.Values{"to": {sam}}
	for range 101 {
		many.Add("lead", uuid.NewString())
	}
	require.Contains(t, boss.Post("/desk/reassign", many).Words(), "at most 100")
	require.Contains(t, boss.Post("/desk/reassign", url.Values{"lead": {one}, "to": {"nobody@demo.example"}}).Words(), "0 of 1 went to nobody@demo.example.")
}

// earned is a policy with a norm.
const earned = `
name: earned
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"]}}
choose: [{track: standard}]
tracks: {standard: {}}
earning: {result: appointment, norm: 50%, sample: 5}
`

func TestAnInterventionEndsAPause(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{Policy: earned})
	ctx := context.Background()
	id := uuid.MustParse(h.StaffID(sam))
	_, err := h.Store.PauseStaff(ctx, db.PauseStaffParams{DealerID: h.ID, ID: id, At: h.Now()})
	require.NoError(t, err)
	require.NoError(t, h.Store.InsertEarningEntry(ctx, db.InsertEarningEntryParams{
		ID: uuid.New(), DealerID: h.ID, StaffID: id, At: h.Now(), Kind: "paused", Actor: string(process.System), Conversations: 6, Results: 2, Norm: 50,
	}))
	boss := browse.SignIn(t, h.door, manager)
	page := boss.Get("/desk")
	require.Contains(t, page.Words(), "New leads pause since")
	require.Contains(t, page.Words(), "2 of 6 conversations, norm 50 %")
	require.Equal(t, http.StatusUnprocessableEntity, boss.Post("/desk/staff/"+id.String()+"/intervention", url.Values{"text": {"spoke"}}).Status)
	page = boss.Post("/desk/staff/"+id.String()+"/intervention", url.Values{"key": {page.Key()}, "text": {"Listened to three of his calls"}})
	require.Contains(t, page.Words(), "New leads pause for nobody.")

	require.Equal(t, http.StatusUnprocessableEntity, boss.Post("/desk/exemptions", url.Values{"staff": {id.String()}, "until": {"soon"}}).Status)
	page = boss.Post("/desk/exemptions", url.Values{"staff": {id.String()}, "until": {"2026-12-01"}, "text": {"New on the brand since Monday"}})
	require.Contains(t, page.Words(), "Sam Visser, until Wednesday 2 December at 00:00")
	page = boss.Post("/desk/staff/"+id.String()+"/exemption/end", nil)
	require.Contains(t, page.Words(), "The norm holds again.")
}

func TestWhatNobodyCouldReadIsMadeALead(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{})
	raw := "Nieuwe aanvraag\nNaam: Jan <script>alert(1)</script> de Boer\nTelefoon: 06 12345678\nE-mail: jan@customer.example\nIk zoek een Renault Captur."
	held := h.door.Post("portal", "text/xml", raw)
	require.Equal(t, http.StatusUnprocessableEntity, held.Status)
	id, _ := held.Body["quarantine_id"].(string)

	boss := browse.SignIn(t, h.door, manager)
	require.Contains(t, boss.Get("/desk").Text, `href="/desk/quarantine"`)
	require.Contains(t, boss.Get("/desk/quarantine").Text, "/desk/quarantine/"+id)
	ada := browse.SignIn(t, h.door, admin)
	page := ada.Get("/desk/quarantine/" + id)
	require.Equal(t, http.StatusOK, page.Status, "an admin looks after them too")
	require.Contains(t, page.Text, "&lt;script&gt;alert(1)&lt;/script&gt;")
	require.NotContains(t, page.Text, "<script>alert")
	for _, value := range []string{`value="06 12345678"`, `value="jan@customer.example"`, `value="Renault"`, `value="Captur"`} {
		require.Contains(t, page.Text, value)
	}
	require.Equal(t, http.StatusUnprocessableEntity, ada.Post("/desk/quarantine/"+id+"/lead", url.Values{"name": {"Jan de Boer"}}).Status, "nobody could be called")
	form := url.Values{
		"key": {page.Key()}, "name": {"Jan de Boer"}, "phone": {"06 12345678"}, "make": {"Renault"}, "model": {"Captur"}, "channel": {"email"},
		"request": {"information"}, "source": {"portal"}, "condition": {""}, "comments": {"Belt u mij?"},
	}
	page = ada.Post("/desk/quarantine/"+id+"/lead", form)
	require.True(t, strings.HasPrefix(page.URL.Path, "/leads/"), "%s", page.URL)
	made := strings.TrimPrefix(page.URL.Path, "/leads/")
	require.Contains(t, h.as(manager, http.MethodGet, "/v1/leads/"+made, nil).Text, "Jan de Boer")
	require.Contains(t, boss.Get("/desk/quarantine").Words(), "There is none.")
	require.Contains(t, boss.Get("/desk/quarantine/"+id).Text, `href="/leads/`+made+`"`)
}

func TestTheDeskIsForManagersOfTheDealer(t *testing.T) {
	t.Parallel()
	h := open(t, dealership.Options{Idle: true})
	theirs := h.elsewhere()
	visits := map[string]*browse.Visit{sam: browse.SignIn(t, h.door, sam), admin: browse.SignIn(t, h.door, admin)}
	for _, path := range []string{"/desk", "/desk/reassign", "/desk?part=now"} {
		for who, visit := range visits {
			require.Equal(t, http.StatusForbidden, visit.Get(path).Status, "%s %s", who, path)
		}
	}
	require.Equal(t, http.StatusForbidden, visits[sam].Get("/desk/quarantine").Status)
	require.Equal(t, http.StatusForbidden, visits[sam].Post("/desk/closings/"+theirs+"/approve", nil).Status)
	require.Equal(t, "/sign-in", browse.Anybody(t, h.door).Get("/desk").URL.Path)

	boss := browse.SignIn(t, h.door, manager)
	for path, form := range map[string]url.Values{
		"/desk/closings/" + theirs + "/approve":    nil,
		"/desk/closings/" + theirs + "/refuse":     {"note": {"not so"}},
		"/desk/leads/" + theirs + "/assign":        {"to": {sam}},
		"/desk/quarantine/" + theirs + "/lead":     {"phone": {"06 12345678"}},
		"/desk/staff/" + theirs + "/intervention":  {"text": {"more than enough words"}},
		"/desk/closings/x/approve":                 nil,
		"/desk/staff/" + theirs + "/exemption/end": nil,
	} {
		require.Equal(t, http.StatusNotFound, boss.Post(path, form).Status, path)
	}
	require.Equal(t, http.StatusNotFound, boss.Get("/desk/quarantine/"+theirs).Status)
	page := boss.Post("/desk/reassign", url.Values{"lead": {theirs}, "to": {sam}})
	require.Contains(t, page.Words(), "0 of 1")
	require.NotContains(t, page.Words(), "Verborgen", "nothing of another dealer's lead is told")
	require.Equal(t, http.StatusForbidden, boss.PostFrom("https://evil.example", "/desk/closings/"+theirs+"/approve", nil).Status)
}
