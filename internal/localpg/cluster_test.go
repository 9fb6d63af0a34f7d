package localpg

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/child"
	"github.com/doorbell-ilm/doorbell/internal/loopback"
)

// envParent makes this test program start the cluster of the directory it
// names and say the server's process id, until somebody kills it.
const envParent = "DOORBELL_TEST_PARENT"

func TestMain(m *testing.M) {
	dir := os.Getenv(envParent)
	if dir == "" {
		os.Exit(m.Run())
	}
	c := &Cluster{Dir: dir}
	if err := c.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stdout, c.Pid())
	<-c.Done()
}

// clusterDir is a new directory that also the server's user can enter.
func clusterDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "doorbell-localpg-") //nolint:usetesting // its parent would be closed under a strict umask
	require.NoError(t, err)
	require.NoError(t, os.Chmod(parent, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(parent)) })
	return filepath.Join(parent, "postgres")
}

func startCluster(t *testing.T, c *Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, c.Start(ctx))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
}

// keep writes a row, and kept reads it back: the data survived.
func keep(t *testing.T, c *Cluster) {
	t.Helper()
	require.NoError(t, c.CreateDatabase(t.Context(), "doorbell"))
	query(t, c, `CREATE TABLE kept AS SELECT 42 AS n`)
}

func kept(t *testing.T, c *Cluster) {
	t.Helper()
	require.Equal(t, "42", query(t, c, `SELECT n::text FROM kept`))
}

