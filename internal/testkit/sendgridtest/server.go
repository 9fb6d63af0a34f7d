// Package sendgridtest is a SendGrid for tests: a real HTTP server on loopback
// that takes mail as the v3 API does, refuses and fails on command, and fails
// the test over anything that the real one would not expect.
package sendgridtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Key is the API key that a Server lets in.
const Key = "SG.test-key"

// patience bounds every wait, so that a broken test ends by itself.
const patience = 10 * time.Second

// Server is one fake SendGrid. Its methods may be called from any goroutine.
type Server struct {
	URL string // the base address, for SENDGRID_BASE_URL

	t    testing.TB
	http *httptest.Server
	done chan struct{} // closed when the server stops

	mu       sync.Mutex
	script   []Behaviour
	mails    []Mail
	requests int
	changed  chan struct{} // closed and replaced when something arrives
}

// New starts a server that ends with the test and accepts everything it is not
// told to treat otherwise.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{t: tb, done: make(chan struct{}), changed: make(chan struct{})}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	tb.Cleanup(func() {
		close(s.done)
		s.http.CloseClientConnections()
		s.http.Close()
	})
	return s
}

// Script says how the next requests are answered, one behaviour each, in the
// order in which they arrive. After the last one the server accepts again.
func (s *Server) Script(next ...Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, next...)
}

// Mails returns the mails accepted so far, in the order of their arrival. A
// mail counts as accepted even when its answer was never sent.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Requests returns how many requests arrived, the refused ones included.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// WaitFor waits until n mails were accepted and returns all there are. It ends
// the test when they do not come.
func (s *Server) WaitFor(tb testing.TB, n int) []Mail {
	tb.Helper()
	s.wait(tb, fmt.Sprintf("%d mails", n), func() bool { return len(s.mails) >= n })
	return s.Mails()
}

// WaitForRequests waits until n requests arrived, however they were answered.
func (s *Server) WaitForRequests(tb testing.TB, n int) {
	tb.Helper()
	s.wait(tb, fmt.Sprintf("%d requests", n), func() bool { return s.requests >= n })
}

func (s *Server) wait(tb testing.TB, what string, enough func() bool) {
	tb.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		ok, changed, mails, requests := enough(), s.changed, len(s.mails), s.requests
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			tb.Fatalf("sendgridtest: %s awaited, %d mails in %d requests came within %s", what, mails, requests, patience)
		}
	}
}

// serve reads a request, checks it and behaves as the script says.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	how := s.next()
	if how.unread {
		reset(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 40<<20))
	if err != nil {
		s.t.Errorf("sendgridtest: the body cannot be read: %v", err)
		return
	}
	if problem := s.strange(r); problem != "" {
		s.t.Errorf("sendgridtest: %s", problem)
		answer(w, http.StatusNotFound, "unexpected request")
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Key {
		s.t.Error("sendgridtest: the request does not carry the key")
		answer(w, http.StatusUnauthorized, "The provided authorization grant is invalid, expired, or revoked")
		return
	}
	mail, err := parse(body)
	if err != nil {
		s.t.Errorf("sendgridtest: SendGrid would refuse this mail: %v", err)
		answer(w, http.StatusBadRequest, err.Error())
		return
	}
	s.act(w, r, how, mail)
}

// act does to a sound request what the script says.
func (s *Server) act(w http.ResponseWriter, r *http.Request, how Behaviour, mail Mail) {
	if how.wait > 0 {
		timer := time.NewTimer(how.wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.done:
		case <-r.Context().Done():
		}
	}
	if !how.accept {
		if how.reset {
			reset(w)
			return
		}
		for name, value := range how.header {
			w.Header().Set(name, value)
		}
		// The real one repeats what it was sent. It must not surface anywhere.
		answer(w, how.status, "refused: "+mail.To+" "+mail.Subject)
		return
	}
	s.keep(&mail)
	switch {
	case how.hang:
		select {
		case <-s.done:
		case <-r.Context().Done():
		}
	case how.reset:
		reset(w)
	default:
		w.Header().Set("X-Message-Id", mail.ProviderID)
		w.WriteHeader(http.StatusAccepted)
	}
}

// next counts the request and returns how to treat it.
func (s *Server) next() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.wake()
	if len(s.script) == 0 {
		return Accept()
	}
	how := s.script[0]
	s.script = s.script[1:]
	return how
}

// keep accepts the mail and gives it its id.
func (s *Server) keep(mail *Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mail.ProviderID = "sg-" + strconv.Itoa(len(s.mails)+1)
	s.mails = append(s.mails, *mail)
	s.wake()
}

// wake lets everybody who waits look again. s.mu is held.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// strange says what no client of SendGrid would do.
func (s *Server) strange(r *http.Request) string {
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v3/mail/send" || r.URL.RawQuery != "":
		return fmt.Sprintf("unexpected request %s %s", r.Method, r.URL.Path)
	case r.Header.Get("Content-Type") != "application/json":
		return "unexpected content type " + r.Header.Get("Content-Type")
	default:
		return ""
	}
}

type refusal struct {
	Errors []refusedField `json:"errors"`
}

type refusedField struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
}

// answer writes an error as SendGrid does.
func answer(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body, err := json.Marshal(refusal{Errors: []refusedField{{Message: message}}})
	if err != nil {
		panic(err) // two strings always have a JSON form
	}
	_, _ = w.Write(body) // the client may be gone
}

// reset cuts the connection so that the client sees a reset, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
