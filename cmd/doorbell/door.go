package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web"
	"github.com/doorbell-ilm/doorbell/web/session"
	"github.com/doorbell-ilm/doorbell/web/signin"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// How long clients and a stop may take. A request is answered within ten
// seconds, whatever happens behind it.
const (
	headerPatience = 10 * time.Second
	bodyPatience   = 30 * time.Second
	answerWithin   = time.Minute // all of a request; an event stream sets its own for each of its writes
	idlePatience   = 2 * time.Minute
	stopPatience   = 20 * time.Second
	mostHeader     = 32 << 10 // bytes
)

// door is what the outside sees: the API and the pages on one listener, and
// beside them the bell, which tells the relays what the API has stored.
type door struct {
	listener net.Listener
	server   *http.Server
	store    *store.Store
	sessions *session.Sessions
	bell     *relay.Bell
	setup    setup
	stopping chan struct{}
	notice   time.Duration // from stopping until nobody is let in any more
	log      *slog.Logger
}

// doorOptions are what a door stands on.
type doorOptions struct {
	settings   settings
	temporal   client.Client
	listener   net.Listener
	dev        bool
	temporalUI string // for links on the pages of dev
	demo       []signin.Demo
	log        *slog.Logger
}

// listen begins to listen. Nothing is answered before the door runs.
func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program (`ss -ltnp` says by which): stop it, or choose another with DOORBELL_ADDR", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w; choose another address with DOORBELL_ADDR", address, err)
	}
	return listener, nil
}

// openDoor puts the door together; run opens it.
func openDoor(ctx context.Context, o doorOptions) (*door, error) {
	s, err := store.Open(ctx, o.settings.DatabaseURL, store.Options{Connections: o.settings.Connections, Name: "doorbell serve"})
	if err != nil {
		return nil, err
	}
	d := &door{listener: o.listener, store: s, setup: o.settings.setup(), stopping: make(chan struct{}), notice: o.settings.StopNotice, log: o.log}
	leads := workflows.Leads{Client: o.temporal, Queue: o.settings.TaskQueue, Namespace: o.settings.namespace(), Crowded: s.IsCrowded}
	d.bell = relay.NewBell(s, o.log)
	leads.Answered = d.bell.Answered

	templates, err := message.Load()
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("load the mail templates: %w", err)
	}
	// Leads' mails are the workers' business. Without mail a server cannot
	// invite anybody; it says so on the page where it would.
	sender, err := o.settings.sender(s, o.dev)
	if err != nil {
		o.log.Warn("no mail can be sent: invitations and forgotten passwords do not work", "error", err)
	}
	d.sessions = session.New(s, o.settings.PublicURL) //nolint:contextcheck // its housekeeping goes on until Close
	figures := prometheus.NewRegistry()
	figures.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	pages := &web.Pages{
		Store: s, Asker: leads, Secret: []byte(o.settings.Secret), Dev: o.dev, PublicURL: o.settings.PublicURL,
		TemporalUI: o.temporalUI, Namespace: o.settings.namespace(), Log: o.log, Wake: d.bell.Wake,
		Sessions: d.sessions, Mail: sender, From: o.settings.from(), Templates: templates, SignOn: o.settings.signOn(), Demo: o.demo,
		Registry: figures,
	}
	router, err := api.New(api.Options{ //nolint:contextcheck // every request brings its own
		Store: s, Leads: leads, Temporal: o.temporal, Waker: d.bell, PublicURL: o.settings.PublicURL, Log: o.log,
		Version: version, Registry: figures, Pages: pages.Mount, Session: d.sessions.Of, Stopping: d.stopping,
		MailEvents: o.settings.mailEvents(),
	})
	var handler http.Handler
	if err == nil {
		if err = router.SetTrustedProxies(o.settings.TrustedProxies); err == nil {
			handler, err = web.Compressed(router)
		}
	}
	if err != nil {
		d.sessions.Close()
		s.Close()
		return nil, fmt.Errorf("put the API together: %w", err)
	}
	d.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, WriteTimeout: answerWithin,
		IdleTimeout: idlePatience, MaxHeaderBytes: mostHeader,
		ErrorLog: slog.NewLogLogger(atLeastWarn{o.log.Handler()}, slog.LevelDebug), // what clients do wrong is not news
	}
	return d, nil
}

// run answers until ctx ends, then lets what is under way finish.
func (d *door) run(ctx context.Context) error {
	defer d.store.Close()
	defer d.sessions.Close()
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	for _, chore := range []func(context.Context){d.bell.Run, d.tidy, d.showSetup} {
		beside.Go(func() { chore(open) })
	}
	defer func() { shut(); beside.Wait() }()

	served := make(chan error, 1)
	go func() { served <- d.server.Serve(d.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("the API ended by itself: %w", err)
	case <-ctx.Done():
	}
	close(d.stopping)
	if d.notice > 0 {
		// Whoever has knocked when the listener closes is sent away unheard:
		// until then what stands in front must know.
		d.server.SetKeepAlivesEnabled(false)
		_ = lull.For(context.WithoutCancel(ctx), d.notice)
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := d.server.Shutdown(patience); err != nil {
		d.log.Warn("requests were cut off: they took too long", "error", err)
		_ = d.server.Close()
	}
	return nil
}

// tidy forgets, once an hour, the answers to requests that nobody will repeat
// any more, and what the mail provider told about mails long ago.
func (d *door) tidy(ctx context.Context) {
	for {
		if err := lull.For(ctx, time.Hour); err != nil {
			return
		}
		if _, err := d.store.PruneRequests(store.Across(ctx)); err != nil && ctx.Err() == nil {
			d.log.Warn("old answers could not be forgotten; trying again in an hour", "error", err)
		}
		if _, err := d.store.PruneDeliveryEvents(store.Across(ctx)); err != nil && ctx.Err() == nil {
			d.log.Warn("what the mail provider told long ago could not be forgotten; trying again in an hour", "error", err)
		}
	}
}

// urlOf is the address of a listener as a browser on this machine wants it.
func urlOf(listener net.Listener) string {
	address := listener.Addr().String()
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + strings.Replace(address, "[::1]", "localhost", 1)
}
