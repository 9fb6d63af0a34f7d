package main

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// sinkKey is the key that the sink lets in.
const sinkKey = "SG.chaos"

// sink is a SendGrid that remembers what it took and misbehaves on command. It
// stays up when everything else goes down: it is the other side.
type sink struct {
	url  string
	http *http.Server

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
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // answers at once
	if err != nil {
		return nil, err
	}
	s := &sink{
		url: "http://" + listener.Addr().String(), luck: rand.New(rand.NewPCG(seed, 2)), //nolint:gosec // luck needs no secrecy
		taken: map[string][]arrival{}, refused: map[string]int{}, did: map[string]int{},
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

func (s *sink) close() { _ = s.http.Close() }

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

// ServeHTTP takes one mail.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 40<<20))
	if err != nil {
		return // cut off: nothing was taken
	}
	id, to, err := readMail(body)
	if err != nil || r.Header.Get("Authorization") != "Bearer "+sinkKey {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch how := s.next(); how {
	case "429":
		w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(time.Now().Add(2*time.Second).Unix(), 10))
		w.WriteHeader(http.StatusTooManyRequests)
	case "5xx":
		w.WriteHeader(http.StatusBadGateway)
	case "400", "413":
		s.refuse(id)
		status, _ := strconv.Atoi(how)
		w.WriteHeader(status)
	case "reset":
		// Half of the mails were taken before the line broke: nobody can tell.
		if s.half() {
			s.take(id, to)
		}
		cut(w)
	case "no answer":
		s.take(id, to)
		<-r.Context().Done()
	case "slow":
		select {
		case <-time.After(1500 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		fallthrough
	default:
		s.take(id, to)
		w.Header().Set("X-Message-Id", "chaos-"+id)
		w.WriteHeader(http.StatusAccepted)
	}
}

func (s *sink) half() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.luck.IntN(2) == 0
}

func (s *sink) take(id, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[id] = append(s.taken[id], arrival{time.Now(), to})
}

func (s *sink) refuse(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[id]++
}

// readMail finds our own id and the recipient of a mail.
func readMail(body []byte) (id, to string, err error) {
	var m struct {
		Personalizations []struct {
			To []struct {
				Email string `json:"email"`
			} `json:"to"`
		} `json:"personalizations"`
		CustomArgs map[string]string `json:"custom_args"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return "", "", err
	}
	if len(m.Personalizations) != 1 || len(m.Personalizations[0].To) != 1 || m.CustomArgs["doorbell_message"] == "" {
		return "", "", errors.New("not a mail of ours")
	}
	return m.CustomArgs["doorbell_message"], m.Personalizations[0].To[0].Email, nil
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
