package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/smtptest"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// launched is the product's program in a process of its own.
type launched struct {
	t     *testing.T
	cmd   *exec.Cmd
	errs  *tail
	ended chan error
}

// launch starts the program with settings and more of them.
func launch(t *testing.T, env, more map[string]string, args ...string) *launched {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(self, args...)
	c.Env = []string{envProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	for _, settings := range []map[string]string{env, more} {
		for name, value := range settings {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	p := &launched{t: t, cmd: c, errs: &tail{}, ended: make(chan error, 1)}
	c.Stderr = p.errs
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill() })
	go func() { p.ended <- c.Wait() }()
	return p
}

// terminated tells the process to end, as whoever rolls out a release does, and
// waits until it has done so in good order.
func (p *launched) terminated() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.ended:
		require.NoError(p.t, err, p.errs.String())
	case <-time.After(patience):
		require.Fail(p.t, "it does not stop", p.errs.String())
	}
}

// doors are several servers with what stands in front of them: it looks ten
// times a second which of them are ready, and asks one of those, as a load
// balancer does. No request is ever sent twice.
type doors struct {
	t     *testing.T
	urls  []string
	ready []atomic.Bool
	key   string
}

// look sees which servers are ready, until it is told to stop.
func (d *doors) look(ctx context.Context) {
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for ctx.Err() == nil {
		for i, url := range d.urls {
			answer, err := http.Get(url + "/readyz")
			if err == nil {
				_ = answer.Body.Close()
			}
			d.ready[i].Store(err == nil && answer.StatusCode == http.StatusOK)
		}
		<-pace.C
	}
}

// awaitReady waits until all of them are.
func (d *doors) awaitReady() {
	d.t.Helper()
	require.Eventually(d.t, func() bool {
		for i := range d.ready {
			if !d.ready[i].Load() {
				return false
			}
		}
		return true
	}, patience, 20*time.Millisecond)
}

// post returns the answer and what it said.
func (d *doors) post(path, key string, body any, turn int) (int, map[string]any) {
	d.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(d.t, err)
	door := turn % len(d.urls)
	for range d.urls {
		if !d.ready[door].Load() {
			door = (door + 1) % len(d.urls)
		}
	}
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.urls[door]+path, bytes.NewReader(text))
	require.NoError(d.t, err)
	request.Header.Set("Authorization", "Bearer "+d.key)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	request.Close = true // each a connection of its own: a kept one may be closed while it is used
	answer, err := http.DefaultClient.Do(request)
	require.NoError(d.t, err, "whoever is ready answers")
	said, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err, "in full")
	require.NoError(d.t, answer.Body.Close())
	var read map[string]any
	_ = json.Unmarshal(said, &read)
	return answer.StatusCode, read
}

// load posts leads and has each one before it called, until it is told to stop.
type load struct {
	doors *doors
	mu    sync.Mutex
	leads []string
}

func (l *load) taken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.leads)
}

func (l *load) count() int { return len(l.taken()) }

func (l *load) run(ctx context.Context) {
	pace := time.NewTicker(50 * time.Millisecond) // enough for the machine and its other tests
	defer pace.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		<-pace.C
		status, answer := l.doors.post("/v1/leads", uuid.NewString(), map[string]any{"source": "website", "customer": map[string]any{
			"last_name": fmt.Sprintf("Boer%d", n), "email": fmt.Sprintf("c%d@customer.example", n),
		}}, n)
		if status != http.StatusAccepted {
			l.doors.t.Errorf("lead %d was not taken: %d %v", n, status, answer)
			return
		}
		l.mu.Lock()
		l.leads = append(l.leads, fmt.Sprint(answer["id"]))
		l.mu.Unlock()
	}
}

// called logs a call to the lead, asking again with the same key while nobody
// answers for it.
func (l *load) called(id string, turn int) {
	t, key := l.doors.t, uuid.NewString()
	t.Helper()
	require.Eventually(t, func() bool {
		status, answer := l.doors.post("/v1/leads/"+id+"/attempts", key,
			map[string]any{"actor": "sam@oost.example", "channel": "phone", "direction": "out", "outcome": "no_answer"}, turn)
		if status != http.StatusOK {
			require.Contains(t, []int{http.StatusServiceUnavailable, http.StatusConflict}, status, answer)
		}
		return status == http.StatusOK
	}, patience, 50*time.Millisecond)
}

