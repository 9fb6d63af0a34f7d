package api

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/process"
)

const twoProspects = `<?xml version="1.0"?><?adf version="1.0"?><adf>
<prospect><id source="portal">P-1</id><vehicle><make>Opel</make><model>Corsa</model></vehicle>
<customer><contact><name part="full">An Bos</name><email>an@customer.example</email></contact></customer></prospect>
<prospect><vehicle><make>Opel</make></vehicle><customer><contact><name part="full">Nobody</name></contact></customer></prospect></adf>`

func TestAPostedLeadIsThereWhenItIsAnswered(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *Options) { o.PublicURL = "https://leads.example/doorbell/" })
	r := s.call(s.website, http.MethodPost, "/v1/leads", strings.Replace(captur, `"channel"`, `"colour":"red","channel"`, 1)).is(http.StatusAccepted)
	require.Equal(t, "/doorbell/v1/leads/"+r.text("id"), r.text("url"))
	require.Equal(t, r.text("url"), r.header.Get("Location"))
	require.Equal(t, "received", r.text("status"))
	require.Equal(t, false, r.get("replayed"))
	require.Nil(t, r.get("duplicate_of"))
	require.Equal(t, []any{"colour"}, r.get("ignored"))
	require.EqualValues(t, 1, s.woken.Load())

	l := s.call(s.website, http.MethodGet, "/v1/leads/"+r.text("id"), "").is(http.StatusOK)
	require.Equal(t, "new", l.text("stage"))
	require.Equal(t, "+31612345678", l.text("customer.phone"))
	require.Equal(t, "jan@customer.example", l.text("customer.email"))
	require.Equal(t, "31990.00", l.text("vehicle.price.amount"))
	require.Nil(t, l.get("customer.full_name"))
	require.Nil(t, l.get("owner"))
	require.Equal(t, "2026-11-24T09:00", l.text("received_at")[:16])
	require.True(t, strings.HasSuffix(l.text("received_at"), "Z"))
}

func TestTheSameLeadIsAnsweredAsTheSame(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.call(s.website, http.MethodPost, "/v1/leads", captur, "Idempotency-Key", "k").is(http.StatusAccepted)
	for name, headers := range map[string][]string{"key": {"Idempotency-Key", "k"}, "external id": nil} {
		again := s.call(s.website, http.MethodPost, "/v1/leads", captur, headers...).is(http.StatusOK)
		require.Equal(t, first.text("id"), again.text("id"), name)
		require.Equal(t, true, again.get("replayed"), name)
		require.Equal(t, first.text("url"), again.header.Get("Location"), name)
	}
	s.call(s.website, http.MethodPost, "/v1/leads", strings.Replace(captur, "Saturday", "Sunday", 1), "Idempotency-Key", "k").
		is(http.StatusUnprocessableEntity).problem(KindKeyReused)
	// Another source's own numbers are its own.
	other := s.call(s.portal, http.MethodPost, "/v1/leads", captur, "Idempotency-Key", "k").is(http.StatusAccepted)
	require.NotEqual(t, first.text("id"), other.text("id"))
	require.Equal(t, first.text("id"), other.text("duplicate_of"))
	linked := s.call(s.staff, http.MethodGet, "/v1/leads/"+first.text("id"), "").is(http.StatusOK)
	require.Equal(t, []any{other.text("id")}, linked.get("linked"))
	require.Equal(t, "portal", linked.text("sources.1.code"), "both sources are credited")
	double := s.call(s.staff, http.MethodGet, "/v1/leads/"+other.text("id"), "").is(http.StatusOK)
	require.Equal(t, "double", double.text("closing.reason"))
	require.Equal(t, first.text("id"), double.text("closing.details.lead_id"))
}

func TestAHundredPostsOfOneLeadAreOneLead(t *testing.T) {
	t.Parallel()
	s := open(t)
	var mu sync.Mutex
	ids, fresh := map[string]bool{}, 0
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			r := s.call(s.website, http.MethodPost, "/v1/leads", captur)
			mu.Lock()
			defer mu.Unlock()
			ids[r.text("id")] = true
			if r.status == http.StatusAccepted {
				fresh++
			}
		})
	}
	wait.Wait()
	require.Len(t, ids, 1)
	require.Equal(t, 1, fresh)
}

