package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestASeedRepeatsItsSchedule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		length := time.Duration(rapid.IntRange(30, 4000).Draw(t, "seconds")) * time.Second
		stretch := rapid.Float64Range(1, 20).Draw(t, "stretch")
		plan := planned(seed, length, stretch)
		require.Equal(t, plan, planned(seed, length, stretch))

		seen, last := map[fault]map[string]int{}, map[lane]time.Duration{}
		for i, one := range plan {
			require.LessOrEqual(t, one.At, length, "it begins while there is load")
			require.Contains(t, []int{0, 1}, one.Target)
			require.Positive(t, one.N)
			if i > 0 {
				require.GreaterOrEqual(t, one.At, plan[i-1].At)
			}
			require.GreaterOrEqual(t, one.At, last[one.Lane])
			last[one.Lane] = one.At
			if seen[one.Fault] == nil {
				seen[one.Fault] = map[string]int{}
			}
			seen[one.Fault][one.Variant]++
		}
		for _, k := range kinds {
			require.NotEmpty(t, seen[k.fault], "every fault comes: %s", k.fault)
			for _, variant := range k.variants {
				require.Positive(t, seen[k.fault][variant], "%s, %s", k.fault, variant)
			}
		}
	})
}

func TestSeedsDiffer(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, planned(1, time.Minute, 1), planned(2, time.Minute, 1))
}

func TestChosenFaultsLastAsLongAsIsAsked(t *testing.T) {
	t.Parallel()
	plan := planned(1, time.Hour, 8)
	for only, times := range map[string]int{"4": 1, "9": 1, "7": 2, "10": 2, "11": 7} {
		longest := chosen(plan, only, 30*time.Minute)
		require.Len(t, longest, times, only)
		for _, i := range longest {
			require.Equal(t, 30*time.Minute, i.For)
			require.Less(t, i.At, time.Minute)
		}
	}
	require.Equal(t, plan, chosen(plan, "", 0))
	require.NotEmpty(t, chosen(plan, "4", 0))
	require.Less(t, len(chosen(plan, "4", 0)), len(plan))
}