// A new build takes over while leads come in: no lead is refused or lost, none
// is answered twice, and those that began on the old build go on under the new
// one. The servers change one after the other meanwhile.
func TestAReleaseUnderLoad(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, testkit.Temporal(t))
	mail := smtptest.New(t)
	env["SMTP_URL"], env["DOORBELL_STOP_NOTICE"] = mail.URL(), "2s"
	first, second := maps.Clone(env), maps.Clone(env)
	second["DOORBELL_ADDR"] = fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	for _, args := range [][]string{
		{"dealer", "add", "--name", "Garage Oost"},
		{"source", "add", "--code", "website", "--party", "first"},
		{"user", "add", "--email", "sam@oost.example", "--name", "Sam", "--role", "salesperson"},
	} {
		got := doorbell(t, env, "", args...)
		require.Equal(t, exitDone, got.code, got.errs)
	}
	key := strings.TrimSpace(doorbell(t, env, "", "key", "add", "--name", "test", "--scope", "integration").out)
	l := &load{doors: &doors{
		t: t, urls: []string{"http://" + first["DOORBELL_ADDR"], "http://" + second["DOORBELL_ADDR"]}, ready: make([]atomic.Bool, 2), key: key,
	}}

	serveOne, serveTwo := launch(t, first, nil, "serve"), launch(t, second, nil, "serve")
	awaitHealth(t, first)
	awaitHealth(t, second)
	workerOne := launch(t, env, map[string]string{"DOORBELL_BUILD_ID": "1.0"}, "worker")
	require.Eventually(t, func() bool { _, said, _ := diagnosis(t, env); return said["builds"] == bad }, patience, 200*time.Millisecond,
		"a build that nobody promoted works nothing, and the doctor says so")
	got := doorbell(t, env, "", "release", "promote", "1.0")
	require.Equal(t, exitDone, got.code, got.errs)
	_, said, _ := diagnosis(t, env)
	require.Equal(t, fine, said["builds"])

	looking, stopLooking := context.WithCancel(t.Context())
	var looked sync.WaitGroup
	looked.Go(func() { l.doors.look(looking) })
	defer looked.Wait()
	defer stopLooking()
	l.doors.awaitReady()
	posting, stop := context.WithCancel(t.Context())
	posted := make(chan struct{})
	go func() { defer close(posted); l.run(posting) }()
	// more waits until so many more leads have come in.
	more := func(n int) {
		n += l.count()
		require.Eventually(t, func() bool { return t.Failed() || l.count() >= n }, patience, 5*time.Millisecond)
		require.False(t, t.Failed())
	}
	more(10)
	workerTwo := launch(t, env, map[string]string{"DOORBELL_BUILD_ID": "1.1+two"}, "worker")
	for i, id := range l.taken()[:5] {
		l.called(id, i)
	}
	got = doorbell(t, env, "", "release", "ramp", "1.1+two", "50")
	require.Equal(t, exitDone, got.code, got.errs)
	more(10)
	require.ElementsMatch(t, []worker.Build{{ID: "1.0", Share: 50, Current: true, Workers: 1}, {ID: "1.1+two", Share: 50, Workers: 1}}, builds(t, env))
	got = doorbell(t, env, "", "release", "promote", "1.1+two")
	require.Equal(t, exitDone, got.code, got.errs)
	more(5)
	workerOne.terminated()
	more(5)
	serveOne.terminated()
	serveOne = launch(t, first, nil, "serve")
	more(5)
	l.doors.awaitReady()
	serveTwo.terminated()
	more(5)
	stop()
	<-posted

	for i, id := range l.leads {
		l.called(id, 2*i)
	}
	writtenDown(t, env["DATABASE_URL"], l.leads)
	answered := map[string]int{}
	for _, m := range mail.Mails() {
		if strings.HasSuffix(m.To, "@customer.example") {
			answered[m.To]++
		}
	}
	require.Len(t, answered, len(l.leads), "everybody is answered")
	for to, times := range answered {
		require.Equal(t, 1, times, "%s is answered once", to)
	}
	wentOnUnder(t, "1.1+two", l.leads)
	for _, b := range builds(t, env) {
		require.Equal(t, b.ID == "1.1+two", b.Current && b.Share == 100)
	}
	workerTwo.terminated()
	serveOne.terminated()
}

