package api

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// follower is one of many who follow the stream over a connection of his own.
type follower struct {
	from string // where he begins

	mu   sync.Mutex
	ids  []string // of what he was told, over all his connections
	conn net.Conn
}

func (f *follower) told() (n int, last string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ids) == 0 {
		return 0, f.from
	}
	return len(f.ids), f.ids[len(f.ids)-1]
}

// follow connects and reads until the connection ends; one who is slow reads
// the head only. ready is told when the head has come.
func (f *follower) follow(address, key string, slow bool, ready func()) error {
	where, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return err
	}
	conn, err := net.DialTCP("tcp", nil, where)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.conn = conn
	f.mu.Unlock()
	if slow {
		_ = conn.SetReadBuffer(4096)
	} else {
		defer func() { _ = conn.Close() }()
	}
	_, last := f.told()
	if _, err := fmt.Fprintf(conn, "GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nLast-Event-ID: %s\r\n\r\n", key, last); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(conn, 1024), nil) //nolint:bodyclose // who is slow leaves it open; the connection is closed
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(answer.Body, 1024)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			f.mu.Lock()
			f.ids = append(f.ids, strings.TrimSpace(id))
			f.mu.Unlock()
		}
		if line == "retry: 2000\n" {
			ready()
			if slow {
				return nil
			}
		}
	}
}

// keep follows until it is told to stop, coming back as browsers do.
func (f *follower) keep(ctx context.Context, address *atomic.Pointer[string], key string, ready func()) {
	once := sync.OnceFunc(ready)
	for ctx.Err() == nil {
		_ = f.follow(*address.Load(), key, false, once)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// serve answers on a listener of its own, with small buffers, so that who does
// not read is noticed.
func (s *shop) serve() *httptest.Server {
	s.t.Helper()
	web := httptest.NewUnstartedServer(s.web.Config.Handler)
	web.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(8192)
		}
		return ctx
	}
	web.Start()
	s.t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	return web
}

// Five hundred screens: all of them are told everything once and in order,
// also when the server is restarted in the middle; those who do not read are
// cut off and hold up nobody.
func TestFiveHundredFollowers(t *testing.T) {
	t.Parallel()
	const readers, sleepers, entries = 450, 50, 500
	s := open(t)
	s.server.feeds.within, s.server.feeds.pulse = 5*time.Second, time.Second
	id := s.working(captur)
	seq := 1000
	tell := func(n int) {
		_, err := s.store.Pool.Exec(context.Background(), `
			INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor) SELECT $1, $2, $3::bigint + n, doorbell_now(), 'note_added', 'system' FROM generate_series(1, $4::integer) n`,
			s.dealer, id, seq, n)
		require.NoError(t, err)
		seq += n
	}
	end, err := s.server.feeds.end(context.Background())
	require.NoError(t, err)
	from := fmt.Sprintf("%d-%d", end.tx, end.id)
	web := s.serve()
	var address atomic.Pointer[string]
	address.Store(new(web.Listener.Addr().String()))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all, here sync.WaitGroup
	quick, slow := make([]*follower, readers), make([]*follower, sleepers)
	before := memory()
	here.Add(readers + sleepers)
	for i := range quick {
		quick[i] = &follower{from: from}
		all.Go(func() { quick[i].keep(ctx, &address, s.staff, here.Done) })
	}
	for i := range slow {
		slow[i] = &follower{from: from}
		all.Go(func() { _ = slow[i].follow(*address.Load(), s.staff, true, here.Done) })
	}
	here.Wait()
	each := (memory() - before) / (readers + sleepers)
	require.Less(t, each, 256<<10, "bytes of a connection, on both of its ends")

	heard := func(want int) {
		require.Eventually(t, func() bool {
			for _, f := range quick {
				if n, _ := f.told(); n < want {
					return false
				}
			}
			return true
		}, 3*time.Minute, 50*time.Millisecond, "everybody hears everything")
	}
	tell(entries)
	heard(entries)
	require.Eventually(t, func() bool { return s.readers() <= readers }, time.Minute, 20*time.Millisecond, "who does not read is cut off")

	stopped := web
	web = s.serve()
	address.Store(new(web.Listener.Addr().String()))
	_ = stopped.Listener.Close()
	stopped.CloseClientConnections()
	tell(entries)
	heard(2 * entries)
	cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); all.Wait() }()
	require.Eventually(t, func() bool {
		web.CloseClientConnections() // some were about to come back
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}, time.Minute, 50*time.Millisecond)
	want := quick[0].ids
	for _, f := range quick {
		require.Equal(t, want, f.ids, "everything, once and in order")
	}
	seen := map[string]bool{}
	for _, one := range want {
		require.False(t, seen[one], "once")
		seen[one] = true
	}
	t.Logf("%d bytes a connection, on both of its ends", each)
	for _, f := range slow {
		_ = f.conn.Close()
	}
}

// readers is how many follow now.
func (s *shop) readers() int {
	s.server.feeds.mu.Lock()
	defer s.server.feeds.mu.Unlock()
	return s.server.feeds.readers
}

// memory is what the process has in use, in bytes.
func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse)
}
