package test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Temporal away: leads are still taken, staff actions say so at once, and
// everything is done when it is back.
func TestTemporalIsAway(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Cables: true})
	before := d.receives(enquiry{})
	d.TemporalCable.Cut()
	var taken []string
	for range 20 {
		answer := d.posts(enquiry{})
		require.Equal(t, http.StatusAccepted, answer.Status, answer.Text)
		taken = append(taken, answer.Body["id"].(string))
	}
	action := d.door.As(sam, http.MethodPost, "/v1/leads/"+before.id+"/attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"})
	require.Equal(t, http.StatusServiceUnavailable, action.Status, action.Text)
	require.NotEmpty(t, action.Header.Get("Retry-After"))
	ready := d.door.Do(http.MethodGet, "/readyz", nil, "")
	require.Equal(t, http.StatusOK, ready.Status, "leads are taken, so traffic may come")
	require.False(t, fine(ready, "temporal"), "but it says what is away")

	d.TemporalCable.Mend()
	for _, id := range taken {
		d.Await(func() bool { return d.State(id).Step > 0 }, "the lead is being worked")
	}
	d.Await(func() bool {
		return d.door.As(sam, http.MethodPost, "/v1/leads/"+before.id+"/attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"}).Status == http.StatusOK
	}, "actions are taken again")
	d.Settle()
	require.Len(t, d.Mails(manager), 21, "everybody was told of every lead, once")
}

// Postgres away: everything says so, and recovers without a restart.
func TestPostgresIsAway(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Cables: true})
	l := d.receives(enquiry{})
	d.PostgresCable.Cut()
	answer := d.posts(enquiry{})
	require.Equal(t, http.StatusServiceUnavailable, answer.Status, answer.Text)
	require.NotEmpty(t, answer.Header.Get("Retry-After"))
	require.Equal(t, http.StatusServiceUnavailable, d.door.Do(http.MethodGet, "/readyz", nil, "").Status)
	require.Equal(t, http.StatusOK, d.door.Do(http.MethodGet, "/healthz", nil, "").Status)
	d.PostgresCable.Mend()
	d.Await(func() bool { return d.door.Do(http.MethodGet, "/readyz", nil, "").Status == http.StatusOK }, "it is ready again by itself")
	l.calls("reached")
	second := d.receives(enquiry{})
	require.Len(t, d.Mails(second.customer()), 1)
}

// What somebody asked for is committed, and Temporal forgets that it was asked. He
// was told to try again and does not. The process learns of it all the same: half a
// minute later, without an audit.
func TestWhatTemporalForgetsIsNotForgotten(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{phone: "06 12345678"})
	double := lead{d, d.posts(enquiry{source: "portal", phone: "06 12345678"}).Body["id"].(string)}
	d.Settle()
	claim := double.followUp("refund_claim")
	by := process.Actor(d.StaffID(manager))
	l.calls("reached")
	done, err := d.Store.Step(t.Context(), d.State(l.id), process.Happening{
		ID: "closing", What: process.DidClose, Actor: by, Close: &process.ClosingAsked{ID: uuid.NewString(), Reason: "no_more_calls", Details: map[string]string{"channels": "phone"}},
	})
	require.NoError(t, err)
	require.Nil(t, done.Refused)
	given, err := d.Store.FollowUpStep(t.Context(), d.follows(claim.id), process.FollowUpHappening{
		ID: "giving", What: process.DidAssign, Actor: by, Assign: &process.Assignment{To: d.StaffID(director)},
	})
	require.NoError(t, err)
	require.Nil(t, given.Refused)
	require.True(t, d.runs(workflows.ID(l.id)), "its process does not know")

	testkit.MoveClock(t, d.Store.Pool, 31*time.Second)
	d.Await(func() bool { return !d.runs(workflows.ID(l.id)) }, "the lead's process is over")
	d.Await(func() bool { return d.follows(claim.id).Owner == d.StaffID(director) }, "the follow-up's knows whose it is")
	d.Settle()
	require.Equal(t, "closed", l.is("status"))
	require.Empty(t, d.asked(), "and nothing is left to be told")
	require.Empty(t, inspects(d).audits())
}

