// Package worker runs the workflows of leads and what they need: registration,
// tuning and versioning in one place.
package worker

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/activities"
	"github.com/doorbell-ilm/doorbell/message"
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
	// BuildID turns on versioned deployments: open leads stay on the workers of
	// the build that they began on until they move on to a new run.
	BuildID string
	// Fatal is told when the worker can never work again, because its
	// namespace is gone for example. Nil ignores it.
	Fatal func(error)
}

// Worker is one process's share of the work.
type Worker struct{ workers []sdk.Worker }

// Tuning. Steps are one short transaction each, so their number at once is
// about what the pool of the database can serve; messages wait for providers.
const (
	stepsAtOnce     = 32
	messagesAtOnce  = 32
	tasksAtOnce     = 64
	mostPollers     = 12
	cachedWorkflows = 500
	// A backlog of due deadlines outlives the default of 5 s, and then every
	// history is read again from its start.
	stickyPatience = 2 * time.Minute
	stopPatience   = 30 * time.Second // the default of 0 cuts activities off
)

// New returns a worker that is not started.
func New(o Options) *Worker {
	if o.Queue == "" {
		o.Queue = workflows.TaskQueue
	}
	if o.Cache == 0 {
		o.Cache = cachedWorkflows
	}
	sdk.SetStickyWorkflowCacheSize(o.Cache)
	pollers := sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: 4, MinimumNumberOfPollers: 2, MaximumNumberOfPollers: mostPollers,
	})
	options := sdk.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  tasksAtOnce,
		MaxConcurrentLocalActivityExecutionSize: stepsAtOnce,
		MaxConcurrentActivityExecutionSize:      stepsAtOnce,
		WorkflowTaskPollerBehavior:              pollers,
		ActivityTaskPollerBehavior:              pollers,
		StickyScheduleToStartTimeout:            stickyPatience,
		WorkerStopTimeout:                       stopPatience,
		OnFatalError:                            o.Fatal,
	}
	if o.BuildID != "" {
		options.DeploymentOptions = sdk.DeploymentOptions{
			UseVersioning:             true,
			Version:                   sdk.WorkerDeploymentVersion{DeploymentName: workflows.TaskQueue, BuildID: o.BuildID},
			DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
		}
	}
	leads := sdk.New(o.Client, o.Queue, options)
	leads.RegisterWorkflowWithOptions(workflows.Lead, workflow.RegisterOptions{Name: workflows.LeadWorkflow})
	leads.RegisterWorkflowWithOptions(workflows.FollowUp, workflow.RegisterOptions{Name: workflows.FollowUpWorkflow})
	step := &activities.Lead{Store: o.Store}
	leads.RegisterActivityWithOptions(step.Step, activity.RegisterOptions{Name: workflows.StepActivity})
	leads.RegisterActivityWithOptions(step.FollowUpStep, activity.RegisterOptions{Name: workflows.FollowUpStepActivity})
	people := &activities.People{Store: o.Store, Leads: workflows.Leads{Client: o.Client, Queue: o.Queue}}
	leads.RegisterActivityWithOptions(people.Spread, activity.RegisterOptions{Name: workflows.SpreadActivity})

	mail := sdk.New(o.Client, workflows.MailQueue(o.Queue), sdk.Options{
		MaxConcurrentActivityExecutionSize: messagesAtOnce,
		ActivityTaskPollerBehavior:         pollers,
		DisableWorkflowWorker:              true,
		WorkerStopTimeout:                  stopPatience,
		OnFatalError:                       o.Fatal,
	})
	messages := &activities.Messages{
		Store: o.Store, Sender: o.Sender, Templates: o.Templates, PublicURL: o.PublicURL, Secret: o.Secret, From: o.From, Grace: o.Grace,
	}
	mail.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverActivity})
	mail.RegisterActivityWithOptions(messages.Deliver, activity.RegisterOptions{Name: workflows.DeliverFollowUpActivity})
	return &Worker{workers: []sdk.Worker{leads, mail}}
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
	for _, one := range w.workers {
		one.Stop()
	}
}
