package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/message"
)

func (s *shop) seen(name, body string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPost, "/v1/templates/"+name+"/preview", body)
}

func TestWhichMailsThereAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := s.call(s.staff, http.MethodGet, "/v1/templates", "").is(http.StatusOK)
	sendable := []string{}
	for i := range r.count("items") {
		item := r.at("items." + itoa(i))
		require.Equal(t, []any{"nl", "en"}, item.get("languages"))
		require.Equal(t, message.ForCustomers(item.text("name")), item.text("to") == "customer")
		if item.get("sendable") == true {
			sendable = append(sendable, item.text("name"))
		}
	}
	require.ElementsMatch(t, message.Names(), sendable)
}

// Whoever edits his look or reads a template sees it on the dealer's paper, in
// either language.
func TestEveryTemplateCanBeSeenWithoutALead(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, template := range message.All() {
		nl := s.seen(template.Name, `{"language":"nl","lead_id":null}`).is(http.StatusOK)
		en := s.seen(template.Name, `{"language":"en"}`).is(http.StatusOK)
		for _, r := range []received{nl, en} {
			require.NotEmpty(t, r.text("subject"), template.Name)
			require.NotEmpty(t, r.text("text"), template.Name)
			require.Contains(t, r.text("html"), "<html", template.Name)
			require.NotContains(t, r.text("text"), "0001", template.Name)
		}
		require.NotEqual(t, nl.text("text"), en.text("text"), template.Name)
		if template.ToCustomer {
			require.Contains(t, nl.text("text"), "Autohuis Voorbeeld", template.Name)
		}
	}
	require.Contains(t, s.seen("ask-for-phone", ``).is(http.StatusOK).text("html"), `lang="nl"`, "the dealer's language")
	require.Contains(t, s.seen("quote", `{"text":"All in: 31990."}`).is(http.StatusOK).text("text"), "All in: 31990.")
	s.seen("no-such-mail", `{}`).is(http.StatusNotFound)
	require.Equal(t, "text", s.seen("ask-for-phone", `{"text":"Hello"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, "subject", s.seen("quote", `{"subject":"Hello"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, "language", s.seen("quote", `{"language":"fr"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	s.call(s.website, http.MethodPost, "/v1/templates/quote/preview", `{}`).is(http.StatusForbidden)
}

func TestAMailIsSeenAsTheCustomerWouldGetIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(strings.Replace(captur, `"last_name":"Boer"`, `"last_name":"Boer","language":"en"`, 1))
	with := func(name, more string) received { return s.seen(name, `{"lead_id":"`+id+`"`+more+`}`) }

	r := with("quote", `,"language":"nl","text":"All in: 31990."`).is(http.StatusOK)
	require.Equal(t, "Your quote from Autohuis Voorbeeld", r.text("subject"), "he reads English, whoever looks")
	require.Contains(t, r.text("text"), "Renault Captur")
	require.Contains(t, r.text("text"), "All in: 31990.")
	require.NotContains(t, r.text("text"), "Saturday", "what was typed is never repeated")
	r = with("hand-written", `,"subject":"Your Captur","text":"It is <here>."`).is(http.StatusOK)
	require.Equal(t, "Your Captur", r.text("subject"))
	require.Contains(t, r.text("html"), "It is &lt;here&gt;.")
	before := s.kinds(id)

	with("appointment-reminder", "").is(http.StatusConflict)
	s.act(id, "appointments", sam, `{"kind":"test_drive","starts_at":"2026-11-25T10:00:00Z","duration_min":45}`).is(http.StatusOK)
	r = with("appointment-set", "").is(http.StatusOK)
	require.Contains(t, r.text("text"), "11:00")
	require.Contains(t, r.text("text"), "/c/preview")
	require.NotContains(t, r.text("html"), "/c/"+message.Sign(nil, "customer", id), "nobody of the staff acts as the customer")

	require.Equal(t, "lead_id", with("escalation", "").is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, append(before, "appointment_set"), s.kinds(id), "to look changes nothing")
	_, others := s.addDealer("other.example")
	s.call(others.staff, http.MethodPost, "/v1/templates/quote/preview", `{"lead_id":"`+id+`"}`).is(http.StatusNotFound)
}

func TestNoMailIsShownThatWouldNotBeSent(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	body := `{"lead_id":"` + id + `"}`
	s.seen("ask-for-phone", body).is(http.StatusOK)
	s.act(id, "customer", sam, `{"do_not_contact":["email"]}`).is(http.StatusOK)
	require.Contains(t, s.seen("ask-for-phone", body).is(http.StatusConflict).text("detail"), "does not want to be mailed")

	unknown := s.working(`{"customer":{"phone":"0687654321"}}`)
	require.Contains(t, s.seen("quote", `{"lead_id":"`+unknown+`"}`).is(http.StatusConflict).text("detail"), "No valid e-mail address")
	s.act(id, "close", sam, `{"reason":"test"}`).is(http.StatusAccepted)
	s.act(id, "closing/approve", maria, `{}`).is(http.StatusOK)
	require.Contains(t, s.seen("quote", body).is(http.StatusConflict).text("detail"), "closed (test)")
}
