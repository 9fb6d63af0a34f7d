package leads_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/store"
)

func TestALeadIsWorkedFromReceivedToSoldThroughItsPage(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")

	page := sam.page()
	require.Contains(t, page.Words(), "Jan de Boer")
	require.Contains(t, page.Words(), "Renault Captur")
	require.Contains(t, page.Text, `href="tel:+31612345678"`)
	require.Contains(t, page.Words(), "Call now: attempt 1 of 6.")

	page = sam.does("attempts", "outcome", "reached")
	require.Equal(t, http.StatusOK, page.Status)
	require.Contains(t, page.Words(), "You spoke to the customer. An appointment?")
	require.Contains(t, page.Words(), "Live response answered")

	times := values(sam.page("appointment"), "slot")
	require.NotEmpty(t, times)
	page = sam.does("appointments", "slot", times[0], "kind", "test_drive", "note", "Brings the Corsa")
	require.Contains(t, page.Words(), "is not confirmed yet. Has the customer agreed?")
	page = sam.does(s.appointment() + "/confirm")
	require.Contains(t, page.Words(), "Close as “Appointment test drive”: the evidence is there.")
	require.Contains(t, page.Words(), "Brings the Corsa")

	page = sam.does("close", "reason", "appointment_test_drive")
	require.Contains(t, page.Words(), "· Showroom ·")

	s.d.Advance("3h")
	require.Contains(t, sam.page().Words(), "Did the customer come?")
	page = sam.does(s.appointment()+"/outcome", "outcome", "came")
	require.Contains(t, page.Words(), "Close as “Sold”: the evidence is there.")

	page = sam.does("close", "reason", "sold", "detail.vehicle", "Captur Techno", "detail.order_number", "O-1", "amount.amount", "31990,50")
	require.Contains(t, page.Words(), "Closed: Won")
	require.Contains(t, page.Words(), "31990.50")
	require.Equal(t, lead.Won, s.d.State(s.lead).Stage)
	require.NotContains(t, page.Text, `name="outcome"`, "a closed lead has no buttons for calls")
}

func TestClosingShowsWhatIsMissingBeforeAnybodySubmits(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	sam.does("attempts", "outcome", "no_answer")

	page := sam.page("closing?reason=not_reached")
	require.Contains(t, page.Words(), "Missing: 1 of 6 call attempts")
	require.Contains(t, page.Words(), "It cannot be closed so yet: 1 of 6 call attempts")
	require.Contains(t, page.Words(), "The manager decides about it first.")
	require.Regexp(t, `<button type="submit" disabled[^>]*>Close</button>`, page.Text)
	require.NotContains(t, page.Text, `value="sold"`, "a reason of the other phase")

	part := sam.Part("/leads/" + s.lead + "/closing?reason=bought_another_car")
	require.Contains(t, part.Text, `name="detail.brand" value="own"`)
	require.Contains(t, part.Words(), "Missing: ")
}

func TestARefusedClosingKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	page := sam.does("close", "reason", "bought_another_car", "detail.brand", "other", "detail.dealer", "own", "detail.area", "own", "note", "Bought a Kia")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Words(), "No conversation")
	require.Contains(t, page.Text, ">Bought a Kia</textarea>")
	require.Regexp(t, `name="detail.brand" value="other" required checked`, page.Text)
	require.Contains(t, s.d.Events(s.lead), "closing_refused")
}

func TestWhoDoesNotWantCallsIsNotOfferedForCalling(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	page := sam.does("attempts", "outcome", "refused")
	require.Contains(t, page.Words(), "On which channels does the customer not want to be contacted?")
	require.Regexp(t, `name="channel" value="phone" checked`, page.Text)

	page = sam.does("customer", "channel", "phone", "channel", "sms")
	require.Contains(t, page.Words(), "The customer does not want to be called.")
	require.NotContains(t, page.Text, "tel:")
	require.Equal(t, []lead.Channel{lead.Phone, lead.SMS}, s.d.State(s.lead).Reach.Refused)

	page = sam.does("customer", "note", "Asked twice")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Text, `value="Asked twice"`)
	require.Contains(t, page.Words(), "Choose at least one channel.")
}

func TestTheSameTapTwiceIsOneAttempt(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	tap := form("outcome", "voicemail")
	for range 2 {
		page := sam.Post("/leads/"+s.lead+"/attempts", tap)
		require.Equal(t, http.StatusOK, page.Status, page.Words())
	}
	require.Len(t, s.d.State(s.lead).Attempts, 1)
}

func TestAnotherDealersLeadIsNotThere(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	for _, id := range []string{s.elsewhere(), uuid.NewString(), "nonsense"} {
		for _, part := range []string{"", "/now", "/closing", "/timeline", "/mail/html?template=quote"} {
			require.Equal(t, http.StatusNotFound, sam.Get("/leads/"+id+part).Status, part)
		}
		for _, act := range []string{"attempts", "take", "notes", "assign", "customer", "close", "messages"} {
			page := sam.Post("/leads/"+id+"/"+act, form("outcome", "reached", "text", "x", "subject", "x", "channel", "phone", "reason", "test", "to", "tess@demo.example"))
			require.Equal(t, http.StatusNotFound, page.Status, act)
		}
	}
}

