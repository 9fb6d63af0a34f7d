// Package localpg runs a private Postgres cluster: for `doorbell dev`, so that
// nobody has to set up a database first, and for the tests, which want a real
// one of their own.
//
// The server programs are the distribution's. The cluster listens on loopback
// only, with a random password, and cannot outlive the process that started
// it.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OldestMajor is the oldest Postgres that Doorbell and Temporal run on.
const OldestMajor = 13

// ErrNotInstalled says that this machine has no Postgres server programs; its
// text says what to install.
var ErrNotInstalled = errors.New("no Postgres server programs on this machine: install them with `apt-get install postgresql`")

// Binaries is one installation of the Postgres server programs.
type Binaries struct {
	Dir   string // where initdb and postgres are
	Major int    // 15 for 15.18
}

func (b Binaries) path(program string) string { return filepath.Join(b.Dir, program) }

// places are where distributions put the server programs, beside PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/lib/postgresql*/bin",
	"/usr/libexec/postgresql*",
	"/usr/local/pgsql/bin",
	"/usr/local/postgresql*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
}

// Find returns the newest Postgres on this machine, or ErrNotInstalled.
func Find(ctx context.Context) (Binaries, error) {
	return find(ctx, places, os.Getenv("PATH"), 0)
}

// find looks for the given major version, or with 0 for the newest one.
func find(ctx context.Context, patterns []string, path string, major int) (Binaries, error) {
	var dirs []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return Binaries{}, fmt.Errorf("look for Postgres in %s: %w", pattern, err)
		}
		dirs = append(dirs, found...)
	}
	dirs = append(dirs, filepath.SplitList(path)...)

	var all []Binaries
	for _, dir := range dirs {
		if b, ok := inspect(ctx, dir); ok && b.Major >= OldestMajor && (major == 0 || b.Major == major) {
			all = append(all, b)
		}
	}
	if len(all) == 0 && major != 0 {
		return Binaries{}, fmt.Errorf("these data were written by Postgres %d, which is not installed: "+
			"install it with `apt-get install postgresql-%d`", major, major)
	}
	if len(all) == 0 {
		return Binaries{}, ErrNotInstalled
	}
	// Stable, so that of two equal ones the distribution's own place wins.
	slices.SortStableFunc(all, func(a, b Binaries) int { return b.Major - a.Major })
	return all[0], nil
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect reports whether dir holds both server programs, and their version.
// Links are followed, because Postgres looks for its libraries beside itself.
func inspect(ctx context.Context, dir string) (Binaries, bool) {
	postgres, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return Binaries{}, false
	}
	dir = filepath.Dir(postgres)
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	line, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return Binaries{}, false
	}
	m := versionLine.FindSubmatch(line)
	if m == nil {
		return Binaries{}, false
	}
	major, err := strconv.Atoi(string(m[1]))
	return Binaries{Dir: dir, Major: major}, err == nil
}

// majorOf reads the version that wrote the data directory.
func majorOf(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("read the version of the Postgres data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the Postgres data in %s: %w", data, err)
	}
	return major, nil
}
