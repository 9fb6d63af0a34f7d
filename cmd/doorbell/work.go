package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

type workerCommand struct{}

// Help is shown below the summary.
func (*workerCommand) Help() string {
	return "Needs the database, Temporal and a way to send mail. Any number of these may run. SIGTERM lets what is under way finish, " +
		"for at most half a minute. It listens nowhere; `doorbell doctor` tells whether it works."
}

// Run works until a signal comes.
func (c *workerCommand) Run(ctx context.Context, p *program) error {
	s, err := readSettings(p.env)
	if err != nil {
		return err
	}
	if err := s.require("DATABASE_URL", "DOORBELL_SECRET", "DOORBELL_PUBLIC_URL", "MAIL_FROM"); err != nil {
		return err
	}
	log := p.logger(s, slog.LevelInfo)
	options, err := temporalOptions(p.env, log)
	if err != nil {
		return err
	}
	temporal, err := openTemporal(options)
	if err != nil {
		return err
	}
	defer temporal.Close()
	w, err := openWork(ctx, workOptions{settings: s, temporal: temporal, namespace: options.Namespace, log: log})
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(ctx); err != nil {
		return nil // told to stop before Temporal was there
	}
	log.Info("working", "queue", s.TaskQueue, "mail", w.sender.Name(), "version", version)
	select {
	case <-ctx.Done():
	case err = <-w.fatal:
	}
	w.stop()
	log.Info("stopped")
	return err
}

// connectionPatience is how long a step waits for a connection of the pool.
// Nobody stands at a counter for it, and it would only be tried again.
const connectionPatience = 10 * time.Second

// work is a worker and what it works with, and beside it the relay, which tells
// Temporal what was stored.
type work struct {
	store   *store.Store
	sender  message.Sender
	options worker.Options
	worker  *worker.Worker
	relay   *relay.Relay
	silence func()     // stops the relay
	fatal   chan error // the worker can never work again
	log     *slog.Logger
}

// workOptions are what a worker stands on.
type workOptions struct {
	settings  settings
	temporal  client.Client
	namespace string // of the client
	dev       bool   // without mail settings mail goes into the mailbox
	log       *slog.Logger
}

func openWork(ctx context.Context, o workOptions) (*work, error) {
	s, err := store.Open(ctx, o.settings.DatabaseURL, store.Options{
		Connections: o.settings.Connections, Name: "doorbell worker", Wait: connectionPatience, PlanOnce: true,
	})
	if err != nil {
		return nil, err
	}
	w := &work{store: s, fatal: make(chan error, 1), log: o.log}
	if w.sender, err = o.settings.sender(s, o.dev); err != nil {
		s.Close()
		return nil, usageError{err.Error()}
	}
	templates, err := message.Load()
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("load the mail templates: %w", err)
	}
	w.options = worker.Options{
		Client: o.temporal, Store: s, Sender: w.sender, Templates: templates, PublicURL: o.settings.PublicURL,
		Secret: []byte(o.settings.Secret), From: o.settings.from(), Queue: o.settings.TaskQueue, Cache: o.settings.cache(), BuildID: o.settings.BuildID,
		Namespace: o.namespace, Log: o.log, Fatal: w.failed,
	}
	w.relay = relay.New(s, workflows.Leads{
		Client: o.temporal, Queue: o.settings.TaskQueue, Namespace: o.namespace, Crowded: s.IsCrowded, Eager: o.settings.BuildID == "",
	}, o.log)
	return w, nil
}

// The pauses between tries to reach Temporal.
const (
	firstPause = 500 * time.Millisecond
	mostPause  = 10 * time.Second
)

// start returns when the worker works. As long as Temporal is away it tries
// again; it gives up only when ctx ends.
func (w *work) start(ctx context.Context) error {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		w.worker = worker.New(w.options) // one that failed cannot be started again
		err := w.worker.Start()
		if err == nil {
			go w.schedule(ctx)
			w.beginRelay(ctx)
			return nil
		}
		w.log.Warn("Temporal cannot be reached or does not know the namespace; trying again", "error", err)
		if err := lull.For(ctx, pause); err != nil {
			return err
		}
	}
}

// beginRelay has the relay run until the worker is to stop: what it was given to
// begin with is worked yet.
func (w *work) beginRelay(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() { defer close(ended); w.relay.Run(ctx) }()
	w.silence = func() { cancel(); <-ended }
}

// schedule has Temporal start the audits and retention. Leads are worked without it, so that
// the worker does not wait for it.
func (w *work) schedule(ctx context.Context) {
	for pause := firstPause; ; pause = min(2*pause, time.Minute) {
		err := worker.Schedule(ctx, w.options.Client, w.options.Queue)
		if err == nil || ctx.Err() != nil {
			return
		}
		w.log.Warn("audits and retention cannot be scheduled; trying again", "error", err)
		if lull.For(ctx, pause) != nil {
			return
		}
	}
}

// failed keeps the first fatal error; the SDK reports one for each of its
// workers.
func (w *work) failed(err error) {
	select {
	case w.fatal <- fmt.Errorf("the worker cannot go on: %w", err):
	default:
	}
}

func (w *work) stop() {
	w.silence()
	w.worker.Stop()
}

func (w *work) close() { w.store.Close() }
