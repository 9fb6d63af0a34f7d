package dealership

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web"
)

// Door is the product's HTTP side, on a real listener.
type Door struct {
	d    *Dealership
	URL  string
	Keys map[string]string // by source code, and "integration"
}

// Answer is what the door answered.
type Answer struct {
	Status int
	Header http.Header
	Body   map[string]any
	Text   string
}

// Serve opens the door.
func (d *Dealership) Serve() *Door {
	d.tb.Helper()
	ctx := context.Background()
	log := warnings(d.tb)
	stopping := make(chan struct{})
	pages := &web.Pages{Store: d.product, Asker: d.Leads, Secret: Secret, Dev: true, PublicURL: PublicURL, Log: log}
	handler, err := api.New(api.Options{
		Store: d.product, Leads: d.Leads, Temporal: d.Leads.Client, Waker: d.Relay, PublicURL: PublicURL, Log: log, Version: "test",
		Registry: prometheus.NewRegistry(), Pages: func(e *gin.Engine) { pages.Mount(e) }, Stopping: stopping, PerSecond: 10_000, Burst: 10_000,
	})
	require.NoError(d.tb, err)
	server := httptest.NewServer(handler)
	d.tb.Cleanup(func() { close(stopping); server.Close() })
	door := &Door{d: d, URL: server.URL, Keys: map[string]string{}}
	sources, err := d.Store.ListSources(ctx, d.ID)
	require.NoError(d.tb, err)
	for _, s := range sources {
		door.Keys[s.Code], err = d.Store.CreateKey(ctx, d.ID, s.Code, store.Intake, &s.ID)
		require.NoError(d.tb, err)
	}
	door.Keys["integration"], err = d.Store.CreateKey(ctx, d.ID, "integration", store.Integration, nil)
	require.NoError(d.tb, err)
	return door
}

// Post sends a lead of a source.
func (o *Door) Post(source, contentType, body string) Answer {
	o.d.tb.Helper()
	return o.Do(http.MethodPost, "/v1/leads", map[string]string{"Authorization": "Bearer " + o.Keys[source], "Content-Type": contentType}, body)
}

// As sends a request with the integration key on behalf of a member of staff.
// body is marshalled as JSON; nil sends none.
func (o *Door) As(staff, method, path string, body any) Answer {
	o.d.tb.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(o.d.tb, err)
		text = string(raw)
	}
	return o.Do(method, path, map[string]string{
		"Authorization": "Bearer " + o.Keys["integration"], "X-Actor": staff, "Content-Type": "application/json",
	}, text)
}

// Do sends any request.
func (o *Door) Do(method, path string, header map[string]string, body string) Answer {
	o.d.tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, o.URL+path, bytes.NewBufferString(body))
	require.NoError(o.d.tb, err)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(o.d.tb, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(o.d.tb, err)
	answer := Answer{Status: resp.StatusCode, Header: resp.Header, Text: string(text)}
	_ = json.Unmarshal(text, &answer.Body) // not every answer is JSON
	return answer
}

// warnings shows what the product warns of beside the test that caused it,
// until the test is over.
func warnings(tb testing.TB) *slog.Logger {
	w := &testLog{tb: tb}
	tb.Cleanup(func() { w.over.Store(true) })
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type testLog struct {
	tb   testing.TB
	over atomic.Bool
}

func (w *testLog) Write(line []byte) (int, error) {
	if !w.over.Load() {
		w.tb.Logf("%s", line)
	}
	return len(line), nil
}
