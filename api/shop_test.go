package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// shop is a dealer whose door stands open, in a database of its own. Its clock
// shows a Tuesday morning in opening hours.
type shop struct {
	t      *testing.T
	store  *store.Store
	server *server
	web    *httptest.Server
	desk   *desk
	dealer uuid.UUID
	woken  atomic.Int32
	log    *syncBuffer
	keys
}

// keys are those of a dealer.
type keys struct{ website, portal, staff string }

// Wake counts how often the relay was told.
func (s *shop) Wake() { s.woken.Add(1) }

// syncBuffer is a log that several requests write to.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func open(t *testing.T, change ...func(*Options)) *shop {
	t.Helper()
	url := testkit.Database(t)
	st, err := store.Open(context.Background(), url, store.Options{Connections: 12, Name: "test", Owner: true})
	require.NoError(t, err)
	t.Cleanup(st.Close)
	product, err := store.Open(context.Background(), url, store.Options{Connections: 12, Name: "test"})
	require.NoError(t, err)
	t.Cleanup(product.Close)
	testkit.SetClock(t, st.Pool, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	s := &shop{t: t, store: st, desk: &desk{store: st}, log: &syncBuffer{}}
	s.dealer, s.keys = s.addDealer("demo.example")
	o := Options{
		Store: product, Waker: s, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Version: "test", Registry: prometheus.NewRegistry(),
		PerSecond: 1e6, Burst: 1e6,
	}
	for _, c := range change {
		c(&o)
	}
	s.server, err = newServer(o, s.desk)
	require.NoError(t, err)
	s.server.feeds.every, s.server.feeds.pulse = 20*time.Millisecond, 50*time.Millisecond
	s.mount(o)
	return s
}

// mount has the server answer.
func (s *shop) mount(o Options) {
	s.t.Helper()
	router, err := s.server.router(o)
	require.NoError(s.t, err)
	s.web = httptest.NewServer(router)
	s.t.Cleanup(s.web.Close)
}

// addDealer makes a dealer whose people have addresses at the domain.
func (s *shop) addDealer(domain string) (uuid.UUID, keys) {
	s.t.Helper()
	ctx := context.Background()
	id, err := s.store.CreateDealer(ctx, store.NewDealer{
		Name: "Autohuis Voorbeeld", Language: "nl",
		Staff: []store.NewStaff{
			{Email: "bea@" + domain, Name: "Bea van Dam", Role: lead.RoleBDC},
			{Email: "sam@" + domain, Name: "Sam Smit", Role: lead.RoleSalesperson},
			{Email: "noor@" + domain, Name: "Noor de Wit", Role: lead.RoleSalesperson},
			{Email: "maria@" + domain, Name: "Maria Mulder", Role: lead.RoleSalesManager},
			{Email: "gwen@" + domain, Name: "Gwen Groot", Role: lead.RoleGeneralManager},
		},
		Sources: []store.NewSource{
			{Code: "website", Name: "Website", Party: lead.FirstParty},
			{Code: "portal", Name: "Portal", Party: lead.ThirdParty, Paid: true, CostCents: 2505},
		},
	})
	require.NoError(s.t, err)
	sources, err := s.store.ListSources(ctx, id)
	require.NoError(s.t, err)
	key := func(scope store.Scope, source *uuid.UUID) string {
		secret, err := s.store.CreateKey(ctx, id, "test", scope, source)
		require.NoError(s.t, err)
		return secret
	}
	return id, keys{key(store.Intake, &sources[1].ID), key(store.Intake, &sources[0].ID), key(store.Integration, nil)}
}

// desk takes the workflow's place where no Temporal is needed: it has the
// store decide the steps at once, in the caller's own time.
type desk struct {
	store *store.Store

	mu    sync.Mutex
	fail  error // the answer to everything, when set
	asked []process.Happening
}

func (d *desk) answer(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *desk) last() process.Happening {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[len(d.asked)-1]
}

// Ask has the store decide.
func (d *desk) Ask(ctx context.Context, leadID string, h process.Happening, reopen *process.State) (workflows.Answer, error) {
	d.mu.Lock()
	d.asked = append(d.asked, h)
	fail := d.fail
	d.mu.Unlock()
	if fail != nil {
		return workflows.Answer{}, fail
	}
	state, err := d.store.StateForStart(ctx, uuid.MustParse(leadID))
	if err != nil {
		return workflows.Answer{}, err
	}
	if state.Step == 0 || (state.Status == lead.Closed && reopen == nil) {
		return workflows.Answer{}, workflows.ErrNotRunning
	}
	done, err := d.store.Step(ctx, state, h)
	if err != nil {
		return workflows.Answer{}, err
	}
	if done.Refused != nil {
		return workflows.Answer{}, done.Refused
	}
	return workflows.Answer{Step: done.State.Step, Status: string(done.State.Status)}, nil
}

