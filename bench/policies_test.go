package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/policy"
)

func TestPoliciesHaveNoFault(t *testing.T) {
	t.Parallel()
	for hour := range 24 {
		opening := time.Date(2026, 11, 24, hour, 59, 0, 0, time.UTC)
		for _, text := range []string{quiet(), soon(4 * time.Second), together(opening)} {
			_, err := policy.Parse([]byte(text))
			require.NoError(t, err)
		}
	}
}

// Whatever the time of day, a lead that comes before the doors open falls due a
// second after they do.
func TestAHerdFallsDueTogether(t *testing.T) {
	t.Parallel()
	for minutes := range 24 * 60 {
		opening := time.Date(2026, 11, 24, 0, minutes, 0, 0, time.UTC)
		p, err := policy.Parse([]byte(together(opening)))
		require.NoError(t, err)
		for _, before := range []time.Duration{time.Second, 5 * time.Minute, time.Hour} {
			track := p.Tracks["standard"]
			require.Equal(t, opening.Add(time.Second), p.LiveDue(track, p.After(track, opening.Add(-before), policy.Duration{})).UTC())
		}
	}
}
