package api

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/doorbell-ilm/doorbell/store"
)

// figures are what Prometheus is told. None of them is personal.
type figures struct {
	registry    *prometheus.Registry
	took        *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	leads       *prometheus.CounterVec
	quarantined *prometheus.CounterVec
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
	}
	for _, c := range []prometheus.Collector{f.took, f.inFlight, f.leads, f.quarantined, database{s}} {
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
	databaseUp    = prometheus.NewDesc("doorbell_database_up", "Whether Postgres answered when these figures were asked for.", nil, nil)
)

// Describe names the figures.
func (d database) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{outboxWaiting, outboxOldest, connections, waited, databaseUp} {
		ch <- desc
	}
}

// Collect reads the figures. When Postgres is away the outbox's are left out.
func (d database) Collect(ch chan<- prometheus.Metric) {
	stat := d.store.Pool.Stat()
	for state, n := range map[string]int32{"acquired": stat.AcquiredConns(), "idle": stat.IdleConns(), "max": stat.MaxConns()} {
		ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	depth, err := d.store.OutboxDepth(store.Across(ctx))
	if err != nil {
		ch <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, 0)
		return
	}
	ch <- prometheus.MustNewConstMetric(databaseUp, prometheus.GaugeValue, 1)
	ch <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(depth.Waiting))
	ch <- prometheus.MustNewConstMetric(outboxOldest, prometheus.GaugeValue, depth.OldestS)
}
