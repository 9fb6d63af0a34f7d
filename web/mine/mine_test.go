package mine_test

import (
	"context"
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
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	sam      = "sam@demo.example"
	tess     = "tess@demo.example"
	uma      = "uma@demo.example"
	manager  = "manager@demo.example"
	director = "director@demo.example"
	mia      = "mia@demo.example"

	captur = `{"customer":{"full_name":"Jan <i>de Boer</i>","phone":"06 12345678","email":"jan@customer.example"},"vehicle":{"make":"Renault","model":"Captur"}}`
)

// begin opens a dealership in which Sam and Uma read English.
func begin(t *testing.T, o dealership.Options) (*dealership.Dealership, *dealership.Door) {
	t.Helper()
	o.Staff = append(dealership.Staff(), store.NewStaff{Email: mia, Name: "Mia Markt", Role: lead.RoleMarketer})
	d := dealership.Open(t, o)
	door := d.Serve()
	for _, who := range []string{sam, uma} {
		does(t, door, manager, http.MethodPatch, "/v1/staff/"+d.StaffID(who), map[string]any{"language": "en"})
	}
	return d, door
}

func does(t *testing.T, door *dealership.Door, who, method, path string, body any) dealership.Answer {
	t.Helper()
	answer := door.As(who, method, path, body)
	require.Less(t, answer.Status, 300, "%s", answer.Text)
	return answer
}

// between is what stands between two headings.
func between(t *testing.T, page browse.Page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(page.Words(), from)
	require.True(t, found, "%s is on the page: %s", from, page.Words())
	part, _, found := strings.Cut(rest, to)
	require.True(t, found, "%s is behind it: %s", to, rest)
	return part
}

func TestASalespersonSeesWhatToDoByWhen(t *testing.T) {
	t.Parallel()
	d, door := begin(t, dealership.Options{})
	id := d.Receive("website", captur)
	if d.State(id).Owner != d.StaffID(sam) {
		does(t, door, manager, http.MethodPost, "/v1/leads/"+id+"/assign", map[string]any{"to": sam})
	}
	visit := browse.SignIn(t, door, sam)
	page := visit.Get("/mine")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Text, "Jan &lt;i&gt;de Boer&lt;/i&gt;")
	now := between(t, page, "due within the hour.", "My figures")
	require.Contains(t, now, "Renault Captur")
	require.Contains(t, now, "Call: first response")
	require.Contains(t, now, "NEW 14:", "it counts down")
	require.Contains(t, page.Text, `href="/leads/`+id)

	// A call that reached nobody: the next one is due in two hours, today.
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/attempts", map[string]any{"channel": "phone", "outcome": "no_answer"})
	page = visit.Part("/mine?part=work")
	require.NotContains(t, page.Text, "<html")
	require.Contains(t, page.Words(), "Nothing is due this hour.")
	require.Contains(t, page.Words(), "Today 1")
	require.Contains(t, page.Words(), "Call, attempt 2 of 6")

	// Spoken, and an appointment for tomorrow.
	d.Advance("31m")
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/attempts", map[string]any{"channel": "phone", "outcome": "reached"})
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/appointments", map[string]any{
		"kind": "test_drive", "starts_at": "2026-11-25T11:00:00+01:00", "duration_min": 45, "confirmed": true,
	})
	page = visit.Get("/mine")
	require.Contains(t, between(t, page, "Later 1", "My figures"), "Test drive")
	require.Contains(t, between(t, page, "My figures", "Answered within"), "1 Open leads 2 Calls today 2 Calls this week 1 Conversations this month 1 Appointments this month 0 Visits this month 0 Sales this month")
	require.Contains(t, page.Words(), "100 % (1 of 1) Answered within 15 minutes this month")

	d.AdvanceTo(d.At("2026-11-25 12:30"))
	require.Contains(t, between(t, visit.Get("/mine"), "due within the hour.", "My figures"), "Did the customer come?")
	appointment := d.State(id).Appointment.ID
	does(t, door, sam, http.MethodPost, "/v1/leads/"+id+"/appointments/"+appointment+"/outcome", map[string]any{"outcome": "came"})
	page = visit.Get("/mine/figures/visits")
	require.Contains(t, page.Words(), "Visits this month 1")
	require.Contains(t, page.Text, `href="/leads/`+id)
	require.Contains(t, visit.Get("/mine/figures/calls_today").Words(), "There is none yet.")
	require.Contains(t, visit.Get("/mine/figures/conversations").Words(), "Reached")
	require.Contains(t, visit.Get("/mine/figures/prompt").Words(), "Renault Captur")
	require.Equal(t, http.StatusNotFound, visit.Get("/mine/figures/salary").Status)
}

