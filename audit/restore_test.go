package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/doorbell-ilm/doorbell/audit"
	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/engineproc"
	"github.com/doorbell-ilm/doorbell/internal/localpg"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/relay"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/worker"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	sam     = "sam@demo.example"
	manager = "manager@demo.example"
)

// installation is a product with a Temporal server of its own, so that either
// database can be restored by itself, as docs/backup.md says.
type installation struct {
	t      *testing.T
	url    string // of the product's database
	engine engineproc.Options
	dealer uuid.UUID
	staff  map[string]string // ids by address

	server *engineproc.Engine
	store  *store.Store
	leads  workflows.Leads
	relay  *relay.Relay
	stop   func() // everything but Temporal
}

// Fault 23: one of the two databases is restored from an older backup than the
// other. Every lead that is in the database is worked on from where it was, by
// whichever of the two knows more, and what is lost is said.
func TestEitherDatabaseIsRestoredFromAnOlderBackup(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.startTemporal()
	i.start()
	i.founds()
	worked, ends := i.receives(), i.receives()

	backup := i.dumps(i.name())
	i.calls(worked, lead.NoAnswer)
	i.closes(ends)
	lost := i.receives()
	i.listed(lost)
	before := i.state(worked)
	i.stop()
	i.restores(i.name(), backup)
	i.start()
	require.Less(t, i.state(worked).Step, before.Step, "the product's database is older")

	require.ElementsMatch(t, []string{
		"projection_behind noted " + worked, "workflow_ended noted " + ends, "follow_up_missing noted " + ends, "lead_missing left " + lost,
	}, i.audits())
	require.Equal(t, before.Attempts, i.state(worked).Attempts, "it goes on where its workflow was")
	require.Equal(t, lead.Closed, i.state(ends).Status, "what was closed stays closed")
	require.Equal(t, []string{"lead_missing left " + lost}, i.audits(), "what is lost is said until somebody sees to it")
	i.calls(worked, lead.NoAnswer)

	stores := []string{i.engine.Database, i.engine.VisibilityDatabase}
	backups := []string{i.dumps(stores[0]), i.dumps(stores[1])}
	i.calls(worked, lead.Reached)
	fresh := i.receives()
	before = i.state(worked)
	i.stop()
	require.NoError(t, i.server.Stop(context.Background()))
	for n, name := range stores {
		i.restores(name, backups[n])
	}
	i.startTemporal()
	i.start()
	require.False(t, i.runs(fresh), "Temporal's database is older")

	found := i.audits()
	require.Contains(t, found, "workflow_missing repaired "+fresh)
	require.NotContains(t, strings.Join(found, "\n"), "noted", "the product's database has everything")
	require.Equal(t, []string{"lead_missing left " + lost}, i.audits())
	require.Equal(t, before.Attempts, i.state(worked).Attempts)
	require.True(t, i.runs(worked))
	require.True(t, i.runs(fresh))
	i.calls(fresh, lead.Reached)
}

