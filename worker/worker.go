// Package worker runs the workflows of leads and what they need: registration,
// tuning and versioning in one place.
package worker

import (
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/activities"
	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/fair"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Options say what a worker works with.
type Options struct {
	Client    client.Client
	Store     *store.Store
	Sender    message.Sender
	Templates *message.Templates
	PublicURL string
	Secret    []byte
	From      message.Address
	Queue     string        // task queue; "" means workflows.TaskQueue
	Grace     time.Duration // see activities.Messages
	// Cache is how many workflows stay in memory between their tasks; a lead
	// beyond that is read again from its history. 0 means 500. It bounds the
	// memory of a worker, however many leads are open. It holds for the whole
	// process.
	Cache int
	// BuildID names the build for Temporal, which then gives it no lead before
	// it was promoted; see Builds. "" is a worker without a build id.
	BuildID string
	// Namespace is Temporal's, of the client; "" means workflows.Namespace.
	Namespace string
	// Log is told what an audit finds; nil keeps it to the figures.
	Log *slog.Logger
	// Fatal is told when the worker can never work again, because its
	// namespace is gone for example. Nil ignores it.
	Fatal func(error)
}

// Worker is one process's share of the work.
type Worker struct {
	workers  []sdk.Worker
	messages *activities.Messages
}

// Tuning. A task is a step and its few milliseconds of code, and a step one short
// transaction: not many more of them at once than a database serves. A poller takes
// a task's place while it waits, and a lead that is started here is begun here when a
// place is free. With 64 tasks two workers drowned Temporal, which takes a task for
// lost after a second and its lead up again after ten.
//
// Messages wait for providers. More deliveries, each of a lead's few messages, are
// taken in hand than can be with the provider: those of a dealer who has his share
// wait here, beside those of others that need not. On either queue there is room for
// so many.
const (
	stepsAtOnce     = 16
	stepsOfOne      = 12 // dealer
	stepsUrgent     = 6  // of all, and of each one's, are kept for those who wait for an answer
	deliveries      = 256
	sendingAtOnce   = 64 // deliveries
	sendingOfOne    = 40 // dealer
	sendingUrgent   = 8  // of all, and of each one's, are kept for open leads
	tasksAtOnce     = 40
	mostPollers     = 12 // for activities
	taskPollers     = 6  // for the tasks of each of the two queues of a worker
	cachedWorkflows = 500
	stopPatience    = 30 * time.Second // the default of 0 cuts activities off
)

// stuckAfter is how long workflow code may compute before the SDK takes it for
// stuck and gives the task up. Ours waits for nothing; with the SDK's one second
// a machine that has too much to do had its tasks fail, and so still more to do.
const stuckAfter = 10 * time.Second

// stickyPatience is how long a task waits for the worker that has its lead in
// memory. A backlog of due deadlines outlives the default of 5 s, and then every
// history is read again from its start. For as long a lead waits that was given
// to a worker in the moment in which it died.
var stickyPatience = failpoint.Duration(failpoint.StickyPatience, 30*time.Second)

// New returns a worker that is not started.
func New(o Options) *Worker {
	if o.Queue == "" {
		o.Queue = workflows.TaskQueue
	}
	if o.Cache == 0 {
		o.Cache = cachedWorkflows
	}
	if o.Namespace == "" {
		o.Namespace = workflows.Namespace
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	sdk.SetStickyWorkflowCacheSize(o.Cache)
	options := sdk.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  tasksAtOnce,
		MaxConcurrentLocalActivityExecutionSize: 2 * tasksAtOnce, // a step and its messages: bounded by their own turns
		MaxConcurrentActivityExecutionSize:      deliveries,
		Interceptors:                            []interceptor.WorkerInterceptor{&beating{}},
		WorkflowTaskPollerBehavior:              upTo(taskPollers),
		ActivityTaskPollerBehavior:              upTo(mostPollers),
		StickyScheduleToStartTimeout:            stickyPatience,
		WorkerStopTimeout:                       stopPatience,
		OnFatalError:                            o.Fatal,
		DeadlockDetectionTimeout:                stuckAfter,
	}
	if o.BuildID != "" {
		options.DeploymentOptions = sdk.DeploymentOptions{
			UseVersioning: true,
			Version:       sdk.WorkerDeploymentVersion{DeploymentName: Deployment(o.Queue), BuildID: o.BuildID},
			// Leads live for weeks and follow-ups for years: pinned to the build
			// that they began on they would need its workers for as long. Every
			// build replays what the released ones recorded, so an open lead may
			// go on under any.
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
	}
	leads := sdk.New(o.Client, o.Queue, options)
	leads.RegisterWorkflowWithOptions(workflows.Lead, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	leads.RegisterWorkflowWithOptions(workflows.FollowUp, workflow.RegisterOptions{Name: workflows.FollowUpWorkflow})
	step := &activities.Lead{
		Store: o.Store,
		Turns: fair.New(fair.Bounds{Places: stepsAtOnce, Share: stepsOfOne, Urgent: stepsUrgent, Waiting: 2 * tasksAtOnce}),
	}
	leads.RegisterActivityWithOptions(step.Step, activity.RegisterOptions{Name: workflows.StepActivity})
	leads.RegisterActivityWithOptions(step.FollowUpStep, activity.RegisterOptions{Name: workflows.FollowUpStepActivity})
	others := workflows.Leads{Client: o.Client, Queue: o.Queue}
	people := &activities.People{Store: o.Store, Leads: others}
	leads.RegisterActivityWithOptions(people.Spread, activity.RegisterOptions{Name: workflows.SpreadActivity})
	registerAudit(leads, o, others)

	leads.RegisterWorkflowWithOptions(workflows.Retention, workflow.RegisterOptions{Name: workflows.RetentionWorkflow})
	retention := &activities.Retention{Store: o.Store}
	leads.RegisterActivityWithOptions(retention.Expire, activity.RegisterOptions{Name: workflows.RetentionActivity})

	mail := sdk.New(o.Client, workflows.MailQueue(o.Queue), sdk.Options{
		MaxConcurrentActivityExecutionSize: deliveries,
		ActivityTaskPollerBehavior:         upTo(mostPollers),
		DisableWorkflowWorker:              true,
		Interceptors:                       []interceptor.WorkerInterceptor{&beating{}},
		WorkerStopTimeout:                  stopPatience,
		OnFatalError:                       o.Fatal,
	})
	messages := &activities.Messages{
		Store: o.Store, Sender: o.Sender, Templates: o.Templates, PublicURL: o.PublicURL, Secret: o.Secret, From: o.From, Grace: o.Grace,
		Turns: fair.New(fair.Bounds{Places: sendingAtOnce, Share: sendingOfOne, Urgent: sendingUrgent, Waiting: 2 * deliveries}),
	}
	leads.RegisterActivityWithOptions(messages.DeliverAtOnce, activity.RegisterOptions{Name: workflows.DeliverAtOnceActivity})
	leads.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverActivity})
	mail.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverActivity})
	mail.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverFollowUpActivity})
	return &Worker{workers: []sdk.Worker{leads, mail}, messages: messages}
}

