package test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// inspector audits a dealership.
type inspector struct {
	dealer
	auditor *audit.Auditor
}

func inspects(d dealer) inspector {
	a := audit.New(d.Store, d.Leads, testkit.Namespace, d.Relay)
	a.Settle = []time.Duration{200 * time.Millisecond, 500 * time.Millisecond}
	return inspector{d, a}
}

// audits everything and returns what was found as "kind outcome".
func (i inspector) audits() []string { i.t.Helper(); return i.found(audit.Scope{Repair: true}) }

// checks only looks.
func (i inspector) checks() []string { i.t.Helper(); return i.found(audit.Scope{}) }

func (i inspector) found(scope audit.Scope) []string {
	i.t.Helper()
	report, err := i.auditor.Run(context.Background(), scope)
	require.NoError(i.t, err)
	found := []string{}
	for _, f := range report.Findings {
		found = append(found, string(f.Kind)+" "+string(f.Outcome))
		i.t.Log(f.Kind, f.Outcome, f.Subject(), f.Detail, f.Remedy)
	}
	return found
}

// sabotages the database, past every rule that it has.
func (i inspector) sabotages(sql string, args ...any) {
	i.t.Helper()
	tx, err := i.Store.Pool.Begin(context.Background())
	require.NoError(i.t, err)
	for _, statement := range []string{"SET LOCAL session_replication_role = replica", sql} {
		var with []any
		if statement == sql {
			with = args
		}
		_, err = tx.Exec(context.Background(), statement, with...)
		require.NoError(i.t, err)
	}
	require.NoError(i.t, tx.Commit(context.Background()))
}

// terminates the workflow of a lead or a follow-up.
func (i inspector) terminates(id string) {
	i.t.Helper()
	require.NoError(i.t, i.Client.TerminateWorkflow(context.Background(), id, "", "somebody clicked"))
}

// runs reports whether the workflow runs.
func (d dealer) runs(id string) bool {
	d.t.Helper()
	about, err := d.Client.DescribeWorkflowExecution(context.Background(), id, "")
	require.NoError(d.t, err)
	return about.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// A terminated workflow is started again where it was.
func TestATerminatedWorkflowIsStartedAgain(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	l.calls("no_answer")
	before := i.State(l.id)
	i.terminates(workflows.ID(l.id))

	require.Equal(t, []string{"workflow_ended found"}, i.checks())
	require.False(t, i.runs(workflows.ID(l.id)), "looking changes nothing")
	require.Equal(t, []string{"workflow_ended repaired"}, i.audits())
	require.Equal(t, before.Attempts, i.State(l.id).Attempts, "where it was")
	require.Empty(t, i.audits(), "a second audit has nothing to do")
	l.calls("reached")
}

// A lead of which Temporal knows nothing, as after a restore of Temporal.
func TestALeadWithoutAWorkflowIsStarted(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	l.calls("no_answer")
	i.forgets(workflows.ID(l.id))
	before := i.Events(l.id)
	require.Equal(t, []string{"workflow_missing repaired"}, i.audits())
	require.Equal(t, before, i.Events(l.id), "it goes on, it does not begin again")
	require.Empty(t, i.audits())
	l.calls("reached")
}

// forgets has Temporal forget a workflow.
func (i inspector) forgets(id string) {
	i.t.Helper()
	ctx := context.Background()
	_, err := i.Client.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: testkit.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id},
	})
	require.NoError(i.t, err)
	i.Await(func() bool {
		_, err := i.Client.DescribeWorkflowExecution(ctx, id, "")
		_, gone := errors.AsType[*serviceerror.NotFound](err)
		return gone
	}, "Temporal forgets")
}

// A row that does not show what the workflow knows is written anew.
func TestAWrongRowIsWrittenAnew(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	right := l.now()
	i.sabotages("UPDATE lead SET stage = 'visit', owner_id = NULL, next_deadline_at = NULL WHERE id = $1", l.id)
	require.Equal(t, []string{"projection_wrong repaired"}, i.audits())
	require.Equal(t, right, l.now())
	require.Empty(t, i.audits())
}

