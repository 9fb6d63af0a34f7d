package api

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// figures are what Prometheus is told. None of them is personal.
type figures struct {
	registry    *prometheus.Registry
	took        *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	leads       *prometheus.CounterVec
	quarantined *prometheus.CounterVec
	mailFigures
	sentAway *prometheus.CounterVec
	tooFast  prometheus.Counter
}

func newFigures(registry *prometheus.Registry, s *store.Store) (*figures, error) {
	f := &figures{
		registry: registry,
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "doorbell_http_request_seconds", Help: "How long requests took, by route and status.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "doorbell_http_requests_in_flight", Help: "Requests that are worked on now, event streams included.",
		}),
		leads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbell_leads_received_total", Help: "New leads, by source.",
		}, []string{"source"}),
		quarantined: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbell_messages_quarantined_total", Help: "Messages and prospects that could not be read, by source.",
		}, []string{"source"}),
		mailFigures: newMailFigures(),
		sentAway: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorbell_http_sent_away_total",
			Help: "Requests that were told to come back, by kind: because everything was taken (full), or because their dealer had his share (share).",
		}, []string{"room", "why"}),
		tooFast: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "doorbell_http_too_fast_total", Help: "Requests that were told to come back because their key or session was faster than allowed.",
		}),
	}
	for _, c := range append(f.collectors(), f.took, f.inFlight, f.leads, f.quarantined, f.sentAway, f.tooFast, database{s}, retention{s}, trust{s}) {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("api: register figures: %w", err)
		}
	}
	return f, nil
}

// received counts what a post became.
func (f *figures) received(source string, got store.Received) {
	if got.Replayed {
		return
	}
	for _, l := range got.Leads {
		if !l.Replayed {
			f.leads.WithLabelValues(source).Inc()
		}
	}
	f.quarantined.WithLabelValues(source).Add(float64(len(got.Quarantined)))
}

// GetMetrics answers Prometheus.
func (s *server) GetMetrics(c *gin.Context) {
	promhttp.HandlerFor(s.figures.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(c.Writer, c.Request)
}

// database collects the figures of Postgres at the moment of asking.
type database struct{ store *store.Store }

var (
	outboxWaiting = prometheus.NewDesc("doorbell_outbox_waiting", "Entries that Temporal has still to be told.", nil, nil)
	outboxOldest  = prometheus.NewDesc("doorbell_outbox_oldest_seconds", "Age of the oldest entry that Temporal has still to be told.", nil, nil)
	connections   = prometheus.NewDesc("doorbell_database_connections", "Connections of the pool, by what they do.", []string{"state"}, nil)
	waited        = prometheus.NewDesc("doorbell_database_waits_total", "How often a request had to wait for a connection.", nil, nil)
	givenUp       = prometheus.NewDesc("doorbell_database_waits_given_up_total", "How often a request got no connection in time.", nil, nil)
	overdue       = prometheus.NewDesc("doorbell_deadlines_overdue", "Open leads that should have acted by themselves and have not.", nil, nil)
	overdueOldest = prometheus.NewDesc("doorbell_deadlines_overdue_seconds", "For how long the first of these should have acted.", nil, nil)
	databaseUp    = prometheus.NewDesc("doorbell_database_up", "Whether Postgres answered when these figures were asked for.", nil, nil)
)

// Describe names the figures.
func (d database) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{outboxWaiting, outboxOldest, connections, waited, givenUp, overdue, overdueOldest, databaseUp} {
		ch <- desc
	}
}

// Collect reads the figures. When Postgres is away those that
// it would have to tell are left out.
func (d database) Collect(ch chan<- prometheus.Metric) {
	stat := d.store.Pool.Stat()
	for state, n := range map[string]int32{"acquired": stat.AcquiredConns(), "idle": stat.IdleConns(), "max": stat.MaxConns()} {
		ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
	ch <- prometheus.MustNewConstMetric(givenUp, prometheus.CounterValue, float64(d.store.GivenUp()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	ctx = store.Across(ctx)
	depth, err := d.store.OutboxDepth(ctx)
	var late db.OverdueLeadsRow
	if err == nil {
		late, err = d.store.OverdueLeads(ctx)
	}
	if err != nil {
		ch <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, 1)
	ch <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(depth.Waiting))
	ch <- prometheus.MustNewConstMetric(outboxOldest, prometheus.GaugeValue, depth.OldestS)
	ch <- prometheus.MustNewConstMetric(overdue, prometheus.GaugeValue, float64(late.Waiting))
	ch <- prometheus.MustNewConstMetric(overdueOldest, prometheus.GaugeValue, late.OldestS)
}
