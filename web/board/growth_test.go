package board_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/web/board"
	"github.com/doorbell-ilm/doorbell/web/frame"
	"github.com/doorbell-ilm/doorbell/words"
)

// A page reads what it shows: among many leads no more rows than among a few. Rows
// are counted, not seconds; numbers are counted in an index.
func TestPagesReadNoMoreAmongMany(t *testing.T) {
	t.Parallel()
	o := opened(t, "manager@demo.example")
	plant(t, o.store, o.dealer, busy(1_000, o.viewer.Now)...)
	few := o.rowsRead()
	plant(t, o.store, o.dealer, busy(7_000, o.viewer.Now)...)
	many := o.rowsRead()
	for page, read := range many {
		require.Positive(t, few[page], page)
		require.Less(t, float64(read), 1.3*float64(few[page])+100, "rows read for %s among 8,000 leads; among 1,000 it was %d", page, few[page])
	}
	require.NotContains(t, o.figures(""), "+")
	plant(t, o.store, o.dealer, busy(4_000, o.viewer.Now)...)
	require.Regexp(t, `^10,000\+ \S+ `, o.figures(""), "nobody needs to know how many more than ten thousand")
}

// rowsRead is how many rows each page reads.
func (o *office) rowsRead() map[string]int {
	o.tb.Helper()
	_, err := o.store.Pool.Exec(context.Background(), "VACUUM ANALYZE")
	require.NoError(o.tb, err)
	out := map[string]int{}
	for _, path := range []string{
		"/board", "/board?sort=newest", "/board?who=mine&overdue=1", "/board?status=all", "/board?status=closed", "/board/numbers", "/board/wall",
		"/board?q=613000700", "/board?status=all&q=el+amrani+777+dacia",
	} {
		out[path] = o.readBy(func(s *store.Store) {
			answer := httptest.NewRecorder()
			o.serves(s).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			require.Equal(o.tb, http.StatusOK, answer.Code, path)
		})
	}
	all := placesOf(o.tb, o.store, o.dealer, o.viewer.Now)
	for _, query := range []string{"", "sort=newest", "status=all"} {
		out["the neighbours of a lead, "+query] = o.readBy(func(s *store.Store) {
			ctx := frame.WithViewer(words.Into(store.ForDealer(context.Background(), o.dealer), words.In(words.English, o.viewer.Zone)), &o.viewer)
			values, err := url.ParseQuery(query)
			require.NoError(o.tb, err)
			_, _, err = board.Around(ctx, &frame.House{Store: s}, values, all[500].ID)
			require.NoError(o.tb, err)
		})
	}
	return out
}

// readBy is how many rows are read by what is done with a store as the product
// has it. A session tells what it read when it ends.
func (o *office) readBy(do func(*store.Store)) int {
	o.tb.Helper()
	const name = "reader"
	before := o.read(name)
	s, err := store.Open(context.Background(), o.url, store.Options{Connections: 1, Name: name})
	require.NoError(o.tb, err)
	do(s)
	s.Close()
	return o.read(name) - before
}

// read is how many rows were read so far by everybody.
func (o *office) read(name string) (rows int) {
	o.tb.Helper()
	ctx := context.Background()
	require.Eventually(o.tb, func() bool {
		var open int
		err := o.store.Pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, name).Scan(&open)
		return err == nil && open == 0
	}, 10*time.Second, 10*time.Millisecond)
	_, err := o.store.Pool.Exec(ctx, `SELECT pg_stat_force_next_flush()`)
	require.NoError(o.tb, err)
	err = o.store.Pool.QueryRow(ctx, `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables`).Scan(&rows)
	require.NoError(o.tb, err)
	return rows
}