// A row of an older backup: the workflow knows more, and what is lost is told.
func TestARowOfAnOlderBackupCatchesUp(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	old := i.State(l.id)
	before := len(i.Events(l.id))
	i.sabotages("CREATE TABLE backup AS TABLE lead")
	l.calls("no_answer")
	l.books("showroom", "2026-11-26 11:00", true)
	after := i.State(l.id)
	require.Greater(t, after.Step, old.Step)
	i.sabotages(`UPDATE lead l SET (step, timeline_seq, process, stage, attempts_made, next_action_at) =
		(SELECT b.step, b.timeline_seq, b.process, b.stage, b.attempts_made, b.next_action_at FROM backup b WHERE b.id = l.id)`)
	i.sabotages("DELETE FROM timeline WHERE lead_id = $1 AND seq > $2", l.id, before)
	i.sabotages("DELETE FROM appointment")
	i.sabotages("DROP TABLE backup")

	require.Equal(t, []string{"projection_behind noted"}, i.audits())
	require.Equal(t, after.Attempts, i.State(l.id).Attempts)
	require.Equal(t, "appointment", l.is("stage"))
	require.NotNil(t, l.now()["appointment"], "the appointment is known again")
	require.Equal(t, "entries_lost", i.Events(l.id)[before], "and that something is lost stands on the timeline")
	require.Empty(t, i.audits())
	l.calls("reached")
}

// An entry that somebody took away is told in its place.
func TestALostEntryIsTold(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	i.sabotages("DELETE FROM timeline WHERE lead_id = $1 AND seq = 2", l.id)
	require.Equal(t, []string{"timeline_gap noted"}, i.audits())
	require.Equal(t, []string{"received", "entries_lost", "attempt_due", "auto_response_sent"}, i.Events(l.id))
	require.Empty(t, i.audits(), "told once")

	i.sabotages("UPDATE lead SET timeline_seq = 1 WHERE id = $1", l.id)
	require.Equal(t, []string{"timeline_gap repaired"}, i.audits(), "the next entry would have had no number")
	l.calls("reached")
}

// Messages that nobody sends any more are taken up.
func TestForgottenMessagesAreTakenUp(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{email: "forgotten@mail.example"})
	over := i.receives(enquiry{email: "closed@mail.example"})
	over.calls("reached")
	over.closesAs("bought_another_car", bought)
	i.Await(func() bool { return !i.runs(workflows.ID(over.id)) }, "its workflow ends")
	require.Empty(t, i.audits())

	// One whose sender died, one that was never sent, and one of a closed lead.
	i.sabotages(`UPDATE message SET state = 'sending', told = false, claimed_at = doorbell_now() - interval '1 hour', created_at = doorbell_now() - interval '1 hour'
		WHERE lead_id = $1 AND key = 'auto_response'`, l.id)
	i.sabotages(`UPDATE message SET state = 'pending', created_at = doorbell_now() - interval '1 hour', claimed_at = NULL, accepted_at = NULL
		WHERE lead_id = $1 AND template = 'new-lead'`, l.id)
	i.sabotages(`UPDATE message SET told = false, created_at = doorbell_now() - interval '1 hour', claimed_at = NULL, accepted_at = NULL
		WHERE lead_id = $1 AND key = 'auto_response'`, over.id)
	require.Equal(t, []string{"message_forgotten found", "message_forgotten found"}, i.checks())
	require.Equal(t, []string{"message_forgotten repaired", "message_forgotten repaired"}, i.audits())
	i.Await(func() bool { return i.told(sam, "Renault Captur") >= 2 }, "it is sent")
	require.Empty(t, i.audits())
}

// A deadline that passed without anything being done.
func TestAMissedDeadlineIsActedOn(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	testkit.MoveClock(t, i.Store.Pool, 20*time.Minute) // and no timer of Temporal knows of it
	require.Equal(t, []string{"deadline_missed repaired"}, i.audits())
	require.Equal(t, 1, l.count("escalated"))
}

