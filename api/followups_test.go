package api

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// AskFollowUp has the store decide.
func (d *desk) AskFollowUp(ctx context.Context, id string, h process.FollowUpHappening) (workflows.Answer, error) {
	d.mu.Lock()
	fail := d.fail
	d.mu.Unlock()
	if fail != nil {
		return workflows.Answer{}, fail
	}
	state, err := d.store.FollowUpForStart(ctx, uuid.MustParse(id))
	if err != nil {
		return workflows.Answer{}, err
	}
	if state.Step == 0 || state.Status != process.Pending {
		return workflows.Answer{}, workflows.ErrNotRunning
	}
	done, err := d.store.FollowUpStep(ctx, state, h)
	if err != nil {
		return workflows.Answer{}, err
	}
	if done.Refused != nil {
		return workflows.Answer{}, done.Refused
	}
	return workflows.Answer{Step: done.State.Step, Status: string(done.State.Status)}, nil
}

// claiming posts a lead of the portal, closes it as double of another one, and
// returns its id and that of the refund claim, which has not begun.
func (s *shop) claiming() (leadID, claim string) {
	s.t.Helper()
	leadID = s.post(s.portal, captur)
	s.begin(leadID)
	s.act(leadID, "attempts", sam, `{"channel":"phone","outcome":"wrong_number"}`).is(http.StatusOK)
	s.act(leadID, "close", sam, `{"reason":"wrong_personal_data"}`).is(http.StatusAccepted)
	s.act(leadID, "closing/approve", maria, `{}`).is(http.StatusOK)
	return leadID, s.call(s.staff, http.MethodGet, "/v1/follow-ups?kind=refund_claim&lead="+leadID, "").is(http.StatusOK).text("items.0.id")
}

// starts has the first step of a follow-up decided, as its workflow would.
func (s *shop) starts(id string) process.FollowUpState {
	s.t.Helper()
	state, err := s.store.FollowUpForStart(context.Background(), uuid.MustParse(id))
	require.NoError(s.t, err)
	done, err := s.store.FollowUpStep(context.Background(), state, process.FollowUpHappening{What: process.WasReceived})
	require.NoError(s.t, err)
	require.Nil(s.t, done.Refused)
	return done.State
}

func (s *shop) settle(id, what, actor, body string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPost, "/v1/follow-ups/"+id+"/"+what, body, append([]string{"X-Actor", actor}, headers...)...)
}

