package api

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/store"
)

// trust collects the figures that tell whether what is shown can be relied on:
// what the last audit found and how old it is, and how far the process is behind.
type trust struct{ store *store.Store }

var (
	projectionLag = prometheus.NewDesc("doorbell_projection_lag_seconds",
		"By how much the latest lead or follow-up is behind what it was to do by itself; 0 when none is late.", nil, nil)
	auditAge = prometheus.NewDesc("doorbell_audit_age_seconds",
		"Age of the last audit that came to its end; before the first, for how long there has been something to audit.", nil, nil)
	auditLeads = prometheus.NewDesc("doorbell_audit_leads", "Open leads that the last audit looked at.", nil, nil)
	auditFound = prometheus.NewDesc("doorbell_audit_findings",
		"What the last audit found, by kind and by what became of it: repaired, noted (lost for good) or left.", []string{"kind", "outcome"}, nil)
)

// Describe names the figures.
func (t trust) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{projectionLag, auditAge, auditLeads, auditFound} {
		ch <- desc
	}
}

// Collect reads the figures. What cannot be read is left out.
func (t trust) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(store.Across(context.Background()), 2*time.Second)
	defer cancel()
	lag, err := t.store.ProjectionLag(ctx)
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(projectionLag, prometheus.GaugeValue, lag)
	last, err := t.store.AuditLast(ctx)
	if errors.Is(err, store.ErrNotFound) {
		if since, err := t.store.OldestDealer(ctx); err == nil {
			ch <- prometheus.MustNewConstMetric(auditAge, prometheus.GaugeValue, since)
		}
		return
	}
	if err != nil {
		return
	}
	ch <- prometheus.MustNewConstMetric(auditAge, prometheus.GaugeValue, last.Age.Seconds())
	ch <- prometheus.MustNewConstMetric(auditLeads, prometheus.GaugeValue, float64(last.Leads))
	for _, f := range last.Findings {
		ch <- prometheus.MustNewConstMetric(auditFound, prometheus.GaugeValue, float64(f.Count), f.Kind, f.Outcome)
	}
}
