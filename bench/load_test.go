package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What hangs does not keep what comes after it from being done in its time.
func TestTheLoadDoesNotWaitForAnswers(t *testing.T) {
	t.Parallel()
	last := make(chan struct{})
	var due [4]time.Time
	err := drive(t.Context(), len(due), 1000, func(_ context.Context, i int, at time.Time) error {
		due[i] = at
		if i == len(due)-1 {
			close(last)
		}
		<-last // all the others wait for the last one
		return nil
	})
	require.NoError(t, err)
	for i := range due[1:] {
		require.Equal(t, time.Millisecond, due[i+1].Sub(due[i]), "due by the clock, not when it was done")
	}
}

func TestTheLoadTellsWhatFailed(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	err := drive(t.Context(), 3, 1000, func(_ context.Context, i int, _ time.Time) error {
		if i == 1 {
			return lost
		}
		return nil
	})
	require.ErrorIs(t, err, lost)
	var done atomic.Int64
	err = crowd(t.Context(), 100, 4, func(_ context.Context, i int) error {
		done.Add(1)
		if i == 3 {
			return lost
		}
		return nil
	})
	require.ErrorIs(t, err, lost)
	require.EqualValues(t, 100, done.Load(), "the other clients go on")
}

func TestTheLoadStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	nothing := func(context.Context, int) error { return nil }
	require.ErrorIs(t, crowd(ctx, 10, 2, nothing), context.Canceled)
	require.ErrorIs(t, drive(ctx, 10, 1, func(context.Context, int, time.Time) error { return nil }), context.Canceled)
}
