package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// ErrNoBuild says that no worker of that build has ever been there, or that
// none is there now: it cannot be given work.
var ErrNoBuild = errors.New("no worker of this build is there")

// Build is one build of the workers, as DOORBELL_BUILD_ID names it.
type Build struct {
	ID string `json:"id"` // "" is the workers without a build id
	// Share is how many of a hundred leads it works.
	Share float32 `json:"share"`
	// Current is the build that works what no other has a share of.
	Current bool `json:"current"`
	// Workers counts those that asked for work within the last minutes.
	Workers int `json:"workers"`
	// Since is when Temporal first saw a worker of it; zero for workers without
	// a build id.
	Since time.Time `json:"since,omitzero"`
}

// Builds says which build of the workers gets the leads of a task queue, and
// changes it. A build that nobody promoted gets nothing to do.
type Builds struct {
	Client client.Client
	Queue  string
}

// Deployment is the name that the workers of a task queue have together in
// Temporal, which allows no dots in it.
func Deployment(queue string) string { return strings.ReplaceAll(queue, ".", "-") }

// List returns the builds that Temporal knows, the newest first, and the
// workers without a build id where there are any or where they have work.
func (b Builds) List(ctx context.Context) ([]Build, error) {
	workers, err := b.workers(ctx)
	if err != nil {
		return nil, err
	}
	known, err := b.handle().Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return []Build{{Share: 100, Current: true, Workers: workers[""]}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask Temporal for the builds of the workers: %w", err)
	}
	route := known.Info.RoutingConfig
	var current, ramping string
	if route.CurrentVersion != nil {
		current = route.CurrentVersion.BuildID
	}
	if route.RampingVersion != nil {
		ramping = route.RampingVersion.BuildID
	}
	all := []Build{{}}
	for _, v := range known.Info.VersionSummaries {
		all = append(all, Build{ID: v.Version.BuildID, Since: v.CreateTime})
	}
	for i := range all {
		one := &all[i]
		one.Workers = workers[one.ID]
		switch one.ID {
		case current:
			one.Current, one.Share = true, 100-route.RampingVersionPercentage
		case ramping:
			one.Share = route.RampingVersionPercentage
		}
	}
	all = slices.DeleteFunc(all, func(one Build) bool { return one.ID == "" && one.Workers == 0 && one.Share == 0 })
	slices.SortStableFunc(all, func(x, y Build) int { return y.Since.Compare(x.Since) })
	return all, nil
}

// workers counts by build who asks for leads' tasks.
func (b Builds) workers(ctx context.Context) (map[string]int, error) {
	about, err := b.Client.DescribeTaskQueue(ctx, b.Queue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return nil, fmt.Errorf("ask Temporal who works on task queue %s: %w", b.Queue, err)
	}
	count, seen := map[string]int{}, map[string]bool{}
	for _, p := range about.GetPollers() {
		build := ""
		if o := p.GetDeploymentOptions(); o.GetWorkerVersioningMode() == enumspb.WORKER_VERSIONING_MODE_VERSIONED {
			build = o.GetBuildId()
		}
		if who := build + "\n" + p.GetIdentity(); !seen[who] {
			seen[who] = true
			count[build]++
		}
	}
	return count, nil
}

// Promote gives all leads to a build: those that arrive from now on, and those
// that are open with whatever happens to them next. "" is the workers without
// a build id. It returns ErrNoBuild when no worker of that build is there.
func (b Builds) Promote(ctx context.Context, build string) error {
	_, err := b.handle().SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: build})
	return changed(err)
}

// Ramp gives a build a share of the leads, in percent, the same leads all the
// time; the rest stays with the current build. 0 takes the share away. It
// returns ErrNoBuild when no worker of that build is there.
func (b Builds) Ramp(ctx context.Context, build string, percent float32) error {
	_, err := b.handle().SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: build, Percentage: percent})
	return changed(err)
}

func (b Builds) handle() client.WorkerDeploymentHandle {
	return b.Client.WorkerDeploymentClient().GetHandle(Deployment(b.Queue))
}

// changed turns what Temporal says about a change into what a caller decides
// on.
func changed(err error) error {
	var missing *serviceerror.NotFound
	var unready *serviceerror.FailedPrecondition
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing), errors.As(err, &unready):
		return fmt.Errorf("%w (%w)", ErrNoBuild, err)
	}
	return fmt.Errorf("tell Temporal which build gets the leads: %w", err)
}
