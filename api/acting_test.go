package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

const (
	sam    = "sam@demo.example"
	noor   = "noor@demo.example"
	maria  = "maria@demo.example"
	called = `{"channel":"phone","outcome":"reached","duration_s":95,"note":"Wants it in blue"}`
)

func TestALeadIsWorkedFromCallToReopening(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	r := s.act(id, "attempts", sam, called).is(http.StatusOK)
	require.EqualValues(t, 1, r.get("attempts.made"))
	require.Equal(t, "conversation", r.text("stage"))
	require.NotNil(t, r.get("first_live_response_at"))

	r = s.act(id, "appointments", sam, `{"kind":"test_drive","starts_at":"2026-11-28T11:00:00+01:00","duration_min":45,"note":"Brings the Corsa"}`).is(http.StatusOK)
	require.Equal(t, "Brings the Corsa", r.text("appointment.note"))
	require.Equal(t, "2026-11-28T10:00:00Z", r.text("appointment.starts_at"))
	aid := r.text("appointment.id")
	r = s.act(id, "appointments/"+aid+"/move", sam, `{"starts_at":"2026-11-28T12:00:00+01:00"}`).is(http.StatusOK)
	require.Equal(t, false, r.get("appointment.confirmed"))
	r = s.act(id, "appointments/"+aid+"/confirm", sam, "").is(http.StatusOK)
	require.Equal(t, true, r.get("appointment.confirmed"))
	s.act(id, "appointments/"+aid+"/outcome", sam, `{"outcome":"came"}`).is(http.StatusConflict).problem(KindConflict)
	s.act(id, "appointments/"+uuid.NewString()+"/cancel", sam, "").is(http.StatusNotFound)
	testkit.SetClock(t, s.store.Pool, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	r = s.act(id, "appointments/"+aid+"/outcome", sam, `{"outcome":"came"}`).is(http.StatusOK)
	require.Equal(t, "came", r.text("appointment.outcome"))
	require.Equal(t, "visit", r.text("stage"))

	r = s.act(id, "assign", maria, `{"to":"Noor@demo.example","reason":"Sam is on holiday"}`).is(http.StatusOK)
	require.Equal(t, noor, r.text("owner.email"))
	r = s.act(id, "close", noor, `{"reason":"prefers_another_car","details":{"make":"Kia","model":"Ceed","condition":"used"},"note":"We have none"}`).
		is(http.StatusAccepted)
	require.Equal(t, "closing", r.text("status"))
	require.Equal(t, "Kia", r.text("closing.details.make"), "the words stay in Postgres")
	require.Equal(t, lead.Kept, s.desk.last().Close.Details["make"])
	require.Equal(t, noor, r.text("closing.proposed_by.email"))
	require.Nil(t, r.get("closing.decision"))
	s.act(id, "close", noor, `{"reason":"test"}`).is(http.StatusConflict)

	r = s.act(id, "closing/reject", maria, `{"note":"Ask about the Clio"}`).is(http.StatusOK)
	require.Equal(t, "rejected", r.text("closing.decision"))
	require.Equal(t, "Ask about the Clio", r.text("closing.decision_note"))
	s.act(id, "closing/approve", maria, "").is(http.StatusConflict)
	s.act(id, "close", noor, `{"reason":"prefers_another_car","details":{"make":"Kia","model":"Ceed","condition":"used"}}`).is(http.StatusAccepted)
	r = s.act(id, "closing/approve", maria, "").is(http.StatusOK)
	require.Equal(t, "closed", r.text("status"))
	require.Equal(t, "approved", r.text("closing.decision"))
	require.Equal(t, maria, r.text("closing.decided_by.email"))
	require.NotNil(t, r.get("closing.closed_at"))

	conflict := s.act(id, "attempts", sam, called).is(http.StatusConflict).problem(KindConflict)
	require.Equal(t, id, conflict.text("lead.id"))
	require.Contains(t, conflict.text("detail"), "manager can reopen")
	s.act(id, "notes", sam, `{"text":"Came by for coffee"}`).is(http.StatusOK)
	s.act(id, "customer", sam, `{"do_not_contact":["email"]}`).is(http.StatusOK)
	r = s.act(id, "reopen", maria, `{"note":"He called"}`).is(http.StatusOK)
	require.Equal(t, "open", r.text("status"))
	require.Nil(t, r.get("closing"))
	s.act(id, "reopen", maria, "").is(http.StatusConflict)
	require.Equal(t, []any{"email"}, r.get("customer.do_not_contact"))

	last := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline?limit=200", "").is(http.StatusOK)
	for i := range last.count("items") {
		require.EqualValues(t, i+1, last.get("items."+itoa(i)+".seq"))
	}
}

func TestAMailIsHeldThenReleased(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	for body, field := range map[string]string{
		`{"template":"thank-you"}`:                       "template",
		`{"template":"appointment-set"}`:                 "template",
		`{"template":"quote","subject":"x"}`:             "subject",
		`{"template":"ask-for-phone","text":"x"}`:        "text",
		`{"text":"x"}`:                                   "subject",
		`{"subject":"x"}`:                                "text",
		`{"subject":"x\r\nBcc: a@b.example","text":"x"}`: "subject",
		`{}`: "subject",
	} {
		require.Equal(t, field, s.act(id, "messages", sam, body).is(http.StatusUnprocessableEntity).text("errors.0.field"), body)
	}
	r := s.act(id, "messages", sam, `{"template":"quote","text":"31,990 on the road"}`).is(http.StatusOK)
	require.NotNil(t, r.get("first_live_response_at"), "a person sent it")
	s.act(id, "messages", sam, `{"subject":"Your Captur","text":"It is here."}`).is(http.StatusOK)
	var rows int
	require.NoError(t, s.store.Pool.QueryRow(context.Background(),
		`SELECT count(*) FROM message WHERE lead_id = $1 AND key LIKE 'hand/%' AND state = 'pending' AND text <> ''`, id).Scan(&rows))
	require.Equal(t, 2, rows)
	s.act(id, "customer", sam, `{"do_not_contact":true}`).is(http.StatusOK)
	s.act(id, "messages", sam, `{"template":"quote"}`).is(http.StatusConflict)
}

func TestAClosingWithoutEvidenceIsRefusedAndOnTheTimeline(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	r := s.act(id, "close", sam, `{"reason":"not_reached"}`).is(http.StatusUnprocessableEntity).problem(KindClosingRefused)
	require.Equal(t, "attempts", r.text("missing.0.rule"))
	require.EqualValues(t, 6, r.get("missing.0.need"))
	require.Contains(t, r.text("missing.0.message"), "0 of 6 call attempts; the next is due Tue 24 Nov 10:00", "in the dealer's time")
	r = s.act(id, "close", sam, `{"reason":"no interest, says Jan de Boer"}`).is(http.StatusUnprocessableEntity).problem(KindUnknownReason)
	require.Contains(t, r.get("valid"), "not_reached")
	require.NotContains(t, r.get("valid"), "sold")
	s.act(id, "close", sam, `{"reason":"sold","details":{"vehicle":"Captur","order_number":"1","amount":1}}`).
		is(http.StatusUnprocessableEntity).problem(KindUnknownReason)
	require.Equal(t, []string{"closing_refused", "closing_refused", "closing_refused"}, s.kinds(id)[len(s.kinds(id))-3:])
	page := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline?limit=200", "")
	require.NotContains(t, string(page.body), "de Boer")
	require.Contains(t, string(page.body), "Closing not accepted (Not reached after maximum number of call attempts); missing attempts 0 of 6")
}

func TestDetailsOfAClosingAreChecked(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	other := s.working(strings.NewReplacer("AT-1", "AT-2", "Captur", "Clio", "R-1182", "").Replace(captur))
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	_, foreign := s.addDealer("elsewhere.example")
	away := s.post(foreign.website, captur)
	for body, field := range map[string]string{
		`{"reason":"double"}`: "details.lead_id",
		`{"reason":"double","details":{"lead_id":"` + id + `"}}`:                                "details.lead_id",
		`{"reason":"double","details":{"lead_id":"` + away + `"}}`:                              "details.lead_id",
		`{"reason":"double","details":{"lead_id":"` + strings.ToUpper(other) + `"}}`:            "details.lead_id",
		`{"reason":"already_in_contact","details":{"with":"who@demo.example"}}`:                 "details.with",
		`{"reason":"already_in_contact","details":{"with":{}}}`:                                 "details.with",
		`{"reason":"prefers_another_car","details":{"make":" ","model":"x","condition":"new"}}`: "details.make",
		`{"reason":"follow_up_required","details":{"on":"2026-11-24","about":"x"}}`:             "details.on",
		`{"reason":"trade_in_value_only","details":{"colour":"red"}}`:                           "details.colour",
	} {
		r := s.act(id, "close", sam, body).is(http.StatusUnprocessableEntity).problem(KindInvalid)
		require.Equal(t, field, r.text("errors.0.field"), body)
	}
	s.act(id, "close", sam, `{"reason":"already_in_contact","details":{"with":"Noor@demo.example"}}`).is(http.StatusAccepted)
	require.Equal(t, lead.Kept, s.desk.last().Close.Details["with"], "addresses do not travel")
	r := s.act(other, "close", sam, `{"reason":"double","details":{"lead_id":"`+id+`"}}`).is(http.StatusOK)
	require.Equal(t, "closed", r.text("status"), "the same person: proved")
}

func TestParkingAndHandingOverAreAnswered200(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	r := s.act(id, "close", sam, `{"reason":"follow_up_required","details":{"on":"2027-03-01","about":"When the lease ends"}}`).is(http.StatusOK)
	require.Equal(t, "parked", r.text("stage"))
	require.NotNil(t, r.get("parked_until"))
	require.Equal(t, "follow_up_required", r.text("closing.reason"))
	require.Equal(t, "When the lease ends", r.text("closing.details.about"))
}

func TestARepeatIsAnsweredAsTheFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	first := s.act(id, "attempts", sam, called, "Idempotency-Key", "k-1").is(http.StatusOK)
	s.act(id, "notes", sam, `{"text":"meanwhile"}`).is(http.StatusOK)
	again := s.act(id, "attempts", sam, called, "Idempotency-Key", "k-1").is(http.StatusOK)
	require.Equal(t, first.body, again.body)
	s.act(id, "attempts", sam, strings.Replace(called, "blue", "red", 1), "Idempotency-Key", "k-1").
		is(http.StatusUnprocessableEntity).problem(KindKeyReused)
	s.act(id, "notes", sam, `{"text":"x"}`, "Idempotency-Key", "k-1").is(http.StatusUnprocessableEntity).problem(KindKeyReused)

	bad := s.act(id, "messages", sam, `{}`, "Idempotency-Key", "k-2").is(http.StatusUnprocessableEntity)
	asked := len(s.desk.asked)
	require.JSONEq(t, string(bad.body), string(s.act(id, "messages", sam, `{}`, "Idempotency-Key", "k-2").is(http.StatusUnprocessableEntity).body))
	require.Len(t, s.desk.asked, asked)
}

