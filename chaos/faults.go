package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/internal/lull"
	"github.com/doorbell-ilm/doorbell/internal/stage"
)

// inject makes a fault, waits as long as it lasts and heals it. It returns what
// was seen, in a few words; an error is a promise that was not kept while the
// fault lasted, or a fault that could not be made.
func (r *run) inject(ctx context.Context, i injection) (string, error) {
	switch i.Fault {
	case frontDies:
		return r.dies(ctx, r.stage.serves[i.Target], i)
	case workerDies:
		return r.dies(ctx, r.stage.workers[i.Target], i)
	case commitCut:
		return r.commitCut(ctx, i)
	case writesLie:
		return r.writesLie(ctx, i)
	case temporalAway:
		return r.temporalAway(ctx, i)
	case temporalDies:
		return r.temporalDies(ctx, i)
	case postgresDies:
		return r.postgresDies(ctx, i)
	case postgresFull:
		return r.postgresFull(ctx, i)
	case postgresLocks:
		return r.postgresLocks(ctx, i)
	case workersAway:
		return r.workersAway(ctx, i)
	case rolling:
		return r.rolling(ctx, i)
	case mailFails:
		return r.mailFails(ctx, i)
	case herd:
		n := r.size(herd, r.o.herd, ordinaryHerd)
		r.load.burst(ctx, n)
		return fmt.Sprintf("%d posts at once", n), nil
	}
	return "", errors.New("nobody knows this fault")
}

// The sizes of a short run.
const (
	ordinaryHerd   = 50
	ordinaryTimers = 40
)

// size is how many leads a fault takes: all that were asked for the first time,
// and as many as in a short run after that, so that what one crowd brought is
// worked before the next one comes.
func (r *run) size(f fault, most, ordinary int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.crowded[f] {
		return min(most, ordinary)
	}
	r.crowded[f] = true
	return most
}

// deathPatience is how long a process may take to come by its failpoint.
const deathPatience = 12 * time.Second

// dies starts a process again with a failpoint armed, which kills it there.
func (r *run) dies(ctx context.Context, p *program, i injection) (string, error) {
	p.Kill()
	if err := p.start(fmt.Sprintf("%s=kill(1,%d)", i.Variant, i.N)); err != nil {
		return "", err
	}
	seen := "killed there"
	if !p.Died(ctx, i.For+deathPatience) {
		seen = "did not come by; killed where it was"
		p.Kill()
	}
	if err := p.start(""); err != nil {
		return seen, err
	}
	if p.Addr == "" {
		return seen, nil
	}
	return seen, r.ready(ctx, p)
}

// ready waits until an API takes leads again; what it needs may be away, too.
func (r *run) ready(ctx context.Context, p *program) error {
	return stage.Eventually(ctx, r.o.patience(30*time.Second), p.Name+" is ready", func() bool {
		return p.Status(ctx, "/readyz") == http.StatusOK
	})
}

func (r *run) commitCut(ctx context.Context, i injection) (string, error) {
	p := r.stage.serves[i.Target]
	before := p.postgres.Lost()
	p.postgres.LoseCommits(i.N, i.Variant == "answer lost")
	_ = lull.For(ctx, i.For)
	p.postgres.LoseCommits(0, true)
	return fmt.Sprintf("%d commits", p.postgres.Lost()-before), nil
}

// lies is the share of writes that Temporal is lied to about.
const lies = 0.08

// writesLie restarts Temporal with its own fault injection, and without it.
func (r *run) writesLie(ctx context.Context, i injection) (string, error) {
	for _, share := range []float64{lies, 0} {
		if err := r.stage.Engine.Stop(ctx); err != nil {
			return "", err
		}
		if err := r.stage.StartEngine(ctx, share); err != nil {
			return "", err
		}
		if share > 0 {
			_ = lull.For(ctx, i.For)
		}
	}
	return fmt.Sprintf("%g %% of the writes", lies*100), nil
}

// temporalAway stops Temporal in order and watches the door meanwhile.
func (r *run) temporalAway(ctx context.Context, i injection) (string, error) {
	if err := r.stage.Engine.Stop(ctx); err != nil {
		return "", err
	}
	r.away.Store(true)
	posts, acts := r.load.during()
	_ = lull.For(ctx, i.For)
	taken, refusals := posts(), acts()
	r.away.Store(false)
	err := r.stage.StartEngine(ctx, 0)
	if err == nil && taken == 0 {
		err = errors.New("no lead was taken while Temporal was away")
	}
	return fmt.Sprintf("%d leads taken, %d actions answered 503", taken, refusals), err
}

// temporalDies arms timers, kills Temporal and lets them fall due without it.
func (r *run) temporalDies(ctx context.Context, i injection) (string, error) {
	n := r.size(temporalDies, r.o.timers, ordinaryTimers)
	r.load.burst(ctx, n)
	patience := 15*time.Second + time.Duration(n)*100*time.Millisecond
	_ = stage.Eventually(ctx, patience, "the leads are worked", func() bool {
		var waiting int
		err := r.stage.Pool.QueryRow(ctx, `SELECT count(*) FROM lead WHERE step = 0 AND duplicate_of IS NULL`).Scan(&waiting)
		return err == nil && waiting <= n/10
	})
	var armed int
	if err := r.stage.Pool.QueryRow(ctx, `SELECT count(*) FROM lead WHERE next_action_at > doorbell_now() AND status <> 'closed'`).Scan(&armed); err != nil {
		armed = -1
	}
	_ = syscall.Kill(r.stage.Engine.Pid(), syscall.SIGKILL)
	<-r.stage.Engine.Done()
	_ = lull.For(ctx, i.For)
	return fmt.Sprintf("%d timers armed", armed), r.stage.StartEngine(ctx, 0)
}

