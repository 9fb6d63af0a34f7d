package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// patience bounds every wait below; the machine may be busy with other tests.
const patience = 90 * time.Second

// house is a directory with the product's program and its engine, as make
// leaves them, and a place to run it in.
type house struct {
	tb      *testing.T
	program string
	dir     string // the working directory
}

func newHouse(t *testing.T) *house {
	t.Helper()
	engine, err := bed.Engine(t.Context())
	require.NoError(t, err)
	root, err := os.MkdirTemp("", "doorbell-dev-test-") //nolint:usetesting // that one is closed to the user Postgres runs as
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	require.NoError(t, os.Chmod(root, 0o711), "Postgres may run as another user")
	h := &house{tb: t, program: filepath.Join(root, "bin", "doorbell"), dir: filepath.Join(root, "work")}
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o755))
	require.NoError(t, os.Mkdir(h.dir, 0o755))
	require.NoError(t, os.Symlink(engine, filepath.Join(root, "bin", "engine")))
	self, err := os.Executable()
	require.NoError(t, err)
	if os.Link(self, h.program) != nil { // another disk
		text, err := os.ReadFile(self)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(h.program, text, 0o755))
	}
	return h
}

// command prepares a run of the program without any settings of ours.
func (h *house) command(args ...string) *exec.Cmd {
	c := exec.Command(h.program, args...)
	c.Dir = h.dir
	c.Env = []string{envProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + h.dir}
	return c
}

// run runs one command to its end and returns what it printed.
func (h *house) run(args ...string) string {
	h.tb.Helper()
	var errs bytes.Buffer
	c := h.command(args...)
	c.Stderr = &errs
	out, err := c.Output()
	require.NoError(h.tb, err, "%v: %s", args, errs.String())
	return string(out)
}

// living is a dev that runs.
type living struct {
	house *house
	cmd   *exec.Cmd
	state devState
	errs  *tail
	lines chan string // of standard output
	ended chan error
}

// tail collects standard error.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts dev on free ports and returns when it says that it is ready.
func (h *house) start() *living {
	h.tb.Helper()
	l := &living{house: h, errs: &tail{}, lines: make(chan string, 100), ended: make(chan error, 1)}
	l.cmd = h.command("dev", "--addr", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
	l.cmd.Stderr = l.errs
	out, err := l.cmd.StdoutPipe()
	require.NoError(h.tb, err)
	require.NoError(h.tb, l.cmd.Start())
	h.tb.Cleanup(func() { _ = l.cmd.Process.Kill() })
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			l.lines <- lines.Text()
		}
		close(l.lines)
		l.ended <- l.cmd.Wait()
	}()
	select {
	case line := <-l.lines:
		address, found := strings.CutPrefix(line, "doorbell is ready: ")
		require.True(h.tb, found, "%s\n%s", line, l.errs)
		text, err := os.ReadFile(filepath.Join(h.dir, ".doorbell", "dev.json"))
		require.NoError(h.tb, err)
		require.NoError(h.tb, json.Unmarshal(text, &l.state))
		require.Equal(h.tb, address, l.state.URL)
	case <-time.After(patience):
		require.Fail(h.tb, "dev is not ready", l.errs.String())
	}
	return l
}

// end waits for dev to end.
func (l *living) end() error {
	l.house.tb.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		require.Fail(l.house.tb, "dev does not end", l.errs.String())
		return nil
	}
}

// children are the processes that dev started, by the word that their command
// line holds.
func (l *living) children() map[string]int {
	l.house.tb.Helper()
	found := map[string]int{}
	entries, err := os.ReadDir("/proc")
	require.NoError(l.house.tb, err)
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(l.cmd.Process.Pid) {
			continue
		}
		line, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		for _, word := range []string{"engine", "postgres"} {
			if strings.HasSuffix(strings.Split(string(line), "\x00")[0], word) {
				found[word] = pid
			}
		}
	}
	return found
}

