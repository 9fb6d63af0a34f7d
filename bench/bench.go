package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// keys is how many API keys post leads: one may post a hundred a second.
const keys = 16

// bench is one run.
type bench struct {
	*stage.Stage

	o        options
	size     sizes
	dir      string
	sink     *stage.Sink
	http     *http.Client
	begin    time.Time
	version  string // of Postgres
	counting bool   // Postgres counts statements
	yardstick

	posted   atomic.Int64 // leads, so far
	leads    float64      // a second come to rest at full speed; 0 until it is measured
	scenario string
	lines    []line
	wrong    []string
}

// open starts everything. What it returns wants closing also after an error.
func open(ctx context.Context, o options) (*bench, error) {
	b := &bench{o: o, size: o.sized(), begin: time.Now(), http: &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512},
		// A page that sends us elsewhere is not the page that was asked for.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	var err error
	if b.dir, err = os.MkdirTemp("", "doorbell-bench-"); err != nil {
		return b, err
	}
	// Started by root, Postgres runs as another user and must be able to enter.
	if err := os.Chmod(b.dir, 0o755); err != nil { //nolint:gosec // no secrets at this level
		return b, err
	}
	b.say("starting the product in %s", b.dir)
	if b.sink, err = stage.OpenSink(nil); err != nil {
		return b, err
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return b, err
	}
	settings := stage.Options{
		Dir: b.dir, Engine: filepath.Join(bin, "engine"), Program: filepath.Join(bin, "doorbell"), Name: "bench", Policy: quiet(),
		Serves: 1, Workers: 1, Durable: true, Mail: b.sink.URL, Library: "pg_stat_statements",
	}
	for i := range keys {
		settings.Keys = append(settings.Keys, stage.Key{Name: keyName(i), Source: "website"})
	}
	if b.Stage, err = stage.Open(ctx, settings); err != nil {
		return b, err
	}
	if err := b.count(ctx, false); err != nil {
		return b, err
	}
	return b, b.Pool.QueryRow(ctx, `SHOW server_version`).Scan(&b.version)
}

func keyName(i int) string { return fmt.Sprintf("website-%d", i) }

func (b *bench) close() {
	if b.Stage != nil {
		if err := b.Close(); err != nil {
			b.say("stopping: %v", err)
		}
	}
	if b.sink != nil {
		b.sink.Close()
	}
	if b.o.keep {
		b.say("data and logs are in %s", b.dir)
	} else if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// say tells how it goes.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1f s  %s\n", time.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

// add keeps figures of the scenario that runs.
func (b *bench) add(lines ...line) {
	for _, l := range lines {
		l.Scenario = b.scenario
		b.lines = append(b.lines, l)
	}
}

// fail notes a result that is wrong whatever the speed.
func (b *bench) fail(format string, args ...any) {
	text := b.scenario + ": " + fmt.Sprintf(format, args...)
	b.say("WRONG %s", text)
	b.wrong = append(b.wrong, text)
}

// none is a figure that must be 0.
func (b *bench) none(figure string, n int, unit string, of int) {
	if n > 0 {
		b.fail("%s: %d of %d", figure, n, of)
	}
	b.add(single(figure, float64(n), unit, of).aim(n == 0, "0"))
}

// yardstick is the policy that holds at the moment.
type yardstick struct{ holds string }

// measure has the dealer measure leads by a policy from now on.
func (b *bench) measure(ctx context.Context, text string) error {
	if b.holds == text {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, b.address()+"/v1/policy", strings.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/yaml")
	request.Header.Set("Authorization", "Bearer "+b.Keys["integration"])
	request.Header.Set("X-Actor", b.manager().Email)
	if _, err := b.ask(request, http.StatusOK); err != nil {
		return err
	}
	b.holds = text
	return nil
}

// address is where one of the APIs listens, each time the next one.
func (b *bench) address() string {
	return "http://" + b.Serves[int(b.posted.Load())%len(b.Serves)].Addr
}

func (b *bench) seller(i int) stage.Person { return b.People[i%3] }
func (b *bench) manager() stage.Person     { return b.People[3] }
