package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// usageError is a mistake in the command line or the environment.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// settings is everything the engine can be told.
type settings struct {
	postgres    string // URL of a database to connect to when creating the two below
	database    string // Temporal's own store
	visibility  string // Temporal's list of workflows
	connections int    // at most, for each of the two stores
	addr        address
	uiAddr      address // zero: no Web UI
	namespace   string
	retention   time.Duration // how long a closed workflow can still be read
	logLevel    string
	parentStdin bool
	faults      float64 // share of writes that succeed and are reported as timed out; for tests
}

// address is a TCP address to listen on; port 0 takes a free one.
type address struct {
	host string
	port int
}

func (a address) String() string { return net.JoinHostPort(a.host, strconv.Itoa(a.port)) }

// dialable is the address a process on this machine reaches a up on.
func (a address) dialable() string {
	if ip := net.ParseIP(a.host); ip != nil && ip.IsUnspecified() {
		return address{"127.0.0.1", a.port}.String()
	}
	return a.String()
}

func (a address) isZero() bool { return a == address{} }

// mostFaults leaves the server enough luck to start.
const mostFaults = 0.2

// databaseName keeps to names that need no quoting anywhere: the server puts
// them unescaped into its connection strings.
var databaseName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

var logLevels = []string{"debug", "info", "warn", "error"}

// parseSettings reads flags and, for flags not given, the environment. Help
// and the list of flags go to errs.
func parseSettings(args []string, lookup func(string) (string, bool), errs io.Writer) (settings, error) {
	var s settings
	var addr, uiAddr string

	f := flag.NewFlagSet("engine run", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&s.postgres, "postgres", "", "`URL` of the Postgres server; better given as ENGINE_POSTGRES, because it holds the password")
	f.StringVar(&s.database, "database", "doorbell_temporal", "`name` of the database for workflows, created if missing")
	f.StringVar(&s.visibility, "visibility-database", "doorbell_temporal_visibility", "`name` of the database for the list of workflows, created if missing")
	f.IntVar(&s.connections, "connections", 30, "Postgres connections at most, for each of the two databases")
	f.StringVar(&addr, "addr", "127.0.0.1:7233", "`address` to serve Temporal clients on; port 0 takes a free one")
	f.StringVar(&uiAddr, "ui-addr", "127.0.0.1:8233", "`address` to serve the Web UI on; empty for none")
	f.StringVar(&s.namespace, "namespace", "doorbell", "Temporal namespace, registered if missing")
	f.DurationVar(&s.retention, "retention", 30*24*time.Hour, "how long a closed workflow can still be read")
	f.StringVar(&s.logLevel, "log-level", "error", "debug, info, warn or error")
	f.Float64Var(&s.faults, "persistence-faults", 0, "for tests only: this `share` of the writes of workflows is carried out and then reported as timed out")
	f.BoolVar(&s.parentStdin, "parent-stdin", false, "stop when standard input ends")

	if err := parseFlags(f, args, lookup); err != nil {
		return settings{}, err
	}
	var err error
	if s.addr, err = parseAddress("addr", addr); err != nil {
		return settings{}, err
	}
	if uiAddr != "" {
		if s.uiAddr, err = parseAddress("ui-addr", uiAddr); err != nil {
			return settings{}, err
		}
	}
	return s, s.check()
}

// parseFlags sets flags from args, and those that args leave out from the
// environment.
func parseFlags(f *flag.FlagSet, args []string, lookup func(string) (string, bool)) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err.Error()}
	}
	if f.NArg() > 0 {
		return usageError{fmt.Sprintf("unexpected argument %q", f.Arg(0))}
	}
	given := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { given[fl.Name] = true })

	var wrong error
	f.VisitAll(func(fl *flag.Flag) {
		name := "ENGINE_" + strings.ToUpper(strings.ReplaceAll(fl.Name, "-", "_"))
		value, ok := lookup(name)
		if !ok || given[fl.Name] || wrong != nil {
			return
		}
		if err := fl.Value.Set(value); err != nil {
			// The value itself is not repeated: it may hold a password.
			wrong = usageError{name + " has a value that --" + fl.Name + " does not take"}
		}
	})
	return wrong
}

func parseAddress(name, text string) (address, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return address{}, usageError{fmt.Sprintf("--%s %q: write it as host:port, for example 127.0.0.1:7233", name, text)}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if net.ParseIP(host) == nil {
		return address{}, usageError{fmt.Sprintf("--%s %q: the host must be an IP address of this machine", name, text)}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return address{}, usageError{fmt.Sprintf("--%s %q: the port must be a number from 0 to 65535", name, text)}
	}
	return address{host, int(number)}, nil
}

// check refuses settings that the server would trip over later.
func (s settings) check() error {
	if s.postgres == "" {
		return usageError{"no Postgres given: set ENGINE_POSTGRES to a URL such as postgres://user:password@127.0.0.1:5432/postgres"}
	}
	if err := checkPostgresURL(s.postgres); err != nil {
		return err
	}
	for flagName, name := range map[string]string{"database": s.database, "visibility-database": s.visibility} {
		if !databaseName.MatchString(name) {
			return usageError{fmt.Sprintf("--%s %q: use small letters, digits and underscores, at most 63", flagName, name)}
		}
	}
	if s.database == s.visibility {
		return usageError{"--database and --visibility-database must differ"}
	}
	if s.connections < 2 || s.connections > 1000 {
		return usageError{"--connections must be from 2 to 1000"}
	}
	if !(s.faults >= 0 && s.faults <= mostFaults) {
		return usageError{fmt.Sprintf("--persistence-faults must be from 0 to %g, and is for tests only", mostFaults)}
	}
	if s.namespace == "" || strings.HasPrefix(s.namespace, "temporal-") {
		return usageError{"--namespace must not be empty and must not start with temporal-"}
	}
	if s.retention < time.Hour {
		return usageError{"--retention must be at least 1h"}
	}
	if !slices.Contains(logLevels, s.logLevel) {
		return usageError{fmt.Sprintf("--log-level %q: choose one of %s", s.logLevel, strings.Join(logLevels, ", "))}
	}
	return nil
}

// checkPostgresURL takes only URLs with host and port: that is the one form
// the server's own settings can express.
func checkPostgresURL(text string) error {
	wrong := usageError{"ENGINE_POSTGRES must be a URL such as postgres://user:password@127.0.0.1:5432/postgres"}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Hostname() == "" || u.User.Username() == "" {
		return wrong
	}
	if _, err := pgconn.ParseConfig(text); err != nil {
		return wrong
	}
	return nil
}
