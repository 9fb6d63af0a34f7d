package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/activities"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// customer is a lead of somebody of his own.
func customer(n int) string {
	return fmt.Sprintf(`{"customer":{"last_name":"Boer%d","email":"c%d@mail.example"},"vehicle":{"make":"Renault","model":"Captur"}}`, n, n)
}

// faulty starts a worker whose code for leads has a bug that portal's leads
// run into, and returns what stops it.
func faulty(t *testing.T, d *dealership.Dealership) (stop func()) {
	t.Helper()
	leads := worker.New(d.Client, d.Leads.Queue, worker.Options{})
	leads.RegisterWorkflowWithOptions(func(ctx workflow.Context, state process.State) error {
		if state.Source == "portal" {
			panic("a bug in the code of the workflow")
		}
		return workflows.Lead(ctx, state)
	}, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	leads.RegisterActivityWithOptions((&activities.Lead{Store: d.Store}).Step, activity.RegisterOptions{Name: workflows.StepActivity})
	templates, err := message.Load()
	require.NoError(t, err)
	sender, err := message.Choose(message.Settings{Mailbox: d.Store})
	require.NoError(t, err)
	messages := &activities.Messages{
		Store: d.Store, Sender: sender, Templates: templates, PublicURL: dealership.PublicURL, Secret: dealership.Secret,
		From: message.Address{Email: "leads@delinde.example"},
	}
	leads.RegisterActivityWithOptions(messages.DeliverAtOnce, activity.RegisterOptions{Name: workflows.DeliverAtOnceActivity})
	leads.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverActivity})
	require.NoError(t, leads.Start())
	return leads.Stop
}

// A bug that one lead runs into blocks that lead and no other; nothing that is
// said to it meanwhile is lost, and the worker with the fix takes it up where it
// stands.
func TestABugBlocksOneLeadUntilItIsFixed(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Idle: true})
	ctx := context.Background()
	stop := faulty(t, d)
	blocked := d.Post("portal", customer(0)).Leads[0].ID.String()
	d.Await(func() bool { return failedTasks(t, d, blocked) > 0 }, "the lead runs into the bug")

	for n := range 3 {
		c := caller{t, d, d.Post("website", customer(n+1)).Leads[0].ID.String()}
		d.Await(func() bool { return !d.State(c.id).AutoRespondedAt.IsZero() }, "others are answered")
		_, err := d.Leads.Ask(ctx, c.id, process.Happening{
			ID: fmt.Sprint("call ", n), What: process.DidAttempt, Actor: process.Actor(d.State(c.id).Owner), AskedAt: d.Now(), Attempt: attempt(lead.NoAnswer).Attempt,
		}, nil)
		require.NoError(t, err)
	}
	require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(blocked), "", "attempt", map[string]any{"outcome": "voicemail"}))
	about, err := d.Client.DescribeWorkflowExecution(ctx, workflows.ID(blocked), "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, about.GetWorkflowExecutionInfo().GetStatus(), "blocked, not failed")
	require.NotNil(t, about.GetPendingWorkflowTask(), "and Temporal tells so")
	require.Zero(t, d.State(blocked).Step)
	d.Await(func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := d.Leads.Ask(short, blocked, attempt(lead.Reached), nil)
		require.ErrorIs(t, err, workflows.ErrUnavailable, "whoever asks something of it may ask again")
		return failedTasks(t, d, blocked) >= 3
	}, "Temporal knows that it does not get on")

	stop()
	t.Cleanup(d.Work())
	d.Await(func() bool { return len(d.State(blocked).Attempts) == 1 }, "the fix resumes it, and what it was told is taken")
	d.Settle()
	require.Len(t, d.Mails("c0@mail.example"), 1)
	d.Await(func() bool { return failedTasks(t, d, blocked) <= 0 }, "the task that failed is done")
	caller{t, d, blocked}.calls(lead.Reached)
}

// failedTasks counts how often a worker failed at the lead.
func failedTasks(t *testing.T, d *dealership.Dealership, id string) int {
	t.Helper()
	about, err := d.Client.DescribeWorkflowExecution(context.Background(), workflows.ID(id), "")
	if err != nil {
		return 0 // not begun
	}
	return int(about.GetPendingWorkflowTask().GetAttempt()) - 1
}

// watched is a policy whose first two steps come within seconds, at any hour.
const watched = `
name: watched
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
tracks:
  standard:
    clock: always
    auto_response: {template: thank-you}
    assign: {to: next_salesperson}
    live_response: {due: 3s, remind_before: 0s, escalate: [{after: 0s, to: [sales_manager], notify: [email]}, {after: 2s, to: [general_manager], notify: [email]}]}
`

// Worker, API and Temporal take their time from one machine here; the database's
// is an hour away from it, before and after somebody sets it. Nothing is done
// early by the database's clock, nothing is lost, and no duration is negative.
func TestClocksThatDisagree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, step time.Duration }{
		"the database is ahead":               {time.Hour, 0},
		"the database is behind":              {-time.Hour, 0},
		"it is set an hour forward meanwhile": {0, time.Hour},
		"it is set an hour back meanwhile":    {0, -time.Hour},
		"it was wrong and is set right":       {time.Hour, -time.Hour},
		"it is set back by a moment":          {-time.Hour, -2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dealership.Open(t, dealership.Options{Policy: watched})
			testkit.SetClock(t, d.Store.Pool, time.Now().Add(c.before))
			id := d.Post("website", customer(1)).Leads[0].ID.String()
			d.Await(func() bool { return !d.State(id).AutoRespondedAt.IsZero() }, "the customer is answered")
			testkit.MoveClock(t, d.Store.Pool, c.step)
			if c.step == -time.Hour {
				due := d.State(id).LiveDueAt
				d.Await(func() bool { return timersFired(t, d, id) > 0 }, "the timer fires")
				require.Zero(t, d.State(id).Escalation.Step, "by the database's clock it is not due")
				testkit.SetClock(t, d.Store.Pool, due.Add(-time.Second)) // the hour has passed
				require.NoError(t, d.Leads.Tell(context.Background(), id, process.Happening{What: process.WasDue}))
			}
			d.Await(func() bool { return d.State(id).Escalation.Step == 2 }, "both steps come by themselves")
			d.Settle()
			steps := 0
			for i, e := range d.Timeline(id) {
				require.EqualValues(t, i+1, e.Seq)
				var data map[string]any
				require.NoError(t, json.Unmarshal(e.Data, &data))
				for field, value := range data {
					if number, ok := value.(float64); ok {
						require.GreaterOrEqual(t, number, 0.0, "%s of %s", field, e.Kind)
					}
				}
				if e.Kind == "escalated" {
					steps++
					due, err := time.Parse(time.RFC3339, fmt.Sprint(data["due_at"]))
					require.NoError(t, err)
					require.False(t, e.At.Before(due), "step %d is not early", steps)
				}
			}
			require.Positive(t, steps)
			require.LessOrEqual(t, steps, 2, "each step once")
			require.Len(t, d.Mails("c1@mail.example"), 1)
		})
	}
}

// timersFired counts the timers of the lead's workflow that fired.
func timersFired(t *testing.T, d *dealership.Dealership, id string) int {
	t.Helper()
	n := 0
	for _, e := range history(t, d, id).GetEvents() {
		if e.GetEventType() == enumspb.EVENT_TYPE_TIMER_FIRED {
			n++
		}
	}
	return n
}
