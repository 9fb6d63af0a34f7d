// Package cable is a line to a server that can be cut, slowed down, and cut at
// the one moment that matters: between a COMMIT and its answer.
package cable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// Cable carries connections from Address to its target. Its methods may be
// called from any goroutine.
type Cable struct {
	Address string // connect here instead of to the server

	target   string
	listener net.Listener
	served   chan struct{}

	mu    sync.Mutex
	cut   bool
	delay time.Duration
	lose  int  // so many COMMITs are still to get no answer
	unask bool // and do not even arrive
	lost  int  // so many got none
	open  map[net.Conn]struct{}
}

// New lays a cable to target, an address such as 127.0.0.1:5432. Nobody needs
// to listen there yet.
func New(target string) (*Cable, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // answers at once
	if err != nil {
		return nil, fmt.Errorf("lay a cable to %s: %w", target, err)
	}
	c := &Cable{Address: listener.Addr().String(), target: target, listener: listener, served: make(chan struct{}), open: map[net.Conn]struct{}{}}
	go func() { defer close(c.served); c.serve() }()
	return c, nil
}

// Close takes the cable away with everything on it.
func (c *Cable) Close() {
	_ = c.listener.Close()
	c.Cut()
	<-c.served
}

// Cut breaks every connection and refuses new ones until Mend.
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

// Slow makes everything that comes from the server d late; 0 ends it.
func (c *Cable) Slow(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay = d
}

// LoseCommits cuts the next n connections to Postgres that send a COMMIT. With
// arrives the server gets it and its answer is lost, else it gets nothing: who
// waits for the answer cannot tell one from the other.
func (c *Cable) LoseCommits(n int, arrives bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lose, c.unask = n, !arrives
}

// Lost returns how many commits got no answer so far.
func (c *Cable) Lost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
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

// line is one connection through the cable.
type line struct {
	c         *Cable
	near, far net.Conn
	commit    []byte // by which a commit is known that was prepared; only the way there looks at it
	mu        sync.Mutex
	dead      bool // the next word of the server is the answer that is to be lost
}

func (c *Cable) join(near net.Conn) {
	far, err := net.Dial("tcp", c.target) //nolint:noctx // ends with the server's own answer
	if err != nil || !c.hold(near, far) {
		_ = near.Close()
		if err == nil {
			_ = far.Close()
		}
		return
	}
	l := &line{c: c, near: near, far: far}
	var both sync.WaitGroup
	both.Go(func() { l.pump(far, near, l.there) })
	both.Go(func() { l.pump(near, far, l.back) })
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

var errLost = errors.New("lost on purpose")

// pump carries what comes from one end to the other until one of them is gone.
func (l *line) pump(to io.Writer, from io.Reader, pass func([]byte) error) {
	defer func() { _, _ = l.near.Close(), l.far.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if pass(buffer[:n]) != nil {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// How Postgres is asked to commit: by a simple query, or by a statement that was
// prepared under a name of the driver's.
var (
	commit   = []byte("Q\x00\x00\x00\x0bcommit\x00")
	prepared = []byte("\x00commit\x00")
	named    = []byte("stmtcache_")
)

// commits reports whether somebody asks for a commit.
func (l *line) commits(p []byte) bool {
	if bytes.Contains(p, commit) || l.commit != nil && bytes.Contains(p, l.commit) {
		return true
	}
	if end := bytes.Index(p, prepared); end >= 0 {
		if at := bytes.LastIndex(p[:end], named); at >= 0 {
			l.commit = slices.Concat([]byte{0}, p[at:end], []byte{0}) // as it is executed: of no portal's name
			return bytes.Contains(p[end:], l.commit)
		}
	}
	return false
}

// there looks at what goes to the server.
func (l *line) there(p []byte) error {
	if !l.commits(p) {
		return nil
	}
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.c.lose == 0 {
		return nil
	}
	l.c.lose--
	l.c.lost++
	if l.c.unask {
		return errLost
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	return nil
}

// back looks at what comes from the server.
func (l *line) back([]byte) error {
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if dead {
		return errLost
	}
	l.c.mu.Lock()
	delay := l.c.delay
	l.c.mu.Unlock()
	if delay > 0 {
		time.Sleep(delay) //nolint:forbidigo // a slow line is what was asked for
	}
	return nil
}
