package api

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/store"
)

// retention collects what the nightly erasing did, at the moment of asking.
type retention struct{ store *store.Store }

var (
	retentionRan = prometheus.NewDesc("doorbell_retention_last_run_timestamp_seconds",
		"When retention was last through, of the dealer for whom that is longest ago; 0 when it never was for one.", nil, nil)
	retentionPeople = prometheus.NewDesc("doorbell_retention_people_erased_total",
		"People whom retention has erased.", nil, nil)
	retentionMessages = prometheus.NewDesc("doorbell_retention_messages_emptied_total",
		"Raw messages that retention has emptied because of their age.", nil, nil)
	retentionHeld = prometheus.NewDesc("doorbell_retention_people_held",
		"People whom the last runs could not erase, because others wait in quarantine in their messages.", nil, nil)
)

// Describe names the figures.
func (r retention) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{retentionRan, retentionPeople, retentionMessages, retentionHeld} {
		ch <- desc
	}
}

// Collect reads the figures. When Postgres is away they are left out.
func (r retention) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(store.Across(context.Background()), 2*time.Second)
	defer cancel()
	stands, err := r.store.RetentionStands(ctx)
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(retentionRan, prometheus.GaugeValue, stands.RanAtS)
	ch <- prometheus.MustNewConstMetric(retentionPeople, prometheus.CounterValue, float64(stands.People))
	ch <- prometheus.MustNewConstMetric(retentionMessages, prometheus.CounterValue, float64(stands.Messages))
	ch <- prometheus.MustNewConstMetric(retentionHeld, prometheus.GaugeValue, float64(stands.Held))
}
