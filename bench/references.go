package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// referred is what the reference program measured. Latencies are in seconds.
type referred struct {
	What      string  `json:"what"`
	N         int     `json:"n"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50"`
	P90       float64 `json:"p90"`
	P99       float64 `json:"p99"`
	Max       float64 `json:"max"`
}

// refer runs the reference program on the same Postgres and the same Temporal:
// from as many clients as post leads, or rate a second by the clock; more are
// further arguments of its. Where there is no such program nothing is compared.
func (b *bench) refer(ctx context.Context, what string, n int, rate float64, more ...string) (referred, error) {
	if _, err := os.Stat(b.o.reference); errors.Is(err, os.ErrNotExist) {
		b.say("no reference: %s is not built", b.o.reference)
		return referred{}, nil
	}
	b.say("reference: %s, %d times", what, n)
	args := []string{
		"-postgres", b.Cluster.URL("postgres"), "-temporal", b.Address, "-namespace", stage.Namespace, "-sink", b.sink.URL,
		"-what", what, "-n", strconv.Itoa(n), "-warm", strconv.Itoa(b.size.warm), "-concurrency", strconv.Itoa(clients),
	}
	if rate > 0 {
		args = append(args, "-rate", strconv.FormatFloat(rate, 'f', 3, 64))
	}
	if what == "insert" {
		args = append(args, "-doorbell", filepath.Join(b.o.bin, "doorbell"))
	}
	cmd := exec.CommandContext(ctx, b.o.reference, append(args, more...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return referred{}, fmt.Errorf("reference %s: %w", what, err)
	}
	var got referred
	if err := json.Unmarshal(out, &got); err != nil {
		return referred{}, fmt.Errorf("reference %s: %w: %s", what, err, out)
	}
	return got, b.calm(ctx)
}

// calm waits until what the reference left to tidy up is tidied up, so that the
// product does not pay for it; half a minute at most.
func (b *bench) calm(ctx context.Context) error {
	const idle = 0.1 // of a core
	if b.o.quick {
		return nil
	}
	sum := func() (all float64) {
		for _, seconds := range b.cpu() {
			all += seconds
		}
		return all
	}
	was := sum()
	for range 30 {
		if err := lull.For(ctx, time.Second); err != nil {
			return err
		}
		is := sum()
		if is-was < idle {
			return nil
		}
		was = is
	}
	return nil
}

// took is how long each of a reference took.
func (r referred) took(figure string) line {
	ms := func(seconds float64) *float64 {
		value := rounded(seconds * 1000)
		return &value
	}
	return line{Figure: figure, Value: *ms(r.P50), Unit: "ms", N: r.N, P50: ms(r.P50), P90: ms(r.P90), P99: ms(r.P99), Max: ms(r.Max)}
}
