package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// line is one figure of the results. What was not measured more than once has no
// percentiles, and what is compared with nothing no ratio.
type line struct {
	Scenario  string   `json:"scenario"`
	Figure    string   `json:"figure"`
	Value     float64  `json:"value"`
	Unit      string   `json:"unit"`
	N         int      `json:"n"`
	P50       *float64 `json:"p50"`
	P90       *float64 `json:"p90"`
	P99       *float64 `json:"p99"`
	Max       *float64 `json:"max"`
	Reference string   `json:"reference"`
	Ratio     *float64 `json:"ratio"`

	targets []target
	row     string // of a table of its own, in which the figure is the column
	column  string
}

// target is what a figure should be; missing it is no error.
type target struct {
	text string
	kept bool
}

// single is a figure that was measured once, over n of something.
func single(figure string, value float64, unit string, n int) line {
	return line{Figure: figure, Value: rounded(value), Unit: unit, N: n}
}

// rounded keeps three digits behind the point: nothing is measured finer.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

// in puts a figure into a table of its own, which has a row for each step or
// size.
func (l line) in(row string) line {
	l.row, l.column = row, l.Figure
	l.Figure = row + ": " + l.Figure
	return l
}

// spread is how long something took, in milliseconds; its value is the median.
func spread(figure string, took []time.Duration) line {
	ms := make([]float64, len(took))
	for i, d := range took {
		ms[i] = float64(d) / float64(time.Millisecond)
	}
	return distribution(figure, "ms", ms)
}

// distribution is a figure with its percentiles.
func distribution(figure, unit string, values []float64) line {
	sorted := slices.Sorted(slices.Values(values))
	l := line{Figure: figure, Unit: unit, N: len(sorted)}
	for _, p := range []struct {
		share float64
		into  **float64
	}{{0.5, &l.P50}, {0.9, &l.P90}, {0.99, &l.P99}, {1, &l.Max}} {
		value := rounded(percentile(sorted, p.share))
		*p.into = &value
	}
	l.Value = *l.P50
	return l
}

// percentile returns the smallest of the values that at least the share of them
// does not exceed; 0 of none.
func percentile[T cmp.Ordered](sorted []T, share float64) T {
	if len(sorted) == 0 {
		var none T
		return none
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// against compares one of the figure's numbers with the same of a reference.
func (l line) against(name string, mine, its float64) line {
	if its == 0 {
		return l
	}
	ratio := rounded(mine / its)
	l.Reference, l.Ratio = name, &ratio
	return l
}

// aim says what a number of the figure should be.
func (l line) aim(kept bool, format string, args ...any) line {
	l.targets = append(slices.Clone(l.targets), target{fmt.Sprintf(format, args...), kept})
	return l
}

// p99Within wants the 99th percentile to be at most so many milliseconds.
func (l line) p99Within(most float64) line { return l.aim(*l.P99 <= most, "p99 ≤ %g", most) }

// displaced returns by how many places the one was moved that was moved farthest
// to the front: how many that were first in one order come after it in the other.
// begun holds, in the order in which things came, the place at which each was
// begun.
func displaced(begun []int) int {
	worst := 0
	for came, place := range begun {
		worst = max(worst, came-place)
	}
	return worst
}
