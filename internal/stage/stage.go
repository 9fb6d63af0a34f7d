// Package stage runs the whole product as its users do, for programs that drive
// it from outside: Postgres, Temporal, any number of `doorbell serve` and
// `doorbell worker`, and a provider of mail. The dealer, his sources, keys and
// staff are made with the product's own commands.
package stage

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
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/localpg"
	"github.com/doorbell-ilm/doorbell/internal/loopback"
	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// Namespace is Temporal's, and Database the product's in Postgres.
const (
	Namespace = "doorbell"
	Database  = "doorbell"
)

// logSize is how large each log may grow, in bytes; one older file stays beside
// it.
const logSize = 32 << 20

// Options say what is started.
type Options struct {
	Dir     string // everything is kept here; it is there and empty
	Engine  string // path of the engine
	Program string // path of doorbell
	Name    string // of the dealer; people are in NAME.example
	Policy  string // the dealer's, as YAML
	Keys    []Key  // to be made besides the one that may do everything, integration

	Serves, Workers int

	Durable           bool     // Postgres waits for the disk
	Connections       int      // that Postgres takes in all
	EngineConnections int      // that the engine takes, for each of its databases
	Library           string   // that Postgres loads and has an extension of; left out where it is not installed
	Mail              string   // address of the provider of mail
	Env               []string // more settings of each process of the product

	// Line returns the address at which a process reaches a server; nil is the
	// server's own.
	Line func(process, server string) (string, error)
}

// Key is an API key that posts leads of a source.
type Key struct{ Name, Source string }

// Person is somebody of the staff.
type Person struct{ Email, Role, ID, Password string }

// Stage is everything that runs.
type Stage struct {
	Cluster  *localpg.Cluster
	Pool     *pgxpool.Pool // of the product's database, as its owner
	Temporal client.Client
	Address  string // of Temporal
	Engine   *engineproc.Engine
	Serves   []*Process
	Workers  []*Process

	Keys   map[string]string // by name
	People []Person          // three of them sell, then a sales manager and a general manager
	Dealer string
	Loaded bool // the library is

	o      Options
	engLog *child.LogFile
}

