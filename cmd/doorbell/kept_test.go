package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/child"
)

// script is a real child that a shell runs.
type script struct{ *child.Child }

func (s script) Stop(ctx context.Context) error { return s.Child.Stop(ctx) }

func shell(text string) (running, error) {
	c, err := child.Start(child.Options{Name: "the shell", Path: "/bin/sh", Args: []string{"-c", text}})
	if err != nil {
		return nil, err
	}
	return script{c}, nil
}

// said collects what a user is told.
type said chan string

func (s said) say(format string, args ...any) { s <- fmt.Sprintf(format, args...) }

func TestACrashedChildIsStartedAgainUntilItCrashesTooOften(t *testing.T) {
	t.Parallel()
	starts := 0
	told := make(said, 100)
	k := &kept{name: "The shell", say: told.say, start: func(context.Context) (running, error) {
		starts++
		return shell("echo last words >&2; exit 3")
	}}
	lost := make(chan error, 1)
	require.NoError(t, k.keep(t.Context(), func(err error) { lost <- err }))
	select {
	case err := <-lost:
		require.EqualError(t, err, "The shell ended by itself more than 3 times within a minute: the shell ended: exit status 3; its last lines:\n  last words")
	case <-time.After(time.Minute):
		require.Fail(t, "it is started for ever")
	}
	require.Equal(t, 1+mostRestarts, starts)
	require.Equal(t, "the shell ended: exit status 3 and is started again", <-told)
	require.Equal(t, "The shell runs again", <-told)
	require.NoError(t, k.stop(context.Background()), "stopping what is lost is fine")
}

func TestAStartThatFailsCountsAsACrash(t *testing.T) {
	t.Parallel()
	told := make(said, 100)
	first := true
	k := &kept{name: "The shell", say: told.say, start: func(context.Context) (running, error) {
		if first {
			first = false
			return shell("exit 3")
		}
		return nil, errors.New("no room")
	}}
	lost := make(chan error, 1)
	require.NoError(t, k.keep(t.Context(), func(err error) { lost <- err }))
	select {
	case err := <-lost:
		require.ErrorContains(t, err, "no room")
	case <-time.After(time.Minute):
		require.Fail(t, "it is started for ever")
	}
	require.NoError(t, k.stop(context.Background()))
}

func TestAChildThatIsStoppedIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	starts := 0
	k := &kept{name: "The shell", say: make(said, 100).say, start: func(context.Context) (running, error) {
		starts++
		return shell("exec sleep 600")
	}}
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, k.keep(ctx, func(err error) { t.Error(err) }))
	cancel() // a signal: the child runs on until it is its turn to stop
	select {
	case <-k.now.Done():
		require.Fail(t, "it ended with the context")
	default:
	}
	require.Error(t, k.stop(context.Background()), "sleep has to be killed, because the test gives it no step before")
	require.Equal(t, 1, starts)
}

func TestOldCrashesAreForgotten(t *testing.T) {
	t.Parallel()
	var k kept
	now := time.Now()
	for range 3 {
		require.True(t, k.mayRestart(now))
	}
	require.False(t, k.mayRestart(now.Add(59*time.Second)))
	require.True(t, k.mayRestart(now.Add(61*time.Second)))
}
