package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// sent is a lead that was acknowledged.
type sent struct {
	ID   string
	Due  time.Time // when it was to be posted
	Took time.Duration
}

// mostErrors is how many requests may fail before a run is given up.
const mostErrors = 20

// drive calls do n times, rate times a second, by the clock: what is due is done
// whether or not anything before it has ended. What is measured counts from due,
// and not from when do was called.
func drive(ctx context.Context, n int, rate float64, do func(ctx context.Context, i int, due time.Time) error) error {
	errs := make([]error, n)
	var failed atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if err := lull.For(ctx, time.Until(due)); err != nil {
			all.Wait()
			return err
		}
		if failed.Load() > mostErrors {
			break
		}
		all.Go(func() {
			if errs[i] = do(ctx, i, due); errs[i] != nil {
				failed.Add(1)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// crowd calls do n times, from so many clients, each as fast as it is answered.
func crowd(ctx context.Context, n, clients int, do func(ctx context.Context, i int) error) error {
	errs := make([]error, clients)
	var next atomic.Int64
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				if errs[c] = do(ctx, i); errs[c] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errors.Join(errs...), ctx.Err())
}

// The make of a lead's car, which tells what is read from what is posted.
const postedMake = "Renault"

// post sends one lead and fails unless it was accepted as a new one.
func (b *bench) post(ctx context.Context, due time.Time) (sent, error) {
	n := b.posted.Add(1)
	body := fmt.Sprintf(`{"external_id": "bench-%[1]d", "request": "test_drive",
		"customer": {"first_name": "Lead", "last_name": "Number%[1]d", "email": "lead%[1]d@mail.example", "phone": "+3161%07[1]d"},
		"vehicle": {"condition": "new", "make": "`+postedMake+`", "model": "Captur"}}`, n)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address()+"/v1/leads", strings.NewReader(body))
	if err != nil {
		return sent{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+b.Keys[keyName(int(n)%keys)])
	answer, err := b.ask(request, http.StatusAccepted)
	if err != nil {
		return sent{}, err
	}
	var receipt struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(answer, &receipt)
	return sent{ID: receipt.ID, Due: due, Took: time.Since(due)}, err
}

// act has somebody do something with a lead and fails unless it was done.
func (b *bench) act(ctx context.Context, lead, path string, by stage.Person, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address()+"/v1/leads/"+lead+"/"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+b.Keys["integration"])
	request.Header.Set("X-Actor", by.Email)
	_, err = b.ask(request, http.StatusOK, http.StatusAccepted, http.StatusCreated)
	return err
}

// ask sends a request and fails unless the answer is one of those wanted.
func (b *bench) ask(request *http.Request, want ...int) ([]byte, error) {
	answer, err := b.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if slices.Contains(want, answer.StatusCode) {
		return text, nil
	}
	return nil, fmt.Errorf("%s %s: %d %.300s", request.Method, request.URL.Path, answer.StatusCode, text)
}

// steadily posts n leads, rate a second, and returns those acknowledged, in the
// order in which they were due.
func (b *bench) steadily(ctx context.Context, n int, rate float64) ([]sent, error) {
	leads := make([]sent, n)
	err := drive(ctx, n, rate, func(ctx context.Context, i int, due time.Time) error {
		var err error
		leads[i], err = b.post(ctx, due)
		return err
	})
	return leads, err
}

// clients is how many post at once where leads come as fast as they are taken.
const clients = 32

// atOnce posts n leads as fast as they are taken.
func (b *bench) atOnce(ctx context.Context, n int) ([]sent, error) {
	leads := make([]sent, n)
	err := crowd(ctx, n, clients, func(ctx context.Context, i int) error {
		var err error
		leads[i], err = b.post(ctx, time.Now())
		return err
	})
	return leads, err
}

// fill posts leads until so many are open, and waits until they are at rest.
func (b *bench) fill(ctx context.Context, open int) error {
	have, err := b.openNow(ctx)
	if err != nil {
		return err
	}
	for have < open {
		n := min(1_000, open-have)
		if _, err := b.set(ctx, n); err != nil {
			return err
		}
		have += n
		b.say("%d leads are open", have)
	}
	return nil
}

func (b *bench) openNow(ctx context.Context) (n int, err error) {
	err = b.Pool.QueryRow(ctx, `SELECT count(*) FROM lead WHERE status <> 'closed' AND process IS NOT NULL`).Scan(&n)
	return n, err
}

// set posts n leads as fast as they are taken and waits until all are at rest.
func (b *bench) set(ctx context.Context, n int) ([]sent, error) {
	leads, err := b.atOnce(ctx, n)
	if err != nil {
		return nil, err
	}
	return leads, b.rest(ctx)
}

func idsOf(leads []sent) []string {
	ids := make([]string, len(leads))
	for i, l := range leads {
		ids[i] = l.ID
	}
	return ids
}

func tookOf(leads []sent) []time.Duration {
	took := make([]time.Duration, len(leads))
	for i, l := range leads {
		took[i] = l.Took
	}
	return took
}
