// Package smtptest is a mail server for tests: a real SMTP server on loopback
// that takes mail, refuses and breaks off on command, and fails the test over
// any command that a mail client would not send.
package smtptest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// User and Password are what a Server with TLS wants to see.
const (
	User     = "doorbell"
	Password = "p@ss/word"
)

// patience bounds every wait and every connection, so that a broken test ends.
const patience = 10 * time.Second

// Server is one fake mail server. Its methods may be called from any goroutine.
type Server struct {
	Host string
	Port int
	// Roots trusts the server's certificate.
	Roots *x509.CertPool

	t        testing.TB
	listener net.Listener
	tls      *tls.Config
	implicit bool // TLS from the first byte
	startTLS bool
	sessions sync.WaitGroup

	mu      sync.Mutex
	stopped bool
	open    map[net.Conn]bool
	script  []Behaviour
	mails   []Mail
	changed chan struct{} // closed and replaced at every mail
}

// Mail is one mail as it was accepted.
type Mail struct {
	From, To string // of the envelope
	Raw      []byte // headers and body, as sent
}

// New starts a server without encryption and without password, which ends with
// the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, false, false)
}

// NewStartTLS starts a server that wants STARTTLS and then a password.
func NewStartTLS(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, true, false)
}

// NewTLS starts a server that speaks TLS from the start and wants a password.
func NewTLS(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, false, true)
}

func start(tb testing.TB, startTLS, implicit bool) *Server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("smtptest: %v", err)
	}
	address, _ := listener.Addr().(*net.TCPAddr)
	s := &Server{
		Host: "127.0.0.1", Port: address.Port, t: tb, listener: listener, startTLS: startTLS, implicit: implicit,
		open: map[net.Conn]bool{}, changed: make(chan struct{}),
	}
	if startTLS || implicit {
		s.tls, s.Roots = certificate(tb)
	}
	s.sessions.Go(s.accept)
	tb.Cleanup(s.stop)
	return s
}

// URL is the server's address for SMTP_URL, password included.
func (s *Server) URL() string {
	const who = User + ":p%40ss%2Fword@"
	switch {
	case s.implicit:
		return "smtps://" + who + s.address()
	case s.startTLS:
		return "smtp://" + who + s.address()
	default:
		return "smtp://" + s.address() + "?tls=none"
	}
}

func (s *Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Script says how the next connections are treated, one behaviour each. After
// the last one the server accepts again.
func (s *Server) Script(next ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, next...)
}

// Mails returns the mails accepted so far. A mail counts as accepted even when
// the answer that says so was never sent.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// WaitFor waits until n mails were accepted and returns all there are. It ends
// the test when they do not come.
func (s *Server) WaitFor(tb testing.TB, n int) []Mail {
	tb.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		mails, changed := slices.Clone(s.mails), s.changed
		s.mu.Unlock()
		if len(mails) >= n {
			return mails
		}
		select {
		case <-changed:
		case <-late.C:
			tb.Fatalf("smtptest: %d mails awaited, %d came within %s", n, len(mails), patience)
		}
	}
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // the listener was closed
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		s.mu.Lock()
		stopped := s.stopped
		how := Accept()
		if !stopped {
			s.open[conn] = true
			if len(s.script) > 0 {
				how, s.script = s.script[0], s.script[1:]
			}
		}
		s.mu.Unlock()
		if stopped {
			_ = conn.Close()
			return
		}
		s.sessions.Go(func() {
			newSession(s, conn, how).run()
			_ = conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// stop ends the listener and every connection, and waits for both.
func (s *Server) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.stopped = true
	for conn := range s.open {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.sessions.Wait()
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	close(s.changed)
	s.changed = make(chan struct{})
}
