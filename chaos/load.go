package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// tooLate counts, among the answers, those that did not come within twelve
// seconds. Every request is answered within ten, on a machine of its own.
const tooLate = -1

// mostWait bounds how long somebody waits who is told to come back later: a run
// does not have as much time as a good sender.
const mostWait = 15 * time.Second

// load is the outside world: integrators who post leads and people who work
// them. It is open-loop: what is due is sent by the clock, whether or not
// anything before it was answered. Everybody behaves well: he repeats what was
// not answered, under the same key, and remembers what he was told.
type load struct {
	s    *scene
	http *http.Client
	end  context.Context //nolint:containedctx // when everybody gives up
	all  sync.WaitGroup
	// closing makes every story end with a closed lead, so that what is open
	// does not grow.
	closing bool

	taken, away atomic.Int64 // posts answered 2xx, actions answered 503
	turn        atomic.Int64 // which API is asked next

	mu      sync.Mutex
	luck    *rand.Rand
	n       int
	posts   []*post
	actions []*action
	acked   []time.Duration // from the instant at which a post was due
	answers map[int]int     // by status; 0 is none
	strange map[string]int  // answers that nobody should get
}

func newLoad(end context.Context, s *scene, seed uint64) *load {
	return &load{
		s: s, end: end, luck: rand.New(rand.NewPCG(seed, 3)), //nolint:gosec // luck needs no secrecy
		http: &http.Client{
			// More than the ten seconds within which every request is answered.
			Timeout:   12 * time.Second,
			Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 5 * time.Second},
		},
		answers: map[int]int{}, strange: map[string]int{},
	}
}

// draw returns a number from 0 to n-1.
func (l *load) draw(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.luck.IntN(n)
}

// during counts what is answered from now on: leads taken, and actions turned
// away because something is away.
func (l *load) during() (posts, acts func() int64) {
	taken, away := l.taken.Load(), l.away.Load()
	return func() int64 { return l.taken.Load() - taken }, func() int64 { return l.away.Load() - away }
}

// drive posts leads by the clock until ctx ends.
func (l *load) drive(ctx context.Context, rate float64) {
	begin := time.Now()
	for i := 0; ; i++ {
		due := begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if lull.For(ctx, time.Until(due)) != nil {
			return
		}
		l.enquiry(due) //nolint:contextcheck // it goes on until it has its answer
	}
}

// burst posts n leads at once.
func (l *load) burst(ctx context.Context, n int) {
	now := time.Now()
	for range n {
		if ctx.Err() != nil {
			return
		}
		l.enquiry(now) //nolint:contextcheck // it goes on until it has its answer
	}
}

// enquiry is one person who wants a car. Some ask twice, through another
// source; some senders are so eager that they send one lead many times at once.
func (l *load) enquiry(due time.Time) {
	l.mu.Lock()
	l.n++
	n := l.n
	eager, twice := l.luck.IntN(12) == 0, l.luck.IntN(10) == 0
	l.mu.Unlock()
	body := fmt.Sprintf(`{"external_id": "chaos-%[1]d", "request": "test_drive",
		"customer": {"first_name": "Lead", "last_name": "Number%[1]d", "email": "lead%[1]d@mail.example", "phone": "+3161%07[1]d"},
		"vehicle": {"condition": "new", "make": "Renault", "model": "Captur"}}`, n)
	l.all.Go(func() {
		name := fmt.Sprintf("post-%d", n)
		copies := 1
		if eager {
			copies = 8
		}
		if id, worked := l.post(name, "website", body, copies, due); worked {
			l.story(id)
		}
	})
	if twice {
		l.all.Go(func() { l.post(fmt.Sprintf("twin-%d", n), "portal", body, 1, due) })
	}
}

// post sends a lead, in several copies at once when the sender is eager: half of
// them under the same key, the others under keys of their own. It returns the
// lead's id and whether it is worked itself.
func (l *load) post(name, source, body string, copies int, due time.Time) (id string, worked bool) {
	p := &post{Key: name}
	l.mu.Lock()
	l.posts = append(l.posts, p)
	l.mu.Unlock()
	var all sync.WaitGroup
	for i := range copies {
		key := name
		if i%2 == 1 {
			key = fmt.Sprintf("%s-%d", name, i)
		}
		all.Go(func() {
			got, own := l.send(p, source, key, body)
			l.mu.Lock()
			defer l.mu.Unlock()
			if i == 0 {
				id, worked = got, own
				l.acked = append(l.acked, time.Since(due))
			}
		})
	}
	all.Wait()
	return id, worked
}

// note writes down what was seen, one at a time.
func (l *load) note(what func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what()
}

