package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// samples are n values from a to b in a straight line.
func samples(n int, a, b float64) []point {
	all := make([]point, n)
	for i := range all {
		all[i] = point{float64(i), a + (b-a)*float64(i)/float64(n)}
	}
	return all
}

func TestSoakTellsALeakFromWarmingUp(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		samples []point
		grows   bool
	}{
		"flat":              {samples(60, 100, 100), false},
		"warms up":          {append(samples(20, 20, 100), samples(40, 100, 100)...), false},
		"leaks":             {samples(60, 50, 200), true},
		"a little, slowly":  {samples(60, 100, 104), false},
		"few to begin with": {samples(60, 2, 9), false},
		"too short to tell": {samples(2, 1, 100), false},
	} {
		_, _, grows := flat(one.samples, 10)
		require.Equal(t, one.grows, grows, name)
	}
}

// One wild sample decides nothing.
func TestSoakIsNotImpressedByAPeak(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := samples(60, 100, 100)
		all[rapid.IntRange(0, 59).Draw(t, "at")].Value = rapid.Float64Range(0, 1e6).Draw(t, "peak")
		_, _, grows := flat(all, 10)
		require.False(t, grows)
	})
}