// What Temporal was not told is told, and a double of which its lead never heard.
func TestTheOutboxIsEmptied(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	i := inspects(d)
	l := d.receives(enquiry{phone: "06 12345678"})
	double := d.posts(enquiry{source: "portal", phone: "06 12345678"}).Body["id"].(string)
	d.Settle()
	i.sabotages("DELETE FROM timeline WHERE lead_id = $1 AND happening = $2", l.id, "linked-"+double)
	i.sabotages("UPDATE lead SET received_at = received_at - interval '1 hour' WHERE id = $1", double)
	i.sabotages(`INSERT INTO outbox (dealer_id, lead_id, next_try_at, created_at, tries)
		SELECT dealer_id, id, doorbell_now() + interval '50 years', doorbell_now() - interval '1 day', 9 FROM lead WHERE id = $1`, l.id)
	i.sabotages(`INSERT INTO raw_message (id, dealer_id, source_id, content_type, body, fingerprint, received_at)
		SELECT gen_random_uuid(), dealer_id, source_id, 'text/plain', 'lost', '', doorbell_now() FROM lead WHERE id = $1`, l.id)
	require.Equal(t, []string{"outbox_stuck repaired", "duplicate_unheard repaired", "raw_unaccounted repaired", "timeline_gap noted"}, i.audits())
	d.Settle()
	require.Empty(t, i.audits())
}

// Workflows without a lead are reported and left alone; a closed lead's ends.
func TestAWorkflowWithoutALeadIsReported(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	stray := process.State{Lead: uuid.NewString(), Dealer: i.ID.String(), Source: "website"}
	require.NoError(t, i.Leads.Start(context.Background(), stray))
	t.Cleanup(func() { i.terminates(workflows.ID(stray.Lead)) })
	i.Await(func() bool { return len(i.checks()) > 0 }, "Temporal lists it")
	require.Equal(t, []string{"lead_missing left"}, i.audits())
	require.True(t, i.runs(workflows.ID(stray.Lead)), "nothing is ended that may yet be found")
}

// Code that fails for a lead blocks that lead and is reported with its failure;
// mended code goes on where it was.
func TestALeadWhoseCodeFailsIsReported(t *testing.T) {
	i := inspects(opensWith(t, dealership.Options{Opens: "2026-11-24 10:00", Idle: true}))
	broken := worker.New(i.Client, i.Leads.Queue, worker.Options{})
	mistake := func(workflow.Context, process.State) error { panic("a mistake") }
	broken.RegisterWorkflowWithOptions(mistake, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	require.NoError(t, broken.Start())
	l := lead{i.dealer, i.posts(enquiry{}).Body["id"].(string)}
	i.Await(func() bool {
		about, err := i.Client.DescribeWorkflowExecution(context.Background(), workflows.ID(l.id), "")
		return err == nil && about.GetPendingWorkflowTask().GetAttempt() >= 3
	}, "its task fails again and again")
	// What somebody asked of it is kept until it is mended: a reminder would look
	// like a new beginning.
	i.sabotages(`INSERT INTO outbox (dealer_id, lead_id, happening, next_try_at, created_at)
		SELECT dealer_id, id, '{"what": "asked", "id": "x"}', doorbell_now() - interval '1 hour', doorbell_now() - interval '1 hour' FROM lead WHERE id = $1`, l.id)
	_, err := i.Relay.Drain(context.Background())
	require.NoError(t, err)
	require.Equal(t, []string{"x"}, i.asked())
	report, err := i.auditor.Run(context.Background(), audit.Scope{Repair: true})
	require.NoError(t, err)
	broken.Stop()
	require.Len(t, report.Findings, 1)
	require.Equal(t, audit.WorkflowBlocked, report.Findings[0].Kind)
	require.Equal(t, audit.Left, report.Findings[0].Outcome)
	require.Contains(t, report.Findings[0].Detail, "WorkerUnhandledFailure, PanicError")
	require.NotContains(t, report.Findings[0].Detail, "mistake", "an error's text may hold anything")
}

// Nothing is found where nothing is wrong, however much is going on.
func TestAnAuditOfABusyDealerFindsNothing(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	i := inspects(d)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 5 {
				l := lead{d, d.posts(enquiry{}).Body["id"].(string)}
				d.Await(func() bool { return d.State(l.id).Step > 0 }, "it is worked")
				d.door.As(sam, http.MethodPost, "/v1/leads/"+l.id+"/attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": "no_answer"})
				d.door.As(manager, http.MethodPost, "/v1/leads/"+l.id+"/assign", map[string]any{"to": uma})
			}
		})
	}
	done := make(chan struct{})
	go func() { defer close(done); work.Wait() }()
	for busy := true; busy; {
		select {
		case <-done:
			busy = false // and once more, when all is at rest
		default:
		}
		require.Empty(t, i.audits())
	}
}

