package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit/sendgridtest"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store/db"
)

const hookPath = "/hooks/sendgrid"

// hooked is a shop whose mails SendGrid tells about.
func hooked(t *testing.T) (*shop, *sendgridtest.Webhook) {
	t.Helper()
	hook := sendgridtest.NewWebhook(t)
	key, err := message.NewEventWebhook(hook.Key)
	require.NoError(t, err)
	return open(t, func(o *Options) { o.MailEvents = key }), hook
}

// mailed is a lead whose automatic response was sent.
func (s *shop) mailed() (id string, mail sendgridtest.Mail) {
	s.t.Helper()
	id = s.working(captur)
	_, err := s.store.Pool.Exec(context.Background(), `UPDATE message SET state = 'accepted', tries = 1, told = true, accepted_at = doorbell_now() WHERE staff_id IS NULL`)
	require.NoError(s.t, err)
	var row uuid.UUID
	require.NoError(s.t, s.store.Pool.QueryRow(context.Background(), `SELECT id FROM message WHERE lead_id = $1 AND staff_id IS NULL`, uuid.MustParse(id)).Scan(&row))
	return id, sendgridtest.Mail{To: "Jan@customer.example", ProviderID: "sg-1", CustomArgs: map[string]string{message.CustomArg: row.String()}}
}

// figures are what Prometheus is told.
func (s *shop) figures() string {
	s.t.Helper()
	return string(s.call("", http.MethodGet, "/metrics", "").is(http.StatusOK).body)
}

// news has the lead hear what waits in the outbox, as the relay would.
func (s *shop) news(id string) {
	s.t.Helper()
	rows, err := s.store.ClaimOutbox(context.Background(), db.ClaimOutboxParams{Most: 64, OfEach: 64})
	require.NoError(s.t, err)
	for _, e := range rows {
		if e.Happening != nil {
			var h process.Happening
			require.NoError(s.t, json.Unmarshal(e.Happening, &h))
			s.does(id, h)
		}
		require.NoError(s.t, s.store.DeleteOutbox(context.Background(), []int64{e.ID}))
	}
}

var nine = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) // when a shop opens

// Fault 12: a bad signature, an old replay. Nothing of what is turned away is
// taken in.
func TestOnlySendGridIsHeard(t *testing.T) {
	t.Parallel()
	s, hook := hooked(t)
	_, mail := s.mailed()
	body := sendgridtest.Body(t, sendgridtest.About(mail, "bounce", nine, nil))
	stranger := sendgridtest.NewWebhook(t)
	without := hook.Headers(nine, body)
	without.Del("X-Twilio-Email-Event-Webhook-Signature")
	for name, c := range map[string]struct {
		header http.Header
		body   string
	}{
		"no signature":        {without, body},
		"another key":         {stranger.Headers(nine, body), body},
		"a changed body":      {hook.Headers(nine, body), strings.Replace(body, "bounce", "delivered", 1)},
		"an old replay":       {hook.Headers(nine.Add(-27*time.Hour), body), body},
		"far from the future": {hook.Headers(nine.Add(2*time.Hour), body), body},
	} {
		require.Equal(t, http.StatusUnauthorized, hook.Send(s.web.URL+hookPath, c.header, c.body), name)
	}
	var n int
	require.NoError(t, s.store.Pool.QueryRow(context.Background(), `SELECT count(*) FROM delivery_event`).Scan(&n))
	require.Zero(t, n)
	require.Contains(t, s.figures(), `doorbell_mail_event_posts_refused_total{why="signature"} 3`+"\n")
	require.Contains(t, s.figures(), `doorbell_mail_event_posts_refused_total{why="stale"} 2`+"\n")

	// A day late is not stale: SendGrid tries that long. Nor is an hour's
	// difference between the clocks.
	require.Equal(t, http.StatusNoContent, hook.Post(s.web.URL+hookPath, nine.Add(-25*time.Hour), body))
	require.Equal(t, http.StatusNoContent, hook.Post(s.web.URL+hookPath, nine.Add(time.Hour), body))
	require.Contains(t, s.figures(), `doorbell_mail_events_total{kind="bounced"} 1`+"\n")
	require.Contains(t, s.figures(), `doorbell_mail_events_total{kind="repeated"} 1`+"\n")
	require.NotContains(t, s.log.String(), "@")
}

func TestAWebhookThatIsNotSetUp(t *testing.T) {
	t.Parallel()
	s := open(t)
	hook := sendgridtest.NewWebhook(t)
	require.Equal(t, http.StatusNotFound, hook.Post(s.web.URL+hookPath, nine, "[]"))
}