// builds is what `release list` says, without the time.
func builds(t *testing.T, env map[string]string) []worker.Build {
	t.Helper()
	got := doorbell(t, env, "", "release", "list", "--json")
	require.Equal(t, exitDone, got.code, got.errs)
	var all []worker.Build
	require.NoError(t, json.Unmarshal([]byte(got.out), &all))
	for i := range all {
		all[i].Since = time.Time{}
	}
	return all
}

// writtenDown waits until every lead was answered and checks what is written about
// each of them.
func writtenDown(t *testing.T, url string, leads []string) {
	t.Helper()
	s := openStore(t, url)
	dealers, err := s.ListDealers(t.Context())
	require.NoError(t, err)
	calls := 0
	for _, id := range leads {
		var rows []db.TimelineRow
		kinds := map[string]int{}
		require.Eventually(t, func() bool {
			rows, err = s.Timeline(t.Context(), db.TimelineParams{DealerID: dealers[0].ID, LeadID: uuid.MustParse(id), Most: 1000})
			require.NoError(t, err)
			clear(kinds)
			for _, row := range rows {
				kinds[row.Kind]++
			}
			return kinds["auto_response_sent"] > 0
		}, patience, 20*time.Millisecond, "lead %s is answered", id)
		for i, row := range rows {
			require.EqualValues(t, i+1, row.Seq, "no gap on the timeline of lead %s", id)
		}
		require.Equal(t, 1, kinds["received"])
		require.Equal(t, 1, kinds["assigned"])
		require.Equal(t, 1, kinds["auto_response_sent"])
		calls += kinds["attempt_logged"]
	}
	require.Equal(t, len(leads)+5, calls, "every call is logged, and once")
}

// wentOnUnder checks that all leads are worked by that build now, and that no
// build ever failed at one that another began.
func wentOnUnder(t *testing.T, build string, leads []string) {
	t.Helper()
	c := testkit.Client(t)
	for _, id := range leads {
		about, err := c.DescribeWorkflowExecution(t.Context(), workflows.ID(id), "")
		require.NoError(t, err)
		versioning := about.GetWorkflowExecutionInfo().GetVersioningInfo()
		require.Equal(t, enumspb.VERSIONING_BEHAVIOR_AUTO_UPGRADE, versioning.GetBehavior())
		require.Equal(t, build, versioning.GetDeploymentVersion().GetBuildId())
		history := c.GetWorkflowHistory(t.Context(), workflows.ID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			e, err := history.Next()
			require.NoError(t, err)
			require.NotEqual(t, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, e.GetEventType(), "lead %s: %v", id, e)
		}
	}
}

func TestOnlyABuildThatIsThereIsPromoted(t *testing.T) {
	t.Parallel()
	env := settingsFor(t, testkit.Temporal(t))
	for name, c := range map[string]struct {
		args []string
		code int
		errs string
	}{
		"nothing said":   {[]string{"promote"}, exitUsage, "say which build, or --without"},
		"both said":      {[]string{"promote", "1.0", "--without"}, exitUsage, "say which build, or --without"},
		"too large":      {[]string{"ramp", "1.0", "101"}, exitUsage, "from 0 to 100"},
		"no number":      {[]string{"ramp", "1.0", "NaN"}, exitUsage, "from 0 to 100"},
		"nobody's build": {[]string{"promote", "1.0"}, exitFailed, "start a worker with DOORBELL_BUILD_ID=1.0 first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := doorbell(t, env, "", append([]string{"release"}, c.args...)...)
			require.Equal(t, c.code, got.code)
			require.Contains(t, got.errs, c.errs)
		})
	}
	require.Equal(t, []worker.Build{{Share: 100, Current: true}}, builds(t, env), "without builds there are the workers without one")
}
