package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/process"
)

// ErrUnavailable says that Temporal or a worker did not answer in time. The
// caller may ask again with the same request id: nothing is done twice.
var ErrUnavailable = errors.New("the process engine does not answer; try again in a few seconds")

// ErrNotRunning says that no workflow of this lead runs.
var ErrNotRunning = errors.New("no workflow of this lead runs")

// patience is how long a caller waits for a lead to answer.
const patience = 5 * time.Second

// Leads talks to the workflows of leads. It is the other end of messages.go,
// and the only place that starts, updates and signals them.
type Leads struct {
	Client client.Client
	Queue  string // task queue of the workers
	// Namespace is the client's; "" means workflows.Namespace.
	Namespace string
	// Crowded reports whether many leads are about to act by themselves, so that
	// one that is asked something goes before them. Nil is never.
	Crowded func(context.Context) (bool, error)
	// Answered is told the id of every request that was answered: Temporal knows
	// then what came of it. It must not block. Nil is told nothing.
	Answered func(request string)
	// Eager has a worker of this process, on the same client, begin with the leads
	// that are started here, without a way through Temporal's queues. It must not be
	// set where workers have builds: Temporal would not choose among them.
	Eager bool
}

// Start starts the workflow of a lead from state. Starting one that runs, or
// that ran to its end, is no error: the lead's id decides, not the moment.
func (l Leads) Start(ctx context.Context, state process.State) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	options := l.options(state)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	options.EnableEagerStart = l.Eager
	_, err := l.Client.ExecuteWorkflow(ctx, options, LeadWorkflow, state)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start workflow of lead %s: %w", state.Lead, err)
}

// Restart starts the workflow of a lead again that was terminated or lost, from
// the state that Postgres kept. One that runs is left alone.
func (l Leads) Restart(ctx context.Context, state process.State) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	options := l.options(state)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	if _, err := l.Client.ExecuteWorkflow(ctx, options, LeadWorkflow, state); err != nil {
		return fmt.Errorf("restart workflow of lead %s: %w", state.Lead, err)
	}
	return nil
}

func (l Leads) options(state process.State) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                       ID(state.Lead),
		TaskQueue:                l.Queue,
		Priority:                 turn(state.Dealer, false),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "lead of " + state.Source + ", received " + state.ReceivedAt.UTC().Format("2006-01-02 15:04 MST"),
		StaticDetails:            whatToDo,
		TypedSearchAttributes:    temporal.NewSearchAttributes(AttrDealer.ValueSet(state.Dealer)),
	}
}

// whatToDo stands beside the lead in Temporal UI. Payloads are marked as code:
// the UI makes other quotes curly, and what is copied is no JSON then.
const whatToDo = "One lead of a car dealer, from its receipt until it is closed. How it stands is under *Current Details*.\n\n" +
	"Cancelling is not closing: a request to cancel is only noted on the lead's timeline. To act from here send a signal:\n\n" +
	"| signal | payload |\n|---|---|\n" +
	"| attempt | `{\"outcome\": \"voicemail\"}`, or no_answer, busy, wrong_number, refused, reached |\n" +
	"| assign | `{\"to\": \"staff id\"}` |\n" +
	"| close | `{\"reason\": \"code of the catalogue\", \"details\": {}}` |\n" +
	"| decide | `{\"approve\": true}`, on the closing that waits |\n" +
	"| take | `{\"actor\": \"staff id\"}`: claim a lead that is escalated |\n" +
	"| wake | `{}`: look at the clock now |\n\n" +
	"What is not acceptable is refused on the timeline and changes nothing else. No names, numbers or free text here."

// Ask has something happen to a lead and waits for the answer. The error is a
// *process.Refusal when it may not happen, ErrNotRunning when the lead is
// closed or not begun, ErrUnavailable when nobody answered in time.
//
// reopen carries the state to start from: a closed lead has no workflow, so
// reopening starts one and asks it in the same call.
func (l Leads) Ask(ctx context.Context, leadID string, h process.Happening, reopen *process.State) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	payload, err := payloadOf(h)
	if err != nil {
		return Answer{}, err
	}
	update := client.UpdateWorkflowOptions{
		UpdateID: h.ID, WorkflowID: ID(leadID), UpdateName: string(h.What), Args: []any{payload},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	}
	var handle client.WorkflowUpdateHandle
	if reopen != nil {
		options := l.options(*reopen)
		options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
		handle, err = l.Client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: l.Client.NewWithStartWorkflowOperation(options, LeadWorkflow, *reopen),
			UpdateOptions:          update,
		})
	} else {
		l.goFirst(ctx, update.WorkflowID)
		handle, err = l.Client.UpdateWorkflow(ctx, update)
	}
	if err != nil {
		return Answer{}, answerError(err)
	}
	return l.answer(ctx, handle)
}

