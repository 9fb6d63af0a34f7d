package rehearse

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkTenThousandLeads rehearses the shipped policy for a quarter: once
// with a team that keeps up, once with one that drowns, where every lead is told
// of again every day.
func BenchmarkTenThousandLeads(b *testing.B) {
	for _, c := range []struct {
		name   string
		people int
	}{{"enough people", 24}, {"too few people", 6}} {
		b.Run(c.name, func(b *testing.B) {
			setup := staffed(b, standard(b), c.people, 10_000.0/90, 90)
			b.ReportAllocs()
			for b.Loop() {
				report, err := Run(context.Background(), setup)
				require.NoError(b, err)
				require.InDelta(b, 10_000, report.Leads, 500)
			}
		})
	}
}

// BenchmarkPreview measures what one question to the policy costs.
func BenchmarkPreview(b *testing.B) {
	p := standard(b)
	plan := Plan{Policy: p, Staff: Standin(p), Now: local(b, p, "2026-11-28 16:50")}
	plan.Subject, plan.Reach = portalLead()
	b.ReportAllocs()
	for b.Loop() {
		Preview(plan)
	}
}
