package workflows_test

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
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/bed"
	"github.com/doorbell-ilm/doorbell/internal/testkit/smtptest"
)

// release is the product as it was released: its program, built from its own
// commit in a worktree that is gone afterwards.
type release struct{ program, version string }

func build(t *testing.T, commit string) release {
	t.Helper()
	root, err := bed.Root()
	require.NoError(t, err)
	git := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	dir := filepath.Join(t.TempDir(), "tree")
	git("worktree", "add", "--detach", dir, commit)
	t.Cleanup(func() { git("worktree", "remove", "--force", dir) })
	r := release{program: filepath.Join(t.TempDir(), "doorbell"), version: git("describe", "--tags", "--always", commit)}
	command := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-X main.version="+r.version, "-o", r.program, "./cmd/doorbell")
	command.Dir = dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return r
}

// house is a dealer who runs a release: its serve and its worker as processes
// of their own, spoken to through the API that the contract promises, so that
// one set of lives fits every release. It knows nothing of its inside but the
// function that tells the time.
type house struct {
	t        *testing.T
	release  release
	env      []string
	url, key string
	pool     *pgxpool.Pool
	temporal client.Client
	queue    string
	zone     *time.Location
	leads    []string
	ended    map[string][]string // runs by workflow that are over
}

const (
	recordedSam     = "sam@oost.example"
	recordedTess    = "tess@oost.example"
	recordedManager = "manager@oost.example"
)

// openHouse opens a house on a Tuesday at ten. policy is YAML; "" is the one
// that the release ships.
func openHouse(t *testing.T, r release, policy string) *house {
	t.Helper()
	database, mail := testkit.EmptyDatabase(t), smtptest.New(t)
	address := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	h := &house{t: t, release: r, url: "http://" + address, queue: testkit.TaskQueue(t), temporal: testkit.Client(t), ended: map[string][]string{}}
	h.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DATABASE_URL=" + database, "DOORBELL_ADDR=" + address,
		"DOORBELL_PUBLIC_URL=https://doorbell.example", "DOORBELL_SECRET=" + strings.Repeat("s", 32), "MAIL_FROM=leads@oost.example",
		"SMTP_URL=" + mail.URL(), "TEMPORAL_ADDRESS=" + testkit.Temporal(t), "DOORBELL_TASK_QUEUE=" + h.queue, "LOG_LEVEL=warn",
	}
	h.run("migrate", "up")
	var err error
	h.pool, err = pgxpool.New(context.Background(), database)
	require.NoError(t, err)
	t.Cleanup(h.pool.Close)
	h.zone, err = time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	testkit.SetClock(t, h.pool, h.at("2026-11-24 10:00"))
	dealer := []string{"dealer", "add", "--name", "Garage Oost"}
	if policy != "" {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		require.NoError(t, os.WriteFile(file, []byte(policy), 0o600))
		dealer = append(dealer, "--policy", file)
	}
	h.run(dealer...)
	h.run("source", "add", "--code", "website", "--party", "first")
	h.run("source", "add", "--code", "portal", "--party", "third", "--cost", "25")
	for _, one := range [][2]string{
		{recordedSam, "salesperson"},
		{recordedTess, "salesperson"},
		{recordedManager, "sales_manager"},
		{"second@oost.example", "sales_manager"},
		{"director@oost.example", "general_manager"},
	} {
		h.run("user", "add", "--email", one[0], "--name", "MARKED "+one[1], "--role", one[1])
	}
	h.key = h.run("key", "add", "--name", "recorder", "--scope", "integration")
	h.launch("serve")
	h.launch("worker")
	h.await("the server answers", func() bool { status, _ := h.ask("", http.MethodGet, "/readyz", nil); return status == http.StatusOK })
	return h
}

// run runs one command of the release to its end and returns what it printed.
func (h *house) run(args ...string) string {
	h.t.Helper()
	var errs bytes.Buffer
	c := exec.Command(h.release.program, args...)
	c.Env, c.Stderr = h.env, &errs
	out, err := c.Output()
	require.NoError(h.t, err, "%v: %s", args, errs.String())
	return strings.TrimSpace(string(out))
}

// launch runs a command of the release until the test is over.
func (h *house) launch(args ...string) {
	h.t.Helper()
	var errs bytes.Buffer
	c := exec.Command(h.release.program, args...)
	c.Env, c.Stderr = h.env, &errs
	require.NoError(h.t, c.Start())
	h.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil || h.t.Failed() {
			h.t.Log(args, err, errs.String())
		}
	})
}

func (h *house) at(local string) time.Time {
	h.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", local, h.zone)
	require.NoError(h.t, err)
	return at
}

func (h *house) await(what string, is func() bool) {
	h.t.Helper()
	require.Eventually(h.t, is, time.Minute, 20*time.Millisecond, what)
}

