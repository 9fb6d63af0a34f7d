package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/doorbell-ilm/doorbell/workflows"
)

// schedule is a workflow that is started again and again. One that still runs is
// not started a second time.
type schedule struct {
	id       string // of Temporal's schedule
	workflow string
	args     []any
	spec     client.ScheduleSpec
	catchUp  time.Duration // how late a start that was missed is made up for
	longest  time.Duration // how long one may run
	atOnce   bool          // the first one when it is made, not when its time comes
	note     string        // stands beside it in Temporal UI
}

// AuditScheduleID returns the id of the schedule of audits. Task queues that
// share a namespace have schedules of their own.
func AuditScheduleID(queue string) string { return queue + "-audit" }

// RetentionScheduleID returns the id of the schedule of retention.
func RetentionScheduleID(queue string) string { return queue + "-retention" }

func schedules(queue string) []schedule {
	return []schedule{
		{
			id: AuditScheduleID(queue), workflow: workflows.AuditWorkflow,
			spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}, Jitter: 2 * time.Minute},
			catchUp: 10 * time.Minute, longest: 6 * time.Hour, atOnce: true,
			note: "proves that no lead is lost or stuck, and repairs",
		},
		{
			id: RetentionScheduleID(queue), workflow: workflows.RetentionWorkflow, args: []any{workflows.RetentionInput{}},
			// UTC: the night of every dealer in Europe.
			spec: client.ScheduleSpec{
				Calendars: []client.ScheduleCalendarSpec{{
					Hour: []client.ScheduleRange{{Start: 2}}, Minute: []client.ScheduleRange{{Start: 20}}, Comment: "every night",
				}},
				Jitter: 10 * time.Minute,
			},
			catchUp: 23 * time.Hour, longest: 20 * time.Hour, // an outage in the night is made good once
			note: "erases people whose last lead ended longer ago than the dealer keeps them: doorbell customer retention",
		},
	}
}

// Schedule sees to it that Temporal starts what is started by the clock, as this
// program has it. Every worker may say so, as often as it likes; somebody who
// paused a schedule finds it paused still.
func Schedule(ctx context.Context, c client.Client, queue string) error {
	for _, s := range schedules(queue) {
		if err := ensureSchedule(ctx, c, queue, s); err != nil {
			return err
		}
	}
	return nil
}

// schedulePatience is how long Temporal may take for each.
const schedulePatience = 10 * time.Second

func ensureSchedule(ctx context.Context, c client.Client, queue string, s schedule) error {
	ctx, cancel := context.WithTimeout(ctx, schedulePatience)
	defer cancel()
	action := &client.ScheduleWorkflowAction{ID: s.id, Workflow: s.workflow, Args: s.args, TaskQueue: queue, WorkflowExecutionTimeout: s.longest}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: s.id, Spec: s.spec, Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: s.catchUp,
		Note: s.note, TriggerImmediately: s.atOnce,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return scheduled(s.id, err)
	}
	return scheduled(s.id, c.ScheduleClient().GetHandle(ctx, s.id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(is client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			change := is.Description.Schedule // its state stays: it may be paused
			change.Spec, change.Action = &s.spec, action
			change.Policy = &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: s.catchUp}
			return &client.ScheduleUpdate{Schedule: &change}, nil
		},
	}))
}

func scheduled(id string, err error) error {
	if err != nil {
		return fmt.Errorf("schedule %s: %w", id, err)
	}
	return nil
}
