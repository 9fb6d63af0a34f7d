package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/api/gen"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
)

// How each entry of the timeline is told is tested with the words.
func TestWhatFollowsAClosingIsDescribed(t *testing.T) {
	t.Parallel()
	for _, r := range lead.Shipped() {
		for _, f := range r.FollowUps {
			require.True(t, gen.FollowUpKind(f.Kind).Valid(), f.Kind)
		}
	}
	for _, status := range []process.FollowUpStatus{process.Pending, process.Done, process.Dropped} {
		require.True(t, gen.FollowUpStatus(status).Valid(), status)
	}
	for _, outcome := range []string{process.Granted, process.Denied} {
		require.True(t, gen.FollowUpOutcome(outcome).Valid(), outcome)
	}
}
