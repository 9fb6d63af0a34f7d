package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/doorbell-ilm/doorbell/internal/lull"
)

// reading is how long pages take among very many leads. They are written with
// SQL, because a million lives would take a day: rows as steps leave them, with
// customers, contacts, timelines and what is searched, and no workflows.
func reading(ctx context.Context, b *bench) error {
	if _, err := b.set(ctx, b.size.warm); err != nil {
		return err // what is written has the form of one that was worked
	}
	b.say("%d open and %d closed leads are written", b.size.openRows, b.size.closed)
	if err := b.plant(ctx); err != nil {
		return err
	}
	cookie, err := b.signIn(ctx)
	if err != nil {
		return err
	}
	var ids []string
	rows, err := b.Pool.Query(ctx, `SELECT id::text FROM lead WHERE make = 'Planted' AND status <> 'closed' ORDER BY id LIMIT 1000`)
	if err != nil {
		return err
	}
	if ids, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return err
	}
	if len(ids) == 0 {
		return errors.New("no leads were written")
	}
	n := b.size.openRows + b.size.closed
	for _, page := range []struct {
		name string
		path func(i int) string
	}{
		{"board", func(int) string { return "/board" }},
		{"board, newest first", func(int) string { return "/board?sort=newest" }},
		{"lead page", func(i int) string { return "/leads/" + ids[i*7%len(ids)] }},
		{"search by name", func(i int) string { return "/board?status=all&q=" + url.QueryEscape(fmt.Sprintf("jansen%d", i*7919%n)) }},
		{"search by number", func(i int) string { return "/board?status=all&q=" + fmt.Sprintf("06%08d", i*7919%n) }},
		{"search for a common word", func(int) string { return "/board?status=all&q=planted" }},
		{"list of leads, by API", func(int) string { return "/v1/leads?limit=50" }},
	} {
		took, err := b.read(ctx, cookie, page.path)
		if err != nil {
			return err
		}
		b.say("%s: %s in the middle", page.name, percentile(slices.Sorted(slices.Values(took)), 0.5).Round(time.Millisecond))
		p95 := float64(percentile(slices.Sorted(slices.Values(took)), 0.95).Microseconds()) / 1000
		b.add(spread(fmt.Sprintf("%s, %d open and %d closed", page.name, b.size.openRows, b.size.closed), took).aim(p95 <= 50, "p95 ≤ 50 (%.0f)", p95))
	}
	return nil
}

// readEvery is how far the pages asked for are apart at least: nobody reads
// faster, and who asks faster is held back.
const readEvery = 50 * time.Millisecond

// read asks for pages one after the other, the first few only to warm up.
func (b *bench) read(ctx context.Context, cookie string, path func(int) string) ([]time.Duration, error) {
	const warm = 5
	var took []time.Duration
	for i := range b.size.reads + warm {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address()+path(i), http.NoBody)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(path(i), "/v1/") {
			request.Header.Set("Authorization", "Bearer "+b.Keys["integration"])
		} else {
			request.Header.Set("Cookie", cookie)
		}
		begin := time.Now()
		if _, err := b.ask(request, http.StatusOK); err != nil {
			return nil, err
		}
		if i >= warm {
			took = append(took, time.Since(begin))
		}
		if err := lull.For(ctx, time.Until(begin.Add(readEvery))); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// signIn returns the cookie of the sales manager.
func (b *bench) signIn(ctx context.Context) (string, error) {
	form := url.Values{"email": {b.manager().Email}, "password": {b.manager().Password}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.address()+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := b.http.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var cookies []string
	for _, c := range answer.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if answer.StatusCode != http.StatusSeeOther || len(cookies) == 0 {
		return "", fmt.Errorf("sign in: %d", answer.StatusCode)
	}
	return strings.Join(cookies, "; "), nil
}

//go:embed plant.sql
var plant string

func (b *bench) plant(ctx context.Context) error {
	conn, err := b.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SET session_replication_role = replica`); err != nil {
		return err
	}
	all := b.size.openRows + b.size.closed
	_, statements, _ := strings.Cut(plant, "\n\n") // after the comment
	for statement := range strings.SplitSeq(statements, ";\n") {
		statement = strings.NewReplacer("$1", "'"+b.Dealer+"'", "$2", fmt.Sprint(b.size.openRows), "$3", fmt.Sprint(all)).Replace(statement)
		begin := time.Now()
		if _, err := conn.Exec(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("write leads: %w", err), conn.Conn().Close(ctx))
		}
		if took := time.Since(begin); took > 5*time.Second {
			b.say("%.40s… took %.0f s", strings.TrimSpace(statement), took.Seconds())
		}
	}
	if _, err := conn.Exec(ctx, `SET session_replication_role = origin`); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `VACUUM ANALYZE`)
	return err
}