// answer waits for what comes of an update.
func (l Leads) answer(ctx context.Context, handle client.WorkflowUpdateHandle) (Answer, error) {
	var answer Answer
	if err := handle.Get(ctx, &answer); err != nil {
		return Answer{}, answerError(err)
	}
	if l.Answered != nil {
		l.Answered(handle.UpdateID())
	}
	return answer, nil
}

// StartFollowUp starts the workflow of a follow-up from state; starting one that
// runs or ran is no error.
func (l Leads) StartFollowUp(ctx context.Context, state process.FollowUpState) error {
	return l.beginFollowUp(ctx, state, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
}

// RestartFollowUp starts the workflow of a follow-up again that was terminated
// or lost, as Restart does for a lead.
func (l Leads) RestartFollowUp(ctx context.Context, state process.FollowUpState) error {
	return l.beginFollowUp(ctx, state, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
}

func (l Leads) beginFollowUp(ctx context.Context, state process.FollowUpState, reuse enumspb.WorkflowIdReusePolicy) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := l.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       FollowUpID(state.ID),
		TaskQueue:                l.Queue,
		Priority:                 turn(state.Dealer, false),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    reuse,
		EnableEagerStart:         l.Eager,
		StaticSummary:            "follow-up " + words(process.Kind(state.Kind)) + ", due " + state.DueOn.Format(time.DateOnly),
		StaticDetails:            whatToDoAboutFollowUps,
		TypedSearchAttributes:    temporal.NewSearchAttributes(AttrDealer.ValueSet(state.Dealer)),
	}, FollowUpWorkflow, state)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err == nil || errors.As(err, &already) {
		return nil
	}
	return fmt.Errorf("start workflow of follow-up %s: %w", state.ID, err)
}

const whatToDoAboutFollowUps = "What has to happen after a lead was closed, or beside it, until somebody did it or said why not. " +
	"To act from here send a signal:\n\n" +
	"| signal | payload |\n|---|---|\n" +
	"| settle | `{\"fate\": \"done\"}` or dropped; for a refund claim with `\"outcome\": \"granted\"` or refused |\n" +
	"| assign | `{\"to\": \"staff id\"}` |\n" +
	"| wake | `{}`: look at the clock now |\n\n" +
	"No names, numbers or free text here."

// AskFollowUp has something happen to a follow-up, with the errors of Ask.
func (l Leads) AskFollowUp(ctx context.Context, id string, h process.FollowUpHappening) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	by := By{RequestID: h.ID, Actor: h.Actor}
	var payload any
	switch {
	case h.What == process.DidSettle && h.Settle != nil:
		payload = SettlePayload{by, *h.Settle}
	case h.What == process.DidAssign && h.Assign != nil:
		payload = FollowUpAssignPayload{by, *h.Assign}
	default:
		return Answer{}, fmt.Errorf("nothing that a follow-up can be asked: %s", h.What)
	}
	l.goFirst(ctx, FollowUpID(id))
	handle, err := l.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID: h.ID, WorkflowID: FollowUpID(id), UpdateName: string(h.What), Args: []any{payload},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return Answer{}, answerError(err)
	}
	return l.answer(ctx, handle)
}

// WakeFollowUp has a follow-up look at its clock and at its row.
func (l Leads) WakeFollowUp(ctx context.Context, id string) error {
	return l.wakeFollowUp(ctx, id, WakePayload{})
}

// TakeUpFollowUp has a follow-up do that, and see to the messages that nobody
// sees to any more.
func (l Leads) TakeUpFollowUp(ctx context.Context, id string) error {
	return l.wakeFollowUp(ctx, id, WakePayload{TakeUp: true})
}

func (l Leads) wakeFollowUp(ctx context.Context, id string, payload WakePayload) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := l.Client.SignalWorkflow(ctx, FollowUpID(id), "", Wake, payload)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("wake follow-up %s: %w", id, err)
	}
	return nil
}

// Tell signals a lead.
func (l Leads) Tell(ctx context.Context, leadID string, h process.Happening) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	payload, err := payloadOf(h)
	if err != nil {
		return err
	}
	name := string(h.What)
	if h.What == process.WasDue {
		name = Wake
	}
	err = l.Client.SignalWorkflow(ctx, ID(leadID), "", name, payload)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("signal %s to lead %s: %w", name, leadID, err)
	}
	return nil
}

