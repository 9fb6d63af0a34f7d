package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func (c *Cluster) dataLink() string     { return filepath.Join(c.Dir, "data") }
func (c *Cluster) passwordFile() string { return filepath.Join(c.Dir, "password") }

// makeDir makes the cluster's directory. As root the server's user must be
// able to pass through it to the data; everything in it has its own mode.
func (c *Cluster) makeDir() error {
	if err := os.MkdirAll(c.Dir, 0o711); err != nil { //nolint:gosec // passing through is what it is for
		return fmt.Errorf("make the Postgres directory: %w", err)
	}
	if c.owner != nil {
		if err := os.Chmod(c.Dir, 0o711); err != nil { //nolint:gosec // passing through is what it is for
			return fmt.Errorf("make the Postgres directory: %w", err)
		}
	}
	return nil
}

// readOrMakePassword returns the superuser's password, made at random the
// first time and kept in a file that only we can read.
func (c *Cluster) readOrMakePassword() (string, error) {
	text, err := os.ReadFile(c.passwordFile())
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the Postgres password: %w", err)
	}
	if _, err := os.Lstat(c.dataLink()); err == nil {
		return "", fmt.Errorf("%s is missing: put it back, or remove %s to begin with an empty database", c.passwordFile(), c.Dir)
	}
	password := rand.Text()
	if err := writeWhole(c.passwordFile(), password+"\n"); err != nil {
		return "", fmt.Errorf("keep the Postgres password: %w", err)
	}
	return password, nil
}

// writeWhole writes a file that is either there in full or not at all.
func writeWhole(path, text string) error {
	half := path + ".new"
	if err := os.WriteFile(half, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(half, path)
}

// initialize makes the data directory beside its final name and moves it
// there when it is complete, so that a process killed in the middle leaves
// nothing that looks like a cluster.
func (c *Cluster) initialize(ctx context.Context, b Binaries) (string, error) {
	place, err := c.dataPlace()
	if err != nil {
		return "", err
	}
	half := filepath.Join(place, "data.new")
	if err := os.RemoveAll(half); err != nil {
		return "", fmt.Errorf("clear away a half-made Postgres cluster: %w", err)
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return "", fmt.Errorf("make the Postgres data directory: %w", err)
	}
	passwordFile := filepath.Join(place, "password.initdb")
	if err := os.WriteFile(passwordFile, []byte(c.password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("hand the password to initdb: %w", err)
	}
	defer func() { _ = os.Remove(passwordFile) }()
	if err := c.owner.give(half, passwordFile); err != nil {
		return "", err
	}

	args := []string{
		"-D", half, "-U", superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
		// Sorted by code point, the same everywhere, but É has a small letter.
		"-E", "UTF8", "--locale", "C", "--lc-ctype", "C.UTF-8",
	}
	if !c.Durable {
		args = append(args, "--no-sync")
	}
	initdb := exec.CommandContext(ctx, b.path("initdb"), args...)
	initdb.Dir, initdb.Env = "/", serverEnv()
	initdb.SysProcAttr = c.owner.procAttr()
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make a Postgres cluster: initdb: %w\n%s", err, strings.TrimSpace(string(out)))
	}

	data := filepath.Join(place, "data")
	if err := os.Rename(half, data); err != nil {
		return "", fmt.Errorf("put the Postgres data in place: %w", err)
	}
	if data != c.dataLink() {
		if err := os.Symlink(data, c.dataLink()); err != nil {
			return "", fmt.Errorf("note where the Postgres data are: %w", err)
		}
	}
	return data, nil
}

// serverEnv is the environment of the server programs: ours, without the
// variables with which libpq would look elsewhere.
func serverEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return append(env, "LC_ALL=C")
}
