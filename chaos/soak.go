package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// point is one sample.
type point struct {
	At    float64 `json:"at"` // seconds since the load began
	Value float64 `json:"value"`
}

// soak sends load without faults for a long time and watches what the processes
// hold on to. Every lead is closed, so that what is open does not grow.
func (r *run) soak(ctx context.Context, giveUp func()) (outcome, error) {
	r.load.closing = true
	loading, stop := context.WithTimeout(ctx, r.o.soak)
	defer stop()
	r.say("the product runs; %s of load without faults", r.o.soak)
	samples, begin := map[string][]point{}, time.Now()
	sampled := make(chan struct{})
	go func() {
		defer close(sampled)
		every := min(10*time.Second, r.o.soak/60)
		for lull.For(loading, every) == nil {
			for name, value := range r.stage.sample(loading) {
				samples[name] = append(samples[name], point{time.Since(begin).Seconds(), value})
			}
		}
	}()
	r.load.drive(loading, r.o.rate)
	<-sampled
	if err := r.rest(ctx, giveUp); err != nil {
		return outcome{}, err
	}
	o, err := r.judge(ctx)
	o.Samples = samples
	for _, name := range slices.Sorted(namesOf(samples)) {
		first, last, wrong := flat(samples[name], slackOf(name))
		o.Figures = append(o.Figures, figure{name + ", second third", first, ""}, figure{name + ", last third", last, ""})
		if wrong {
			o.Violations = append(o.Violations, violation{"not flat", fmt.Sprintf("%s: %.4g in the second third, %.4g in the last", name, first, last)})
		}
	}
	return o, err
}

func namesOf(samples map[string][]point) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range samples {
			if !yield(name) {
				return
			}
		}
	}
}

// slackOf is how much more of something is no growth, whatever its size.
func slackOf(name string) float64 {
	if strings.HasSuffix(name, "MiB") {
		return 8
	}
	return 10
}

// growth is how much larger the median of the last third may be than that of the
// second. The first third is for warming up: caches and pools fill.
const growth = 1.15

// flat compares the last third of a run with the one before it.
func flat(samples []point, slack float64) (second, last float64, grows bool) {
	n := len(samples) / 3
	if n == 0 {
		return 0, 0, false
	}
	second, last = median(samples[n:2*n]), median(samples[2*n:])
	return second, last, last > second*growth && last > second+slack
}

func median(samples []point) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, s.Value)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// sample measures every process of the product once.
func (s *scene) sample(ctx context.Context) map[string]float64 {
	got := map[string]float64{}
	for _, p := range s.programs() {
		pid := p.Pid()
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
			got[p.Name+" memory MiB"] = field(string(text), "VmRSS:") / 1024
		}
		if files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)); err == nil {
			got[p.Name+" open files"] = float64(len(files))
		}
		if p.Addr != "" {
			got[p.Name+" goroutines"] = s.metric(ctx, p, "go_goroutines")
		}
		var n float64
		mine := s.Pool.QueryRow(ctx, `SELECT count(*)::float8 FROM pg_stat_activity WHERE application_name = $1`, "doorbell "+p.Command)
		if err := mine.Scan(&n); err == nil {
			got[p.Command+" connections"] = n
		}
	}
	return got
}

// field is the number behind a name in text.
func field(text, name string) float64 {
	_, rest, _ := strings.Cut(text, name)
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.ParseFloat(words[0], 64)
	return n
}

// metric reads one of an API's own figures.
func (s *scene) metric(ctx context.Context, p *program, name string) float64 {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Addr+"/metrics", http.NoBody)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0
	}
	return field(string(text), "\n"+name+" ")
}
