package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/internal/fair"
)

// rooms are the kinds of requests that must not starve each other: a flood of
// leads must not keep anybody from his screen, nor screens a lead from coming
// in. Each kind has a bound of its own, and in it a dealer has a share.
type rooms struct{ intake, acting, reading, public *room }

// room is one kind of requests.
type room struct {
	name string
	// places bound all that are in the process, whoever sends them, also those
	// who are only told that they have their share: the next one is sent away at
	// once.
	places chan struct{}
	// turns are taken by those whose dealer is known, while they use the
	// database. Whoever has to wait waits in line, and not with a connection.
	turns *fair.Gate
	full  prometheus.Counter // sent away because everything was taken
	share prometheus.Counter // sent away because the dealer had his share
}

const (
	// mostInFlight is what a room takes when nobody says otherwise.
	mostInFlight = 256
	// mostQueueing is how long a request waits for its dealer's turn.
	mostQueueing = 3 * time.Second
)

// newRooms returns rooms in which most requests each wait or are worked on, behind which there are so many
// connections to the database. Leads coming in and screens being read take at
// most three quarters of the connections each, and one dealer half of them: what
// holds up one dealer, a lock for example, leaves something to the others. What
// staff do waits for Temporal without holding a connection.
func newRooms(most, connections int, f *figures) *rooms {
	line := most * 3 / 4 // the rest of the line is for others
	database := fair.Bounds{Places: connections * 3 / 4, Share: connections / 2, Waiting: most, Line: line}
	kind := func(name string, b fair.Bounds) *room {
		return &room{
			name: name, places: make(chan struct{}, 2*most), turns: fair.New(b),
			full: f.sentAway.WithLabelValues(name, "full"), share: f.sentAway.WithLabelValues(name, "share"),
		}
	}
	return &rooms{
		intake:  kind("intake", database),
		reading: kind("reading", database),
		acting:  kind("acting", fair.Bounds{Places: most, Share: line}),
		public:  kind("public", fair.Bounds{Places: most}),
	}
}

func (r *rooms) all() []*room { return []*room{r.intake, r.acting, r.reading, r.public} }

// strangers are the routes of pages and documents that anybody may ask for.
var strangers = []string{"/c/", "/sign-in", "/forgotten", "/welcome/", "/setup", "/logo/", "/hooks/"}

// of returns the room of a request, nil when it needs none.
func (r *rooms) of(c *gin.Context) *room {
	route := c.FullPath()
	switch {
	case slices.Contains(unbounded, route) || fromMemory(route):
		return nil
	case route == "" || slices.ContainsFunc(strangers, func(s string) bool { return strings.HasPrefix(route, s) }):
		return r.public
	case route == "/v1/leads" && c.Request.Method == http.MethodPost:
		return r.intake
	case c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead:
		return r.reading
	}
	return r.acting
}

// bounded keeps requests from piling up behind a slow database: beyond so many
// of a kind they are sent away at once. What a page asks of the API is part of
// the page's own request.
func (r *rooms) bounded(c *gin.Context) {
	one := r.of(c)
	if one == nil || inRoom(c.Request.Context()) {
		return
	}
	select {
	case one.places <- struct{}{}:
		defer func() { <-one.places }()
		put(c, roomKey, true)
		c.Next()
	default:
		one.full.Inc()
		Render(c, busy())
	}
}

func inRoom(ctx context.Context) bool { return ctx.Value(roomKey) != nil }

// shared gives every dealer his turn. A posted lead waits for it later, when it
// has been read: its sender may be slow.
func (s *server) shared(c *gin.Context) {
	one := s.rooms.of(c)
	if one == nil || one == s.rooms.public || one == s.rooms.intake || Operation(c.Request.Context()).Public {
		return
	}
	leave, err := one.enter(c.Request.Context(), callerOf(c.Request.Context()).dealer)
	if err != nil {
		Fail(c, err)
		return
	}
	defer leave()
	c.Next()
}

// enter waits for a dealer's turn. Its error is a problem that says when to
// come back.
func (r *room) enter(ctx context.Context, dealer uuid.UUID) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, mostQueueing)
	defer cancel()
	leave, err = r.turns.Enter(ctx, dealer.String(), false)
	switch {
	case errors.Is(err, fair.ErrShare):
		r.share.Inc()
		return nil, TooFast(retrySoon)
	case errors.Is(err, fair.ErrBusy):
		r.full.Inc()
		return nil, busy()
	}
	return leave, err
}

var (
	roomPlaces  = prometheus.NewDesc("doorbell_http_places_taken", "Requests that are worked on now, by kind; no event streams.", []string{"room"}, nil)
	roomMost    = prometheus.NewDesc("doorbell_http_places", "Most requests that are worked on at once, by kind.", []string{"room"}, nil)
	roomWaiting = prometheus.NewDesc("doorbell_http_waiting", "Requests that wait for their dealer's turn at the database, by kind.", []string{"room"}, nil)
)

// Describe names the figures.
func (r *rooms) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{roomPlaces, roomMost, roomWaiting} {
		ch <- desc
	}
}

// Collect counts who is in the rooms.
func (r *rooms) Collect(ch chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, n int, room string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), room)
	}
	for _, one := range r.all() {
		_, waiting := one.turns.Load()
		gauge(roomPlaces, len(one.places), one.name)
		gauge(roomMost, cap(one.places), one.name)
		gauge(roomWaiting, waiting, one.name)
	}
}
