package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// patience is how long Temporal, or a worker, may take for one answer.
const patience = 5 * time.Second

// describe reads how a workflow stands. Visibility is no witness, it lags; this
// is the execution itself.
func (a *Auditor) describe(ctx context.Context, id string) (workflow, error) {
	if err := a.pace.Wait(ctx); err != nil {
		return workflow{}, fmt.Errorf("wait for one's turn: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	about, err := a.Leads.Client.DescribeWorkflowExecution(ctx, id, "")
	if _, none := errors.AsType[*serviceerror.NotFound](err); none {
		return workflow{}, nil
	}
	if err != nil {
		return workflow{}, fmt.Errorf("ask Temporal about %s: %w", id, err)
	}
	execution := about.GetWorkflowExecutionInfo()
	status := execution.GetStatus()
	w := workflow{
		known: true, running: status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, status: strings.ToLower(status.String()),
		run: execution.GetExecution().GetRunId(), busy: len(about.GetPendingActivities()) > 0,
	}
	if task := about.GetPendingWorkflowTask(); task != nil {
		w.attempt = max(task.GetAttempt(), 1)
		if at := task.GetOriginalScheduledTime(); at != nil {
			w.pending = time.Since(at.AsTime())
		}
	}
	if w.running && w.attempt >= blocked {
		w.failure = a.failure(ctx, id, w.run)
	}
	return w, nil
}

// failure is why the workflow's task failed the last time: Temporal's word and
// the type of the error, never its text.
func (a *Auditor) failure(ctx context.Context, id, run string) string {
	request := &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: a.Namespace, Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: run}, MaximumPageSize: 20,
	}
	recent, err := a.Leads.Client.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, request)
	if err != nil {
		return "Temporal does not say why"
	}
	for _, e := range recent.GetHistory().GetEvents() {
		if failed := e.GetWorkflowTaskFailedEventAttributes(); failed != nil {
			words := []string{failed.GetCause().String()}
			if kind := failed.GetFailure().GetApplicationFailureInfo().GetType(); kind != "" {
				words = append(words, kind)
			}
			return strings.Join(words, ", ")
		}
		if e.GetWorkflowTaskTimedOutEventAttributes() != nil {
			return "timed out"
		}
	}
	return "Temporal does not say why"
}

// ask has the workflow say how it stands, into state. A worker has to answer;
// one that ended says how it ended.
func (a *Auditor) ask(ctx context.Context, id string, w *workflow, state any) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := a.Leads.Client.QueryWorkflow(ctx, id, w.run, workflows.StateQuery)
	if err == nil {
		err = answer.Get(state)
	}
	if err != nil {
		w.failure = kindOf(err)
		return
	}
	w.asked = true
}

// unanswered is what no worker answered.
const unanswered = "no answer in time"

// kindOf is what sort of error it is. Its text may hold anything.
func kindOf(err error) string {
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	if late || errors.Is(err, context.DeadlineExceeded) {
		return unanswered
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", err), "*serviceerror.")
}

// worked reports whether anybody works on the task queue.
func (a *Auditor) worked(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	about, err := a.Leads.Client.DescribeTaskQueue(ctx, a.Leads.Queue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return false, fmt.Errorf("ask Temporal who works on %s: %w", a.Leads.Queue, err)
	}
	return len(about.GetPollers()) > 0, nil
}
