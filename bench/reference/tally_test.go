package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPercentiles(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i+1) * time.Millisecond
	}
	for name, one := range map[string]struct {
		sorted []time.Duration
		p      int
		want   float64
	}{
		"of nothing":                  {nil, 99, 0},
		"of one":                      {hundred[:1], 50, 0.001},
		"the middle":                  {hundred, 50, 0.050},
		"99 of 100":                   {hundred, 99, 0.099},
		"the largest":                 {hundred, 100, 0.100},
		"the smallest":                {hundred, 0, 0.001},
		"99 of 10 is the largest":     {hundred[:10], 99, 0.010},
		"the middle of three":         {hundred[:3], 50, 0.002},
		"microseconds, nothing finer": {[]time.Duration{1_234_567}, 50, 0.001235},
	} {
		require.InDelta(t, one.want, percentile(one.sorted, one.p), 1e-9, name)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-what", "engine", "-temporal", "127.0.0.1:7233"}, &bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, options{what: "engine", temporal: "127.0.0.1:7233", namespace: "doorbell", n: 1000, warm: 100, after: 10 * time.Second, load: load{clients: 32}}, o)

	for says, args := range map[string][]string{
		"-what is":             {},
		"one of engine":        {"-what", "bus"},
		"-temporal":            {"-what", "engine"},
		"queue needs -postg":   {"-what", "queue"},
		"insert needs -postg":  {"-what", "insert"},
		"at least 1":           {"-what", "insert", "-postgres", "postgres://", "-n", "0"},
		"at least 0":           {"-what", "insert", "-postgres", "postgres://", "-rate", "-1"},
		"not defined":          {"-fast"},
		`"engine" is no flag`:  {"engine"},
		"-n and -concurrency ": {"-what", "insert", "-postgres", "postgres://", "-concurrency", "0"},
	} {
		var out, errs bytes.Buffer
		require.Equal(t, exitUsage, command(t.Context(), args, &out, &errs), says)
		require.Contains(t, errs.String(), says)
		require.Empty(t, out.String(), says)
	}
	require.Equal(t, exitDone, command(t.Context(), []string{"-help"}, &bytes.Buffer{}, &bytes.Buffer{}))
}

func TestALatencyCountsFromWhenItWasDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTally(10)
		server := make(chan struct{}, 1) // one at a time, 200 ms each
		err := drive(t.Context(), all, 0, 10, load{rate: 10}, func(_ context.Context, i int) error {
			server <- struct{}{}
			<-time.After(200 * time.Millisecond) // the bubble's clock
			<-server
			all.rest(i)
			return nil
		})
		require.NoError(t, err)
		got := all.result("test", 0)
		require.InDelta(t, 2.0, got.Seconds, 1e-9, "twice as long as they were sent for")
		require.InDelta(t, 5.0, got.PerSecond, 1e-9)
		require.InDelta(t, 1.1, got.Max, 1e-9, "the last was due after 0.9 s")
	})
}

func TestClientsGoAsFastAsTheyCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTally(20)
		begin := func(_ context.Context, i int) error {
			<-time.After(time.Second) // the bubble's clock
			all.rest(i)
			return nil
		}
		require.NoError(t, drive(t.Context(), all, 0, 8, load{clients: 4}, begin), "those that do not count")
		require.NoError(t, drive(t.Context(), all, 8, 20, load{clients: 4}, begin))
		got := all.result("test", 8)
		require.Equal(t, 12, got.N)
		require.InDelta(t, 3.0, got.Seconds, 1e-9)
		require.InDelta(t, 1.0, got.Max, 1e-9)
	})
}

func TestTheEffectComesBeforeTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTally(1)
		all.due(0, time.Now())
		<-time.After(time.Second) // the bubble's clock
		all.effect(0)
		<-time.After(time.Second) // the bubble's clock
		all.rest(0)
		got := all.result("test", 0)
		require.InDelta(t, 1.0, got.P50, 1e-9)
		require.InDelta(t, 2.0, got.Seconds, 1e-9)
	})
}

func TestWhatIsLostFailsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTally(3)
		err := drive(t.Context(), all, 0, 3, load{clients: 1}, func(_ context.Context, i int) error {
			if i != 1 {
				all.rest(i)
			}
			return nil
		})
		require.ErrorContains(t, err, "lost: 2 of 3 came to rest")
	})
}

func TestWhatIsDoneTwiceFailsTheRun(t *testing.T) {
	t.Parallel()
	for says, again := range map[string]func(*tally){
		"number 1 came to rest twice":   func(all *tally) { all.rest(1) },
		"number 1 had its effect twice": func(all *tally) { all.effect(1) },
		"number 3, which nobody began":  func(all *tally) { all.rest(3) },
		"out of paper":                  func(all *tally) { all.fail(errors.New("out of paper")) },
	} {
		all := newTally(3)
		err := drive(t.Context(), all, 0, 3, load{clients: 1}, func(_ context.Context, i int) error {
			all.rest(i)
			if i == 2 {
				again(all)
			}
			return nil
		})
		require.ErrorContains(t, err, says)
	}
}

func TestTheFirstErrorEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, l := range []load{{clients: 4}, {rate: 1e6}} {
		err := drive(t.Context(), newTally(1000), 0, 1000, l, func(context.Context, int) error { return errors.New("refused") })
		require.ErrorContains(t, err, "refused")
	}
}
