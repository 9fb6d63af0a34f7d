package main

import (
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// sink is a SendGrid that remembers what it took and misbehaves on command. It
// stays up when everything else goes down: it is the other side.
type sink struct {
	*stage.Sink

	mu      sync.Mutex
	luck    *rand.Rand
	how     string  // "" for well; else a variant of mailFails
	share   float64 // of the requests that it does that to
	taken   map[string][]arrival
	refused map[string]int // 4xx answers that are final, by message
	did     map[string]int // misbehaviour, by kind
}

// arrival is a mail that the sink took, whatever it answered.
type arrival struct {
	At time.Time
	To string
}

func openSink(seed uint64) (*sink, error) {
	s := &sink{
		luck:  rand.New(rand.NewPCG(seed, 2)), //nolint:gosec // luck needs no secrecy
		taken: map[string][]arrival{}, refused: map[string]int{}, did: map[string]int{},
	}
	var err error
	s.Sink, err = stage.OpenSink(s.treat)
	return s, err
}

// misbehave makes a share of the requests go wrong; "" ends it.
func (s *sink) misbehave(how string, share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how, s.share = how, share
}

// next draws how one request is treated.
func (s *sink) next() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == "" || s.luck.Float64() >= s.share {
		return ""
	}
	s.did[s.how]++
	return s.how
}

// treat answers one mail as it is told to.
func (s *sink) treat(w http.ResponseWriter, r *http.Request, m stage.Mail) {
	switch how := s.next(); how {
	case "429":
		w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(time.Now().Add(2*time.Second).Unix(), 10))
		w.WriteHeader(http.StatusTooManyRequests)
	case "5xx":
		w.WriteHeader(http.StatusBadGateway)
	case "400", "413":
		s.refuse(m.ID)
		status, _ := strconv.Atoi(how)
		w.WriteHeader(status)
	case "reset":
		// Half of the mails were taken before the line broke: nobody can tell.
		if s.half() {
			s.take(m)
		}
		cut(w)
	case "no answer":
		s.take(m)
		<-r.Context().Done()
	case "slow":
		select {
		case <-time.After(1500 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		fallthrough
	default:
		s.take(m)
		stage.Accept(w, m)
	}
}

func (s *sink) half() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.luck.IntN(2) == 0
}

func (s *sink) take(m stage.Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[m.ID] = append(s.taken[m.ID], arrival{time.Now(), m.To})
}

func (s *sink) refuse(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[id]++
}

// cut ends the connection so that the client sees a reset.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// misbehaved returns how often it did something so far.
func (s *sink) misbehaved(how string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.did[how]
}