// ask asks the API on behalf of a member of staff.
func (h *house) ask(by, method, path string, body any) (int, map[string]any) {
	h.t.Helper()
	content := "application/json"
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		content, text = "application/yaml", []byte(b)
	default:
		var err error
		text, err = json.Marshal(body)
		require.NoError(h.t, err)
	}
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(text))
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.key)
	request.Header.Set("Content-Type", content)
	request.Header.Set("Idempotency-Key", uuid.NewString())
	if by != "" {
		request.Header.Set("X-Actor", by)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	require.NoError(h.t, err)
	var read map[string]any
	_ = json.Unmarshal(said, &read)
	return answer.StatusCode, read
}

// has asks for something that is granted.
func (h *house) has(by, method, path string, body any) map[string]any {
	h.t.Helper()
	status, answer := h.ask(by, method, path, body)
	require.Contains(h.t, []int{http.StatusOK, http.StatusCreated, http.StatusAccepted}, status, "%s %s: %v", method, path, answer)
	return answer
}

// receives posts a lead and waits until it was answered.
func (h *house) receives(fields map[string]any) string {
	h.t.Helper()
	answer := h.has("", http.MethodPost, "/v1/leads", fields)
	id := fmt.Sprint(answer["id"])
	if answer["duplicate_of"] == nil && answer["replayed"] == false {
		h.leads = append(h.leads, id)
		h.await("the lead is answered", func() bool {
			return h.has("", http.MethodGet, "/v1/leads/"+id, nil)["auto_responded_at"] != nil
		})
	}
	return id
}

func (h *house) does(by, id, what string, body any) map[string]any {
	h.t.Helper()
	return h.has(by, http.MethodPost, "/v1/leads/"+id+"/"+what, withActor(body, by))
}

func withActor(body any, by string) any {
	fields := map[string]any{"actor": by}
	more, _ := body.(map[string]any)
	maps.Copy(fields, more)
	return fields
}

func (h *house) calls(id, outcome string) {
	h.t.Helper()
	h.does(recordedSam, id, "attempts", map[string]any{"channel": "phone", "direction": "out", "outcome": outcome, "note": "MARKED words"})
}

// books makes an appointment and returns its id.
func (h *house) books(id, kind, at string) string {
	h.t.Helper()
	answer := h.does(recordedSam, id, "appointments", map[string]any{"kind": kind, "starts_at": h.at(at).Format(time.RFC3339), "duration_min": 45, "confirmed": true})
	booked, _ := answer["appointment"].(map[string]any)
	return fmt.Sprint(booked["id"])
}

// signals tells a workflow something as an operator does.
func (h *house) signals(workflow, name string, payload any) {
	h.t.Helper()
	require.NoError(h.t, h.temporal.SignalWorkflow(h.t.Context(), workflow, "", name, payload))
}

// standing is what a running workflow says of itself.
type standing struct {
	Step   int64 `json:"step"`
	Clocks []struct {
		Next time.Time `json:"next"`
	} `json:"clocks"`
}

func (h *house) standing(workflow string) (s standing, runs bool) {
	h.t.Helper()
	about, err := h.temporal.DescribeWorkflowExecution(h.t.Context(), workflow, "")
	if err != nil || about.GetWorkflowExecutionInfo().GetCloseTime() != nil {
		return s, false
	}
	value, err := h.temporal.QueryWorkflow(h.t.Context(), workflow, "", "state")
	require.NoError(h.t, err)
	require.NoError(h.t, value.Get(&s))
	return s, true
}

// workflows lists the workflows of the house's leads and of their follow-ups.
func (h *house) workflows() []string {
	h.t.Helper()
	var all []string
	for _, id := range h.leads {
		all = append(all, "lead-"+id)
	}
	rows, err := h.pool.Query(h.t.Context(), `SELECT id FROM follow_up ORDER BY created_at, id`)
	require.NoError(h.t, err)
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		require.NoError(h.t, rows.Scan(&id))
		all = append(all, "follow-up-"+id.String())
	}
	return all
}

// until moves the clock to a local time and stops wherever something acts by
// itself.
func (h *house) until(local string) {
	h.t.Helper()
	target := h.at(local)
	for {
		first, whose, step := time.Time{}, "", int64(0)
		for _, w := range h.workflows() {
			s, _ := h.standing(w)
			for _, c := range s.Clocks {
				if !c.Next.IsZero() && (whose == "" || c.Next.Before(first)) {
					first, whose, step = c.Next, w, s.Step
				}
			}
		}
		if whose == "" || first.After(target) {
			break
		}
		if first.After(testkit.Now(h.t, h.pool)) {
			testkit.SetClock(h.t, h.pool, first)
		}
		h.signals(whose, "wake", struct{}{})
		h.await(whose+" acts", func() bool { s, runs := h.standing(whose); return !runs || s.Step > step })
	}
	testkit.SetClock(h.t, h.pool, target)
}
