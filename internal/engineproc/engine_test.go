package engineproc_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
)

// envParent makes this test program start an engine on the Postgres it names
// and say its process id, until somebody kills it.
const envParent = "DOORBELL_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(envParent) == "" {
		testkit.Main(m)
		return
	}
	o := engineproc.Options{PostgresURL: os.Getenv(envParent), Binary: os.Getenv("DOORBELL_TEST_ENGINE")}
	o.Database, o.VisibilityDatabase = os.Getenv("DOORBELL_TEST_STORE"), os.Getenv("DOORBELL_TEST_STORE")+"_visibility"
	e, err := engineproc.Start(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stdout, e.Pid())
	<-e.Done()
}

// options are for an engine with databases of its own, dropped afterwards.
func options(t *testing.T) engineproc.Options {
	t.Helper()
	binary, err := bed.Engine(t.Context())
	require.NoError(t, err)
	o := engineproc.Options{Binary: binary, PostgresURL: testkit.Database(t), Connections: 10, Log: t.Output()}
	o.Database = "engine_" + strings.ToLower(rand.Text())
	o.VisibilityDatabase = o.Database + "_visibility"
	t.Cleanup(func() {
		for _, database := range []string{o.Database, o.VisibilityDatabase} {
			sql(t, o.PostgresURL, `DROP DATABASE IF EXISTS `+database+` WITH (FORCE)`)
		}
	})
	return o
}

func sql(t *testing.T, url, statement string) []string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	rows, err := conn.Query(ctx, statement)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return found
}

func start(t *testing.T, o engineproc.Options) *engineproc.Engine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	e, err := engineproc.Start(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Stop(context.Background())) })
	return e
}

func dial(t *testing.T, e *engineproc.Engine) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: e.Address, Namespace: "doorbell"})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

var owner = temporal.NewSearchAttributeKeyKeyword("Owner")

// parting is a workflow that waits for a name and says goodbye to it.
func parting(ctx workflow.Context, greeting string) (string, error) {
	var name string
	workflow.GetSignalChannel(ctx, "name").Receive(ctx, &name)
	err := workflow.UpsertTypedSearchAttributes(ctx, owner.ValueSet(name))
	return greeting + " " + name, err
}

func work(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, "parting", worker.Options{})
	w.RegisterWorkflow(parting)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

// One engine is killed in the middle of making its schema, started again,
// stopped in the middle of a workflow, and started once more on other ports.
func TestAWorkflowOutlivesItsEngine(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.UIAddress, o.Retention = "127.0.0.1:0", 72*time.Hour
	killWhileMakingTheSchema(t, o)

	first := start(t, o)
	c := dial(t, first)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "lead-1", TaskQueue: "parting", TypedSearchAttributes: temporal.NewSearchAttributes(owner.ValueSet("nobody")),
	}, parting, "bye")
	require.NoError(t, err)
	checkNamespace(t, c)
	checkUI(t, first)

	began := time.Now()
	require.NoError(t, first.Stop(context.Background()))
	require.Less(t, time.Since(began), 15*time.Second)
	require.NoError(t, first.Err())

	o.UIAddress = ""
	second := start(t, o)
	require.Empty(t, second.UI)
	c = dial(t, second)
	work(t, c)
	require.NoError(t, c.SignalWorkflow(t.Context(), "lead-1", run.GetRunID(), "name", "jan"))
	var said string
	require.NoError(t, c.GetWorkflow(t.Context(), "lead-1", run.GetRunID()).Get(t.Context(), &said))
	require.Equal(t, "bye jan", said)
	require.Eventually(t, func() bool {
		found, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: `Owner = "jan" AND ExecutionStatus = "Completed"`,
		})
		return err == nil && found.GetCount() == 1
	}, 30*time.Second, 100*time.Millisecond, "operators find workflows by their attributes")
}

// killWhileMakingTheSchema starts an engine that cannot get past the middle of its
// schema, because somebody is making one of its tables, and ends its connection there,
// as happens when a process is killed.
func killWhileMakingTheSchema(t *testing.T, o engineproc.Options) {
	t.Helper()
	sql(t, o.PostgresURL, `CREATE DATABASE `+o.Database+` TEMPLATE template0 ENCODING 'UTF8'`)
	config, err := pgx.ParseConfig(o.PostgresURL)
	require.NoError(t, err)
	config.Database = o.Database
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `CREATE TABLE timer_tasks ()`)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		o.Log = nil
		e, err := engineproc.Start(ctx, o)
		if err == nil {
			err = e.Stop(context.Background())
		}
		failed <- err
	}()
	require.Eventually(t, func() bool {
		return len(sql(t, o.PostgresURL, `SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
			WHERE datname = '`+o.Database+`' AND wait_event_type = 'Lock'`)) > 0
	}, time.Minute, 20*time.Millisecond)
	require.Error(t, <-failed)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, conn.Close(t.Context()))
}