func query(t *testing.T, c *Cluster, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URL("doorbell"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(found, ",")
}

func TestClusterKeepsItsDataAndItsPassword(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	first := &Cluster{Dir: dir, Durable: true, MaxConnections: 50}
	startCluster(t, first)
	keep(t, first)
	require.Equal(t, "on", query(t, first, `SHOW fsync`))
	require.Equal(t, "50", query(t, first, `SHOW max_connections`))
	require.Equal(t, "é,É", query(t, first, `SELECT lower('É') || ',' || upper('é')`), "letters of every language have their case")
	require.NoError(t, first.CreateDatabase(t.Context(), "doorbell"), "a second time is fine")
	require.NoError(t, first.Stop(context.Background()))

	info, err := os.Stat(filepath.Join(dir, "password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	second := &Cluster{Dir: dir}
	startCluster(t, second)
	kept(t, second)
	require.Equal(t, "off", query(t, second, `SHOW fsync`))
	_, err = pgx.Connect(t.Context(), strings.Replace(second.URL("doorbell"), second.password, "wrong", 1))
	require.ErrorContains(t, err, "password authentication failed")
}

func TestClusterLogsNoStatements(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	require.NoError(t, c.CreateDatabase(t.Context(), "doorbell"))
	conn, err := pgx.Connect(t.Context(), c.URL("doorbell"))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE TABLE person (mail text UNIQUE); INSERT INTO person VALUES ('secret@demo.example')`)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `INSERT INTO person VALUES ('secret@demo.example')`)
	require.Error(t, err)
	require.NoError(t, conn.Close(t.Context()))
	require.NoError(t, c.Stop(context.Background()))

	log, err := os.ReadFile(filepath.Join(c.Dir, "postgres.log"))
	require.NoError(t, err)
	require.Contains(t, string(log), "duplicate key")
	require.NotContains(t, string(log), "secret")
}

func TestClusterStartsAgainAfterTheServerIsKilled(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	keep(t, c)

	require.NoError(t, syscall.Kill(c.Pid(), syscall.SIGKILL))
	<-c.Done()
	require.ErrorContains(t, c.Err(), "Postgres ended: signal: killed")
	require.NoError(t, c.Stop(context.Background()))

	again := &Cluster{Dir: c.Dir}
	startCluster(t, again)
	kept(t, again)
}

func TestClusterEndsWithAParentThatIsKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	parent := exec.Command(os.Args[0], "-test.run=^$")
	parent.Env = append(os.Environ(), envParent+"="+dir)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	data := filepath.Join(dir, "data")
	require.True(t, runsOn(pid, data))

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()

	// At once, while the old server may still be on its way out.
	startCluster(t, &Cluster{Dir: dir})
	require.False(t, runsOn(pid, data))
}

func TestClusterStopsAServerThatWasLeftBehind(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	keep(t, c)
	require.NoError(t, c.Stop(context.Background()))

	b, err := Find(t.Context())
	require.NoError(t, err)
	data := c.dataLink()
	orphan, err := child.Start(child.Options{
		Name: "orphan", Path: b.path("postgres"), Args: c.arguments(data), Env: serverEnv(), Dir: "/", Credential: c.owner.credential(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = orphan.Stop(context.Background()) })
	require.NoError(t, c.awaitReady(t.Context(), orphan))

	again := &Cluster{Dir: c.Dir}
	startCluster(t, again)
	kept(t, again)
	<-orphan.Done()
}

// A pid file from before a reboot can name a process that now is something
// else; it must neither be stopped nor keep the cluster from starting.
func TestClusterIgnoresAPidFileThatNamesAnotherProcess(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	require.NoError(t, c.Stop(context.Background()))

	other := exec.Command("sleep", "600")
	other.SysProcAttr = c.owner.procAttr()
	require.NoError(t, other.Start())
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	stale := filepath.Join(c.dataLink(), "postmaster.pid")
	require.NoError(t, os.WriteFile(stale, fmt.Appendf(nil, "%d\n%s\n", other.Process.Pid, c.dataLink()), 0o600))
	require.NoError(t, c.owner.give(stale))

	startCluster(t, &Cluster{Dir: c.Dir})
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", other.Process.Pid))
	require.NoError(t, err)
	require.False(t, bytes.Contains(stat, []byte(") Z ")), "the other process was not touched")
}

func TestClusterForgetsAHalfMadeOne(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o711))
	startCluster(t, &Cluster{Dir: dir})
	require.NoDirExists(t, filepath.Join(dir, "data.new"))
	require.NoFileExists(t, filepath.Join(dir, "password.initdb"))
}

func listensOn(t *testing.T, l net.Listener) int {
	t.Helper()
	_, text, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}

func TestClusterNamesATakenPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", loopback.Address(0))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	port := listensOn(t, l)

	c := &Cluster{Dir: clusterDir(t), Port: port}
	err = c.Start(t.Context())
	require.ErrorIs(t, err, loopback.ErrTaken)
	require.ErrorContains(t, err, strconv.Itoa(port))

	require.NoError(t, l.Close())
	startCluster(t, c)
	require.Contains(t, c.URL("doorbell"), loopback.Address(port))
}

func TestClusterIsRunByOneProcess(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	err := (&Cluster{Dir: c.Dir}).Start(t.Context())
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, strconv.Itoa(os.Getpid()))
}

func TestClusterSaysThatItsPasswordIsMissing(t *testing.T) {
	t.Parallel()
	c := &Cluster{Dir: clusterDir(t)}
	startCluster(t, c)
	require.NoError(t, c.Stop(context.Background()))

	require.NoError(t, os.WriteFile(c.passwordFile(), []byte("another\n"), 0o600))
	require.ErrorContains(t, (&Cluster{Dir: c.Dir}).Start(t.Context()), "does not fit")
	require.NoError(t, os.Remove(c.passwordFile()))
	require.ErrorContains(t, (&Cluster{Dir: c.Dir}).Start(t.Context()), "is missing")
}

func TestClusterGivesItsDirectoryUpWhileAnotherProgramStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := lockDir(dir)
	require.NoError(t, err)
	copied, err := syscall.Dup(int(lock.Fd())) // as a child has it until it runs its program
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(copied) })

	require.NoError(t, unlockDir(lock))
	lock, err = lockDir(dir)
	require.NoError(t, err)
	require.NoError(t, unlockDir(lock))
}

func TestClusterUnderAClosedDirectory(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root starts Postgres as another user")
	}
	open, closed := filepath.Dir(clusterDir(t)), filepath.Dir(clusterDir(t))
	require.NoError(t, os.Chmod(closed, 0o700))

	c := &Cluster{Dir: filepath.Join(closed, "postgres"), shared: filepath.Join(open, "shared")}
	startCluster(t, c)
	keep(t, c)
	require.NoError(t, c.Stop(context.Background()))
	data, err := filepath.EvalSymlinks(c.dataLink())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(data, open))

	again := &Cluster{Dir: c.Dir, shared: c.shared}
	startCluster(t, again)
	kept(t, again)

	nowhere := &Cluster{Dir: filepath.Join(closed, "second"), shared: filepath.Join(again.passwordFile(), "x")}
	err = nowhere.Start(t.Context())
	require.ErrorContains(t, err, "cannot enter "+closed)
	require.ErrorContains(t, err, "chmod o+x "+closed)
}
