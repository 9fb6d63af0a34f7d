package testkit

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Cable is a line to a server that a test can cut and mend: what is on it
// breaks, and new connections are refused until it is mended.
type Cable struct {
	Address string // connect here instead of to the server

	mu       sync.Mutex
	target   string
	listener net.Listener
	cut      bool
	open     map[net.Conn]struct{}
}

// NewCable lays a cable to target, an address such as 127.0.0.1:7233.
func NewCable(tb testing.TB, target string) *Cable {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal("testkit: cable:", err)
	}
	c := &Cable{Address: listener.Addr().String(), target: target, listener: listener, open: map[net.Conn]struct{}{}}
	done := make(chan struct{})
	go func() { defer close(done); c.serve() }()
	tb.Cleanup(func() {
		_ = listener.Close()
		c.Cut()
		<-done
	})
	return c
}

// Cut breaks every connection and refuses new ones.
func (c *Cable) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for conn := range c.open {
		_ = conn.Close()
	}
	clear(c.open)
}

// Mend lets connections through again.
func (c *Cable) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

func (c *Cable) serve() {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		all.Go(func() { c.join(near) })
	}
}

func (c *Cable) join(near net.Conn) {
	far, err := net.Dial("tcp", c.target)
	if err != nil || !c.hold(near, far) {
		_ = near.Close()
		if err == nil {
			_ = far.Close()
		}
		return
	}
	var both sync.WaitGroup
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
		_ = from.Close()
	}
	both.Go(func() { pipe(far, near) })
	both.Go(func() { pipe(near, far) })
	both.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, near)
	delete(c.open, far)
}

func (c *Cable) hold(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	for _, conn := range conns {
		c.open[conn] = struct{}{}
	}
	return true
}