func TestADFLosesNoProspectToAnother(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, media := range []string{"application/x-adf+xml", "text/xml", ""} {
		r := s.call(s.portal, http.MethodPost, "/v1/leads", twoProspects, "Content-Type", media).is(http.StatusAccepted)
		require.Equal(t, 1, r.count("leads"), media)
		require.Equal(t, 1, r.count("quarantined"), media)
		require.EqualValues(t, 2, r.get("quarantined.0.prospect"))
		require.Equal(t, r.text("leads.0.url"), r.header.Get("Location"))
	}
	whole := strings.Split(twoProspects, "<prospect><vehicle>")[0] + "</adf>"
	s.call(s.portal, http.MethodPost, "/v1/leads", whole, "Content-Type", "text/xml").is(http.StatusOK)
	first := s.call(s.portal, http.MethodPost, "/v1/leads", twoProspects, "Content-Type", "text/xml", "Idempotency-Key", "k").is(http.StatusAccepted)
	again := s.call(s.portal, http.MethodPost, "/v1/leads", twoProspects, "Content-Type", "text/xml", "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, first.text("quarantined.0.id"), again.text("quarantined.0.id"))
}

func TestWhatIsNoLeadIsKeptAndNamed(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct{ media, body, field string }{
		"no ADF":         {"text/xml", "<html><body>Service Unavailable</body></html>", ""},
		"nobody in it":   {"application/json", `{"comments":"hello"}`, "customer"},
		"cut off":        {"application/json", `{"customer":{"email":`, "body"},
		"a list":         {"application/json", `[1]`, "body"},
		"wrong channel":  {"application/json", `{"channel":"pigeon","customer":{"email":"a@b.example"}}`, "channel"},
		"NUL and Latin1": {"application/json", "{\"comments\":\"\x00\xe9\"}", "customer"},
	} {
		r := s.call(s.website, http.MethodPost, "/v1/leads", c.body, "Content-Type", c.media, "Idempotency-Key", name).
			is(http.StatusUnprocessableEntity).problem(KindQuarantined)
		if c.field != "" {
			require.Equal(t, c.field, r.text("errors.0.field"), name)
		}
		again := s.call(s.website, http.MethodPost, "/v1/leads", c.body, "Content-Type", c.media).is(http.StatusUnprocessableEntity)
		require.Equal(t, r.text("quarantine_id"), again.text("quarantine_id"), name)
		held := s.call(s.staff, http.MethodGet, "/v1/quarantine/"+r.text("quarantine_id"), "").is(http.StatusOK)
		require.Equal(t, "website", held.text("source"), name)
		require.EqualValues(t, len(c.body), held.get("size"), name)
		elsewhere := s.call(s.portal, http.MethodPost, "/v1/leads", c.body, "Content-Type", c.media).is(http.StatusUnprocessableEntity)
		require.NotEqual(t, r.text("quarantine_id"), elsewhere.text("quarantine_id"), name)
	}
	// The key of a broken message is free for the mended one.
	s.call(s.website, http.MethodPost, "/v1/leads", captur, "Idempotency-Key", "no ADF").is(http.StatusAccepted)
}

func TestWhatIsNotKeptSaysSo(t *testing.T) {
	t.Parallel()
	s := open(t)
	big := `{"comments":"` + strings.Repeat("a", MaxBody) + `"}`
	require.Contains(t, s.call(s.website, http.MethodPost, "/v1/leads", big).is(http.StatusRequestEntityTooLarge).text("detail"), "not kept")
	s.call(s.website, http.MethodPost, "/v1/leads", " ", "Content-Type", "application/json").is(http.StatusBadRequest).problem(KindMalformed)
	s.call(s.website, http.MethodPost, "/v1/leads", "a=b", "Content-Type", "application/pdf").is(http.StatusUnsupportedMediaType)
	s.call(s.website, http.MethodPost, "/v1/leads", "\ufeff", "Content-Type", "text/plain").is(http.StatusUnsupportedMediaType)
}

func TestAnIntegrationNamesTheSource(t *testing.T) {
	t.Parallel()
	s := open(t)
	named := strings.Replace(captur, "{", `{"source":"portal","actor":"sam@demo.example",`, 1)
	r := s.call(s.staff, http.MethodPost, "/v1/leads", named).is(http.StatusAccepted)
	require.Empty(t, r.get("ignored"))
	require.Equal(t, "portal", s.call(s.staff, http.MethodGet, "/v1/leads/"+r.text("id"), "").text("source.code"))
	s.call(s.staff, http.MethodPost, "/v1/leads?source=website", captur).is(http.StatusAccepted)
	for _, path := range []string{"/v1/leads", "/v1/leads?source=nowhere"} {
		require.Equal(t, "source", s.call(s.staff, http.MethodPost, path, captur).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	}
	require.Equal(t, "actor", s.call(s.staff, http.MethodPost, "/v1/leads?source=website", captur, "X-Actor", "who@demo.example").
		is(http.StatusUnprocessableEntity).text("errors.0.field"))
	own := s.call(s.website, http.MethodPost, "/v1/leads", strings.NewReplacer("{", `{"source":"portal",`, "AT-1", "AT-9").Replace(named[:1])+captur[1:])
	require.Equal(t, "website", s.call(s.staff, http.MethodGet, "/v1/leads/"+own.text("id"), "").text("source.code"), "a key's own source wins")
}

func TestMoreContentOfALeadIsAnUpdate(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	again := s.call(s.website, http.MethodPost, "/v1/leads", strings.Replace(captur, `"Jan"`, `"Johan"`, 1)).is(http.StatusOK)
	require.Equal(t, id, again.text("id"))
	require.Equal(t, "Johan", s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").text("customer.first_name"))
	s.does(id, process.Happening{What: process.WasResent, Signal: true, Resent: &process.Resent{Raw: uuid.NewString(), Changed: []string{"customer.first_name"}}})
	require.Contains(t, s.kinds(id), "message_received")
}

func TestLogsTellRoutesAndNothingOfWhatWasPosted(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.post(s.website, captur)
	s.call(s.staff, http.MethodGet, "/v1/leads?q=Boer&owner=sam@demo.example", "").is(http.StatusOK)
	s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").is(http.StatusOK)
	log := s.log.String()
	require.Contains(t, log, `"route":"/v1/leads/:id"`)
	for _, personal := range []string{"Boer", "customer.example", "12345678", id, s.staff, "sam@"} {
		require.NotContains(t, log, personal)
	}
	text := string(s.call("", http.MethodGet, "/metrics", "").is(http.StatusOK).body)
	require.Contains(t, text, `doorbell_leads_received_total{source="website"} 1`)
	require.Contains(t, text, "doorbell_outbox_waiting 1")
	require.Contains(t, text, `doorbell_http_request_seconds_count{method="POST",route="/v1/leads",status="202"} 1`)
	require.NotContains(t, text, id)
}
