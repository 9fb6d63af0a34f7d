package rehearse

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is put in when: what comes out is the earliest of what is in, and of
// two at the same instant the one that was put in first.
func TestTheEarliestComesFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var queue heap[moment]
		in := map[uint64]moment{}
		var order uint64
		for range rapid.IntRange(1, 200).Draw(t, "times") {
			if len(in) == 0 || rapid.IntRange(0, 2).Draw(t, "what") > 0 {
				order++
				m := moment{at: rapid.Int64Range(0, 20).Draw(t, "at"), order: order}
				in[order] = m
				queue.push(m)
				continue
			}
			got := queue.pop()
			for _, other := range in {
				require.False(t, other.before(got))
			}
			delete(in, got.order)
			require.Len(t, queue, len(in))
		}
	})
}