// upTo has as many pollers as there is work for, up to most.
func upTo(most int) sdk.PollerBehavior {
	return sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: 4, MinimumNumberOfPollers: 2, MaximumNumberOfPollers: most,
	})
}

// registerAudit registers what a schedule starts: see schedules.go.
func registerAudit(w sdk.Worker, o Options, leads workflows.Leads) {
	w.RegisterWorkflowWithOptions(workflows.Audit, workflow.RegisterOptions{Name: workflows.AuditWorkflow})
	a := &activities.Audit{Auditor: audit.New(o.Store, leads, o.Namespace, relay.New(o.Store, leads, o.Log)), Log: o.Log}
	w.RegisterActivityWithOptions(a.Begin, activity.RegisterOptions{Name: workflows.BeginAuditActivity})
	w.RegisterActivityWithOptions(a.Part, activity.RegisterOptions{Name: workflows.AuditPartActivity})
	w.RegisterActivityWithOptions(a.Finish, activity.RegisterOptions{Name: workflows.FinishAuditActivity})
}

// Start begins to work. It returns an error when Temporal does not answer or
// does not know the namespace.
func (w *Worker) Start() error {
	for i, one := range w.workers {
		if err := one.Start(); err != nil {
			for _, started := range w.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start worker: %w", err)
		}
	}
	return nil
}

// Stop lets what is under way finish, for at most half a minute.
func (w *Worker) Stop() {
	began := time.Now()
	for _, one := range w.workers {
		one.Stop()
	}
	w.messages.Wait(stopPatience - time.Since(began))
}