// send posts until there is an answer that is the last word.
func (l *load) send(p *post, source, key, body string) (id string, worked bool) {
	l.note(func() { p.Keys, p.Answered = append(p.Keys, key), false })
	for try := 0; ; try++ {
		status, answer, wait := l.ask("POST", "/v1/leads", l.s.Keys[source], "", key, body, try)
		var receipt struct {
			ID          string  `json:"id"`
			DuplicateOf *string `json:"duplicate_of"`
		}
		switch {
		case status == http.StatusOK || status == http.StatusAccepted:
			if err := json.Unmarshal(answer, &receipt); err != nil {
				l.odd("a receipt that cannot be read")
			}
			l.taken.Add(1)
			l.note(func() { p.IDs, p.Answered = append(p.IDs, receipt.ID), true })
			return receipt.ID, receipt.DuplicateOf == nil
		case status >= 400 && status < 500 && status != http.StatusConflict && status != http.StatusTooManyRequests:
			l.note(func() { p.Refused = append(p.Refused, status) })
			return "", false
		}
		if lull.For(l.end, wait) != nil {
			return "", false
		}
	}
}

// act has a member of staff do something until there is an answer that is the
// last word, and returns whether it was done.
func (l *load) act(lead, path string, by stage.Person, body map[string]any) bool {
	l.mu.Lock()
	mark := fmt.Sprintf("mark-%d-%d", len(l.actions), l.luck.Uint32())
	a := &action{Mark: mark, Kind: path, Lead: lead, By: by.ID, Fate: unsure}
	l.actions = append(l.actions, a)
	l.mu.Unlock()
	switch path {
	case "take":
	case "notes", "messages":
		body["text"] = mark
	case "assign":
		body["reason"] = mark
	default:
		body["note"] = mark
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // texts, numbers and maps of them
	}
	for try := 0; ; try++ {
		status, answer, wait := l.ask("POST", "/v1/leads/"+lead+"/"+path, l.s.Keys["integration"], by.Email, mark, string(text), try)
		l.mu.Lock()
		a.Code = status
		last := true
		switch {
		case status >= 200 && status < 300:
			a.Fate = done
		case status == http.StatusConflict && bytes.Contains(answer, []byte("in-flight")), status == http.StatusTooManyRequests:
			last = false
		case status >= 400 && status < 500:
			a.Fate = refused
		default:
			last = false
		}
		did := a.Fate == done
		l.mu.Unlock()
		if status == http.StatusServiceUnavailable {
			l.away.Add(1)
		}
		if last {
			return did
		}
		if lull.For(l.end, wait) != nil {
			return false
		}
	}
}

// ask sends one request to one of the APIs, the other one than before, and
// returns how long to wait before the next try: longer each time, and as long as
// the answer says. Status 0 is no answer.
func (l *load) ask(method, path, key, by, idempotency, body string, try int) (status int, answer []byte, wait time.Duration) {
	wait = (250*time.Millisecond + time.Duration(l.draw(250))*time.Millisecond) << min(try, 5)
	// Without a bound of its own: it is answered, or the client gives up.
	request, err := http.NewRequestWithContext(context.WithoutCancel(l.end), method, "http://"+l.s.serves[l.turn.Add(1)%2].Addr+path, strings.NewReader(body))
	if err != nil {
		panic(err) // our own address
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Idempotency-Key", idempotency)
	if by != "" {
		request.Header.Set("X-Actor", by)
	}
	response, err := l.http.Do(request)
	if err == nil {
		answer, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close()
	}
	if err != nil {
		l.count(0)
		var slow interface{ Timeout() bool }
		if errors.As(err, &slow) && slow.Timeout() {
			l.count(tooLate)
		}
		return 0, nil, wait
	}
	l.count(response.StatusCode)
	switch {
	case response.StatusCode == http.StatusInternalServerError:
		l.odd(method + " " + lastPart(path) + " answered 500")
	case response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "":
		l.odd("503 without Retry-After")
	case response.StatusCode == http.StatusNotFound:
		l.odd(method + " " + lastPart(path) + " answered 404 for a lead that was acknowledged")
	}
	if after, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		wait = max(wait, min(time.Duration(after)*time.Second, mostWait))
	}
	return response.StatusCode, answer, wait
}

func lastPart(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func (l *load) count(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers[status]++
}

func (l *load) odd(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strange[what]++
}

// remembered is what the outside was told.
func (l *load) remembered() remembered {
	l.mu.Lock()
	defer l.mu.Unlock()
	var said remembered
	for _, p := range l.posts {
		said.Posts = append(said.Posts, *p)
	}
	for _, a := range l.actions {
		said.Actions = append(said.Actions, *a)
	}
	return said
}