func TestAMarketerReadsAndDoesNotAct(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{Staff: append(dealership.Staff(),
		store.NewStaff{Email: "mia@demo.example", Name: "Mia Mulder", Role: lead.RoleMarketer})})
	mia := s.somebody("mia")
	page := mia.page()
	require.Contains(t, page.Words(), "Jan de Boer")
	require.NotContains(t, page.Text, "<form method=\"post\" action=\"/leads")
	for _, act := range []string{"attempts", "notes", "close", "take", "closing/approve", "reopen"} {
		require.Equal(t, http.StatusForbidden, mia.does(act, "outcome", "reached", "text", "x").Status, act)
	}
	require.Empty(t, s.d.State(s.lead).Attempts)
}

func TestTheManagerDecidesOnTheLeadsPage(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam, boss := s.somebody("sam"), s.somebody("manager")
	page := sam.does("close", "reason", "test", "note", "Typed asdf")
	require.Contains(t, page.Words(), "The closing waits for the manager")
	require.NotContains(t, page.Words(), "Approve", "Sam does not decide")

	require.Contains(t, boss.page().Words(), "Typed asdf")
	page = boss.does("closing/reject")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status, "a refusal has words")
	page = boss.does("closing/reject", "note", "He is real. Call him.")
	require.Equal(t, http.StatusOK, page.Status, page.Words())
	require.Contains(t, sam.page().Words(), "He is real. Call him.")

	sam.does("close", "reason", "test")
	page = boss.does("closing/approve")
	require.Contains(t, page.Words(), "Closed: Dropped")
	page = boss.does("reopen", "note", "By mistake")
	require.Equal(t, http.StatusOK, page.Status, page.Words())
	require.Equal(t, lead.Open, s.d.State(s.lead).Status)
}

func TestAMissStaysVisibleAndSomebodyElseTakesTheLead(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	s.d.Advance("40m")
	tess := s.somebody("tess")
	page := tess.page()
	require.Regexp(t, `Live response promised \d+:\d\d, missed`, page.Words())
	require.Regexp(t, `Escalation step \d/3, \d+:\d\d → .*Gwen Groot`, page.Words())
	page = tess.does("take")
	require.Equal(t, http.StatusOK, page.Status, page.Words())
	require.Contains(t, page.Words(), "· Yours")
	page = tess.does("attempts", "outcome", "reached")
	require.Regexp(t, `answered late, \d+:\d\d, \+\d+ min`, page.Words())
}

func TestTheCustomersWordsStayWords(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	sam.does("notes", "text", "<script>alert(1)</script>")
	page := sam.page()
	require.Contains(t, page.Text, "Can I &lt;b&gt;drive&lt;/b&gt; it on Saturday?")
	require.NotContains(t, page.Text, "<script>alert")
	require.Contains(t, page.Text, "&lt;script&gt;alert(1)&lt;/script&gt;")
}

func TestThePageSpeaksDutchToWhoReadsDutch(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	uma := s.somebody("uma")
	page := uma.page("closing?reason=not_reached")
	require.Contains(t, page.Words(), "Bel nu: poging 1 van 6.")
	require.Contains(t, page.Words(), "Ontbreekt: 0 van 6 belpogingen")
	for _, part := range []string{"now", "appointment", "mail?template=ask-for-phone", "note", "assign", "wishes", "timeline"} {
		require.NotContains(t, uma.page(part).Words(), "‹", "every sentence is there")
	}
}

func TestAMailIsSeenBeforeItIsSent(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	sam := s.somebody("sam")
	page := sam.page("mail?template=still-interested")
	require.Contains(t, page.Words(), "Renault Captur")
	require.Contains(t, page.Text, `<iframe sandbox=""`)
	mail := sam.Get("/leads/" + s.lead + "/mail/html?template=still-interested")
	require.Equal(t, http.StatusOK, mail.Status)
	require.Contains(t, mail.Header.Get("Content-Security-Policy"), "sandbox")
	require.Contains(t, mail.Header.Get("Content-Security-Policy"), "default-src 'none'")

	sent := len(s.d.Mails("jan@example.com"))
	page = sam.does("messages", "template", "still-interested")
	require.Contains(t, page.Words(), "The mail is on its way.")
	page = sam.does("messages", "subject", "Your Captur", "text", "It is washed.")
	require.Equal(t, http.StatusOK, page.Status, page.Words())
	s.d.Settle()
	require.Len(t, s.d.Mails("jan@example.com"), sent+2)

	page = sam.does("messages", "subject", "", "text", "Long words")
	require.Equal(t, http.StatusUnprocessableEntity, page.Status)
	require.Contains(t, page.Text, ">Long words</textarea>")
}

func TestNextAndPreviousFollowTheBoard(t *testing.T) {
	t.Parallel()
	s := opened(t, dealership.Options{})
	second := s.d.Receive("website", strings.NewReplacer("jan@", "piet@", "12345678", "87654321", "Jan", "Piet").Replace(jan))
	boss := s.somebody("manager")
	page := boss.Get("/leads/" + s.lead + "?stage=new")
	require.Regexp(t, `href="/leads/`+second+`\?[^"]*stage=new[^"]*" rel="(next|prev)"`, page.Text)
	require.Contains(t, page.Text, `href="/board?stage=new"`)
	require.Contains(t, page.Text, `action="/leads/`+s.lead+`/attempts?stage=new"`, "the filters stay after a button was pressed")
}
