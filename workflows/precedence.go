package workflows

import (
	"cmp"
	"context"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// goFirst puts a workflow that somebody is about to ask something before all
// those that only their clocks call, while there are many of these: on the
// morning on which a thousand deadlines fall due in one second whoever logs a
// call must not wait until the last of them is through.
//
// It keeps that place. Among those for which it was done the queue is in order,
// and nobody who works lacks what is gained by being second. Where it fails the
// workflow is asked all the same and waits its turn.
func (l Leads) goFirst(ctx context.Context, workflow string) {
	if l.Crowded == nil {
		return
	}
	if crowded, err := l.Crowded(ctx); err != nil || !crowded {
		return
	}
	_, _ = l.Client.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:                cmp.Or(l.Namespace, Namespace),
		WorkflowExecution:        &commonpb.WorkflowExecution{WorkflowId: workflow},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{Priority: &commonpb.Priority{PriorityKey: ofPeople}},
		UpdateMask:               &fieldmaskpb.FieldMask{Paths: []string{"priority.priority_key"}},
	})
}