// postgresDies stops Postgres as a crash does, which takes the product's and
// Temporal's data away at once.
func (r *run) postgresDies(ctx context.Context, i injection) (string, error) {
	_ = syscall.Kill(r.stage.Cluster.Pid(), syscall.SIGQUIT)
	<-r.stage.Cluster.Done()
	_ = lull.For(ctx, i.For)
	var errs []error
	// One of the two may be away for a reason of its own.
	var live, unready int
	for _, p := range r.stage.serves {
		if p.Status(ctx, "/healthz") == http.StatusOK {
			live++
		}
		switch p.Status(ctx, "/readyz") {
		case http.StatusServiceUnavailable:
			unready++
		case http.StatusOK:
			errs = append(errs, errors.New("readyz says 200 without Postgres"))
		}
	}
	if live == 0 || unready == 0 {
		errs = append(errs, fmt.Errorf("without Postgres %d of 2 are live and %d say that they are not ready", live, unready))
	}
	_ = r.stage.Cluster.Stop(ctx)
	if err := r.stage.Cluster.Start(ctx); err != nil {
		return "", err
	}
	begin := time.Now()
	errs = append(errs, r.recovers(ctx))
	return fmt.Sprintf("live, not ready; ready again after %.1f s", time.Since(begin).Seconds()), errors.Join(errs...)
}

// recovers waits until one of the APIs is ready again, by itself.
func (r *run) recovers(ctx context.Context) error {
	return stage.Eventually(ctx, 20*time.Second, "an API is ready again without a restart", func() bool {
		return r.stage.serves[0].Status(ctx, "/readyz") == http.StatusOK || r.stage.serves[1].Status(ctx, "/readyz") == http.StatusOK
	})
}

// postgresFull takes every connection that Postgres has and throws the product
// off its own.
func (r *run) postgresFull(ctx context.Context, i injection) (string, error) {
	var mu sync.Mutex
	var hogs []*pgx.Conn
	ctx, cancel := context.WithCancel(ctx)
	grab := func() bool {
		conn, err := pgx.Connect(ctx, r.stage.Cluster.URL("postgres"))
		if err != nil {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		hogs = append(hogs, conn)
		return true
	}
	for len(hogs) < connections && grab() { //nolint:revive // grabbing is the work
	}
	_, _ = hogs[0].Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'doorbell %'`)
	end := time.Now().Add(i.For)
	for time.Now().Before(end) && ctx.Err() == nil {
		if !grab() {
			_ = lull.For(ctx, 5*time.Millisecond)
		}
	}
	n := len(hogs)
	for _, conn := range hogs {
		_ = conn.Close(context.WithoutCancel(ctx))
	}
	cancel()
	return fmt.Sprintf("all %d left were taken", n), r.recovers(context.WithoutCancel(ctx))
}

// postgresLocks holds a lock that every post and every step needs, longer than
// anybody waits for it.
func (r *run) postgresLocks(ctx context.Context, i injection) (string, error) {
	conn, err := pgx.Connect(ctx, r.stage.Cluster.URL("doorbell"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `BEGIN; SET LOCAL lock_timeout = '3s'; LOCK TABLE lead IN ACCESS EXCLUSIVE MODE`); err != nil {
		return "the lock was not to be had", nil // the product works too hard; no promise is broken
	}
	_ = lull.For(ctx, i.For)
	var waiting int
	_ = conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'doorbell %'`).Scan(&waiting)
	_, err = conn.Exec(ctx, `ROLLBACK`)
	return fmt.Sprintf("%d connections waited", waiting), err
}

// workersAway ends all workers at once and leaves the leads alone for a while.
func (r *run) workersAway(ctx context.Context, i injection) (string, error) {
	for _, p := range r.stage.workers {
		p.Kill()
	}
	posts, _ := r.load.during()
	_ = lull.For(ctx, i.For)
	taken := posts()
	var errs []error
	for _, p := range r.stage.workers {
		errs = append(errs, p.start(""))
	}
	return fmt.Sprintf("%d leads taken", taken), errors.Join(errs...)
}

// rolling restarts one after the other, in order.
func (r *run) rolling(ctx context.Context, i injection) (string, error) {
	ones := r.stage.serves[:]
	if i.Lane == back {
		ones = r.stage.workers[:]
	}
	var longest time.Duration
	for _, p := range ones {
		begin := time.Now()
		if err := p.Stop(ctx); err != nil {
			return "", err
		}
		longest = max(longest, time.Since(begin))
		if err := p.start(""); err != nil {
			return "", err
		}
		if p.Addr == "" {
			continue
		}
		if err := r.ready(ctx, p); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("stopped within %.1f s", longest.Seconds()), nil
}

// mailPatience is for how long the provider waits for a mail to fail with.
const mailPatience = 8 * time.Second

func (r *run) mailFails(ctx context.Context, i injection) (string, error) {
	before := r.stage.sink.misbehaved(i.Variant)
	r.stage.sink.misbehave(i.Variant, 0.5)
	_ = lull.For(ctx, i.For)
	// Nothing may have been sent in the meantime, the workers being away.
	_ = stage.Eventually(ctx, mailPatience, "a mail", func() bool { return r.stage.sink.misbehaved(i.Variant) > before })
	r.stage.sink.misbehave("", 0)
	return fmt.Sprintf("%d mails", r.stage.sink.misbehaved(i.Variant)-before), nil
}