func checkNamespace(t *testing.T, c client.Client) {
	t.Helper()
	got, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "doorbell"})
	require.NoError(t, err)
	want := map[string]enumspb.IndexedValueType{
		"Escalation": enumspb.INDEXED_VALUE_TYPE_INT, "NextDeadline": enumspb.INDEXED_VALUE_TYPE_DATETIME,
	}
	for _, name := range []string{"Dealer", "Owner", "Source", "Phase", "Stage", "LeadStatus", "Track", "CloseReason"} {
		want[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	require.Equal(t, want, got.GetCustomAttributes())

	described, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "doorbell"})
	require.NoError(t, err)
	require.Equal(t, 72*time.Hour, described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func checkUI(t *testing.T, e *engineproc.Engine) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.UI+"/api/v1/settings", http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	var text bytes.Buffer
	_, err = text.ReadFrom(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, text.String(), `"DisableNewsFetch":true`)
	require.Contains(t, text.String(), `"NotifyOnNewVersion":false`)
}

// The shared engine and this one run side by side on one Postgres.
func TestEnginesDoNotMixAndDoNotShareADatabase(t *testing.T) {
	t.Parallel()
	o := options(t)
	e := start(t, o)
	require.NotEqual(t, testkit.Temporal(t), e.Address)
	c := dial(t, e)
	work(t, c)
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "lead-2", TaskQueue: "parting"}, parting, "bye")
	require.NoError(t, err)
	_, err = testkit.Client(t).DescribeWorkflowExecution(t.Context(), "lead-2", "")
	require.ErrorContains(t, err, "not found")
	require.NoError(t, c.SignalWorkflow(t.Context(), "lead-2", "", "name", "piet"))
	require.NoError(t, run.Get(t.Context(), nil))

	_, err = engineproc.Start(t.Context(), o)
	require.ErrorContains(t, err, "another engine runs on database "+o.Database)
}

func TestAnEngineDiesWithAParentThatIsKilled(t *testing.T) {
	t.Parallel()
	o := options(t)
	parent := exec.Command(os.Args[0], "-test.run=^$")
	parent.Env = append(os.Environ(), envParent+"="+o.PostgresURL, "DOORBELL_TEST_ENGINE="+o.Binary, "DOORBELL_TEST_STORE="+o.Database)
	parent.Stderr = os.Stderr
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
	require.Eventually(t, func() bool { return !alive(pid) }, 20*time.Second, 20*time.Millisecond)
}

// alive reports whether pid runs; one that has ended and is not yet fetched by
// its parent does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	binary, err := bed.Engine(t.Context())
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	nobody := fmt.Sprintf("postgres://postgres:secret@127.0.0.1:%d/postgres", testkit.FreePort(t))

	for name, one := range map[string]struct {
		options engineproc.Options
		says    string
	}{
		"taken port":  {engineproc.Options{Binary: binary, PostgresURL: nobody, Address: l.Addr().String()}, "is taken by another program"},
		"taken UI":    {engineproc.Options{Binary: binary, PostgresURL: nobody, UIAddress: l.Addr().String()}, "--ui-addr"},
		"no Postgres": {engineproc.Options{Binary: binary, PostgresURL: nobody}, "connect to Postgres"},
		"no program":  {engineproc.Options{Binary: "/does/not/exist", PostgresURL: nobody}, "make bin/engine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := engineproc.Start(t.Context(), one.options)
			require.ErrorContains(t, err, one.says)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestAnEngineThatEndsSaysSo(t *testing.T) {
	t.Parallel()
	e := start(t, options(t))
	health := exec.CommandContext(t.Context(), options(t).Binary, "health", "--addr", e.Address)
	said, err := health.Output()
	require.NoError(t, err)
	require.Equal(t, "ok\n", string(said))

	require.NoError(t, syscall.Kill(e.Pid(), syscall.SIGKILL))
	<-e.Done()
	require.ErrorContains(t, e.Err(), "the Temporal engine ended: signal: killed")
	health = exec.CommandContext(t.Context(), options(t).Binary, "health", "--addr", e.Address, "--timeout", "1s")
	require.Error(t, health.Run())
}
