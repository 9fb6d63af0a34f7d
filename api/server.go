package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/doorbell-ilm/doorbell/api/docs"
	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/internal/pace"
	"github.com/doorbell-ilm/doorbell/message"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/workflows"
)

// Options are what the API stands on.
type Options struct {
	Store *store.Store
	// Leads asks the workflows. Posting and reading leads do without.
	Leads workflows.Leads
	// Temporal is asked for its health only.
	Temporal client.Client
	// Waker is told when there is something to tell Temporal. It never blocks.
	Waker interface{ Wake() }
	// PublicURL is where the server is reached. The addresses in answers are
	// relative to its host and begin with its path.
	PublicURL string
	Log       *slog.Logger
	Version   string
	Registry  *prometheus.Registry
	// Pages mounts the web pages beside the API; nil for none.
	Pages func(*gin.Engine)
	// Session finds whose session a browser brings; false for none. Nil means
	// that keys alone open the API.
	Session func(*http.Request) (Signed, bool, error)
	// Stopping is closed when the server begins to stop: the event streams end
	// then, for which http.Server.Shutdown would wait. Nil means never.
	Stopping <-chan struct{}

	// MailEvents knows what SendGrid's event webhook posts. Nil means that none is
	// set up.
	MailEvents *message.EventWebhook

	// PerSecond and Burst bound the requests of one key; zero means 100 and 200.
	PerSecond float64
	Burst     int
	// InFlight bounds the requests of each kind that are worked on at once,
	// event streams not counted; zero means 256. docs/load.md names the kinds.
	InFlight int
}

// server holds the operations of openapi.yaml.
type server struct {
	store      *store.Store
	leads      asker
	temporal   client.Client
	waker      interface{ Wake() }
	base       string // path before /v1
	public     string // as others reach the server, without a slash at the end
	templates  *message.Templates
	mailEvents *message.EventWebhook
	log        *slog.Logger
	version    string
	stopping   <-chan struct{}
	session    func(*http.Request) (Signed, bool, error)

	keys      *keyring
	perKey    *limiters
	perLead   *limiters
	strangers *pace.Bound
	figures   *figures
	rooms     *rooms
	feeds     *feeds
	migrated  checkedOnce
}

var (
	_ gen.StrictServerInterface = (*server)(nil)
	_ Raw                       = (*server)(nil)
)

// New returns the API on a router of its own. Its errors are mistakes of the
// caller.
func New(o Options) (*gin.Engine, error) {
	s, err := newServer(o, o.Leads)
	if err != nil {
		return nil, err
	}
	return s.router(o)
}

func newServer(o Options, leads asker) (*server, error) {
	if o.Store == nil || o.Waker == nil || o.Log == nil || o.Registry == nil {
		return nil, errors.New("api: Store, Waker, Log and Registry are needed")
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("api: PublicURL: %w", err)
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 100
	}
	if o.Burst <= 0 {
		o.Burst = 200
	}
	s := &server{
		store: o.Store, leads: leads, temporal: o.Temporal, waker: o.Waker, log: o.Log, version: o.Version, stopping: o.Stopping, session: o.Session,
		mailEvents: o.MailEvents,
		base:       strings.TrimSuffix(public.Path, "/"),
		public:     strings.TrimSuffix(o.PublicURL, "/"),
		keys:       newKeyring(o.Store),
		perKey:     newLimiters(rate.Limit(o.PerSecond), o.Burst),
		// No person and no program works one lead faster than this; it keeps
		// the history of a workflow from being filled from outside.
		perLead:   newLimiters(5, 50),
		strangers: pace.New(strangersPerSecond, strangersBurst, strangersAtOnce),
	}
	if s.templates, err = message.Load(); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	if s.figures, err = newFigures(o.Registry, o.Store); err != nil {
		return nil, err
	}
	if o.InFlight <= 0 {
		o.InFlight = mostInFlight
	}
	s.rooms = newRooms(o.InFlight, int(o.Store.Pool.Config().MaxConns), s.figures)
	s.feeds = newFeeds(s)
	for _, c := range []prometheus.Collector{s.rooms, s.feeds} {
		if err := o.Registry.Register(c); err != nil {
			return nil, fmt.Errorf("api: register figures: %w", err)
		}
	}
	return s, nil
}

// unbounded are the routes that must answer however busy the server is, and
// the one that stays open.
var unbounded = []string{"/healthz", "/readyz", "/metrics", "/v1/events"}

func (s *server) router(o Options) (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	// Nobody in front is believed about who is calling, unless the server's own
	// settings name him: whoever tries passwords is counted by his address.
	if err := router.SetTrustedProxies(nil); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	router.NoRoute(NoRoute)
	router.NoMethod(NoMethod)
	router.Use(s.observe, s.recovered, s.rooms.bounded, timed)
	err := Mount(router, Handlers{
		Strict: s, Raw: s,
		Before: []gin.HandlerFunc{s.authenticate, s.shared},
		Around: []gen.StrictMiddlewareFunc{saysLanguage, s.onBehalf},
	})
	if err != nil {
		return nil, err
	}
	if o.Pages != nil {
		o.Pages(router)
	}
	return router, nil
}

// fromMemory reports whether a route is answered with what is in the binary. It
// waits for nothing but its reader, of whom nothing is known: a slow one must not
// keep a place from those who work.
func fromMemory(route string) bool {
	return strings.HasPrefix(route, "/assets/") || strings.HasPrefix(route, kindPath) ||
		slices.Contains([]string{"/docs", docs.StylePath, "/v1/openapi.yaml", "/v1/policy/schema.json"}, route)
}

// answerJSON answers an operation of Raw.
func answerJSON(c *gin.Context, status int, value any) {
	c.Header("Cache-Control", "no-store")
	c.JSON(status, value)
}

// address is where something is found on this server.
func (s *server) address(path string) string { return s.base + path }

func busy() *Problem {
	p := newProblem(KindUnavailable, "The server has too much to do. Come back in a second.")
	p.RetryAfter = retrySoon
	return p
}