// A follow-up is a process too, and one whose row is lost comes back.
func TestFollowUpsAreAudited(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	i.receives(enquiry{phone: "06 12345678"})
	double := lead{i.dealer, i.posts(enquiry{source: "portal", phone: "06 12345678"}).Body["id"].(string)}
	i.Settle()
	claim := double.followUp("refund_claim")
	before := claim.now()
	i.terminates(workflows.FollowUpID(claim.id))
	require.Equal(t, []string{"workflow_ended repaired"}, i.audits())
	i.sabotages("UPDATE follow_up SET deadline_at = NULL WHERE id = $1", claim.id)
	require.Equal(t, []string{"projection_wrong repaired"}, i.audits())
	require.Equal(t, before, claim.now())

	i.sabotages("DELETE FROM follow_up WHERE id = $1", claim.id)
	i.Await(func() bool { return len(i.checks()) > 0 }, "Temporal lists its workflow")
	require.Equal(t, []string{"follow_up_missing noted"}, i.audits())
	require.Equal(t, before["deadline_at"], claim.now()["deadline_at"])
	require.Equal(t, 1, double.count("entries_lost"))
	require.Empty(t, i.audits())
}

// The whole as Temporal runs it: parts, figures, and a schedule that is made
// once however many workers make it.
func TestTheAuditRunsByItself(t *testing.T) {
	d := opens(t, "2026-11-24 10:00")
	i := inspects(d)
	l := d.receives(enquiry{})
	i.terminates(workflows.ID(l.id))
	ctx := context.Background()
	run, err := d.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "audit-" + uuid.NewString(), TaskQueue: d.Leads.Queue}, workflows.AuditWorkflow)
	require.NoError(t, err)
	var result workflows.AuditResult
	require.NoError(t, run.Get(ctx, &result))
	require.Equal(t, workflows.AuditResult{Leads: 1, Findings: []workflows.AuditCount{{Kind: "workflow_ended", Outcome: "repaired", Count: 1}}}, result)

	figures := d.door.Do(http.MethodGet, "/metrics", nil, "").Text
	require.Contains(t, figures, `doorbell_audit_findings{kind="workflow_ended",outcome="repaired"} 1`)
	require.Contains(t, figures, "doorbell_audit_age_seconds ")
	require.Contains(t, figures, "doorbell_projection_lag_seconds 0")
}

// Of very many open leads an audit by the clock asks a share how they stand, another
// one each hour. What comes of a workflow that is gone shows in the lead's row, and
// that is looked at each hour.
func TestOfVeryManyLeadsAShareIsAskedEachHour(t *testing.T) {
	i := inspects(opens(t, "2026-11-24 10:00"))
	l := i.receives(enquiry{})
	i.terminates(workflows.ID(l.id))
	its, others := audit.Turn{Number: 0, Of: 2}, audit.Turn{Number: 1, Of: 2}
	if !its.Has(uuid.MustParse(l.id)) {
		its, others = others, its
	}

	require.Empty(t, i.found(audit.Scope{Turn: others}), "nothing has come of it yet, and it is not its turn")
	require.Equal(t, []string{"workflow_ended found"}, i.found(audit.Scope{Turn: its}))
	testkit.MoveClock(t, i.Store.Pool, 20*time.Minute)
	require.Equal(t, []string{"workflow_ended repaired"}, i.found(audit.Scope{Turn: others, Repair: true}), "nobody called it in time")
	require.True(t, i.runs(workflows.ID(l.id)))
	i.Await(func() bool { return len(i.audits()) == 0 }, "it is as it should be")
}