// Open starts everything and returns when the product takes leads. Close what
// it returns also when there was an error.
func Open(ctx context.Context, o Options) (*Stage, error) {
	s := &Stage{o: o, Keys: map[string]string{}}
	for _, p := range []Person{
		{Email: "sam", Role: "salesperson"},
		{Email: "tess", Role: "salesperson"},
		{Email: "uma", Role: "salesperson"},
		{Email: "max", Role: "sales_manager"},
		{Email: "gwen", Role: "general_manager"},
	} {
		p.Email += "@" + o.Name + ".example"
		s.People = append(s.People, p)
	}
	if s.o.Line == nil {
		s.o.Line = func(_, server string) (string, error) { return server, nil }
	}
	for _, step := range []func(context.Context) error{s.openPostgres, s.openTemporal, s.setUp, s.startProduct} {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Stage) openPostgres(ctx context.Context) error {
	port, err := loopback.FreePort()
	if err != nil {
		return err
	}
	s.Cluster = &localpg.Cluster{Dir: filepath.Join(s.o.Dir, "postgres"), Port: port, MaxConnections: s.o.Connections, Durable: s.o.Durable}
	if err := s.Cluster.Start(ctx); err != nil {
		return err
	}
	if err := s.Cluster.CreateDatabase(ctx, Database); err != nil {
		return err
	}
	if s.Pool, err = pgxpool.New(ctx, s.Cluster.URL(Database)); err != nil || s.o.Library == "" {
		return err
	}
	return s.load(ctx, s.o.Library)
}

// load has Postgres load a library, for which it must start anew.
func (s *Stage) load(ctx context.Context, library string) error {
	var there bool
	err := s.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)`, library).Scan(&there)
	if err != nil || !there {
		return err
	}
	if _, err := s.Pool.Exec(ctx, `ALTER SYSTEM SET shared_preload_libraries = `+library); err != nil {
		return fmt.Errorf("have Postgres load %s: %w", library, err)
	}
	s.Pool.Reset()
	if err := s.Cluster.Stop(ctx); err != nil {
		return err
	}
	if err := s.Cluster.Start(ctx); err != nil {
		return err
	}
	if _, err := s.Pool.Exec(ctx, `CREATE EXTENSION `+library); err != nil {
		return fmt.Errorf("make the extension %s: %w", library, err)
	}
	s.Loaded = true
	return nil
}

func (s *Stage) openTemporal(ctx context.Context) error {
	port, err := loopback.FreePort()
	if err != nil {
		return err
	}
	s.Address = loopback.Address(port)
	if s.engLog, err = child.OpenLog(filepath.Join(s.o.Dir, "engine.log"), logSize); err != nil {
		return err
	}
	if err := s.StartEngine(ctx, 0); err != nil {
		return err
	}
	s.Temporal, err = client.NewLazyClient(client.Options{
		HostPort: s.Address, Namespace: Namespace, Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	return err
}

// StartEngine starts Temporal, with a share of its writes lied about.
func (s *Stage) StartEngine(ctx context.Context, faults float64) error {
	var err error
	s.Engine, err = engineproc.Start(ctx, engineproc.Options{
		Binary: s.o.Engine, PostgresURL: s.Cluster.URL("postgres"), Address: s.Address, Faults: faults, Log: s.engLog,
		Connections: s.o.EngineConnections,
	})
	return err
}

// setUp makes the dealer with the product's own commands.
func (s *Stage) setUp(ctx context.Context) error {
	policy := filepath.Join(s.o.Dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(s.o.Policy), 0o600); err != nil {
		return err
	}
	var made struct{ ID, Key, Password string }
	commands := [][]string{
		{"migrate", "up"},
		{"dealer", "add", "--json", "--name", strings.ToUpper(s.o.Name[:1]) + s.o.Name[1:] + " Motors", "--policy", policy, "--mail-from", s.mailFrom()},
		{"source", "add", "--json", "--code", "website", "--party", "first"},
		{"source", "add", "--json", "--code", "portal", "--party", "third", "--cost", "25"},
		{"key", "add", "--json", "--name", "integration"},
	}
	for _, k := range s.o.Keys {
		commands = append(commands, []string{"key", "add", "--json", "--name", k.Name, "--source", k.Source})
	}
	for _, args := range commands {
		if err := s.Run(ctx, &made, args...); err != nil {
			return err
		}
		switch args[0] {
		case "dealer":
			s.Dealer = made.ID
		case "key":
			s.Keys[args[4]] = made.Key
		}
	}
	for i, p := range s.People {
		name, _, _ := strings.Cut(p.Email, "@")
		if err := s.Run(ctx, &made, "user", "add", "--json", "--email", p.Email, "--name", name, "--role", p.Role); err != nil {
			return err
		}
		s.People[i].ID, s.People[i].Password = made.ID, made.Password
	}
	return nil
}

func (s *Stage) mailFrom() string { return "leads@" + s.o.Name + ".example" }

// Run runs a command of the product and reads what it prints as JSON into into.
func (s *Stage) Run(ctx context.Context, into any, args ...string) error {
	return s.RunOn(ctx, Database, into, args...)
}

// RunOn is Run on another database of the same Postgres.
func (s *Stage) RunOn(ctx context.Context, database string, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, s.o.Program, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+s.Cluster.URL(database), "TEMPORAL_ADDRESS="+s.Address)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("doorbell %s: %w: %s%s", args[0], err, errs.Bytes(), out)
	}
	if len(out) == 0 || into == nil {
		return nil
	}
	return json.Unmarshal(out, into)
}

func (s *Stage) startProduct(ctx context.Context) error {
	for range s.o.Serves {
		if _, err := s.newProcess("serve"); err != nil {
			return err
		}
	}
	for range s.o.Workers {
		if _, err := s.newProcess("worker"); err != nil {
			return err
		}
	}
	for _, p := range s.Processes() {
		if err := p.Start(); err != nil {
			return err
		}
	}
	for _, p := range s.Serves {
		if err := s.AwaitReady(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Add starts one more serve or worker.
func (s *Stage) Add(ctx context.Context, command string) error {
	p, err := s.newProcess(command)
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil || p.Addr == "" {
		return err
	}
	return s.AwaitReady(ctx, p)
}

// Remove stops the last serve or worker for good.
func (s *Stage) Remove(ctx context.Context, command string) error {
	list := &s.Serves
	if command == "worker" {
		list = &s.Workers
	}
	p := (*list)[len(*list)-1]
	*list = (*list)[:len(*list)-1]
	err := p.Stop(ctx)
	p.close()
	return err
}

// Processes are those of the product.
func (s *Stage) Processes() []*Process {
	return append(append([]*Process{}, s.Serves...), s.Workers...)
}

func (s *Stage) newProcess(command string) (*Process, error) {
	list := &s.Workers
	if command == "serve" {
		list = &s.Serves
	}
	p := &Process{Command: command, Name: fmt.Sprintf("%s-%d", command, len(*list)), path: s.o.Program}
	u, err := url.Parse(s.Cluster.URL(Database))
	if err != nil {
		return nil, err
	}
	if u.Host, err = s.o.Line(p.Name, u.Host); err != nil {
		return nil, err
	}
	temporal, err := s.o.Line(p.Name, s.Address)
	if err != nil {
		return nil, err
	}
	if p.log, err = child.OpenLog(filepath.Join(s.o.Dir, p.Name+".log"), logSize); err != nil {
		return nil, err
	}
	// With its own settings and nothing of ours.
	p.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.o.Dir, "DATABASE_URL=" + u.String(), "TEMPORAL_ADDRESS=" + temporal,
		"DOORBELL_SECRET=a secret of thirty-two characters", "DOORBELL_PUBLIC_URL=http://doorbell.example", "MAIL_FROM=" + s.mailFrom(),
		"SENDGRID_API_KEY=" + SinkKey, "SENDGRID_BASE_URL=" + s.o.Mail, "LOG_FORMAT=json",
	}, s.o.Env...)
	if command == "serve" {
		port, err := loopback.FreePort()
		if err != nil {
			return nil, errors.Join(err, p.log.Close())
		}
		p.Addr = loopback.Address(port)
		p.Env = append(p.Env, "DOORBELL_ADDR="+p.Addr)
	}
	*list = append(*list, p)
	return p, nil
}

// AwaitReady waits until an API says that it takes leads.
func (s *Stage) AwaitReady(ctx context.Context, p *Process) error {
	return Eventually(ctx, 30*time.Second, p.Name+" is ready", func() bool { return p.Status(ctx, "/readyz") == http.StatusOK })
}

// Close stops everything, whatever state it is in.
func (s *Stage) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, p := range s.Processes() {
		p.close()
	}
	if s.Temporal != nil {
		s.Temporal.Close()
	}
	if s.Pool != nil {
		s.Pool.Close()
	}
	var errs []error
	if s.Engine != nil {
		errs = append(errs, s.Engine.Stop(ctx))
	}
	if s.engLog != nil {
		errs = append(errs, s.engLog.Close())
	}
	if s.Cluster != nil {
		errs = append(errs, s.Cluster.Stop(ctx))
	}
	return errors.Join(errs...)
}

// Eventually waits for something to be so.
func Eventually(ctx context.Context, most time.Duration, what string, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !is() {
		if err := lull.For(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%s: not within %s", what, most)
		}
	}
	return nil
}

// drain reads an answer to its end, so that its connection is used again.
func drain(answer *http.Response) {
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
}
