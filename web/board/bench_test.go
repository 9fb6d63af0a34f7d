package board_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkBoard is the board of a dealer with 5,000 open leads: 200 rows, as
// they leave the server.
func BenchmarkBoard(b *testing.B) {
	o := opened(b, "manager@demo.example")
	plant(b, o.store, o.dealer, busy(5000, o.viewer.Now)...)
	plain := o.get("/board").Body.Len()
	var zipped int
	var took time.Duration
	for b.Loop() {
		began := time.Now()
		answer := o.get("/board", "Accept-Encoding", "gzip")
		took += time.Since(began)
		require.Equal(b, http.StatusOK, answer.Code)
		zipped = answer.Body.Len()
	}
	b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/board")
	b.ReportMetric(float64(plain), "bytes")
	b.ReportMetric(float64(zipped), "compressed-bytes")
}

// A board of 200 rows goes over the wire in at most 100 KB, and however many
// leads there are costs the same few queries.
func TestABoardIsSmallAndAsksLittle(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	plant(t, o.store, o.dealer, busy(500, o.viewer.Now)...)
	require.Len(t, o.shown("/board"), 200)

	before := o.queries.Load()
	answer := o.get("/board", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", answer.Header().Get("Content-Encoding"))
	require.Less(t, answer.Body.Len(), 100_000)
	// The place in the feed, staff, sources, places, rows, numbers, saved views.
	require.EqualValues(t, 7, o.queries.Load()-before)
}
