package child_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/child"
)

// envParent makes this test program a parent that starts a child and says its
// process id, until somebody kills it.
const envParent = "DOORBELL_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(envParent) == "" {
		os.Exit(m.Run())
	}
	c, err := child.Start(child.Options{
		Name: "sleeper", Path: "/bin/sh", Args: []string{"-c", "exec sleep 600"}, DeathSignal: syscall.SIGTERM,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stdout, c.Pid())
	<-c.Done()
}

func shell(t *testing.T, script string, o child.Options) *child.Child {
	t.Helper()
	o.Name, o.Path, o.Args = "the shell", "/bin/sh", []string{"-c", script}
	c, err := child.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

func TestAChildThatEndsTellsItsLastWords(t *testing.T) {
	t.Parallel()
	c := shell(t, "echo one >&2; echo two >&2; exit 3", child.Options{})
	<-c.Done()
	require.EqualError(t, c.Err(), "the shell ended: exit status 3; its last lines:\n  one\n  two")
}

func TestAChildMayNotEndByItself(t *testing.T) {
	t.Parallel()
	c := shell(t, "exit 0", child.Options{})
	<-c.Done()
	require.EqualError(t, c.Err(), "the shell ended by itself")
}

func TestAChildThatIsAskedToEndIsNoError(t *testing.T) {
	t.Parallel()
	c := shell(t, "exec sleep 600", child.Options{})
	require.NoError(t, c.Err(), "while it runs")
	require.NoError(t, c.Stop(context.Background(), child.Step{Signal: syscall.SIGTERM, Patience: time.Minute}))
	require.NoError(t, c.Err())
}

func TestAChildThatDoesNotListenIsKilled(t *testing.T) {
	t.Parallel()
	var said lines
	c := shell(t, "trap '' TERM; echo deaf; while :; do sleep 1; done", child.Options{Stdout: &said})
	said.await(t, "deaf")
	err := c.Stop(context.Background(), child.Step{Signal: syscall.SIGTERM, Patience: 50 * time.Millisecond})
	require.ErrorContains(t, err, "was killed")
}

func TestAMissingProgramIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := child.Start(child.Options{Name: "nothing", Path: "/does/not/exist"})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestAHeldStdinStaysOpenUntilTheEnd(t *testing.T) {
	t.Parallel()
	var said lines
	c := shell(t, "echo up; cat; echo eof", child.Options{HoldStdin: true, Stdout: &said})
	said.await(t, "up")
	require.NoError(t, c.Stop(context.Background(), child.Step{Signal: syscall.SIGTERM, Patience: time.Minute}))
	require.NotContains(t, said.String(), "eof", "it was the signal that ended it")
}

func TestAChildDiesWithAParentThatIsKilled(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0], "-test.run=^$")
	parent.Env = append(os.Environ(), envParent+"=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, alive(pid))

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.Eventually(t, func() bool { return !alive(pid) }, 10*time.Second, 10*time.Millisecond)
}

// alive reports whether pid runs; one that has ended and is not yet fetched by
// its parent does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// lines collects what a child says.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) await(t *testing.T, word string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(l.String(), word) }, 10*time.Second, 5*time.Millisecond)
}