// begin has the first step of a lead decided, as its workflow would.
func (s *shop) begin(id string) {
	s.t.Helper()
	state, err := s.store.StateForStart(context.Background(), uuid.MustParse(id))
	require.NoError(s.t, err)
	done, err := s.store.Step(context.Background(), state, process.Happening{What: process.WasReceived})
	require.NoError(s.t, err)
	require.Nil(s.t, done.Refused)
}

// does has something else happen to a lead, past the API.
func (s *shop) does(id string, h process.Happening) process.State {
	s.t.Helper()
	state, err := s.store.StateForStart(context.Background(), uuid.MustParse(id))
	require.NoError(s.t, err)
	done, err := s.store.Step(context.Background(), state, h)
	require.NoError(s.t, err)
	require.Nil(s.t, done.Refused)
	return done.State
}

// received is the answer to a call.
type received struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// get returns the value at a path such as "items.0.customer.phone", nil when
// there is none.
func (r received) get(path string) any {
	r.t.Helper()
	var value any
	require.NoError(r.t, json.Unmarshal(r.body, &value), "%s", r.body)
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			require.NoError(r.t, err)
			if i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// at is the part of the answer at a path, as an answer of its own.
func (r received) at(path string) received {
	r.t.Helper()
	body, err := json.Marshal(r.get(path))
	require.NoError(r.t, err)
	return received{t: r.t, status: r.status, header: r.header, body: body}
}

func (r received) text(path string) string { s, _ := r.get(path).(string); return s }

func (r received) count(path string) int { l, _ := r.get(path).([]any); return len(l) }

// is requires a status; the body tells why it is another.
func (r received) is(status int) received {
	r.t.Helper()
	require.Equal(r.t, status, r.status, "%s", r.body)
	return r
}

// problem requires a kind of problem.
func (r received) problem(k Kind) received {
	r.t.Helper()
	require.Equal(r.t, "application/problem+json", r.header.Get("Content-Type"), "%d %s", r.status, r.body)
	require.Equal(r.t, k.typeURI(), r.text("type"), "%s", r.body)
	return r
}

// call makes a request with a key; header pairs override the usual ones. Every
// answer is held against openapi.yaml.
func (s *shop) call(key, method, path, body string, headers ...string) received {
	s.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.web.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := s.web.Client().Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	asDescribed(s.t, method, path, resp, text)
	return received{t: s.t, status: resp.StatusCode, header: resp.Header, body: text}
}

// asDescribed holds an answer against the description.
func asDescribed(t *testing.T, method, path string, resp *http.Response, body []byte) {
	t.Helper()
	doc, err := description()
	require.NoError(t, err)
	path, _, _ = strings.Cut(path, "?")
	for _, op := range doc.Operations {
		if op.Method != method || !regexp.MustCompile("^"+pathParameter.ReplaceAllString(op.Path, "[^/]+")+"$").MatchString(path) {
			continue
		}
		for _, r := range op.Responses {
			if r.Status != strconv.Itoa(resp.StatusCode) {
				continue
			}
			media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
			for _, c := range r.Contents {
				if c.MediaType == media && strings.HasSuffix(media, "json") {
					require.Empty(t, c.Schema.Check(parsed(t, body)), "%s %d: %s", op.ID, resp.StatusCode, body)
				}
			}
			return
		}
		if resp.StatusCode == http.StatusInternalServerError {
			return // never on purpose
		}
		require.Failf(t, "not described", "%s answers %d: %s", op.ID, resp.StatusCode, body)
	}
}

const captur = `{"external_id":"AT-1","channel":"web","request":"test_drive",
	"customer":{"first_name":"Jan","infix":"de","last_name":"Boer","email":"Jan@customer.example","phone":"06 12345678"},
	"vehicle":{"condition":"new","make":"Renault","model":"Captur","year":2026,"stock_number":"R-1182","price":{"amount":"31990.00","currency":"EUR"}},
	"trade_in":{"make":"Opel","model":"Corsa","mileage_km":88000},"comments":"Can I drive it on Saturday?"}`

// post posts a new lead and returns its id.
func (s *shop) post(key, body string) string {
	s.t.Helper()
	return s.call(key, http.MethodPost, "/v1/leads", body).is(http.StatusAccepted).text("id")
}

// working posts a lead and has its process begin.
func (s *shop) working(body string) string {
	s.t.Helper()
	id := s.post(s.website, body)
	s.begin(id)
	return id
}

// act acts on a lead for somebody.
func (s *shop) act(id, what, actor, body string, headers ...string) received {
	s.t.Helper()
	return s.call(s.staff, http.MethodPost, "/v1/leads/"+id+"/"+what, body, append([]string{"X-Actor", actor}, headers...)...)
}

func (s *shop) kinds(id string) []string {
	s.t.Helper()
	page := s.call(s.staff, http.MethodGet, "/v1/leads/"+id+"/timeline", "").is(http.StatusOK)
	var out []string
	for i := range page.count("items") {
		out = append(out, page.text("items."+itoa(i)+".kind"))
	}
	return out
}

func itoa(i int) string { return strconv.Itoa(i) }
