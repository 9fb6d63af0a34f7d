package stage

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/doorbell-ilm/doorbell/message"
)

// SinkKey is the key that a sink lets in.
const SinkKey = "SG.stage"

// Mail is what a sink reads of a mail: our own id of it, if it is the product's,
// and its recipient.
type Mail struct{ ID, To string }

// Sink is a SendGrid on loopback. It stays up when everything else goes down: it
// is the other side.
type Sink struct {
	URL   string
	http  *http.Server
	treat func(http.ResponseWriter, *http.Request, Mail)

	mu       sync.Mutex
	arrivals map[string]Arrival
	order    []string // a ring, to forget the oldest
	next     int
	count    int
}

// Arrival is when a mail was first taken, and how often it came since.
type Arrival struct {
	At    time.Time
	Times int
}

// remembered is how many of the last mails a sink knows.
const remembered = 200_000

// OpenSink starts one. treat answers each mail of the product, and there must be
// no others; nil takes all at once, those of others without counting them.
func OpenSink(treat func(http.ResponseWriter, *http.Request, Mail)) (*Sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // answers at once
	if err != nil {
		return nil, err
	}
	s := &Sink{URL: "http://" + listener.Addr().String(), treat: treat, arrivals: map[string]Arrival{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// Close cuts off whoever is still sending.
func (s *Sink) Close() { _ = s.http.Close() }

// ServeHTTP takes one mail.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 40<<20))
	if err != nil {
		return // cut off: nothing was taken
	}
	m, err := readMail(body)
	ours := m.ID != ""
	switch {
	case err != nil, ours && r.Header.Get("Authorization") != "Bearer "+SinkKey, !ours && s.treat != nil:
		w.WriteHeader(http.StatusForbidden)
		return
	case s.treat != nil:
		s.treat(w, r, m)
		return
	case ours:
		s.note(m.ID, time.Now())
	}
	Accept(w, m)
}

// Accept answers as SendGrid does when it took a mail.
func Accept(w http.ResponseWriter, m Mail) {
	w.Header().Set("X-Message-Id", "sink-"+m.ID)
	w.WriteHeader(http.StatusAccepted)
}

func (s *Sink) note(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	a, known := s.arrivals[id]
	if known {
		a.Times++
		s.arrivals[id] = a
		return
	}
	if len(s.order) < remembered {
		s.order = append(s.order, id)
	} else {
		delete(s.arrivals, s.order[s.next])
		s.order[s.next] = id
		s.next = (s.next + 1) % remembered
	}
	s.arrivals[id] = Arrival{At: at, Times: 1}
}

// Arrived returns when a mail was taken, of the last 200,000.
func (s *Sink) Arrived(id string) (Arrival, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.arrivals[id]
	return a, ok
}

// Count is how many mails of the product came.
func (s *Sink) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// readMail finds the recipient of a mail, and our own id.
func readMail(body []byte) (Mail, error) {
	var m struct {
		Personalizations []struct {
			To []struct {
				Email string `json:"email"`
			} `json:"to"`
		} `json:"personalizations"`
		CustomArgs map[string]string `json:"custom_args"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return Mail{}, err
	}
	if len(m.Personalizations) != 1 || len(m.Personalizations[0].To) != 1 {
		return Mail{}, errors.New("not one mail to one recipient")
	}
	return Mail{ID: m.CustomArgs[message.CustomArg], To: m.Personalizations[0].To[0].Email}, nil
}