func TestWhatTheWebhookTakes(t *testing.T) {
	t.Parallel()
	s, hook := hooked(t)
	_, mail := s.mailed()
	post := func(body string) int { return hook.Post(s.web.URL+hookPath, nine, body) }
	require.Equal(t, http.StatusBadRequest, post(`{"event": "bounce"}`))
	require.Equal(t, http.StatusBadRequest, post(`[`))
	require.Equal(t, http.StatusRequestEntityTooLarge, post(strings.Repeat(" ", 3<<20)))
	many := make([]sendgridtest.Event, 2000)
	for i := range many {
		many[i] = sendgridtest.About(mail, "deferred", nine, nil)
	}
	require.Equal(t, http.StatusNoContent, post(sendgridtest.Body(t, many...)), "more than other bodies may have")
	require.Equal(t, http.StatusNoContent, post(`[{"event":"bounce","email":"x@other.example","timestamp":1764000000,"newsletter":"12"}, 17, {"event":"open"}]`))
	require.Contains(t, s.figures(), `doorbell_mail_events_total{kind="unreadable"} 1`+"\n")
	require.Contains(t, s.figures(), `doorbell_mail_events_total{kind="other"} 2`+"\n")
}

func TestAnAddressThatBouncesIsShownAndLifted(t *testing.T) {
	t.Parallel()
	s, hook := hooked(t)
	id, mail := s.mailed()
	get := func(path string) received { return s.call(s.staff, http.MethodGet, path, "").is(http.StatusOK) }
	require.Equal(t, "accepted", get("/v1/leads/"+id+"/mails").text("items.0.state"))
	require.Equal(t, http.StatusNoContent, hook.Post(s.web.URL+hookPath, nine, sendgridtest.Body(t, sendgridtest.About(mail, "bounce", nine, nil))))
	require.Positive(t, s.woken.Load())
	s.news(id)
	require.Equal(t, "bounced", get("/v1/leads/"+id+"/mails").text("items.0.state"))
	shown := get("/v1/leads/" + id)
	require.Equal(t, "bounce", shown.text("customer.emails.0.suppressed"))
	require.Nil(t, shown.get("auto_responded_at"))
	require.Contains(t, s.kinds(id), "message_bounced")
	s.act(id, "messages", "sam@demo.example", `{"template":"still-interested"}`).is(http.StatusConflict)

	list := get("/v1/suppressions?q=JAN")
	require.Equal(t, "jan@customer.example", list.text("items.0.address"))
	require.Equal(t, id, list.text("items.0.lead_id"))
	require.Zero(t, get("/v1/suppressions?q=nobody").count("items"))
	path := "/v1/suppressions/" + list.text("items.0.id")
	s.call(s.staff, http.MethodDelete, path, "", "X-Actor", "sam@demo.example").is(http.StatusForbidden)
	require.Equal(t, "jan@customer.example", s.call(s.staff, http.MethodDelete, path, "", "X-Actor", "maria@demo.example").is(http.StatusOK).text("address"))
	s.call(s.staff, http.MethodDelete, path, "", "X-Actor", "maria@demo.example").is(http.StatusNotFound)
	s.news(id)
	require.Nil(t, get("/v1/leads/"+id).get("customer.emails.0.suppressed"))
	s.act(id, "messages", "sam@demo.example", `{"template":"still-interested"}`).is(http.StatusOK)
}

func TestWhatSomebodyCalledSpamIsNotLifted(t *testing.T) {
	t.Parallel()
	s, hook := hooked(t)
	id, mail := s.mailed()
	require.Equal(t, http.StatusNoContent, hook.Post(s.web.URL+hookPath, nine, sendgridtest.Body(t,
		sendgridtest.About(mail, "bounce", nine, nil), sendgridtest.About(mail, "spamreport", nine, nil))))
	s.news(id)
	list := s.call(s.staff, http.MethodGet, "/v1/suppressions", "").is(http.StatusOK)
	require.Equal(t, "spam_report", list.text("items.0.reason"))
	require.Equal(t, false, list.get("items.0.liftable"))
	s.call(s.staff, http.MethodDelete, "/v1/suppressions/"+list.text("items.0.id"), "", "X-Actor", "maria@demo.example").is(http.StatusConflict)
}

// Another dealer sees nothing of it and lifts nothing.
func TestSuppressionsAreTheDealersOwn(t *testing.T) {
	t.Parallel()
	s, hook := hooked(t)
	_, mail := s.mailed()
	_, other := s.addDealer("other.example")
	require.Equal(t, http.StatusNoContent, hook.Post(s.web.URL+hookPath, nine, sendgridtest.Body(t, sendgridtest.About(mail, "bounce", nine, nil))))
	require.Zero(t, s.call(other.staff, http.MethodGet, "/v1/suppressions", "").is(http.StatusOK).count("items"))
	id := s.call(s.staff, http.MethodGet, "/v1/suppressions", "").text("items.0.id")
	s.call(other.staff, http.MethodDelete, "/v1/suppressions/"+id, "", "X-Actor", "maria@other.example").is(http.StatusNotFound)
}