func TestWhoIsAskedToHelpTakesTheLead(t *testing.T) {
	t.Parallel()
	d, door := begin(t, dealership.Options{})
	id := d.Receive("website", captur)
	d.Advance("31m")
	up := d.State(id)
	require.Equal(t, 2, up.Escalation.Step, "the team and the manager are told")
	taker, other := uma, tess
	if up.Owner == d.StaffID(uma) {
		taker, other = sam, tess
	}
	visit := browse.SignIn(t, door, taker)
	page := visit.Get("/mine")
	asked := between(t, page, "You are asked to help", "Now ")
	require.Contains(t, asked, "ESCALATED 2/3")
	require.Contains(t, asked, "I take it")
	page = visit.Post("/mine/leads/"+id+"/take", url.Values{"key": {page.Key()}})
	require.Equal(t, "/leads/"+id, page.URL.Path)
	require.Equal(t, d.StaffID(taker), d.State(id).Owner)
	require.NotContains(t, visit.Get("/mine").Words(), "You are asked to help")
	require.NotContains(t, browse.SignIn(t, door, manager).Get("/mine").Words(), "Uw hulp wordt gevraagd", "somebody was faster")
	require.Equal(t, http.StatusConflict, browse.SignIn(t, door, other).Post("/mine/leads/"+id+"/take", nil).Status)
	require.Equal(t, http.StatusNotFound, visit.Post("/mine/leads/"+uuid.NewString()+"/take", nil).Status)
	require.Equal(t, http.StatusNotFound, visit.Post("/mine/leads/x/take", nil).Status)
}

func TestClosingsOfAManagerStandFirst(t *testing.T) {
	t.Parallel()
	d, door := begin(t, dealership.Options{})
	id := d.Receive("website", captur)
	does(t, door, manager, http.MethodPost, "/v1/leads/"+id+"/assign", map[string]any{"to": uma})
	does(t, door, uma, http.MethodPost, "/v1/leads/"+id+"/attempts", map[string]any{"channel": "phone", "outcome": "wrong_number"})
	does(t, door, uma, http.MethodPost, "/v1/leads/"+id+"/close", map[string]any{"reason": "wrong_personal_data"})
	require.Contains(t, browse.SignIn(t, door, manager).Get("/mine").Words(), "1 sluiting wacht op uw beslissing")
	hers := browse.SignIn(t, door, uma)
	require.Contains(t, hers.Get("/mine").Words(), "Waits for the manager")
	does(t, door, manager, http.MethodPost, "/v1/leads/"+id+"/closing/reject", map[string]any{"note": "Look again"})
	require.Contains(t, between(t, hers.Get("/mine"), "What happened", "My figures"), "was refused: the lead is worked again.")
}

func TestHowLeadsAreEarnedIsTold(t *testing.T) {
	t.Parallel()
	d, door := begin(t, dealership.Options{Idle: true, Policy: `
name: earned
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-fri: ["09:00-18:00"]}}
choose: [{track: standard}]
tracks: {standard: {}}
earning: {result: appointment, norm: 50%, sample: 5}
`})
	visit := browse.SignIn(t, door, sam)
	require.Contains(t, visit.Get("/mine").Words(), "0 of 0 conversations led to an appointment. The norm of 50 % holds from 5 conversations on.")
	ctx, id := context.Background(), uuid.MustParse(d.StaffID(sam))
	_, err := d.Store.PauseStaff(ctx, db.PauseStaffParams{DealerID: d.ID, ID: id, At: d.Now()})
	require.NoError(t, err)
	require.NoError(t, d.Store.InsertEarningEntry(ctx, db.InsertEarningEntryParams{
		ID: uuid.New(), DealerID: d.ID, StaffID: id, At: d.Now(), Kind: "paused", Actor: string(process.System), Conversations: 6, Results: 2, Norm: 50,
	}))
	told := visit.Get("/mine").Words()
	require.Contains(t, told, "New leads pause for you since Tuesday 24 November at 10:00.")
	require.Contains(t, told, "It was decided by 2 of 6 conversations; the norm was 50 %.")
	require.Contains(t, told, "They come again when your manager has talked it over with you")
	require.NotContains(t, browse.SignIn(t, door, director).Get("/mine").Words(), "Leads verdienen", "managers need not earn theirs")
}

func TestMyWorkIsForWhoWorksLeads(t *testing.T) {
	t.Parallel()
	_, door := begin(t, dealership.Options{Idle: true})
	page := browse.SignIn(t, door, mia).Get("/mine")
	require.Equal(t, "/follow-ups", page.URL.Path, "a marketer has follow-ups only")
	require.Contains(t, browse.SignIn(t, door, tess).Get("/mine").Words(), "U hebt niets te doen.")
	require.Equal(t, "/sign-in", browse.Anybody(t, door).Get("/mine").URL.Path)
}
