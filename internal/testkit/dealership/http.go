package dealership

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web"
	"github.com/doorbell-ilm/doorbell/web/session"
)

// Door is the product's HTTP side, on a real listener.
type Door struct {
	d    *Dealership
	URL  string
	Keys map[string]string // by source code, and "integration"
	// Routes are all that the door answers, as gin knows them.
	Routes gin.RoutesInfo

	streams  atomic.Int32
	lines    lines
	problems lines
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
	door := &Door{d: d, Keys: map[string]string{}}
	log := door.log()
	stopping := make(chan struct{})
	figures := prometheus.NewRegistry()
	sessions := session.New(d.product, "http://in.test")
	d.tb.Cleanup(sessions.Close)
	pages := &web.Pages{
		Store: d.product, Asker: d.Leads, Secret: Secret, Dev: true, PublicURL: PublicURL, Log: log,
		Sessions: sessions, Mail: d.options.Sender, From: d.options.From, Templates: d.options.Templates, Namespace: testkit.Namespace,
		Registry: figures,
	}
	var events *message.EventWebhook
	if d.webhook != "" {
		var err error
		events, err = message.NewEventWebhook(d.webhook)
		require.NoError(d.tb, err)
	}
	handler, err := api.New(api.Options{
		MailEvents: events,
		Store:      d.product, Leads: d.Leads, Temporal: d.Leads.Client, Waker: d.Bell, PublicURL: PublicURL, Log: log, Version: "test",
		Registry: figures, Pages: func(e *gin.Engine) { pages.Mount(e) }, Session: sessions.Of, Stopping: stopping, PerSecond: 10_000, Burst: 10_000,
	})
	require.NoError(d.tb, err)
	door.Routes = handler.Routes()
	compressed, err := web.Compressed(handler)
	require.NoError(d.tb, err)
	server := httptest.NewServer(door.counted(compressed))
	d.tb.Cleanup(func() { close(stopping); server.Close() })
	door.URL = server.URL
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

// counted keeps count of the event streams that are open.
func (o *Door) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/events" {
			o.streams.Add(1)
			defer o.streams.Add(-1)
		}
		next.ServeHTTP(w, r)
	})
}

// Streams is how many event streams are open.
func (o *Door) Streams() int { return int(o.streams.Load()) }

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
	if resp.StatusCode >= http.StatusBadRequest {
		_, _ = o.problems.Write(append(text, '\n')) // into memory
	}
	return answer
}

// log is the product's log: everything of it is kept for Logged, and shown
// beside a test that fails.
func (o *Door) log() *slog.Logger {
	o.d.tb.Cleanup(func() {
		if o.d.tb.Failed() {
			o.d.tb.Log(o.Logged())
		}
	})
	return slog.New(slog.NewTextHandler(&o.lines, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: store.Discreet}))
}

// Problems returns every refusal that Do has been answered with, one a line.
func (o *Door) Problems() string { return o.problems.String() }

// Logged returns what the product has logged so far.
func (o *Door) Logged() string { return o.lines.String() }

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
