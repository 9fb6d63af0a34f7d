package relay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Leads are held up while more come in than anybody could begin with, and not a
// quarter of a second longer; for ten seconds at most, because who sends so many all
// day long does not wait for the end of it.
func TestAFloodIsWhatComesFasterThanItCanBeBegun(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	f := &flood{looked: at}
	after := func(d time.Duration, came int64) bool {
		at = at.Add(d)
		f.came.Add(came)
		f.look(at)
		return f.holds(at)
	}
	require.False(t, after(floodWindow, flooding-1), "a busy morning")
	require.False(t, after(4*floodWindow, 4*flooding-1))
	require.True(t, after(floodWindow, flooding))
	require.True(t, after(floodWindow/2, 0), "it has not been looked for long enough")
	require.False(t, after(floodWindow/2, 0), "it is over")
	require.True(t, after(time.Millisecond, flooding), "so many at once need no looking for long")
	for range int(mostFlood/floodWindow) - 1 {
		require.True(t, after(floodWindow, 10*flooding))
	}
	require.False(t, after(floodWindow, 10*flooding), "it does not end")
	require.False(t, after(time.Minute, 10_000*flooding))
	require.False(t, after(floodWindow, 0), "it has ended")
	require.True(t, after(floodWindow, flooding), "a new one")
}
