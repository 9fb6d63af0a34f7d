package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/doorbell-ilm/doorbell/internal/loopback"
)

// product is a running `doorbell dev`.
type product struct {
	cmd  *exec.Cmd
	dir  string
	dev  devFile
	pool *pgxpool.Pool
	http *http.Client
}

type devFile struct {
	URL         string            `json:"url"`
	DatabaseURL string            `json:"database_url"`
	APIKeys     map[string]string `json:"api_keys"`
	Users       []devUser         `json:"users"`
}

type devUser struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

func start(ctx context.Context, bin string) (*product, error) {
	dir, err := os.MkdirTemp("", "doorbell-bench-")
	if err != nil {
		return nil, err
	}
	// Started by root, Postgres runs as another user and must be able to enter;
	// its data would go elsewhere otherwise, and stay there.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // no secrets at this level
		return nil, err
	}
	p := &product{dir: dir, http: &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512},
	}}
	var ports [3]int
	for i := range ports {
		if ports[i], err = loopback.FreePort(); err != nil {
			return nil, err
		}
	}
	program, err := filepath.Abs(filepath.Join(bin, "doorbell"))
	if err != nil {
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, program, "dev", "--dir", filepath.Join(dir, "state"),
		"--addr", "127.0.0.1:"+strconv.Itoa(ports[0]), "--temporal-port", strconv.Itoa(ports[1]), "--ui-port", strconv.Itoa(ports[2]))
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = time.Minute
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "starting the product in", dir)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	ready := false
	for !ready && lines.Scan() {
		ready = strings.HasPrefix(lines.Text(), "doorbell is ready")
	}
	if !ready {
		return nil, errors.Join(errors.New("the product did not become ready"), p.cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	body, err := os.ReadFile(filepath.Join(dir, "state", "dev.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &p.dev); err != nil {
		return nil, err
	}
	if p.pool, err = pgxpool.New(ctx, p.dev.DatabaseURL); err != nil {
		return nil, err
	}
	_, err = p.pool.Exec(ctx, `CREATE TABLE bench_raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL, key text NOT NULL UNIQUE)`)
	return p, err
}

func (p *product) stop() {
	p.pool.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	_ = os.RemoveAll(p.dir)
}

// post sends one lead and fails unless it was accepted.
func (p *product) post(ctx context.Context, n int) error {
	body := fmt.Sprintf(`{"external_id": "bench-%[1]d-%[2]d", "request": "test_drive",
		"customer": {"first_name": "Lead", "last_name": "Number%[1]d", "email": "lead%[1]d.%[2]d@mail.example", "phone": "+3161%07[1]d"},
		"vehicle": {"condition": "new", "make": "Renault", "model": "Captur"}}`, n, os.Getpid())
	return p.send(ctx, http.MethodPost, "/v1/leads", "website", "application/json", []byte(body), http.StatusAccepted)
}

func (p *product) send(ctx context.Context, method, path, key, kind string, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, p.dev.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+p.dev.APIKeys[key])
	for _, u := range p.dev.Users {
		if u.Role == "sales_manager" {
			req.Header.Set("X-Actor", u.Email)
		}
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	return nil
}

// resident is the product's own process in MiB, without Postgres and engine.
func (p *product) resident() (float64, error) {
	body, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}
