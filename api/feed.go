package api

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorbell-ilm/doorbell/store/db"
	"github.com/doorbell-ilm/doorbell/words"
)

// news is one entry of a timeline on its way to readers, worded once for all
// of them who read the same language.
type news struct {
	at     tail
	bodies map[string][]byte // by language
}

// tail is a place in the order in which entries were committed.
type tail struct{ tx, id int64 }

func (t tail) before(o tail) bool { return t.tx < o.tx || (t.tx == o.tx && t.id < o.id) }

// feeds holds a feed for each dealer that somebody follows. Whoever follows
// the same dealer shares one reader of the database.
type feeds struct {
	s     *server
	every time.Duration // how often the database is looked at
	pulse time.Duration // how often a silent stream is kept alive
	most  int           // readers in this process
	// within is how long a reader may take to take what he is sent.
	within time.Duration

	mu      sync.Mutex
	of      map[uuid.UUID]*feed
	readers int
	cutOff  int // readers who did not keep up, so far
}

const (
	// lookEvery is how long news waits at most before readers hear of it.
	lookEvery = 500 * time.Millisecond
	// mostReaders bounds the streams of a process.
	mostReaders = 2000
	// backlog is by how many pages a reader may be behind before he is cut off;
	// he resumes from where he was. Readers share the pages, so that a backlog
	// costs next to nothing.
	backlog = 32
	// newsPage is how many entries are read at once for everybody, and missedPage
	// how many for one reader who catches up: after a restart they all do.
	newsPage   = 500
	missedPage = 100
)

func newFeeds(s *server) *feeds {
	return &feeds{s: s, every: lookEvery, pulse: beat, most: mostReaders, within: writeWithin, of: map[uuid.UUID]*feed{}}
}

// feed reads what is new at one dealer and hands it to everybody who follows.
type feed struct {
	dealer  uuid.UUID
	zone    *time.Location
	readers map[chan []news]struct{}
	stop    context.CancelFunc
}

// join returns a channel of what is new from now on. It is closed when the
// reader is too slow, and leave gives it back. When the feed's own place is
// known before join returns, a reader who then catches up from his own place
// misses nothing.
func (f *feeds) join(ctx context.Context, dealer uuid.UUID, zone *time.Location) (ch chan []news, leave func(), err error) {
	// Asked before the lock is taken: a database that hangs must not hold up
	// the readers who are there.
	from, err := f.end(ctx)
	if err != nil {
		return nil, nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers >= f.most {
		return nil, nil, busy()
	}
	one := f.of[dealer]
	if one != nil && len(one.readers) >= max(1, f.most*3/4) {
		return nil, nil, TooFast(retrySoon) // the rest is for others
	}
	if one == nil {
		running, stop := context.WithCancel(context.WithoutCancel(ctx))
		one = &feed{dealer: dealer, zone: zone, readers: map[chan []news]struct{}{}, stop: stop}
		f.of[dealer] = one
		go f.run(running, one, from)
	}
	ch = make(chan []news, backlog)
	one.readers[ch] = struct{}{}
	f.readers++
	return ch, func() { f.leave(one, ch) }, nil
}

func (f *feeds) leave(one *feed, ch chan []news) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := one.readers[ch]; ok {
		delete(one.readers, ch)
		close(ch)
	}
	f.readers--
	if len(one.readers) == 0 && f.of[one.dealer] == one {
		one.stop()
		delete(f.of, one.dealer)
	}
}

// end returns the place behind everything that is committed now.
func (f *feeds) end(ctx context.Context) (tail, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tx, err := f.s.store.TimelineEnd(ctx)
	if err != nil {
		return tail{}, fmt.Errorf("end of the timeline: %w", err)
	}
	return tail{tx: tx, id: 1<<63 - 1}, nil
}

// run looks for news until nobody follows any more. When Postgres is away the
// readers wait with it.
func (f *feeds) run(ctx context.Context, one *feed, from tail) {
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for {
		page, err := f.since(ctx, one.dealer, one.zone, from, newsPage, words.Languages()...)
		if err != nil && ctx.Err() == nil {
			f.s.log.WarnContext(ctx, "news cannot be read; trying again", "error", err)
		}
		if len(page) > 0 {
			from = page[len(page)-1].at
			f.tell(one, page)
		}
		if len(page) == newsPage {
			continue // there is more
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tell hands the page to every reader, and cuts off who does not keep up:
// nobody waits for the slowest.
func (f *feeds) tell(one *feed, page []news) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range one.readers {
		select {
		case ch <- page:
		default:
			delete(one.readers, ch)
			close(ch)
			f.cutOff++
		}
	}
}

var (
	streamReaders = prometheus.NewDesc("doorbell_stream_readers", "Event streams that are open.", nil, nil)
	streamsCutOff = prometheus.NewDesc("doorbell_stream_readers_cut_off_total", "Event streams that were ended because their reader did not keep up.", nil, nil)
)

// Describe names the figures.
func (f *feeds) Describe(ch chan<- *prometheus.Desc) {
	ch <- streamReaders
	ch <- streamsCutOff
}

// Collect counts the readers.
func (f *feeds) Collect(ch chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch <- prometheus.MustNewConstMetric(streamReaders, prometheus.GaugeValue, float64(f.readers))
	ch <- prometheus.MustNewConstMetric(streamsCutOff, prometheus.CounterValue, float64(f.cutOff))
}

// since returns the entries after a place, oldest first, at most so many, in
// the words of each of the languages.
func (f *feeds) since(ctx context.Context, dealer uuid.UUID, zone *time.Location, from tail, most int32, tongues ...string) ([]news, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := f.s.store.TimelineTail(ctx, db.TimelineTailParams{DealerID: dealer, AfterTx: from.tx, AfterID: from.id, Most: most})
	if err != nil {
		return nil, fmt.Errorf("tail of the timeline: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	staff, err := peopleOf(ctx, f.s.store.Queries, dealer)
	if err != nil {
		return nil, err
	}
	out := make([]news, len(rows))
	for i := range rows {
		out[i] = news{at: tail{rows[i].Tx, rows[i].ID}, bodies: map[string][]byte{}}
		for _, tongue := range tongues {
			if out[i].bodies[tongue], err = newsOf(&rows[i], staff, words.In(tongue, zone)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// newsOf words an entry as readers of the feed get it.
func newsOf(row *db.TimelineTailRow, staff people, reader *words.Words) ([]byte, error) {
	e := event{Seq: row.Seq, At: row.At, Kind: row.Kind, Actor: row.Actor, Stored: row.Data}
	data, err := e.data()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{
		"lead_id": row.LeadID, "version": row.Version, "seq": e.Seq, "at": e.At.UTC(), "kind": e.Kind,
		"actor": actorOf(e, data, staff), "summary": summary(e.Kind, data, staff, reader),
	})
	if err != nil {
		return nil, fmt.Errorf("news: %w", err)
	}
	return body, nil
}