func TestAFollowUpIsToldAndSettled(t *testing.T) {
	t.Parallel()
	s := open(t)
	leadID, claim := s.claiming()
	path := "/v1/follow-ups/" + claim

	r := s.settle(claim, "done", maria, `{"note":"Credited","outcome":"granted"}`).is(http.StatusServiceUnavailable).problem(KindUnavailable)
	require.Contains(t, r.text("detail"), "its work begins")
	s.starts(claim)

	r = s.call(s.staff, http.MethodGet, path, "").is(http.StatusOK)
	require.Equal(t, "refund_claim", r.text("kind"))
	require.Equal(t, "wrong_personal_data", r.text("reason"))
	require.Equal(t, "Personal data incorrect", r.text("reason_label"))
	require.Equal(t, "Jan de Boer", r.text("lead.customer"))
	require.Equal(t, "Renault Captur", r.text("lead.vehicle"))
	require.Equal(t, "/v1/leads/"+leadID, r.text("lead.url"))
	require.Equal(t, "portal", r.text("lead.source"))
	require.Equal(t, "2026-11-24", r.text("due_on"))
	require.Equal(t, maria, r.text("owner.email"), "the shop has no marketer")
	require.NotEmpty(t, r.text("due_at"))
	for _, unknown := range []string{"outcome", "why", "note", "settled_at", "settled_by", "new_lead_id"} {
		require.Nil(t, r.get(unknown), unknown)
	}

	s.settle(claim, "done", sam, `{"note":"Credited","outcome":"granted"}`).is(http.StatusForbidden).problem(KindForbidden)
	require.Equal(t, "outcome", s.settle(claim, "done", maria, `{"note":"Credited"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, "note", s.settle(claim, "done", maria, `{"note":" x ","outcome":"granted"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))
	require.Equal(t, "outcome", s.settle(claim, "done", maria, `{"note":"Credited","outcome":"maybe"}`).is(http.StatusUnprocessableEntity).text("errors.0.field"))

	body := `{"note":"Credited on the bill","outcome":"granted"}`
	first := s.settle(claim, "done", maria, body, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, "done", first.text("status"))
	require.Equal(t, "granted", first.text("outcome"))
	require.Equal(t, "Credited on the bill", first.text("note"))
	require.Equal(t, maria, first.text("settled_by.email"))
	require.Nil(t, first.get("due_at"))
	require.Equal(t, first.body, s.settle(claim, "done", maria, body, "Idempotency-Key", "k").is(http.StatusOK).body)

	r = s.settle(claim, "drop", maria, `{"note":"no"}`).is(http.StatusConflict).problem(KindConflict)
	require.Equal(t, "done", r.text("follow_up.status"))
	kinds := s.kinds(leadID)
	require.Equal(t, "follow_up_done", kinds[len(kinds)-1])
}

// The answer of a first try got lost together with the word that nothing was
// done: whoever asks again finds it done.
func TestAFollowUpWhoseAnswerGotLostIsNotSettledTwice(t *testing.T) {
	t.Parallel()
	s := open(t)
	leadID, claim := s.claiming()
	s.starts(claim)
	s.server.leads = forgetful{s.desk}
	s.settle(claim, "drop", maria, `{"note":"too late"}`, "Idempotency-Key", "k").is(http.StatusServiceUnavailable)
	s.server.leads = s.desk
	r := s.settle(claim, "drop", maria, `{"note":"too late"}`, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, "dropped", r.text("status"))
	done := 0
	for _, kind := range s.kinds(leadID) {
		if kind == "follow_up_done" {
			done++
		}
	}
	require.Equal(t, 1, done)
}

// forgetful does what it is asked and loses the answer.
type forgetful struct{ *desk }

func (d forgetful) AskFollowUp(ctx context.Context, id string, h process.FollowUpHappening) (workflows.Answer, error) {
	if _, err := d.desk.AskFollowUp(ctx, id, h); err != nil {
		return workflows.Answer{}, err
	}
	return workflows.Answer{}, workflows.ErrUnavailable
}

func TestAFollowUpIsGivenToSomebody(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, claim := s.claiming()
	s.starts(claim)
	for _, c := range []struct{ to, message string }{
		{"nobody@demo.example", "nobody who works here"}, {maria, "this colleague's already"},
	} {
		r := s.settle(claim, "assign", maria, `{"to":"`+c.to+`"}`)
		require.GreaterOrEqual(t, r.status, http.StatusConflict)
		require.Contains(t, r.text("detail"), c.message)
	}
	r := s.settle(claim, "assign", maria, `{"to":"Sam@demo.example","note":"He knows them"}`).is(http.StatusOK)
	require.Equal(t, sam, r.text("owner.email"))
	require.Equal(t, 1, s.call(s.staff, http.MethodGet, "/v1/follow-ups?owner=me", "", "X-Actor", sam).is(http.StatusOK).count("items"))
	s.settle(claim, "done", sam, `{"note":"They paid","outcome":"refused"}`).is(http.StatusOK)
}

func TestTheCallAboutAQuoteIsLoggedOnItsLead(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	owner := s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").text("owner.email")
	s.act(id, "messages", owner, `{"template":"quote","text":"31,990 euros"}`).is(http.StatusOK)
	s.act(id, "close", owner, `{"reason":"quotation","details":{"amount":"31990.00","valid_until":"2026-12-24"}}`).is(http.StatusOK)
	call := s.call(s.staff, http.MethodGet, "/v1/follow-ups?kind=call_about_quote", "").is(http.StatusOK).text("items.0.id")
	for what, body := range map[string]string{"done": `{"note":"called"}`, "drop": `{"note":"called"}`, "assign": `{"to":"` + maria + `"}`} {
		r := s.settle(call, what, maria, body).is(http.StatusConflict).problem(KindConflict)
		require.Contains(t, r.text("detail"), "logged on the lead")
		require.Equal(t, "open", r.text("follow_up.status"))
	}
	owner = s.call(s.staff, http.MethodGet, "/v1/leads/"+id, "").text("owner.email")
	s.act(id, "attempts", owner, `{"channel":"phone","outcome":"no_answer"}`).is(http.StatusOK)
	r := s.call(s.staff, http.MethodGet, "/v1/follow-ups/"+call, "").is(http.StatusOK)
	require.Equal(t, "done", r.text("status"))
	require.Equal(t, "called", r.text("why"))
	require.Equal(t, "system", r.text("settled_by"))
}

func TestFollowUpsAreListed(t *testing.T) {
	t.Parallel()
	s := open(t)
	leadID, claim := s.claiming()
	state := s.starts(claim)
	list := func(query string) received {
		return s.call(s.staff, http.MethodGet, "/v1/follow-ups"+query, "").is(http.StatusOK)
	}
	for query, count := range map[string]int{
		"": 1, "?status=done": 0, "?status=open,done": 1, "?kind=refund_claim,letter": 1, "?kind=letter": 0, "?lead=" + leadID: 1,
		"?lead=" + uuid.NewString(): 0, "?owner=" + maria: 1, "?owner=" + sam: 0, "?owner=nobody@demo.example": 0,
		"?due_before=2026-11-25": 1, "?due_before=2026-11-24": 0, "?overdue=true": 0, "?overdue=false": 1,
	} {
		require.Equal(t, count, list(query).count("items"), query)
	}
	for _, query := range []string{"?due_before=tomorrow", "?due_before=2026-13-01", "?kind=flowers", "?owner=me", "?cursor=x", "?whose=me"} {
		s.call(s.staff, http.MethodGet, "/v1/follow-ups"+query, "").is(http.StatusBadRequest).problem(KindBadParameter)
	}
	testkit.SetClock(t, s.store.Pool, state.Clock(process.FollowUp).Due)
	require.Equal(t, 1, list("?overdue=true").count("items"))

	// Pages follow each other without a gap, and other dealers see nothing.
	for i := range 3 {
		id := s.post(s.portal, `{"channel":"web","customer":{"phone":"06 2234567`+itoa(i)+`"}}`)
		s.begin(id)
		s.act(id, "attempts", sam, `{"channel":"phone","outcome":"wrong_number"}`).is(http.StatusOK)
		s.act(id, "close", sam, `{"reason":"wrong_personal_data"}`).is(http.StatusAccepted)
		s.act(id, "closing/approve", maria, `{}`).is(http.StatusOK)
	}
	seen := map[string]bool{}
	query := "?limit=1"
	for {
		page := list(query)
		require.Equal(t, 1, page.count("items"))
		require.False(t, seen[page.text("items.0.id")])
		seen[page.text("items.0.id")] = true
		if page.get("next_cursor") == nil {
			break
		}
		query = "?limit=1&cursor=" + page.text("next_cursor")
	}
	require.Len(t, seen, 4)
	_, others := s.addDealer("other.example")
	require.Zero(t, s.call(others.staff, http.MethodGet, "/v1/follow-ups", "").count("items"))
	s.call(others.staff, http.MethodGet, "/v1/follow-ups/"+claim, "").is(http.StatusNotFound)
	s.call(others.staff, http.MethodPost, "/v1/follow-ups/"+claim+"/drop", `{"note":"mine"}`, "X-Actor", "maria@other.example").is(http.StatusNotFound)
	s.call(s.website, http.MethodGet, "/v1/follow-ups", "").is(http.StatusForbidden)
}
