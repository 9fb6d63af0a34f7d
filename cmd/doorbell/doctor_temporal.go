package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// searchAttributes are those that the workflows set.
var searchAttributes = []temporal.SearchAttributeKey{
	workflows.AttrDealer, workflows.AttrOwner, workflows.AttrSource, workflows.AttrPhase, workflows.AttrStage, workflows.AttrStatus,
	workflows.AttrTrack, workflows.AttrEscalation, workflows.AttrNextDeadline, workflows.AttrCloseReason,
}

// lookAtTemporal stops at the first thing that makes the others senseless.
func (d *doctor) lookAtTemporal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*lookPatience)
	defer cancel()
	if !d.lookAtNamespace(ctx) {
		return
	}
	d.lookAtSearchAttributes(ctx)
	d.lookAtWorkers(ctx)
	d.lookAtBuilds(ctx)
}

// lookAtBuilds finds a build that has leads and no workers: they wait then,
// however many workers of other builds there are. Where Temporal has no builds
// there is nothing to say.
func (d *doctor) lookAtBuilds(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	all, err := worker.Builds{Client: d.temporal, Queue: d.settings.TaskQueue}.List(ctx)
	if err != nil || !slices.ContainsFunc(all, func(b worker.Build) bool { return b.ID != "" }) {
		return
	}
	var have []string
	for _, b := range all {
		switch name := first(b.ID, "without an id"); {
		case b.Share > 0 && b.Workers == 0:
			d.say("builds", bad, fmt.Sprintf("build %s has %g%% of the leads and no workers", name, b.Share),
				"start its workers, or promote a build that has some: `doorbell release list` shows them")
			return
		case b.Share > 0:
			have = append(have, fmt.Sprintf("%s has %g%% of the leads", name, b.Share))
		}
	}
	d.say("builds", fine, strings.Join(have, ", "), "")
}

func (d *doctor) lookAtNamespace(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	about, err := d.temporal.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		d.say("temporal", bad, "does not answer", "start it, or mend TEMPORAL_ADDRESS and its companions ("+visible(err.Error())+")")
		return false
	}
	d.say("temporal", fine, first(about.GetServerVersion(), "answers"), "")
	_, err = d.temporal.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: d.space})
	var missing *serviceerror.NamespaceNotFound
	var refused *serviceerror.PermissionDenied
	switch {
	case errors.As(err, &missing):
		d.say("namespace", bad, d.space+" does not exist", "make it (deploy/temporal/namespace.sh does), or mend TEMPORAL_NAMESPACE")
		return false
	case errors.As(err, &refused):
		d.say("namespace", bad, d.space+" may not be used", "mend TEMPORAL_NAMESPACE, or the key or certificate")
		return false
	case err != nil:
		d.say("namespace", bad, d.space+" cannot be read", visible(err.Error()))
		return false
	}
	d.say("namespace", fine, d.space, "")
	return true
}

// lookAtSearchAttributes finds those that are missing or of another kind. Where
// Temporal does not tell, nothing is known to be wrong.
func (d *doctor) lookAtSearchAttributes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	have, err := d.temporal.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: d.space})
	if err != nil {
		d.say("search attributes", doubt, "Temporal does not tell which there are", "see that they are as deploy/temporal/namespace.sh has them")
		return
	}
	var missing []string
	for _, a := range searchAttributes {
		if kind, ok := have.GetCustomAttributes()[a.GetName()]; !ok || kind != a.GetValueType() {
			missing = append(missing, a.GetName())
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		d.say("search attributes", bad, "missing or of the wrong kind: "+strings.Join(missing, ", "), "add them as deploy/temporal/namespace.sh does")
		return
	}
	d.say("search attributes", fine, fmt.Sprint(len(searchAttributes)), "")
}

// lookAtWorkers asks who works on the task queues.
func (d *doctor) lookAtWorkers(ctx context.Context) {
	queue := d.settings.TaskQueue
	for _, q := range []struct {
		check, name string
		kind        enumspb.TaskQueueType
	}{
		{"workers", queue, enumspb.TASK_QUEUE_TYPE_WORKFLOW},
		{"mail workers", workflows.MailQueue(queue), enumspb.TASK_QUEUE_TYPE_ACTIVITY},
	} {
		ctx, cancel := context.WithTimeout(ctx, lookPatience)
		about, err := d.temporal.DescribeTaskQueue(ctx, q.name, q.kind)
		cancel()
		switch who := workersOf(about); {
		case err != nil:
			d.say(q.check, bad, "Temporal does not tell", visible(err.Error()))
		case len(who) == 0:
			d.say(q.check, bad, "nobody works on task queue "+q.name, "start `doorbell worker`, with the same DOORBELL_TASK_QUEUE as serve")
		default:
			d.say(q.check, fine, fmt.Sprintf("%d on task queue %s", len(who), q.name), "")
		}
	}
}

// workersOf lists who polled within the last minutes, each once.
func workersOf(about *workflowservice.DescribeTaskQueueResponse) []string {
	var who []string
	for _, poller := range about.GetPollers() {
		who = append(who, poller.GetIdentity())
	}
	slices.Sort(who)
	return slices.Compact(who)
}
