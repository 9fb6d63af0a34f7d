package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/process"
)

// three posts three leads a minute apart: Jan de Boer's Captur and An Bos's
// Corsa by the website, and Pim Vis's 308 by the portal.
func three(s *shop) (jan, an, pim string) {
	s.t.Helper()
	jan = s.working(captur)
	testkit.MoveClock(s.t, s.store.Pool, time.Minute)
	an = s.working(`{"external_id":"50%_off","customer":{"full_name":"An Bos","email":"an_bos@customer.example","phone":"+32 470 12 34 56"},"vehicle":{"make":"Opel","model":"Corsa"}}`)
	testkit.MoveClock(s.t, s.store.Pool, time.Minute)
	pim = s.post(s.portal, `{"customer":{"first_name":"Pim","last_name":"Vis","phone":"12"},"vehicle":{"make":"Peugeot","model":"308"},"test":true}`)
	s.begin(pim)
	return jan, an, pim
}

func (s *shop) list(query string) []string {
	s.t.Helper()
	page := s.call(s.staff, http.MethodGet, "/v1/leads?"+query, "", "X-Actor", sam).is(http.StatusOK)
	ids := []string{}
	for i := range page.count("items") {
		ids = append(ids, page.text("items."+itoa(i)+".id"))
	}
	return ids
}

func TestAListShowsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := open(t)
	jan, an, pim := three(s)
	double := s.post(s.portal, captur)
	owner := s.call(s.staff, http.MethodGet, "/v1/leads/"+jan, "").text("owner.email")
	_, err := s.store.Pool.Exec(context.Background(), `UPDATE lead SET owner_id = NULL WHERE id = $1`, pim)
	require.NoError(t, err)
	s.act(an, "attempts", noor, called).is(http.StatusOK)
	for query, want := range map[string][]string{
		"status=open":                          {jan, an, pim},
		"status=closed,closing":                {double},
		"stage=conversation":                   {an},
		"stage=new,conversation&status=open":   {jan, an, pim},
		"source=portal&status=open":            {jan, pim}, // Jan's is credited to the portal too
		"source=website":                       {jan, an},
		"source=nowhere":                       {},
		"owner=none&status=open":               {pim},
		"owner=who@demo.example":               {},
		"q=captur&status=open":                 {jan},
		"q=boer jan&status=open":               {jan},
		"q=boer corsa":                         {},
		"q=r-1182&status=open":                 {jan},
		"q=jan@customer&status=open":           {jan},
		"q=0612345678&status=open":             {jan},
		"q=%2B31 (0)6 - 1234 5678&status=open": {jan},
		"q=0031612345678 boer&status=open":     {jan},
		"q=0470/12.34.56":                      {an},
		"q=50%25_off":                          {an},
		"q=an_bos":                             {an},
		"q=5%25of":                             {},
		"q=308":                                {pim},
		"q=AT-1&status=open":                   {jan},
		"overdue=false&status=closed":          {double},
		"sort=received_at&status=open":         {jan, an, pim},
		"sort=-received_at&status=open":        {pim, an, jan},
		"sort=-received_at&limit=1":            {double},
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		got := s.list(values.Encode())
		if strings.Contains(query, "sort") {
			require.Equal(t, want, got, query)
		} else {
			require.ElementsMatch(t, want, got, query)
		}
	}
	require.Contains(t, s.list("owner="+strings.ToUpper(owner)), jan)
	_, err = s.store.Pool.Exec(context.Background(), `UPDATE lead SET owner_id = (SELECT id FROM staff WHERE email = $2) WHERE id = $1`, jan, sam)
	require.NoError(t, err)
	require.Contains(t, s.list("owner=me"), jan)
	require.Equal(t, "owner", s.call(s.staff, http.MethodGet, "/v1/leads?owner=me", "").is(http.StatusBadRequest).text("errors.0.field"))
	testkit.MoveClock(t, s.store.Pool, 24*time.Hour)
	require.ElementsMatch(t, []string{jan, an, pim}, s.list("overdue=true"))
	require.Equal(t, []string{double}, s.list("overdue=false"))
}

func TestPagesFollowEachOtherWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	s := open(t)
	want := map[string]bool{}
	for i := range 12 {
		id := s.post(s.website, `{"customer":{"email":"c`+itoa(i)+`@customer.example"}}`)
		if i%3 > 0 {
			s.begin(id)
		}
		want[id] = true
		if i == 6 {
			testkit.MoveClock(t, s.store.Pool, 7*time.Minute)
		}
	}
	for _, sort := range []string{"", "next_deadline", "-next_deadline", "received_at", "-received_at"} {
		seen := map[string]bool{}
		var order []string
		path := "/v1/leads?limit=5&sort=" + sort
		for cursor := ""; ; {
			page := s.call(s.staff, http.MethodGet, path+"&cursor="+cursor, "").is(http.StatusOK)
			for i := range page.count("items") {
				id := page.text("items." + itoa(i) + ".id")
				require.False(t, seen[id], "%s comes twice in %s", id, sort)
				seen[id] = true
				order = append(order, id)
			}
			cursor = page.text("next_cursor")
			if cursor == "" {
				break
			}
		}
		require.Equal(t, want, seen, sort)
		require.Equal(t, order, s.list("limit=200&sort="+sort), "the pages are the list")
	}
	cursor := s.call(s.staff, http.MethodGet, "/v1/leads?limit=5", "").text("next_cursor")
	for _, query := range []string{"sort=received_at&cursor=" + cursor, "cursor=x", "cursor=bm8"} {
		require.Equal(t, "cursor", s.call(s.staff, http.MethodGet, "/v1/leads?"+query, "").is(http.StatusBadRequest).text("errors.0.field"))
	}
}

func TestALeadReadsSensiblyAtEveryAge(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.post(s.website, captur)
	fresh := s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").is(http.StatusOK)
	require.EqualValues(t, 0, fresh.get("version"))
	require.Zero(t, fresh.count("deadlines"))
	require.Nil(t, fresh.get("track"))
	require.Equal(t, "bdc", fresh.text("phase"))
	s.begin(id)
	worked := s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").is(http.StatusOK)
	require.EqualValues(t, 1, worked.get("version"))
	require.Equal(t, "call_attempt", worked.text("deadlines.0.kind"), "the first call is due at once")
	require.Equal(t, "live_response", worked.text("deadlines.1.kind"))
	require.Equal(t, "2026-11-24T09:10", worked.text("deadlines.1.due_at")[:16])
	require.EqualValues(t, 6, worked.get("attempts.required"))
	require.NotEmpty(t, worked.text("owner.name"))
	testkit.MoveClock(t, s.store.Pool, 16*time.Minute)
	s.does(id, process.Happening{What: process.WasDue})
	late := s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").is(http.StatusOK)
	require.Equal(t, "live_response", late.text("escalation.kind"))
	require.EqualValues(t, 1, late.get("escalation.step"))
	require.EqualValues(t, 3, late.get("escalation.steps"))
}

func TestTheTimelineTellsWhoAndWhat(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	s.act(id, "assign", maria, `{"to":"`+noor+`","reason":"Knows him"}`).is(http.StatusOK)
	s.does(id, process.Happening{What: process.WasCancelled, Actor: process.Operator})
	page := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline", "").is(http.StatusOK)
	byKind := map[string]string{}
	for i := range page.count("items") {
		at := "items." + itoa(i)
		byKind[page.text(at+".kind")] = at
		require.NotEmpty(t, page.text(at+".summary"))
	}
	require.Equal(t, "source:website", page.text(byKind["received"]+".actor"))
	require.Equal(t, sam, page.text(byKind["attempt_logged"]+".actor"))
	require.Equal(t, "Wants it in blue", page.text(byKind["attempt_logged"]+".data.note"))
	require.Equal(t, "Call: reached, 1m35s", page.text(byKind["attempt_logged"]+".summary"))
	require.Equal(t, noor, page.text(byKind["assigned"]+".data.staff"))
	require.Equal(t, "Knows him", page.text(byKind["assigned"]+".data.note"))
	require.Equal(t, "ops", page.text(byKind["refused"]+".actor"))

	first := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline?limit=2", "").is(http.StatusOK)
	require.Equal(t, 2, first.count("items"))
	second := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline?limit=200&cursor="+first.text("next_cursor"), "").is(http.StatusOK)
	require.EqualValues(t, 3, second.get("items.0.seq"))
	require.Nil(t, second.get("next_cursor"))
}