func TestAKeySucceedsLaterWhenNothingWasDone(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	const closing = `{"reason":"trade_in_value_only"}`
	s.act(id, "close", sam, closing, "Idempotency-Key", "k").is(http.StatusUnprocessableEntity).problem(KindClosingRefused)
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	s.act(id, "close", sam, closing, "Idempotency-Key", "k").is(http.StatusAccepted)
}

func TestWhatWasDoneWithoutAnAnswerIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.desk.answer(workflows.ErrUnavailable)
	r := s.act(id, "attempts", sam, called, "Idempotency-Key", "k").is(http.StatusServiceUnavailable).problem(KindUnavailable)
	require.Equal(t, "5", r.header.Get("Retry-After"))
	lost := s.desk.last()
	s.does(id, lost) // it got through after all
	s.desk.answer(nil)
	r = s.act(id, "attempts", sam, called, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, lost.ID, s.desk.last().ID)
	require.Equal(t, lost.Attempt.ID, s.desk.last().Attempt.ID)
	require.EqualValues(t, 1, r.get("attempts.made"))

	// A closing that got through refuses to be asked again; it is answered all
	// the same.
	s.desk.answer(workflows.ErrUnavailable)
	s.act(id, "close", sam, `{"reason":"no_more_calls","details":{"channels":["phone"]}}`, "Idempotency-Key", "c").is(http.StatusServiceUnavailable)
	s.does(id, s.desk.last())
	s.desk.answer(nil)
	r = s.act(id, "close", sam, `{"reason":"no_more_calls","details":{"channels":["phone"]}}`, "Idempotency-Key", "c").is(http.StatusOK)
	require.Equal(t, "closed", r.text("status"))

	s.desk.answer(errors.New("jan@customer.example fell over"))
	r = s.act(id, "reopen", maria, "")
	require.Equal(t, http.StatusInternalServerError, r.status)
	require.NotContains(t, string(r.body), "customer.example")
}

func TestARequestInWorkIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	inside, leave := make(chan struct{}), make(chan struct{})
	s.server.leads = slow{s.desk, inside, leave}
	done := make(chan received)
	go func() { done <- s.act(id, "notes", sam, `{"text":"x"}`, "Idempotency-Key", "k") }()
	<-inside
	r := s.act(id, "notes", sam, `{"text":"x"}`, "Idempotency-Key", "k").is(http.StatusConflict).problem(KindInFlight)
	require.NotEmpty(t, r.header.Get("Retry-After"))
	close(leave)
	first := <-done
	first.is(http.StatusOK)
}

// slow is a desk that says when it is asked and waits to be let go on.
type slow struct {
	*desk
	inside, leave chan struct{}
}

func (d slow) Ask(ctx context.Context, id string, h process.Happening, reopen *process.State) (workflows.Answer, error) {
	d.inside <- struct{}{}
	<-d.leave
	return d.desk.Ask(ctx, id, h, reopen)
}

func TestALeadThatIsNotInWorkYetIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.post(s.website, captur)
	woken := s.woken.Load()
	r := s.act(id, "notes", sam, `{"text":"x"}`).is(http.StatusServiceUnavailable)
	require.Equal(t, "1", r.header.Get("Retry-After"))
	require.Greater(t, s.woken.Load(), woken)
	double := s.post(s.portal, captur)
	r = s.act(double, "notes", sam, `{"text":"x"}`).is(http.StatusConflict).problem(KindConflict)
	require.Contains(t, r.text("detail"), id)
	s.begin(id)
	s.desk.answer(workflows.ErrNotRunning)
	require.Equal(t, "5", s.act(id, "notes", sam, `{"text":"x"}`).is(http.StatusServiceUnavailable).header.Get("Retry-After"))
}