// alive reports whether a process runs; one that has ended and is not yet
// fetched does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// get reads a page of the dev.
func (l *living) get(path string) []byte {
	l.house.tb.Helper()
	response, err := http.Get(l.state.URL + path)
	require.NoError(l.house.tb, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(l.house.tb, http.StatusOK, response.StatusCode, path)
	body, err := io.ReadAll(response.Body)
	require.NoError(l.house.tb, err)
	return body
}

// post posts a lead of testdata and returns its id.
func (l *living) post(file, source string) string {
	l.house.tb.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", "leads", file))
	require.NoError(l.house.tb, err)
	var receipts gen.ADFReceipt
	var one gen.LeadReceipt
	answer := []byte(l.house.run("lead", "post", "--json", "--source", source, path))
	require.NoError(l.house.tb, json.Unmarshal(answer, &receipts))
	require.NoError(l.house.tb, json.Unmarshal(answer, &one))
	if len(receipts.Leads) > 0 {
		one = receipts.Leads[0]
	}
	return one.ID.String()
}

// awaitMail returns when the customer has his mail.
func (l *living) awaitMail(lead, to string) {
	l.house.tb.Helper()
	require.Eventually(l.house.tb, func() bool {
		var mails []message.MailboxMail
		require.NoError(l.house.tb, json.Unmarshal(l.get("/dev/mail.json?to="+url.QueryEscape(to)), &mails))
		for _, m := range mails {
			if m.LeadID == lead {
				return true
			}
		}
		return false
	}, patience, 50*time.Millisecond, "%s", l.errs)
}

// requireRunning fails unless the lead's workflow runs and its timeline is
// there.
func (l *living) requireRunning(lead string) {
	l.house.tb.Helper()
	c, err := client.Dial(client.Options{HostPort: l.state.TemporalAddress, Namespace: l.state.Namespace})
	require.NoError(l.house.tb, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(l.house.tb.Context(), patience)
	defer cancel()
	about, err := c.DescribeWorkflowExecution(ctx, workflows.ID(lead), "")
	require.NoError(l.house.tb, err)
	require.Equal(l.house.tb, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, about.GetWorkflowExecutionInfo().GetStatus())

	var found shown
	require.NoError(l.house.tb, json.Unmarshal([]byte(l.house.run("lead", "show", "--json", lead)), &found))
	require.Equal(l.house.tb, lead, found.Lead.ID.String())
	require.Equal(l.house.tb, gen.LeadStatus("open"), found.Lead.Status)
	require.NotEmpty(l.house.tb, found.Timeline)
}

func requireGone(t *testing.T, children map[string]int) {
	t.Helper()
	require.Len(t, children, 2)
	for name, pid := range children {
		require.Eventually(t, func() bool { return !alive(pid) }, 30*time.Second, 20*time.Millisecond, "%s outlives dev", name)
	}
}

// One long test, because a machine carries only one of these at a time.
func TestDevLivesAndSurvivesKill9(t *testing.T) {
	t.Parallel()
	h := newHouse(t)

	// A newcomer starts it, posts leads and sees the mails.
	first := h.start()
	web := first.post("web-test-drive.json", "website")
	adf := first.post("adf-plain.xml", "portal")
	first.awaitMail(web, "jan.deboer@customer.example")
	first.awaitMail(adf, "fatima.bakker@customer.example")
	require.Len(t, first.state.Users, 8)
	require.Contains(t, h.run("doctor"), "workers")
	require.Contains(t, h.run("lead", "show", web), "Renault Captur")

	// Nobody else runs in the same directory.
	second := h.command("dev", "--addr", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0")
	out, err := second.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, exitFailed, exit.ExitCode())
	require.Contains(t, string(out), "runs already in .doorbell, process "+strconv.Itoa(first.cmd.Process.Pid))

	// Killed, it takes its children along.
	children := first.children()
	require.NoError(t, first.cmd.Process.Kill())
	require.Error(t, first.end())
	requireGone(t, children)

	// The next one goes on where it was.
	next := h.start()
	require.Equal(t, first.state.APIKeys, next.state.APIKeys)
	require.Equal(t, first.state.Users, next.state.Users)
	next.requireRunning(web)
	next.requireRunning(adf)

	// A child that crashes comes back, and work goes on.
	children = next.children()
	require.NoError(t, syscall.Kill(children["engine"], syscall.SIGKILL))
	require.Eventually(t, func() bool { return strings.Contains(next.errs.String(), "Temporal runs again") }, patience, 20*time.Millisecond, "%s", next.errs)
	used := next.post("portal-used.json", "portal")
	next.awaitMail(used, "s.jansen@customer.example")
	next.requireRunning(used)
	require.NoError(t, syscall.Kill(children["postgres"], syscall.SIGKILL))
	require.Eventually(t, func() bool { return strings.Contains(next.errs.String(), "Postgres runs again") }, patience, 20*time.Millisecond, "%s", next.errs)
	require.Eventually(t, func() bool {
		response, err := http.Get(next.state.URL + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		return response.StatusCode == http.StatusOK
	}, patience, 50*time.Millisecond)
	next.requireRunning(web)

	// Asked to stop it leaves nothing behind but its data.
	children = next.children()
	require.NoError(t, next.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, next.end(), "%s", next.errs)
	requireGone(t, children)
	require.Contains(t, next.errs.String(), "stopped; the data stay in .doorbell")
	_, more := <-next.lines
	require.False(t, more, "standard output holds the one line only")
}

func TestDevSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	listener, err := listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	_, port, _ := strings.Cut(listener.Addr().String(), ":")

	c := h.command("dev", "--addr", "127.0.0.1:"+port, "--temporal-port", port, "--ui-port", "0")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, exitFailed, exit.ExitCode())
	require.Contains(t, string(out), "port "+port+" is taken by another program: the API and the pages are to listen there")
	require.Contains(t, string(out), "port "+port+" is taken by another program: Temporal is to listen there")
	require.Contains(t, string(out), "make run ARGS='--addr 127.0.0.1:")
	require.NoDirExists(t, filepath.Join(h.dir, ".doorbell", "postgres"), "nothing was started")
}
