package fair_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/doorbell-ilm/doorbell/internal/fair"
)

// house is a gate and those who are inside.
type house struct {
	t    *testing.T
	gate *fair.Gate
	let  chan string // who came in, with his number
	mu   sync.Mutex
	out  map[string]func()
}

func open(t *testing.T, b fair.Bounds) *house {
	t.Helper()
	return &house{t: t, gate: fair.New(b), let: make(chan string, 100), out: map[string]func(){}}
}

// wants lines somebody up, and returns when he is inside or waits.
func (h *house) wants(who, as string, urgent bool) {
	h.t.Helper()
	taken, waiting := h.gate.Load()
	go func() {
		leave, err := h.gate.Enter(context.Background(), who, urgent)
		if err != nil {
			h.let <- err.Error()
			return
		}
		h.mu.Lock()
		h.out[as] = leave
		h.mu.Unlock()
		h.let <- as
	}()
	require.Eventually(h.t, func() bool {
		t, w := h.gate.Load()
		return t+w > taken+waiting
	}, time.Minute, time.Millisecond)
}

func (h *house) leaves(as string) {
	h.mu.Lock()
	leave := h.out[as]
	h.mu.Unlock()
	leave()
}

func TestAFloodLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	h := open(t, fair.Bounds{Places: 4, Share: 3, Waiting: 10, Line: 5})
	for i := range 8 {
		h.wants("flood", "flood "+strconv.Itoa(i), false)
	}
	_, err := h.gate.Enter(t.Context(), "flood", false)
	require.ErrorIs(t, err, fair.ErrShare, "his line is full")
	leave, err := h.gate.Enter(t.Context(), "other", false)
	require.NoError(t, err, "the last place is for somebody else")
	taken, waiting := h.gate.Load()
	require.Equal(t, [2]int{4, 5}, [2]int{taken, waiting})
	leave()
	_, waiting = h.gate.Load()
	require.Equal(t, 5, waiting, "the flood has its share, whatever is free")
}

func TestAPlaceGoesToWhoHasFewestAndToTheUrgent(t *testing.T) {
	t.Parallel()
	h := open(t, fair.Bounds{Places: 2, Waiting: 10})
	for _, as := range []string{"a1", "a2"} {
		h.wants("a", as, false)
		require.Equal(t, as, <-h.let)
	}
	h.wants("a", "a3", false)
	h.wants("a", "a4 urgent", true)
	h.wants("b", "b1", false)
	h.leaves("a1")
	require.Equal(t, "b1", <-h.let, "who has none goes first, though he came last")
	h.leaves("a2")
	require.Equal(t, "a4 urgent", <-h.let)
	h.leaves("b1")
	require.Equal(t, "a3", <-h.let)
}

// What is urgent gets in although everything else of the same dealer is stuck.
func TestPlacesAreKeptForTheUrgent(t *testing.T) {
	t.Parallel()
	g := fair.New(fair.Bounds{Places: 6, Share: 3, Urgent: 1})
	enter := func(who string, urgent bool) error {
		_, err := g.Enter(t.Context(), who, urgent)
		return err
	}
	for range 2 {
		require.NoError(t, enter("a", false))
	}
	require.ErrorIs(t, enter("a", false), fair.ErrShare)
	require.NoError(t, enter("a", true))
	require.ErrorIs(t, enter("a", true), fair.ErrShare)
	for range 2 {
		require.NoError(t, enter("b", false))
	}
	require.ErrorIs(t, enter("c", false), fair.ErrBusy)
	require.NoError(t, enter("c", true))
	require.ErrorIs(t, enter("c", true), fair.ErrBusy)
}

func TestNobodyWaitsLongerThanHeSays(t *testing.T) {
	t.Parallel()
	g := fair.New(fair.Bounds{Places: 2, Share: 1, Waiting: 10})
	_, err := g.Enter(t.Context(), "a", false)
	require.NoError(t, err)
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = g.Enter(late, "a", false)
	require.ErrorIs(t, err, fair.ErrShare)
	_, err = g.Enter(t.Context(), "b", false)
	require.NoError(t, err)
	_, err = g.Enter(late, "c", false)
	require.ErrorIs(t, err, fair.ErrBusy)
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err = g.Enter(gone, "c", false)
	require.ErrorIs(t, err, context.Canceled)
	taken, waiting := g.Load()
	require.Equal(t, [2]int{2, 0}, [2]int{taken, waiting}, "who gave up waits no longer")
}

// However they come and go: nobody has more than his share, nothing is beyond
// the bounds, and every place is given back.
func TestTheBoundsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := fair.Bounds{
			Places: rapid.IntRange(1, 4).Draw(t, "places"), Share: rapid.IntRange(1, 4).Draw(t, "share"),
			Waiting: rapid.IntRange(0, 6).Draw(t, "waiting"), Line: rapid.IntRange(1, 6).Draw(t, "line"),
		}
		g := fair.New(b)
		b = g.Bounds()
		var mu sync.Mutex
		inside, most, greedy := map[string]int{}, 0, false
		var all sync.WaitGroup
		for i := range rapid.IntRange(1, 30).Draw(t, "callers") {
			who := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who")
			patience := time.Duration(rapid.IntRange(0, 3).Draw(t, "patience")) * time.Millisecond
			all.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				leave, err := g.Enter(ctx, who, i%3 == 0)
				if err != nil {
					return
				}
				mu.Lock()
				inside[who]++
				total := 0
				for _, n := range inside {
					total += n
				}
				most = max(most, total)
				greedy = greedy || inside[who] > b.Share
				mu.Unlock()
				runtime.Gosched()
				mu.Lock()
				inside[who]--
				mu.Unlock()
				leave()
			})
		}
		all.Wait()
		require.LessOrEqual(t, most, b.Places)
		require.False(t, greedy, "somebody had more than his share")
		taken, waiting := g.Load()
		require.Zero(t, taken+waiting, "everything is given back")
	})
}
