package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/worker"
)

type releaseCommand struct {
	List    releaseListCommand    `cmd:"" help:"List the builds of the workers and what share of the leads each one has."`
	Promote releasePromoteCommand `cmd:"" help:"Give all leads to one build; open ones go on there."`
	Ramp    releaseRampCommand    `cmd:"" help:"Give a share of the leads to one build, to try it out."`
}

// buildName is what DOORBELL_BUILD_ID may be. Temporal keeps names that begin
// with two underscores to itself.
var buildName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$`)

// releasePatience is how long Temporal may take to tell all its task queues; a
// build whose first worker has just come is waited for as well.
const releasePatience = 2 * time.Minute

// onBuilds runs what asks Temporal about builds.
func (p *program) onBuilds(ctx context.Context, do func(context.Context, worker.Builds) error) error {
	s, err := readSettings(p.env)
	if err != nil {
		return err
	}
	options, err := temporalOptions(p.env, p.logger(s, slog.LevelWarn))
	if err != nil {
		return err
	}
	temporal, err := openTemporal(options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	ctx, cancel := context.WithTimeout(ctx, releasePatience)
	defer cancel()
	return do(ctx, worker.Builds{Client: temporal, Queue: s.TaskQueue})
}

type releaseListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Help is shown below the summary.
func (*releaseListCommand) Help() string {
	return "Needs TEMPORAL_ADDRESS and the DOORBELL_TASK_QUEUE of the workers. An old build without a share may be stopped."
}

// Run lists the builds.
func (c *releaseListCommand) Run(ctx context.Context, p *program) error {
	return p.onBuilds(ctx, func(ctx context.Context, b worker.Builds) error {
		all, err := b.List(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return p.printJSON(all)
		}
		rows := [][]string{{"BUILD", "LEADS", "WORKERS", "SINCE"}}
		for _, one := range all {
			since := "-"
			if !one.Since.IsZero() {
				since = one.Since.UTC().Format(time.RFC3339)
			}
			rows = append(rows, []string{first(one.ID, "(without)"), fmt.Sprintf("%g%%", one.Share), fmt.Sprint(one.Workers), since})
		}
		return p.printTable(rows)
	})
}

type releasePromoteCommand struct {
	Build   string `arg:"" optional:"" help:"The DOORBELL_BUILD_ID of its workers."`
	Without bool   `help:"Give the leads back to workers without DOORBELL_BUILD_ID."`
}

// Help is shown below the summary.
func (*releasePromoteCommand) Help() string {
	return "Needs TEMPORAL_ADDRESS and the DOORBELL_TASK_QUEUE of the workers. At least one worker of the build must run. " +
		"What the old build is doing it finishes; then its workers have nothing to do and may be stopped."
}

// Run promotes the build.
func (c *releasePromoteCommand) Run(ctx context.Context, p *program) error {
	if (c.Build == "") != c.Without {
		return usageError{"say which build, or --without"}
	}
	return p.onBuilds(ctx, func(ctx context.Context, b worker.Builds) error {
		err := untilThere(ctx, func() error { return b.Promote(ctx, c.Build) })
		if err != nil {
			return noBuild(err, c.Build)
		}
		if c.Without {
			p.say("workers without a build id have all leads")
			return nil
		}
		p.say("build %s has all leads", c.Build)
		return nil
	})
}

type releaseRampCommand struct {
	Build string  `arg:"" help:"The DOORBELL_BUILD_ID of its workers."`
	Share float32 `arg:"" help:"Percent of the leads, from 0 to 100; 0 takes them back."`
}

// Help is shown below the summary.
func (*releaseRampCommand) Help() string {
	return "Needs TEMPORAL_ADDRESS and the DOORBELL_TASK_QUEUE of the workers. A lead is on one side of the share or the other, always " +
		"the same. The rest stays with the build that was promoted."
}

// Run gives the share.
func (c *releaseRampCommand) Run(ctx context.Context, p *program) error {
	if !(c.Share >= 0 && c.Share <= 100) { // not a number is neither
		return usageError{"the share must be a number from 0 to 100"}
	}
	return p.onBuilds(ctx, func(ctx context.Context, b worker.Builds) error {
		err := untilThere(ctx, func() error { return b.Ramp(ctx, c.Build, c.Share) })
		if err != nil {
			return noBuild(err, c.Build)
		}
		p.say("build %s has %g%% of the leads", c.Build, c.Share)
		return nil
	})
}

// firstLook is how long a build is waited for whose worker has just started:
// Temporal hears of it with its first question for work.
const firstLook = 10 * time.Second

func untilThere(ctx context.Context, try func() error) error {
	until := time.Now().Add(firstLook)
	for {
		err := try()
		if !errors.Is(err, worker.ErrNoBuild) || time.Now().After(until) {
			return err
		}
		if lull.For(ctx, firstPause) != nil {
			return err
		}
	}
}

func noBuild(err error, build string) error {
	if errors.Is(err, worker.ErrNoBuild) {
		return fmt.Errorf("build %s cannot have leads: start a worker with DOORBELL_BUILD_ID=%s first, on the same DOORBELL_TASK_QUEUE: %w",
			build, build, err)
	}
	return err
}
