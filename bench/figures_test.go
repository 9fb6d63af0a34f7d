package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPercentiles(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = time.Duration(i+1) * time.Millisecond
	}
	l := spread("hundred", hundred)
	require.Equal(t, []float64{50, 50, 90, 99, 100}, []float64{l.Value, *l.P50, *l.P90, *l.P99, *l.Max})
	one := spread("one", []time.Duration{1500 * time.Microsecond})
	require.Equal(t, []float64{1.5, 1.5, 1.5, 1.5}, []float64{*one.P50, *one.P90, *one.P99, *one.Max})
	require.Zero(t, *spread("none", nil).Max)
}

// A percentile is one of the values, and as many as it says do not exceed it.
func TestPercentilesAreOfTheValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64Range(0, 1e9), 1, 300).Draw(t, "values")))
		share := rapid.Float64Range(0.01, 1).Draw(t, "share")
		got := percentile(values, share)
		require.Contains(t, values, got)
		below := 0
		for _, v := range values {
			if v <= got {
				below++
			}
		}
		require.GreaterOrEqual(t, float64(below), share*float64(len(values))-1e-6)
	})
}

func TestLinesHaveTheKeysThatOthersRead(t *testing.T) {
	t.Parallel()
	keys := func(l line) []string {
		var into map[string]any
		text, err := json.Marshal(l)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &into))
		var names []string
		for name := range into {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	want := []string{"figure", "max", "n", "p50", "p90", "p99", "ratio", "reference", "scenario", "unit", "value"}
	require.Equal(t, want, keys(single("leads", 3, "leads", 3)))
	require.Equal(t, want, keys(spread("took", []time.Duration{time.Second}).against("twice as fast", 2, 1).p99Within(3)))
}

func TestRatios(t *testing.T) {
	t.Parallel()
	l := single("leads to rest", 30, "leads/s", 100).against("bare engine", 30, 60)
	require.InDelta(t, 0.5, *l.Ratio, 1e-9)
	require.Nil(t, single("leads to rest", 30, "leads/s", 100).against("nothing", 30, 0).Ratio)
}

func TestTheTableShowsTargets(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	l := spread("POST answered", []time.Duration{40 * time.Millisecond}).p99Within(30)
	l.Scenario = "acknowledgement"
	show(&out, []line{l, single("lost", 0, "leads", 5).aim(true, "0")})
	require.Contains(t, out.String(), "p99 ≤ 30: missed")
	require.Contains(t, out.String(), "0: kept")
}

func TestOldestFirst(t *testing.T) {
	t.Parallel()
	require.Zero(t, displaced([]int{0, 1, 2, 3}))
	require.Equal(t, 3, displaced([]int{1, 2, 3, 0}), "the last to come was begun before three others")
	require.Equal(t, 1, displaced([]int{3, 0, 1, 2}), "the first to come was begun last, each of the others one place early")
}

func TestScenariosAreChosenByWords(t *testing.T) {
	t.Parallel()
	list, err := chosen("herd,intake,escalation")
	require.NoError(t, err)
	var names []string
	for _, s := range list {
		names = append(names, s.name)
	}
	require.Equal(t, []string{"intake to rest", "escalation, steady", "escalation, herd"}, names)
	_, err = chosen("herds")
	require.Error(t, err)
}

func TestSizesScale(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{100, 500, 1000}, options{full: true, scale: 0.1}.sized().herds)
	require.Equal(t, []int{1000, 5000, 10000}, options{full: true, scale: 1}.sized().herds, "and the table itself stays as it is")
	require.Equal(t, 1, options{quick: true, scale: 0.01}.sized().lives)
}

// What was measured for several steps or sizes stands in a table of its own.
func TestStepsStandBesideEachOther(t *testing.T) {
	t.Parallel()
	var lines []line
	for _, step := range []string{"call", "closing"} {
		l := single("WAL", float64(len(step)), "KB", 1).in(step)
		l.Scenario = "cost of one life"
		require.Equal(t, step+": WAL", l.Figure)
		lines = append(lines, l)
	}
	var out strings.Builder
	show(&out, lines)
	require.Regexp(t, `COST OF ONE LIFE +call +closing\nWAL, KB +4 +7\n`, out.String())
	require.NotContains(t, out.String(), "call: WAL", "and not in the other one as well")
}
