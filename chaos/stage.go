package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/failpoint"
	"github.com/doorbell-ilm/doorbell/internal/localpg"
	"github.com/doorbell-ilm/doorbell/internal/loopback"
)

// connections is how many Postgres has for everybody.
const connections = 120

// shortWaits makes what a test cannot wait for short. The product waits for as
// many minutes.
const shortWaits = failpoint.ProviderTimeout + "=3s;" + failpoint.MailAttempt + "=15s;" + failpoint.MailStale + "=16s;" +
	failpoint.MailGrace + "=4s;" + failpoint.StickyPatience + "=10s"

// stage is everything that runs: the real programs, the cables between them, and
// the provider of mail.
type stage struct {
	dir, bin string
	sink     *sink
	cluster  *localpg.Cluster
	pool     *pgxpool.Pool // our own view, past the cables
	temporal client.Client // the same
	address  string        // of Temporal
	engine   *engineproc.Engine
	engLog   *child.LogFile
	serves   [2]*program
	workers  [2]*program

	keys   map[string]string // API keys, by name
	people []person
	dealer string
}

// person is somebody of the staff.
type person struct{ Email, Role, ID string }

// staff are the people of the dealer.
var staff = []person{
	{Email: "sam@chaos.example", Role: "salesperson"},
	{Email: "tess@chaos.example", Role: "salesperson"},
	{Email: "uma@chaos.example", Role: "salesperson"},
	{Email: "max@chaos.example", Role: "sales_manager"},
	{Email: "gwen@chaos.example", Role: "general_manager"},
}

func openStage(ctx context.Context, o options, dir string) (s *stage, err error) {
	s = &stage{dir: dir, keys: map[string]string{}, people: append([]person{}, staff...)}
	defer func() { //nolint:contextcheck // also when it was stopped
		if err != nil {
			s.close()
		}
	}()
	if s.bin, err = filepath.Abs(o.bin); err != nil {
		return s, err
	}
	if err := s.ordinaryBinaryIsClean(); err != nil {
		return s, err
	}
	if s.sink, err = openSink(o.seed); err != nil {
		return s, err
	}
	port, err := loopback.FreePort()
	if err != nil {
		return s, err
	}
	s.cluster = &localpg.Cluster{Dir: filepath.Join(dir, "postgres"), Port: port, MaxConnections: connections}
	if err := s.cluster.Start(ctx); err != nil {
		return s, err
	}
	if err := s.cluster.CreateDatabase(ctx, "doorbell"); err != nil {
		return s, err
	}
	if s.pool, err = pgxpool.New(ctx, s.cluster.URL("doorbell")); err != nil {
		return s, err
	}
	temporalPort, err := loopback.FreePort()
	if err != nil {
		return s, err
	}
	s.address = loopback.Address(temporalPort)
	if s.engLog, err = child.OpenLog(filepath.Join(dir, "engine.log"), logSize); err != nil {
		return s, err
	}
	if err := s.startEngine(ctx, 0); err != nil {
		return s, err
	}
	if s.temporal, err = client.NewLazyClient(client.Options{
		HostPort: s.address, Namespace: "doorbell", Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}); err != nil {
		return s, err
	}
	if err := s.setUp(ctx); err != nil {
		return s, err
	}
	err = s.startProduct(ctx)
	return s, err
}

// logSize is how large each log may grow, in bytes; one older file stays beside
// it.
const logSize = 32 << 20

// ordinaryBinaryIsClean makes sure that failpoints are in the binary that is
// tested and in no other.
func (s *stage) ordinaryBinaryIsClean() error {
	for name, want := range map[string]bool{"doorbell": false, "chaos/doorbell": true} {
		text, err := os.ReadFile(filepath.Join(s.bin, name))
		if err != nil {
			return fmt.Errorf("%w; `make chaos` builds it", err)
		}
		if bytes.Contains(text, []byte(failpoint.EnvVar)) != want {
			return fmt.Errorf("%s: failpoints in it: %t, wanted: %t", name, !want, want)
		}
	}
	return nil
}

// startEngine starts Temporal, with a share of its writes lied about.
func (s *stage) startEngine(ctx context.Context, faults float64) error {
	var err error
	s.engine, err = engineproc.Start(ctx, engineproc.Options{
		Binary: filepath.Join(s.bin, "engine"), PostgresURL: s.cluster.URL("postgres"), Address: s.address, Faults: faults, Log: s.engLog,
		Connections: 20,
	})
	return err
}