func TestRefusalsOfTheProcessAreProblems(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	for _, c := range map[string]struct {
		refusal process.Refusal
		status  int
		kind    Kind
	}{
		"conflict":    {process.Refusal{Code: process.Conflict, Message: "somebody was faster"}, 409, KindConflict},
		"not allowed": {process.Refusal{Code: process.NotAllowed, Message: "not you"}, 403, KindForbidden},
		"a field":     {process.Refusal{Code: process.Invalid, Field: "at", Message: "lies in the future"}, 422, KindInvalid},
		"fields":      {process.Refusal{Code: process.Invalid, Faults: []lead.Fault{{Field: "at", Message: "no"}, {Field: "b", Message: "no"}}}, 422, KindInvalid},
		"evidence":    {process.Refusal{Code: process.ClosingRefused, Missing: []lead.Missing{{Rule: lead.MailSent, Need: 1}}}, 422, KindClosingRefused},
		"reason":      {process.Refusal{Code: process.UnknownReason, Valid: []string{"test"}}, 422, KindUnknownReason},
	} {
		s.desk.answer(&c.refusal)
		s.act(id, "notes", sam, `{"text":"x"}`).is(c.status).problem(c.kind)
	}
}

func TestRightsAndPeopleAreChecked(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	for _, to := range []string{"who@demo.example", "sam@elsewhere.example"} {
		require.Equal(t, "to", s.act(id, "assign", sam, `{"to":"`+to+`"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	}
	staff, err := s.store.ListStaff(context.Background(), s.dealer)
	require.NoError(t, err)
	for _, p := range staff {
		if p.Email == noor {
			now := testkit.Now(t, s.store.Pool)
			require.NoError(t, s.store.AddAbsence(context.Background(), s.dealer, p.ID, now.Add(-time.Hour), now.Add(time.Hour), "ill"))
		}
	}
	require.Contains(t, s.act(id, "assign", sam, `{"to":"`+noor+`"}`).is(http.StatusUnprocessableEntity).text("errors.0.message"), "absent")
	list := s.call(s.staff, http.MethodGet, "/v1/staff", "").is(http.StatusOK)
	require.Equal(t, "bea@demo.example", list.text("items.0.email"))
	require.Equal(t, true, list.get("items.3.absent"))
	for _, wish := range []string{"false", "[]"} {
		s.act(id, "customer", sam, `{"do_not_contact":`+wish+`}`).is(http.StatusUnprocessableEntity)
	}
	r := s.act(id, "customer", sam, `{"do_not_contact":["sms","phone","sms"],"note":"Asked kindly"}`).is(http.StatusOK)
	require.Equal(t, []any{"phone", "sms"}, r.get("customer.do_not_contact"))
	s.act(id, "attempts", sam, `{"channel":"phone","outcome":"no_answer"}`).is(http.StatusConflict)
	require.Equal(t, "text", s.act(id, "notes", sam, `{"text":"  "}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, "at", s.act(id, "attempts", sam, `{"channel":"email","outcome":"reached","at":"2027-01-01T00:00:00Z"}`).
		is(http.StatusUnprocessableEntity).text("errors.0.field"))
}

func TestOpenAPIAndAnswersAgreeOnWishes(t *testing.T) {
	t.Parallel()
	var w gen.DoNotContact
	require.NoError(t, w.FromEveryChannel(true))
	require.Equal(t, []lead.Channel{lead.Phone, lead.Email, lead.SMS}, refusedChannels(w))
	require.NoError(t, w.FromTheseChannels(gen.TheseChannels{"sms", "sms"}))
	require.Equal(t, []lead.Channel{lead.SMS}, refusedChannels(w))
	require.NoError(t, w.UnmarshalJSON([]byte(`"all"`)))
	require.Empty(t, refusedChannels(w))
}