func install(t *testing.T) *installation {
	t.Helper()
	binary, err := bed.Engine(t.Context())
	require.NoError(t, err)
	i := &installation{t: t, url: testkit.Database(t)}
	i.engine = engineproc.Options{Binary: binary, PostgresURL: i.url, Connections: 10, Log: t.Output()}
	i.engine.Database = "restore_" + strings.ToLower(rand.Text())
	i.engine.VisibilityDatabase = i.engine.Database + "_visibility"
	t.Cleanup(func() {
		i.stop()
		require.NoError(t, i.server.Stop(context.Background()))
		for _, name := range []string{i.engine.Database, i.engine.VisibilityDatabase} {
			i.admin(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`)
		}
	})
	return i
}

func (i *installation) startTemporal() {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var err error
	i.server, err = engineproc.Start(ctx, i.engine)
	require.NoError(i.t, err)
}

// start starts everything but Temporal.
func (i *installation) start() {
	i.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	i.store, err = store.Open(ctx, i.url, store.Options{Connections: 12, Name: "test"})
	require.NoError(i.t, err)
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.Dial(client.Options{HostPort: i.server.Address, Namespace: testkit.Namespace, Logger: sdklog.NewStructuredLogger(quiet)})
	require.NoError(i.t, err)
	i.leads = workflows.Leads{Client: c, Queue: workflows.TaskQueue}
	sender, err := message.Choose(message.Settings{Mailbox: i.store})
	require.NoError(i.t, err)
	templates, err := message.Load()
	require.NoError(i.t, err)
	w := worker.New(worker.Options{
		Client: c, Store: i.store, Sender: sender, Templates: templates, PublicURL: dealership.PublicURL, Secret: dealership.Secret,
		From: message.Address{Email: "leads@delinde.example"}, Queue: i.leads.Queue,
	})
	require.NoError(i.t, w.Start())
	i.relay = relay.New(i.store, i.leads, quiet)
	done := make(chan struct{})
	go func() { defer close(done); i.relay.Run(ctx) }()
	i.stop = func() {
		cancel()
		<-done
		w.Stop()
		c.Close()
		i.store.Close()
		i.stop = func() {}
	}
}

// founds makes the dealer.
func (i *installation) founds() {
	i.t.Helper()
	ctx := store.Across(context.Background())
	var err error
	i.dealer, err = i.store.CreateDealer(ctx, store.NewDealer{
		Name: "Autobedrijf De Linde", Language: "nl", MailFrom: "leads@delinde.example", Staff: dealership.Staff(), Sources: dealership.Sources(),
	})
	require.NoError(i.t, err)
	i.staff = map[string]string{}
	for _, email := range []string{sam, manager} {
		p, err := i.store.StaffByEmail(store.ForDealer(ctx, i.dealer), db.StaffByEmailParams{DealerID: i.dealer, Lower: email})
		require.NoError(i.t, err)
		i.staff[email] = p.ID.String()
	}
}

// receives takes a lead in and waits until it is worked and answered.
func (i *installation) receives() string {
	i.t.Helper()
	ctx := store.ForDealer(context.Background(), i.dealer)
	source, err := i.store.SourceByCode(ctx, db.SourceByCodeParams{DealerID: i.dealer, Code: "website"})
	require.NoError(i.t, err)
	body := fmt.Sprintf(`{"request": "test_drive", "customer": {"last_name": "Boer", "phone": "+316%08d", "email": "%s@mail.example"},
		"vehicle": {"condition": "used", "make": "Renault", "model": "Captur"}}`, time.Now().UnixNano()%100_000_000, strings.ToLower(rand.Text()))
	draft, ignored, err := intake.ParseJSON([]byte(body), intake.Context{Country: "NL", Zone: time.UTC, Now: time.Now()})
	require.NoError(i.t, err)
	got, err := i.store.Receive(ctx, store.Post{
		Dealer: i.dealer, Source: source.ID, ContentType: "application/json", Body: []byte(body),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}, Ignored: ignored}},
	})
	require.NoError(i.t, err)
	i.relay.Wake(1)
	id := got.Leads[0].ID.String()
	require.Eventually(i.t, func() bool { return !i.state(id).AutoRespondedAt.IsZero() }, time.Minute, 20*time.Millisecond)
	return id
}

func (i *installation) state(id string) process.State {
	i.t.Helper()
	s, err := i.store.StateForStart(store.ForDealer(context.Background(), i.dealer), uuid.MustParse(id))
	require.NoError(i.t, err)
	return s
}

func (i *installation) asks(id, by string, h process.Happening) {
	i.t.Helper()
	h.ID, h.Actor, h.AskedAt = uuid.NewString(), process.Actor(i.staff[by]), time.Now()
	_, err := i.leads.Ask(context.Background(), id, h, nil)
	for errors.Is(err, workflows.ErrUnavailable) { // just started
		_, err = i.leads.Ask(context.Background(), id, h, nil)
	}
	require.NoError(i.t, err)
}

func (i *installation) calls(id string, outcome lead.Outcome) {
	i.t.Helper()
	i.asks(id, sam, process.Happening{What: process.DidAttempt, Attempt: &process.AttemptMade{
		ID: uuid.NewString(), Channel: lead.Phone, Direction: lead.Out, Outcome: outcome,
	}})
}

// closes a lead as a test, and waits until its workflow has ended.
func (i *installation) closes(id string) {
	i.t.Helper()
	i.asks(id, sam, process.Happening{What: process.DidClose, Close: &process.ClosingAsked{ID: uuid.NewString(), Reason: "test"}})
	i.asks(id, manager, process.Happening{What: process.DidDecide, Decide: &process.Decision{Approve: true}})
	require.Eventually(i.t, func() bool { return !i.runs(id) }, time.Minute, 20*time.Millisecond)
}

// runs reports whether the workflow of a lead runs.
func (i *installation) runs(id string) bool {
	i.t.Helper()
	about, err := i.leads.Client.DescribeWorkflowExecution(context.Background(), workflows.ID(id), "")
	return err == nil && about.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// listed waits until Temporal lists the workflow of a lead.
func (i *installation) listed(id string) {
	i.t.Helper()
	require.Eventually(i.t, func() bool {
		n, err := i.leads.Client.CountWorkflow(context.Background(), &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: testkit.Namespace, Query: fmt.Sprintf("WorkflowId = %q", workflows.ID(id)),
		})
		return err == nil && n.GetCount() == 1
	}, time.Minute, 50*time.Millisecond)
}

// audits everything and returns what was found.
func (i *installation) audits() []string {
	i.t.Helper()
	report, err := audit.New(i.store, i.leads, testkit.Namespace, i.relay).Run(context.Background(), audit.Scope{Repair: true})
	require.NoError(i.t, err)
	var found []string
	for _, f := range report.Findings {
		found = append(found, fmt.Sprint(f.Kind, " ", f.Outcome, " ", f.Lead))
		i.t.Log(f)
	}
	return found
}

// name is the product's database.
func (i *installation) name() string {
	u, err := url.Parse(i.url)
	require.NoError(i.t, err)
	return strings.TrimPrefix(u.Path, "/")
}

func (i *installation) at(database string) string {
	u, err := url.Parse(i.url)
	require.NoError(i.t, err)
	u.Path = "/" + database
	return u.String()
}

// dumps a database while it is worked on.
func (i *installation) dumps(database string) string {
	i.t.Helper()
	file := filepath.Join(i.t.TempDir(), database+".dump")
	i.postgres("pg_dump", "--format=custom", "--compress=1", "--file="+file, i.at(database))
	return file
}

// restores a database from a dump, in place of what is there.
func (i *installation) restores(database, file string) {
	i.t.Helper()
	i.admin(`DROP DATABASE ` + database + ` WITH (FORCE)`)
	i.admin(`CREATE DATABASE ` + database + ` TEMPLATE template0 ENCODING 'UTF8'`)
	i.postgres("pg_restore", "--exit-on-error", "--dbname="+i.at(database), file)
}

// postgres runs one of Postgres's own programs.
func (i *installation) postgres(program string, args ...string) {
	i.t.Helper()
	installed, err := localpg.Find(i.t.Context())
	require.NoError(i.t, err)
	out, err := exec.CommandContext(i.t.Context(), filepath.Join(installed.Dir, program), args...).CombinedOutput()
	require.NoError(i.t, err, string(out))
}

// admin runs a statement beside the databases that it is about.
func (i *installation) admin(statement string) {
	i.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, i.at("postgres"))
	require.NoError(i.t, err)
	_, err = conn.Exec(ctx, statement)
	require.NoError(i.t, err)
	require.NoError(i.t, conn.Close(ctx))
}