// setUp makes the dealer with the product's own commands.
func (s *stage) setUp(ctx context.Context) error {
	policy := filepath.Join(s.dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(shortClocks), 0o600); err != nil {
		return err
	}
	var made struct{ ID, Key string }
	for _, args := range [][]string{
		{"migrate", "up"},
		{"dealer", "add", "--json", "--name", "Chaos Motors", "--policy", policy, "--mail-from", "leads@chaos.example"},
		{"source", "add", "--json", "--code", "website", "--party", "first"},
		{"source", "add", "--json", "--code", "portal", "--party", "third", "--cost", "25"},
		{"key", "add", "--json", "--name", "website", "--source", "website"},
		{"key", "add", "--json", "--name", "portal", "--source", "portal"},
		{"key", "add", "--json", "--name", "integration"},
	} {
		if err := s.run(ctx, &made, args...); err != nil {
			return err
		}
		switch args[0] {
		case "dealer":
			s.dealer = made.ID
		case "key":
			s.keys[args[4]] = made.Key
		}
	}
	for i, p := range s.people {
		if err := s.run(ctx, &made, "user", "add", "--json", "--email", p.Email, "--name", p.Email[:3], "--role", p.Role); err != nil {
			return err
		}
		s.people[i].ID = made.ID
	}
	return nil
}

// run runs a command of the product and reads what it prints as JSON into into.
func (s *stage) run(ctx context.Context, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "chaos", "doorbell"), args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+s.cluster.URL("doorbell"), "TEMPORAL_ADDRESS="+s.address)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("doorbell %s: %w: %s%s", args[0], err, errs.Bytes(), out)
	}
	if len(out) == 0 {
		return nil
	}
	return json.Unmarshal(out, into)
}

// startProduct starts two of each.
func (s *stage) startProduct(ctx context.Context) error {
	for i := range s.serves {
		port, err := loopback.FreePort()
		if err != nil {
			return err
		}
		if s.serves[i], err = s.newProcess("serve", i, loopback.Address(port)); err != nil {
			return err
		}
		if s.workers[i], err = s.newProcess("worker", i, ""); err != nil {
			return err
		}
	}
	for _, p := range s.processes() {
		if err := p.start(""); err != nil {
			return err
		}
	}
	for _, p := range s.serves {
		if err := s.awaitReady(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) processes() []*program {
	return []*program{s.serves[0], s.serves[1], s.workers[0], s.workers[1]}
}

func (s *stage) newProcess(command string, n int, addr string) (*program, error) {
	p := &program{command: command, name: fmt.Sprintf("%s-%d", command, n), addr: addr, path: filepath.Join(s.bin, "chaos", "doorbell")}
	u, err := url.Parse(s.cluster.URL("doorbell"))
	if err != nil {
		return nil, err
	}
	if p.postgres, err = newCable(u.Host); err != nil {
		return nil, err
	}
	u.Host = p.postgres.Address
	if p.temporal, err = newCable(s.address); err != nil {
		return nil, err
	}
	if p.log, err = child.OpenLog(filepath.Join(s.dir, p.name+".log"), logSize); err != nil {
		return nil, err
	}
	// With its own settings and nothing of ours.
	p.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "DATABASE_URL=" + u.String(), "TEMPORAL_ADDRESS=" + p.temporal.Address,
		"DOORBELL_SECRET=a secret of thirty-two characters", "DOORBELL_PUBLIC_URL=http://doorbell.example", "MAIL_FROM=leads@chaos.example",
		"SENDGRID_API_KEY=" + sinkKey, "SENDGRID_BASE_URL=" + s.sink.url, "DOORBELL_DATABASE_CONNECTIONS=12", "LOG_FORMAT=json",
	}
	if addr != "" {
		p.env = append(p.env, "DOORBELL_ADDR="+addr)
	}
	return p, nil
}

// awaitReady waits until an API says that it takes leads.
func (s *stage) awaitReady(ctx context.Context, p *program) error {
	return eventually(ctx, 30*time.Second, p.name+" is ready", func() bool { return s.status(ctx, p, "/readyz") == http.StatusOK })
}

// status asks an API for a page; 0 is no answer.
func (s *stage) status(ctx context.Context, p *program, path string) int {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+path, http.NoBody)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

// close stops everything, whatever state it is in.
func (s *stage) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, p := range s.processes() {
		if p != nil {
			p.close()
		}
	}
	if s.temporal != nil {
		s.temporal.Close()
	}
	if s.pool != nil {
		s.pool.Close()
	}
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Stop(ctx))
	}
	if s.cluster != nil {
		errs = append(errs, s.cluster.Stop(ctx))
	}
	if s.sink != nil {
		s.sink.close()
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "chaos: stopping:", err)
	}
}

// eventually waits for something to be so.
func eventually(ctx context.Context, most time.Duration, what string, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !is() {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%s: not within %s", what, most)
		}
	}
	return nil
}

// pause returns early, with the context's error, when the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
