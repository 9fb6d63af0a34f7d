package bed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// moduleLine begins the go.mod at the root of the project.
const moduleLine = "module github.com/doorbell-ilm/doorbell\n"

// Engine returns the path of bin/engine, which is built if it is missing. Of
// several processes that need it one builds and the others wait.
func Engine(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(root, "bin", "engine")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return "", fmt.Errorf("build bin/engine: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(root, "bin", ".engine.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("build bin/engine: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("wait for the build of bin/engine: %w", err)
	}
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}

	fmt.Fprintln(os.Stderr, "building bin/engine, the Temporal server; the first time takes about 4 minutes")
	build := exec.CommandContext(ctx, "make", "-C", root, "bin/engine")
	build.Env = withoutMake(os.Environ())
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build bin/engine: %w\n%s", err, bytes.TrimSpace(out))
	}
	return binary, nil
}

// withoutMake takes out what an outer make tells to inner ones.
func withoutMake(env []string) []string {
	var kept []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, "MAKE") && !strings.HasPrefix(kv, "MFLAGS=") {
			kept = append(kept, kv)
		}
	}
	return kept
}

// Root is the directory of the project, found from the working directory up.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the root of the project: %w", err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), moduleLine) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the root of the project: run this inside the project's directory")
		}
		dir = parent
	}
}
