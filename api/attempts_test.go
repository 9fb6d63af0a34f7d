package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

const recorded = `{"channel":"phone","outcome":"reached","call_id":"pbx-17"}`

// calls are the telephone system's ids of the calls logged for a lead.
func (s *shop) calls(id string) []string {
	s.t.Helper()
	rows, err := s.store.Pool.Query(context.Background(), `SELECT coalesce(call_id, '-') FROM attempt WHERE lead_id = $1 ORDER BY made_at, id`, id)
	require.NoError(s.t, err)
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var call string
		require.NoError(s.t, rows.Scan(&call))
		out = append(out, call)
	}
	require.NoError(s.t, rows.Err())
	return out
}

func TestACallProvesOneAttempt(t *testing.T) {
	t.Parallel()
	s := open(t)
	id, other := s.working(captur), s.working(enquiry("2"))
	s.act(id, "attempts", sam, recorded, "Idempotency-Key", "k").is(http.StatusOK)
	require.True(t, s.desk.last().Attempt.Recorded)
	require.Equal(t, []string{"pbx-17"}, s.calls(id))
	s.act(id, "attempts", sam, recorded, "Idempotency-Key", "k").is(http.StatusOK)
	for _, lead := range []string{id, other} {
		r := s.act(lead, "attempts", sam, recorded).is(http.StatusUnprocessableEntity).problem(KindInvalid)
		require.Equal(t, "call_id", r.text("errors.0.field"))
		require.Contains(t, r.text("errors.0.message"), "proves another attempt already")
	}
	s.act(id, "attempts", sam, called).is(http.StatusOK)
	require.False(t, s.desk.last().Attempt.Recorded)
	require.Equal(t, []string{"pbx-17", "-"}, s.calls(id))
	_, foreign := s.addDealer("elsewhere.example")
	require.Equal(t, "sam@elsewhere.example", func() string { // another dealer has another telephone system
		away := s.post(foreign.website, captur)
		s.begin(away)
		return s.call(foreign.staff, http.MethodPost, "/v1/leads/"+away+"/attempts", recorded, "X-Actor", "sam@elsewhere.example").is(http.StatusOK).text("owner.email")
	}())
}

func TestACallIsWrittenAsItIsKnown(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	for _, call := range []string{"", " a", "a ", `a\u0007b`, `a\nb`, strings.Repeat("a", 101)} {
		r := s.act(id, "attempts", sam, `{"channel":"phone","outcome":"reached","call_id":"`+call+`"}`).is(http.StatusUnprocessableEntity)
		require.Equal(t, "call_id", r.text("errors.0.field"), call)
	}
	r := s.act(id, "attempts", sam, `{"channel":"email","outcome":"reached","call_id":"pbx-1"}`).is(http.StatusUnprocessableEntity)
	require.Equal(t, "call_id", r.text("errors.0.field"))
	s.act(id, "attempts", sam, `{"channel":"phone","outcome":"reached","call_id":"Zentrale 1: \u00e4"}`).is(http.StatusOK)
	require.Equal(t, []string{"Zentrale 1: ä"}, s.calls(id))
}

// A call whose attempt was refused proves another; one whose fate nobody knows
// is kept for whoever asks again.
func TestACallThatWasNotLoggedIsFree(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.desk.answer(&process.Refusal{Code: process.Conflict, Message: "somebody was faster"})
	s.act(id, "attempts", sam, recorded).is(http.StatusConflict).problem(KindConflict)
	s.desk.answer(workflows.ErrUnavailable)
	s.act(id, "attempts", sam, recorded, "Idempotency-Key", "k").is(http.StatusServiceUnavailable)
	s.desk.answer(nil)
	s.act(id, "attempts", sam, recorded).is(http.StatusConflict).problem(KindInFlight)
	s.act(id, "attempts", sam, recorded, "Idempotency-Key", "k").is(http.StatusOK)
	require.Equal(t, []string{"pbx-17"}, s.calls(id))

	// It got through, and only its answer was lost.
	next := strings.Replace(recorded, "17", "18", 1)
	s.desk.answer(workflows.ErrUnavailable)
	s.act(id, "attempts", sam, next, "Idempotency-Key", "l").is(http.StatusServiceUnavailable)
	s.does(id, s.desk.last())
	s.desk.answer(nil)
	s.act(id, "attempts", sam, next, "Idempotency-Key", "l").is(http.StatusOK)
	require.Equal(t, []string{"pbx-17", "pbx-18"}, s.calls(id))
}

func TestOfTwoWhoLogTheSameCallOneHasIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	id, other := s.working(captur), s.working(enquiry("2"))
	inside, leave := make(chan struct{}), make(chan struct{})
	s.server.leads = slow{s.desk, inside, leave}
	done := make(chan received)
	go func() { done <- s.act(id, "attempts", sam, recorded) }()
	<-inside
	r := s.act(other, "attempts", noor, recorded).is(http.StatusConflict).problem(KindInFlight)
	require.Equal(t, "1", r.header.Get("Retry-After"))
	close(leave)
	first := <-done
	first.is(http.StatusOK)
	s.server.leads = s.desk
	s.act(other, "attempts", noor, recorded).is(http.StatusUnprocessableEntity).problem(KindInvalid)
	require.Equal(t, []string{}, s.calls(other))
}

// The id of a call stays out of Temporal.
func TestTheCallItselfDoesNotTravel(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	s.act(id, "attempts", sam, recorded).is(http.StatusOK)
	made := *s.desk.last().Attempt
	require.Equal(t, process.AttemptMade{ID: made.ID, Channel: lead.Phone, Direction: lead.Out, Outcome: lead.Reached, Recorded: true}, made)
}
