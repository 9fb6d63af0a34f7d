package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// listener reads an event stream.
type listener struct {
	t      *testing.T
	header http.Header
	lines  *bufio.Scanner
	leave  func()
}

func (s *shop) listen(last string, headers ...string) *listener {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.web.URL+"/v1/events", http.NoBody)
	require.NoError(s.t, err)
	req.Header.Set("Authorization", "Bearer "+s.staff)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := s.web.Client().Do(req)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, resp.StatusCode)
	leave := func() { cancel(); _ = resp.Body.Close() }
	s.t.Cleanup(leave)
	l := &listener{t: s.t, header: resp.Header, lines: bufio.NewScanner(resp.Body), leave: leave}
	require.Equal(s.t, "retry: 2000", l.line())
	return l
}

func (l *listener) line() string {
	l.t.Helper()
	require.True(l.t, l.lines.Scan(), "the stream ended: %v", l.lines.Err())
	return l.lines.Text()
}

// next returns the next event: its id and data.
func (l *listener) next() (id string, data map[string]any) {
	l.t.Helper()
	for {
		line := l.line()
		switch {
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case line == "data: {}": // a sign of life
		case strings.HasPrefix(line, "data: "):
			require.NoError(l.t, json.Unmarshal([]byte(line[6:]), &data))
			return id, data
		}
	}
}

func TestEverybodyHearsWhatHappensOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := s.working(captur)
	one, two := s.listen(""), s.listen("")
	require.Equal(t, "text/event-stream", one.header.Get("Content-Type"))
	require.Equal(t, "no", one.header.Get("X-Accel-Buffering"))
	s.server.feeds.mu.Lock()
	require.Len(t, s.server.feeds.of, 1, "they share one reader of the database")
	s.server.feeds.mu.Unlock()
	s.act(before, "notes", sam, `{"text":"hello"}`).is(http.StatusOK)
	id, data := one.next()
	for data["kind"] != "note_added" { // what was committed this very moment may be told too
		id, data = one.next()
	}
	require.Equal(t, before, data["lead_id"])
	require.Equal(t, sam, data["actor"])
	require.Equal(t, "Note added", data["summary"])
	require.EqualValues(t, 2, data["version"])
	other, data := two.next()
	for data["kind"] != "note_added" {
		other, data = two.next()
	}
	require.Equal(t, id, other)

	one.leave()
	s.act(before, "notes", sam, `{"text":"missed"}`).is(http.StatusOK)
	s.act(before, "attempts", sam, called).is(http.StatusOK)
	back := s.listen(id)
	var kinds []string
	for range 2 {
		_, data := back.next()
		kinds = append(kinds, text(data["kind"]))
	}
	require.Equal(t, []string{"note_added", "attempt_logged"}, kinds)
	s.act(before, "notes", sam, `{"text":"live again"}`).is(http.StatusOK)
	_, data = back.next()
	require.Equal(t, "note_added", data["kind"])
}

func TestALongAbsenceIsCaughtUpInOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.working(captur)
	first := s.listen("0-0")
	at, data := first.next()
	require.Equal(t, "received", data["kind"])
	_, err := s.store.Pool.Exec(context.Background(), `
		INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor) SELECT $1, $2, 1000 + n, doorbell_now(), 'note_added', 'system' FROM generate_series(1, 1200) n`,
		s.dealer, id)
	require.NoError(t, err)
	back := s.listen(at)
	last, seen := 1.0, 0
	for last < 2200 {
		_, data := back.next()
		seq, ok := data["seq"].(float64)
		require.True(t, ok)
		require.Greater(t, seq, last)
		last = seq
		seen++
	}
	require.GreaterOrEqual(t, seen, 1200)
}

func TestAnotherDealersNewsIsNotHeard(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, foreign := s.addDealer("elsewhere.example")
	mine := s.working(captur)
	l := s.listen("")
	s.begin(s.post(foreign.website, captur))
	s.act(mine, "notes", sam, `{"text":"x"}`).is(http.StatusOK)
	_, data := l.next()
	require.Equal(t, mine, data["lead_id"])
}

func TestASlowReaderIsCutOffAndTheOthersAreNot(t *testing.T) {
	t.Parallel()
	s := open(t)
	who, err := s.server.keys.open(context.Background(), s.staff)
	require.NoError(t, err)
	f := newFeeds(s.server)
	f.every = time.Hour
	slow, leave, err := f.join(context.Background(), who.dealer, who.zone)
	require.NoError(t, err)
	quick, leaveToo, err := f.join(context.Background(), who.dealer, who.zone)
	require.NoError(t, err)
	for range backlog + 1 {
		f.tell(f.of[who.dealer], make([]news, newsPage))
		require.Len(t, <-quick, newsPage)
	}
	for range backlog {
		<-slow
	}
	_, ok := <-slow
	require.False(t, ok)
	leave()
	leaveToo()
	require.Empty(t, f.of)
	require.Zero(t, f.readers)
}

func TestStreamsAreBoundedAndEnd(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	s := open(t, func(o *Options) { o.Stopping = stopping })
	s.call(s.staff, http.MethodGet, "/v1/events", "", "Last-Event-ID", "x").is(http.StatusBadRequest)
	l := s.listen("")
	s.server.feeds.mu.Lock()
	s.server.feeds.most = 1
	s.server.feeds.mu.Unlock()
	s.call(s.staff, http.MethodGet, "/v1/events", "").is(http.StatusServiceUnavailable)
	for line := ""; line != "event: here"; { // the pulse
		line = l.line()
	}
	close(stopping)
	for l.lines.Scan() {
		require.NotContains(t, l.lines.Text(), "event: timeline")
	}
	require.NoError(t, l.lines.Err(), "it ends properly")
}

func TestAStreamEndsWithItsKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	var err error
	s.staff, err = s.store.CreateKey(context.Background(), s.dealer, "screen", store.Integration, nil)
	require.NoError(t, err)
	l := s.listen("")
	_, err = s.store.RevokeKeys(context.Background(), db.RevokeKeysParams{DealerID: s.dealer, Name: "screen"})
	require.NoError(t, err)
	s.server.keys.mu.Lock()
	clear(s.server.keys.known)
	s.server.keys.mu.Unlock()
	for l.lines.Scan() {
		require.NotContains(t, l.lines.Text(), "event: timeline")
	}
	require.NoError(t, l.lines.Err())
}
