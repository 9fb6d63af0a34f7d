package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// ErrInUse says that another living process runs the cluster of a directory.
var ErrInUse = errors.New("another process runs the Postgres of this directory")

// lockDir makes this process the only one that runs the cluster. The kernel
// gives the lock up when the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the Postgres directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := file.Read(holder)
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: process %s in %s; stop that one first", ErrInUse, strings.TrimSpace(string(holder[:n])), dir)
		}
		return nil, fmt.Errorf("lock the Postgres directory: %w", err)
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the Postgres directory: %w", err), file.Close())
	}
	return file, nil
}

// unlockDir lets others run the cluster. To close the file is not enough: a program
// that is being started in this moment holds a copy of it until it runs.
func unlockDir(lock *os.File) error {
	return errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_UN), lock.Close())
}

// stopOrphan ends a server that still runs on the data although the process
// that started it is gone, and removes the pid file of one that does not run.
// We hold the directory's lock, so it is nobody else's. Postgres itself would
// refuse to start when the number in a stale file now belongs to any other
// process of its user. Where there is no /proc to look into, it decides.
func stopOrphan(ctx context.Context, data string) error {
	path := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for an earlier Postgres: %w", err)
	}
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		return nil //nolint:nilerr // not Linux
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !runsOn(pid, data) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove a stale pid file: %w", err)
		}
		return nil
	}
	for _, step := range fastShutdown {
		if err := syscall.Kill(pid, step.Signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop an earlier Postgres, process %d: %w", pid, err)
		}
		gone, err := awaitEnd(ctx, pid, data, step.Patience)
		if gone || err != nil {
			return err
		}
	}
	return fmt.Errorf("an earlier Postgres, process %d, does not stop: end it by hand and start again", pid)
}

// runsOn reports whether process pid is a server on the data directory. A
// server's working directory is its data directory.
func runsOn(pid int, data string) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && cwd == data
}

func awaitEnd(ctx context.Context, pid int, data string, patience time.Duration) (bool, error) {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if !runsOn(pid, data) {
			return true, nil
		}
		if err := lull.For(ctx, 20*time.Millisecond); err != nil {
			return false, err
		}
	}
	return false, nil
}
