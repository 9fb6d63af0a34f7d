package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/migrations"
	"github.com/doorbell-ilm/doorbell/store"
)

// database brings the schema up to date and makes the demo dealer.
func (d *dev) database(ctx context.Context) error {
	if err := migrations.Up(ctx, d.settings.DatabaseURL); err != nil {
		return unreachable(err)
	}
	s, err := store.Open(ctx, d.settings.DatabaseURL, store.Options{Connections: 2, Name: "doorbell dev"})
	if err != nil {
		return err
	}
	defer s.Close()
	d.demo, err = demoData(store.Across(ctx), s, d.command.Dir)
	return err
}

// product runs the API, the pages and the relay, and the worker, in this
// process.
func (d *dev) product(ctx context.Context) error {
	since := time.Now()
	temporal, err := d.client()
	if err != nil {
		return err
	}
	d.onStop(func(context.Context) { temporal.Close() })
	listener, err := listen(ctx, d.settings.Addr)
	if err != nil {
		return err
	}
	d.state.URL = urlOf(listener)
	if d.settings.PublicURL == "" {
		d.settings.PublicURL = d.state.URL
	}
	w, err := openWork(ctx, workOptions{settings: d.settings, temporal: temporal, namespace: d.state.Namespace, dev: true, log: d.log})
	if err != nil {
		_ = listener.Close()
		return err
	}
	d.onStop(func(context.Context) { w.close() })
	if err := w.start(ctx); err != nil {
		_ = listener.Close()
		return err
	}
	d.onStop(func(context.Context) { w.stop() })
	go func() {
		select {
		case err := <-w.fatal:
			d.lost(err)
		case <-ctx.Done():
		}
	}()

	front, err := openDoor(ctx, doorOptions{
		settings: d.settings, temporal: temporal, listener: listener, dev: true, temporalUI: d.state.TemporalUI, demo: d.demo.accounts(), log: d.log,
	})
	if err != nil {
		_ = listener.Close()
		return err
	}
	answering, shut := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := front.run(answering); err != nil {
			d.lost(err)
		}
	}()
	d.onStop(func(context.Context) { shut(); <-ended })
	d.took(since, "Doorbell")
	return nil
}

// client connects to the private Temporal, or to the one of the settings.
func (d *dev) client() (client.Client, error) {
	if d.ownsEngine() {
		d.state.Namespace = d.settings.namespace()
		return openTemporal(dressed(client.Options{HostPort: d.state.TemporalAddress, Namespace: d.state.Namespace}, d.log))
	}
	options, err := temporalOptions(d.program.env, d.log)
	if err != nil {
		return nil, err
	}
	d.state.TemporalAddress, d.state.Namespace = options.HostPort, options.Namespace
	return openTemporal(options)
}

// readyPatience is how long the API may take until it says that all its parts
// answer.
const readyPatience = 30 * time.Second

// ready waits until everything answers and tells where it is.
func (d *dev) ready(ctx context.Context) error {
	if err := awaitReady(ctx, d.state.URL+"/readyz"); err != nil {
		return err
	}
	d.state.DatabaseURL = d.settings.DatabaseURL
	d.state.Mailbox = d.state.URL + "/dev/mail"
	d.state.APIKeys = d.demo.APIKeys
	d.state.Users = d.demo.users()
	if err := writeJSON(stateFile(d.command.Dir), d.state); err != nil {
		return err
	}
	if err := d.program.printLine("doorbell is ready: %s", d.state.URL); err != nil {
		return err
	}
	d.tell()
	return nil
}

func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return fmt.Errorf("ask whether everything answers: %w", err)
		}
		status := "no answer"
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			status = response.Status
		}
		if err := lull.For(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("not everything answers after %s: %s says %s", readyPatience, url, status)
		}
	}
}

// tell shows the addresses and the demo accounts.
func (d *dev) tell() {
	s := d.state
	rows := [][2]string{
		{"Pages", s.URL},
		{"API", s.URL + "/docs"},
		{"Mailbox", s.Mailbox},
		{"Temporal UI", s.TemporalUI},
		{"For scripts", stateFile(d.command.Dir) + " (addresses, keys, accounts)"},
	}
	if d.settings.SendGridKey != "" || d.settings.SMTPURL != "" {
		rows[2][1] = "text messages only, mail is sent: " + s.Mailbox
	}
	if d.ownsEngine() {
		rows = append(rows, [2]string{"Logs", d.engineLog() + ", " + filepath.Join(d.command.Dir, "postgres", "postgres.log")})
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(cells ...string) { _, _ = fmt.Fprintln(w, "  "+strings.Join(cells, "\t")) }
	_, _ = fmt.Fprintln(w)
	for _, row := range rows {
		if row[1] != "" {
			line(row[0], row[1])
		}
	}
	_ = w.Flush()
	_, _ = fmt.Fprintln(w)
	line("Demo account", "Password", "Role")
	for _, user := range s.Users {
		line(user.Email, user.Password, words(user.Role))
	}
	_ = w.Flush()
	d.program.say("%s", b.String())
	d.say("Try: bin/doorbell lead post testdata/leads/web-test-drive.json")
	d.say("Ready in %.1f s. Ctrl-C stops everything; the data stay in %s.", time.Since(d.began).Seconds(), d.command.Dir)
}