// Whoever has his answer leaves nothing behind.
func TestOnlyTheForgottenIsReminded(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	l := d.receives(enquiry{})
	l.calls("reached")
	d.Await(func() bool { return len(d.asked()) == 0 }, "his answer has come")
	before := d.tasks(l)
	testkit.MoveClock(t, d.Store.Pool, 31*time.Second)
	d.Settle()
	require.Equal(t, before, d.tasks(l), "nobody was reminded")
}

// follows is a follow-up as its process knows it.
func (d dealer) follows(id string) process.FollowUpState {
	d.t.Helper()
	answer, err := d.Client.QueryWorkflow(d.t.Context(), workflows.FollowUpID(id), "", workflows.StateQuery)
	require.NoError(d.t, err)
	var state process.FollowUpState
	require.NoError(d.t, answer.Get(&state))
	return state
}

// asked lists the requests of which the outbox still stands for what came of them.
func (d dealer) asked() []string {
	d.t.Helper()
	rows, err := d.Store.Pool.Query(d.t.Context(), `SELECT happening ->> 'id' FROM outbox WHERE happening ->> 'what' = 'asked' ORDER BY id`)
	require.NoError(d.t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(d.t, err)
	return ids
}

// An outage of Postgres that outlasts every quick retry, with a lead that wants
// to act in the middle of it: it waits and goes on, its workflow does not fail.
func TestALongOutageOfPostgres(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Cables: true})
	l := d.receives(enquiry{})
	before := d.tasks(l)
	d.PostgresCable.Cut()
	require.NoError(t, d.Client.SignalWorkflow(context.Background(), workflows.ID(l.id), "", workflows.Wake, nil))
	// A task is kept open for eight seconds while the step is tried, the next is
	// given up for a timer, and the third comes when that has fired.
	d.Await(func() bool { return d.tasks(l) >= before+3 }, "the outage lasts long enough")
	d.PostgresCable.Mend()
	d.Await(func() bool {
		return l.tries(l.owner(), "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "reached"}).Status == http.StatusOK
	}, "the lead is worked again")
}

// tasks counts the tasks of a lead's workflow so far, which goes up by itself
// as long as a step cannot be decided.
func (d dealer) tasks(l lead) int {
	d.t.Helper()
	n := 0
	history := d.Client.GetWorkflowHistory(context.Background(), workflows.ID(l.id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(d.t, err)
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
			n++
		}
	}
	return n
}

// customer is the customer's address.
func (l lead) customer() string {
	return l.now()["customer"].(map[string]any)["email"].(string)
}

// All workers away: what fell due meanwhile is done when one is back.
func TestTheWorkersAreAway(t *testing.T) {
	d := opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Idle: true})
	answer := d.posts(enquiry{email: "waiting@mail.example"})
	require.Equal(t, http.StatusAccepted, answer.Status)
	l := lead{d, answer.Body["id"].(string)}
	require.Equal(t, "open", l.is("status"), "it can be read before it is worked")
	d.Jump("20m")
	require.InDelta(t, 1, d.figure("doorbell_deadlines_overdue"), 0)
	require.GreaterOrEqual(t, d.figure("doorbell_deadlines_overdue_seconds"), 1200.0, "that nobody works is a figure to raise an alarm at")
	t.Cleanup(d.Work())
	d.Await(func() bool { return l.count("escalated") == 1 }, "the clock began at the receipt")
	d.Settle()
	require.Zero(t, d.figure("doorbell_deadlines_overdue"))
	require.Len(t, d.Mails("waiting@mail.example"), 1)
	require.Contains(t, d.summary(l, "escalated"), "late")
}

// figure is one of those that Prometheus is told.
func (d dealer) figure(name string) float64 {
	d.t.Helper()
	for line := range strings.Lines(d.door.Do(http.MethodGet, "/metrics", nil, "").Text) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			require.NoError(d.t, err)
			return n
		}
	}
	require.Fail(d.t, "there is no such figure", name)
	return 0
}

// fine reports whether a part of the readiness answer is all right.
func fine(ready dealership.Answer, part string) bool {
	for _, c := range ready.Body["checks"].([]any) {
		check := c.(map[string]any)
		if check["name"] == part {
			return check["ok"].(bool)
		}
	}
	return false
}
