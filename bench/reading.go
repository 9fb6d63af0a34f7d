package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// reading is how long pages take among very many leads. They are written with
// SQL, because a million lives would take a day: rows as steps leave them, with
// customers, contacts, timelines and what is searched, and no workflows.
func reading(ctx context.Context, b *bench) error {
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
		p95 := float64(percentile(slices.Sorted(slices.Values(took)), 0.95).Microseconds()) / 1000
		b.add(spread(fmt.Sprintf("%s, %d open and %d closed", page.name, b.size.openRows, b.size.closed), took).aim(p95 <= 50, "p95 ≤ 50 (%.0f)", p95))
	}
	return nil
}

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

// plant writes the rows. $1 is the dealer, $2 how many are open, $3 how many
// there are in all. Triggers are off meanwhile: what they keep is written beside
// the rest, at once.
const plant = `
CREATE TEMP TABLE planted AS
SELECT i, i > $2 AS closed, gen_random_uuid() AS lead, gen_random_uuid() AS customer, $1::uuid AS dealer,
    (SELECT id FROM source WHERE code = CASE WHEN i % 3 = 0 THEN 'portal' ELSE 'website' END) AS source,
    (SELECT array_agg(id ORDER BY email) FROM staff WHERE role = 'salesperson') AS sellers,
    doorbell_now() - CASE WHEN i > $2 THEN interval '1 day' + i * interval '30 s' ELSE i * interval '1 s' END AS at
FROM generate_series(1, $3) i;
INSERT INTO customer (id, dealer_id, first_name, last_name, city, language, created_at)
SELECT customer, dealer, 'Jan', 'Jansen' || i, 'Utrecht', 'nl', at FROM planted;
INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
SELECT dealer, customer, 'phone', 0, '06' || lpad(i::text, 8, '0'), '+316' || lpad(i::text, 8, '0'), true FROM planted
UNION ALL SELECT dealer, customer, 'email', 0, 'jansen' || i || '@mail.example', 'jansen' || i || '@mail.example', true FROM planted;
INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, condition, make, model, received_at,
    policy_version, reason_version, step, timeline_seq, process, phase, stage, status, track, owner_id, auto_responded_at, live_due_at, first_live_at,
    first_conversation_at, last_live_at, attempts_made, attempts_counted, attempts_required, next_deadline_at, next_action_at, deadlines, close_reason, closed_at)
SELECT lead, dealer, source, customer, 'planted-' || i, sha256(lead::text::bytea), 'web', 'test_drive', 'new', 'Planted', 'Captur', at,
    1, 1, 7, 6, template.process, 'showroom', CASE WHEN closed THEN 'lost' ELSE 'contacting' END, CASE WHEN closed THEN 'closed' ELSE 'open' END,
    'standard', sellers[1 + i % 3], at + interval '1 s', at + interval '15 m', at + interval '5 m',
    at + interval '5 m', at + interval '1 h', 2, 2, 6,
    CASE WHEN NOT closed THEN at + interval '1 day' END, CASE WHEN NOT closed THEN at + interval '30 days' END,
    CASE WHEN closed THEN '[]' ELSE jsonb_build_array(jsonb_build_object('kind', 'call_attempt', 'due_at', at + interval '1 day', 'step', 0)) END,
    CASE WHEN closed THEN 'not_reached' ELSE '' END, CASE WHEN closed THEN at + interval '1 day' END
FROM planted, (SELECT process FROM lead WHERE process IS NOT NULL LIMIT 1) template;
INSERT INTO timeline (dealer_id, lead_id, seq, at, kind, actor, data)
SELECT p.dealer, p.lead, s.seq, p.at + s.seq * interval '5 m', s.kind, CASE WHEN s.kind = 'attempt_logged' THEN p.sellers[1 + p.i % 3]::text ELSE 'system' END,
    CASE s.kind
        WHEN 'attempt_logged' THEN jsonb_build_object('channel', 'phone', 'direction', 'out', 'outcome', 'voicemail', 'counted', true, 'made_at', p.at + s.seq * interval '5 m', 'attempt_id', p.lead)
        WHEN 'assigned' THEN jsonb_build_object('to', p.sellers[1 + p.i % 3], 'why', 'turn')
        ELSE jsonb_build_object('source', 'website', 'kind', 'call_attempt', 'due_at', p.at + s.seq * interval '5 m')
    END
FROM planted p, (VALUES (1, 'received'), (2, 'assigned'), (3, 'attempt_due'), (4, 'attempt_logged'), (5, 'attempt_due'), (6, 'attempt_logged')) s (seq, kind);
INSERT INTO lead_search (lead_id, dealer_id, text) SELECT v.lead_id, v.dealer_id, v.text FROM lead_searched v JOIN planted p ON p.lead = v.lead_id;
DROP TABLE planted;`

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
	for statement := range strings.SplitSeq(plant, ";\n") {
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
