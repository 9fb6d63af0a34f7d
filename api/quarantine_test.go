package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
)

const readByHand = `{"channel":"email","customer":{"full_name":"Jan de Boer","phone":"06 12345678"},"vehicle":{"make":"Renault","model":"Captur"}}`

// hold posts something that is no lead and returns its entry.
func (s *shop) hold(key, body string) string {
	s.t.Helper()
	return s.call(key, http.MethodPost, "/v1/leads", body, "Content-Type", "text/xml").is(http.StatusUnprocessableEntity).text("quarantine_id")
}

func TestAQuarantinedMessageBecomesALeadOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	entry := s.hold(s.portal, "<html>Jan wants a Captur</html>")
	testkit.MoveClock(t, s.store.Pool, time.Hour)
	path := "/v1/quarantine/" + entry + "/lead"
	require.Equal(t, "actor", s.call(s.staff, http.MethodPost, path, readByHand).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	s.call(s.staff, http.MethodPost, path, readByHand, "X-Actor", sam).is(http.StatusForbidden)
	require.Equal(t, "customer", s.call(s.staff, http.MethodPost, path, `{}`, "X-Actor", maria).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	s.call(s.staff, http.MethodPost, path, "<adf/>", "X-Actor", maria, "Content-Type", "text/xml").is(http.StatusUnsupportedMediaType)
	s.call(s.staff, http.MethodPost, "/v1/quarantine/"+uuid.NewString()+"/lead", readByHand, "X-Actor", maria).is(http.StatusNotFound)

	named := strings.Replace(readByHand, "{", `{"actor":"Maria@demo.example","colour":"red",`, 1)
	r := s.call(s.staff, http.MethodPost, path, named, "Idempotency-Key", "k").is(http.StatusAccepted)
	require.Equal(t, []any{"colour"}, r.get("ignored"))
	require.Equal(t, r.text("url"), r.header.Get("Location"))
	again := s.call(s.staff, http.MethodPost, path, named, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, true, again.get("replayed"))
	require.Equal(t, r.text("id"), again.text("id"))
	l := s.call(s.portal, http.MethodGet, "/v1/leads/"+r.text("id"), "").is(http.StatusOK)
	require.Equal(t, "2026-11-24T09:00", l.text("received_at")[:16], "its clocks run since the message came")
	second := s.call(s.staff, http.MethodPost, path, named).is(http.StatusConflict).problem(KindConflict)
	require.Equal(t, r.text("id"), second.text("lead.id"))

	held := s.call(s.staff, http.MethodGet, "/v1/quarantine/"+entry, "").is(http.StatusOK)
	require.Equal(t, "became_lead", held.text("state"))
	require.Equal(t, r.text("id"), held.text("lead_id"))
	require.Equal(t, "<html>Jan wants a Captur</html>", held.text("raw"))
	require.NotEqual(t, entry, s.hold(s.portal, "<html>Jan wants a Captur</html>"), "a message that was dealt with is news when it comes again")
}

func TestOneOfTwoMakesTheLead(t *testing.T) {
	t.Parallel()
	s := open(t)
	entry := s.hold(s.portal, "<html/>")
	var mu sync.Mutex
	answers := map[int]int{}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			r := s.call(s.staff, http.MethodPost, "/v1/quarantine/"+entry+"/lead", strings.Replace(readByHand, "{", `{"source":"website",`, 1), "X-Actor", maria)
			mu.Lock()
			defer mu.Unlock()
			answers[r.status]++
		})
	}
	wait.Wait()
	require.Equal(t, map[int]int{http.StatusAccepted: 1, http.StatusConflict: 7}, answers)
	require.Equal(t, 1, s.call(s.staff, http.MethodGet, "/v1/leads?source=website", "").count("items"))
}

func TestTheQuarantineIsListed(t *testing.T) {
	t.Parallel()
	s := open(t)
	var want []string
	for i := range 5 {
		want = append([]string{s.hold(s.portal, "<html>"+itoa(i)+"</html>")}, want...)
	}
	_, foreign := s.addDealer("elsewhere.example")
	require.Zero(t, s.call(foreign.staff, http.MethodGet, "/v1/quarantine", "").count("items"))
	s.call(foreign.staff, http.MethodGet, "/v1/quarantine/"+want[0], "").is(http.StatusNotFound)
	s.call(s.staff, http.MethodPost, "/v1/quarantine/"+want[4]+"/lead", readByHand, "X-Actor", maria).is(http.StatusAccepted)
	var got []string
	for cursor := ""; ; {
		page := s.call(s.staff, http.MethodGet, "/v1/quarantine?limit=2&cursor="+cursor, "").is(http.StatusOK)
		for i := range page.count("items") {
			got = append(got, page.text("items."+itoa(i)+".id"))
		}
		if cursor = page.text("next_cursor"); cursor == "" {
			break
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, 4, s.call(s.staff, http.MethodGet, "/v1/quarantine?state=waiting", "").count("items"))
	require.Equal(t, want[4], s.call(s.staff, http.MethodGet, "/v1/quarantine?state=became_lead", "").text("items.0.id"))
}
