package workflows_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// DOORBELL_TEST_FLOOD=10000 asks for more signals than everybody's test needs.
func TestALongLifeGoesOnInANewRun(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	ctx := context.Background()
	id := d.Receive("website", captur)
	first, err := d.Client.DescribeWorkflowExecution(ctx, workflows.ID(id), "")
	require.NoError(t, err)
	flood := 2200 // two events each; a run is asked to end at 4,096
	if asked := os.Getenv("DOORBELL_TEST_FLOOD"); asked != "" {
		flood, err = strconv.Atoi(asked)
		require.NoError(t, err)
	}
	began := time.Now()
	for i := range flood {
		name, payload := workflows.Wake, any(nil)
		if i%100 == 99 {
			name, payload = "attempt", map[string]any{"outcome": "no_answer"}
		}
		require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", name, payload))
	}
	run := first.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	for heard := 0; heard < flood/100; heard = len(d.State(id).Attempts) {
		d.Await(func() bool { return len(d.State(id).Attempts) > heard }, "the next of the calls is heard of")
	}
	// Whether a run is to end is known with the next task after it became too long, and
	// what is said while a task is under way may come into the same one.
	var woken time.Time
	d.Await(func() bool {
		if time.Since(woken) > 5*time.Second {
			require.NoError(t, d.Client.SignalWorkflow(ctx, workflows.ID(id), "", workflows.Wake, nil))
			woken = time.Now()
		}
		w, err := d.Client.DescribeWorkflowExecution(ctx, workflows.ID(id), "")
		return err == nil && w.GetWorkflowExecutionInfo().GetExecution().GetRunId() != run
	}, "the lead goes on in a new run")
	require.Len(t, d.State(id).Attempts, flood/100, "and no signal is lost")
	t.Logf("%d signals in %s", flood, time.Since(began))
	state := d.State(id)
	require.NotNil(t, state.NextDeadline())
	for i, e := range d.Timeline(id) {
		require.EqualValues(t, i+1, e.Seq, "the timeline has no gap")
	}
	about, err := d.Client.DescribeWorkflowExecution(ctx, workflows.ID(id), "")
	require.NoError(t, err)
	require.Less(t, about.GetWorkflowExecutionInfo().GetHistoryLength(), int64(25_000), "long before Temporal would end it, at 51,200 events")
	h := attempt(lead.Reached)
	h.ID = uuid.NewString()
	worked := time.Now().Add(3*time.Minute + time.Duration(flood)*100*time.Millisecond)
	for {
		if _, err = d.Ask(id, ownerOf(t, d, id), h); err == nil {
			break
		}
		require.ErrorIs(t, err, workflows.ErrUnavailable)
		require.True(t, time.Now().Before(worked), "as soon as the flood is worked off it is asked again")
	}
}

func TestAClosedLeadIsReopenedByTheManagerOnly(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	c := caller{t, d, d.Receive("website", captur)}
	owner := ownerOf(t, d, c.id)
	c.calls(lead.Refused)
	c.closes(owner, "refused_call")
	c.ask("manager@demo.example", process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: true}})
	require.Equal(t, lead.Closed, d.State(c.id).Status)

	reopen := process.Happening{What: process.DidReopen, Reopen: &process.Reopening{}}
	_, err := d.Ask(c.id, owner, reopen)
	var refusal *process.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, process.NotAllowed, refusal.Code)
	c.ask("manager@demo.example", reopen)
	require.Equal(t, lead.Open, d.State(c.id).Status)
	reopened := d.State(c.id)
	require.NotNil(t, reopened.NextDeadline())
	c.calls(lead.Reached)
}

// Two people at once: one wins, the other learns how things stand.
func TestAClosingIsDecidedOnce(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{})
	c := caller{t, d, d.Receive("website", captur)}
	c.calls(lead.Refused)
	c.closes(ownerOf(t, d, c.id), "refused_call")
	errs := make(chan error, 8)
	for i := range cap(errs) {
		go func() {
			by := []string{"manager@demo.example", "director@demo.example"}[i%2]
			_, err := d.Leads.Ask(context.Background(), c.id, process.Happening{
				ID: uuid.NewString(), What: process.DidDecide, Actor: process.Actor(d.StaffID(by)), Decide: &process.Decision{Approve: i%4 < 2},
			}, nil)
			errs <- err
		}()
	}
	won := 0
	for range cap(errs) {
		if err := <-errs; err == nil {
			won++
		}
	}
	require.Equal(t, 1, won)
	decided := 0
	for _, kind := range d.Events(c.id) {
		if kind == "closing_approved" || kind == "closing_rejected" {
			decided++
		}
	}
	require.Equal(t, 1, decided)
}

// A closing after which nothing has to be sent ends the workflow too: nothing
// else would ever wake it.
func TestAWorkflowEndsWithTheLastWord(t *testing.T) {
	t.Parallel()
	d := dealership.Open(t, dealership.Options{Policy: `
name: quiet
timezone: Europe/Amsterdam
country: NL
phases: [showroom]
calendar: {open: {mon-sun: ["00:00-24:00"]}}
tracks: {standard: {closing: {approve: never}}}
`})
	c := caller{t, d, d.Receive("website", captur)}
	c.calls(lead.Refused)
	c.closes(ownerOf(t, d, c.id), "refused_call")
	d.Await(func() bool { return ended(t, d, workflows.ID(c.id)) }, "the lead's workflow ends")
}

func ended(t *testing.T, d *dealership.Dealership, id string) bool {
	t.Helper()
	w, err := d.Client.DescribeWorkflowExecution(context.Background(), id, "")
	require.NoError(t, err)
	return w.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
}
