package pace

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// comes has an address come and go at once.
func comes(b *Bound, address string, now time.Time) (wait time.Duration) {
	leave, wait := b.Enter(address, now)
	if wait == 0 {
		leave()
	}
	return wait
}

func TestOneNetworkIsHeldBack(t *testing.T) {
	t.Parallel()
	b := New(2, 60, 5)
	for range 60 {
		require.Zero(t, comes(b, "192.0.2.1", noon))
	}
	require.Equal(t, 500*time.Millisecond, comes(b, "192.0.2.1", noon))
	require.Equal(t, 500*time.Millisecond, comes(b, "192.0.2.1", noon), "who was refused has taken nothing")
	require.NotZero(t, comes(b, "::ffff:192.0.2.1", noon), "the same address")
	require.Zero(t, comes(b, "192.0.2.2", noon))
	require.Zero(t, comes(b, "192.0.2.1", noon.Add(time.Second)), "it recovers")
	for range 60 {
		require.Zero(t, comes(b, "2001:db8::1", noon))
	}
	require.NotZero(t, comes(b, "2001:db8::ffff:2", noon), "one network of one customer")
	require.NotZero(t, comes(b, "2001:db8::3%eth0", noon), "a zone makes no other network")
	require.Zero(t, comes(b, "2001:db8:0:1::1", noon))
	require.Zero(t, comes(b, "", noon), "a socket has no address")
}

func TestSoManyMayBeUnderWay(t *testing.T) {
	t.Parallel()
	b := New(1000, 1000, 2)
	first, wait := b.Enter("192.0.2.1", noon)
	require.Zero(t, wait)
	_, wait = b.Enter("192.0.2.1", noon)
	require.Zero(t, wait)
	_, wait = b.Enter("192.0.2.1", noon)
	require.Equal(t, time.Second, wait)
	require.Zero(t, comes(b, "192.0.2.2", noon))
	first()
	require.Zero(t, comes(b, "192.0.2.1", noon))
}

func TestWrongsAreCountedAndLookingIsNot(t *testing.T) {
	t.Parallel()
	b := New(1, 3, 1)
	for range 3 {
		require.Zero(t, b.Spent("192.0.2.1", noon))
		require.Zero(t, b.Spent("192.0.2.1", noon))
		b.Count("192.0.2.1", noon)
	}
	require.Equal(t, time.Second, b.Spent("192.0.2.1", noon))
	require.Equal(t, time.Second, b.Spent("192.0.2.1", noon))
	b.Count("192.0.2.1", noon)
	require.Equal(t, time.Second, b.Spent("192.0.2.1", noon), "a wait does not grow by trying")
	require.Zero(t, b.Spent("192.0.2.2", noon))
	require.Zero(t, b.Spent("", noon))
	require.Len(t, b.seen, 1)
}

func TestTheBoundIsBounded(t *testing.T) {
	t.Parallel()
	b, now := New(2, 60, 5), noon
	for i := range most {
		require.Zero(t, comes(b, fmt.Sprintf("10.%d.%d.1", i/256, i%256), now))
	}
	require.Len(t, b.seen, most)
	now = now.Add(time.Minute)
	leave, _ := b.Enter("10.0.0.1", now)
	require.Zero(t, comes(b, "192.0.2.1", now))
	require.Len(t, b.seen, 2, "those who rested are forgotten, and who is under way is not")
	leave()
	for i := range most + 10 {
		comes(b, fmt.Sprintf("10.%d.%d.1", i/256, i%256), now)
	}
	require.LessOrEqual(t, len(b.seen), most)
}

func FuzzNetwork(f *testing.F) {
	for _, address := range []string{"192.0.2.1", "::ffff:192.0.2.1", "fe80::1%eth0", "", "@", "192.0.2.1:80", "[::1]", "2001:db8::1"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		network, ok := Network(address)
		if !ok {
			require.False(t, network.IsValid())
			return
		}
		again, ok := Network(network.Addr().String())
		require.True(t, ok)
		require.Equal(t, network, again)
		require.NotContains(t, network.String(), "%")
		require.Equal(t, network.Addr().Is4(), strings.HasSuffix(network.String(), "/32"))
	})
}
