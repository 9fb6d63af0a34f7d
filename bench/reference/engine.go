package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
)

// The tuning of the product's worker, see worker/worker.go.
const (
	activitiesAtOnce = 16
	tasksAtOnce      = 16
	mostPollers      = 12
	cachedWorkflows  = 500
	stickyPatience   = 30 * time.Second
	stopPatience     = 30 * time.Second
)

const (
	bareWorkflow  = "Bare"
	timedWorkflow = "Timed"
	bareActivity  = "Nothing"
)

// engine is the bare engine: workflows with one ordinary activity that does
// nothing, or with a timer, and then a local activity, as a lead's step is one.
//
// A workflow is at rest when the engine has accepted its last task, which the
// worker's own connection sees: asking for each result would cost the engine a
// long poll and a read of the history, which nobody asks for in the product.
type engine struct {
	client client.Client
	worker sdk.Worker
	queue  string
	tally  *tally
	after  time.Duration  // 0: no timers
	fires  time.Time      // all timers; zero while it does not count
	done   []atomic.Int32 // how often the activity of each ran
}

func newEngine(ctx context.Context, o options, t *tally) (*engine, error) {
	c, err := client.DialContext(ctx, client.Options{
		HostPort: o.temporal, Namespace: o.namespace,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))),
		ConnectionOptions: client.ConnectionOptions{
			// As Doorbell has it.
			GrpcCompression: &client.GrpcCompressionNone{},
			DialOptions:     []grpc.DialOption{grpc.WithChainUnaryInterceptor(watch(t))},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("connect to Temporal: %w", err)
	}
	e := &engine{client: c, queue: "reference-" + rand.Text(), tally: t, done: make([]atomic.Int32, len(t.all))}
	if o.what == "timers" {
		e.after = o.after
	}
	sdk.SetStickyWorkflowCacheSize(cachedWorkflows)
	pollers := sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{
		InitialNumberOfPollers: 4, MinimumNumberOfPollers: 2, MaximumNumberOfPollers: mostPollers,
	})
	e.worker = sdk.New(c, e.queue, sdk.Options{
		MaxConcurrentWorkflowTaskExecutionSize: tasksAtOnce,
		MaxConcurrentActivityExecutionSize:     activitiesAtOnce,
		WorkflowTaskPollerBehavior:             pollers,
		ActivityTaskPollerBehavior:             pollers,
		StickyScheduleToStartTimeout:           stickyPatience,
		WorkerStopTimeout:                      stopPatience,
		OnFatalError:                           t.fail,
	})
	e.worker.RegisterWorkflowWithOptions(bare, workflow.RegisterOptions{Name: bareWorkflow})
	e.worker.RegisterWorkflowWithOptions(e.timed, workflow.RegisterOptions{Name: timedWorkflow})
	e.worker.RegisterActivityWithOptions(e.nothing, activity.RegisterOptions{Name: bareActivity})
	if err := e.worker.Start(); err != nil {
		c.Close()
		return nil, fmt.Errorf("start worker: %w", err)
	}
	return e, nil
}

// bare returns its own number, by which watch knows it.
func bare(ctx workflow.Context, i int) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	return i, workflow.ExecuteActivity(ctx, bareActivity, i).Get(ctx, nil)
}

// timed sleeps until the instant and returns its own number.
func (e *engine) timed(ctx workflow.Context, i int, fires time.Time) (int, error) {
	if err := workflow.Sleep(ctx, fires.Sub(workflow.Now(ctx))); err != nil {
		return i, err
	}
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	return i, workflow.ExecuteLocalActivity(ctx, e.nothing, i).Get(ctx, nil)
}

func (e *engine) nothing(_ context.Context, i int) error {
	if i >= 0 && i < len(e.done) {
		e.done[i].Add(1)
	}
	return nil
}

// watch tells the tally of every workflow whose end the engine has accepted.
func watch(t *tally) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		err := invoke(ctx, method, req, reply, cc, opts...)
		task, ok := req.(*workflowservice.RespondWorkflowTaskCompletedRequest)
		if !ok || err != nil {
			return err
		}
		for _, c := range task.GetCommands() {
			ended(t, c)
		}
		return nil
	}
}

func ended(t *tally, c *commandpb.Command) {
	if failed := c.GetFailWorkflowExecutionCommandAttributes(); failed != nil {
		t.fail(fmt.Errorf("a workflow failed: %s", failed.GetFailure().GetMessage()))
		return
	}
	completed := c.GetCompleteWorkflowExecutionCommandAttributes()
	if completed == nil {
		return
	}
	var i int
	if err := converter.GetDefaultDataConverter().FromPayloads(completed.GetResult(), &i); err != nil {
		t.fail(fmt.Errorf("the result of a workflow: %w", err))
		return
	}
	t.rest(i)
}

func (e *engine) begin(ctx context.Context, i int) error {
	named := client.StartWorkflowOptions{ID: e.queue + "-" + strconv.Itoa(i), TaskQueue: e.queue}
	if e.after == 0 {
		_, err := e.client.ExecuteWorkflow(ctx, named, bareWorkflow, i)
		return err
	}
	if !e.fires.IsZero() {
		e.tally.due(i, e.fires)
	}
	if _, err := e.client.ExecuteWorkflow(ctx, named, timedWorkflow, i, e.fires); err != nil {
		return err
	}
	if !e.fires.IsZero() && time.Now().After(e.fires) {
		return fmt.Errorf("was started after the timers fired: more time by -after, now %s", e.after)
	}
	return nil
}

// warmed sets the instant at which all timers fire that count.
func (e *engine) warmed(context.Context) error {
	if e.after > 0 {
		e.fires = time.Now().Add(e.after)
	}
	return nil
}

func (e *engine) check(_ context.Context, n int) error {
	never, again := 0, 0
	for i := range n {
		switch times := e.done[i].Load(); {
		case times == 0:
			never++
		case times > 1:
			again++
		}
	}
	if never+again > 0 {
		return fmt.Errorf("of %d activities %d never ran and %d ran more than once", n, never, again)
	}
	return nil
}

func (e *engine) close(context.Context) error {
	e.worker.Stop()
	e.client.Close()
	return nil
}