func payloadOf(h process.Happening) (any, error) {
	by := By{RequestID: h.ID, Actor: h.Actor, AskedAt: h.AskedAt}
	switch {
	case h.What == process.DidAttempt && h.Attempt != nil:
		return AttemptPayload{by, *h.Attempt}, nil
	case h.What == process.DidMessage && h.Message != nil:
		return MessagePayload{by, *h.Message}, nil
	case h.What == process.DidNote && h.Note != nil:
		return NotePayload{by, *h.Note}, nil
	case h.What == process.DidAppointment && h.Appointment != nil:
		return AppointmentPayload{by, *h.Appointment}, nil
	case h.What == process.DidAssign && h.Assign != nil:
		return AssignPayload{by, *h.Assign}, nil
	case h.What == process.DidClose && h.Close != nil:
		return ClosePayload{by, *h.Close}, nil
	case h.What == process.DidDecide && h.Decide != nil:
		return DecidePayload{by, *h.Decide}, nil
	case h.What == process.DidReopen && h.Reopen != nil:
		return ReopenPayload{by, *h.Reopen}, nil
	case h.What == process.DidCustomer && h.Customer != nil:
		return CustomerPayload{by, *h.Customer}, nil
	case h.What == process.WasLinked && h.Linked != nil:
		return LinkedPayload{by, *h.Linked}, nil
	case h.What == process.WasResent && h.Resent != nil:
		return ResentPayload{by, *h.Resent}, nil
	case h.What == process.DidTake:
		return TakePayload{by}, nil
	case h.What == process.WasRepinned && h.Repin != nil:
		return RepinPayload{by, *h.Repin}, nil
	case h.What == process.WasDue:
		return WakePayload{TakeUp: h.TakeUp}, nil
	}
	return nil, fmt.Errorf("nothing that a lead can be asked: %s", h.What)
}

// answerError turns what the engine says into what a caller can decide on.
func answerError(err error) error {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() == refusedType {
		var refusal process.Refusal
		if app.Details(&refusal) == nil {
			return &refusal
		}
	}
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return ErrNotRunning
	}
	// Updates that outlive their workflow fail: it closed while they waited.
	if errors.As(err, &app) && app.Type() == "AcceptedUpdateCompletedWorkflow" {
		return ErrNotRunning
	}
	// Its last task failed: an outage, a bug that waits for its fix, or a flood of
	// signals that is being worked off. The engine takes no update before the next
	// task has succeeded.
	var stumbled *serviceerror.WorkflowNotReady
	if Away(err) || errors.As(err, &stumbled) {
		return ErrUnavailable
	}
	return fmt.Errorf("update: %w", err)
}

// Away reports whether err means that Temporal, or a worker, did not answer in
// time or has too much to do.
func Away(err error) bool {
	var away *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	var busy *serviceerror.ResourceExhausted
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	return errors.As(err, &away) || errors.As(err, &late) || errors.As(err, &busy) || errors.As(err, &timeout) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrUnavailable)
}

// Remind has the workflow of a lead look at its row when it runs and is at rest:
// what was committed there without its knowledge it knows afterwards. One that is
// about to act looks by itself, one whose code fails must not be touched; of both it
// reports that it did nothing. ErrNotRunning says that it does not run any more.
func (l Leads) Remind(ctx context.Context, leadID string) (reminded bool, err error) {
	return l.remind(ctx, ID(leadID))
}

// RemindFollowUp does so with a follow-up.
func (l Leads) RemindFollowUp(ctx context.Context, id string) (reminded bool, err error) {
	return l.remind(ctx, FollowUpID(id))
}

func (l Leads) remind(ctx context.Context, workflow string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	about, err := l.Client.DescribeWorkflowExecution(ctx, workflow, "")
	if err == nil && about.GetPendingWorkflowTask() != nil {
		return false, nil
	}
	if err == nil {
		err = l.Client.SignalWorkflow(ctx, workflow, "", Wake, WakePayload{})
	}
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return false, ErrNotRunning
	}
	if err != nil {
		return false, fmt.Errorf("remind %s: %w", workflow, err)
	}
	return true, nil
}

// Reachable returns nil when Temporal answers.
func (l Leads) Reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := l.Client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("Temporal: %w", err) //nolint:staticcheck // it is a name
	}
	return nil
}
