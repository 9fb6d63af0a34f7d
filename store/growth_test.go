package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/internal/testkit/dealership"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// A lead's first minute reads no more rows among many others, all of whom refuse
// something, than among a quarter of them. Rows are counted, not seconds.
func TestALeadReadsNoMoreAmongMany(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.settle(1_500)
	few := h.rowsRead(8)
	h.settle(6_000)
	many := h.rowsRead(8)
	require.Positive(t, few)
	require.Less(t, many, 2*few, "rows read by 8 leads among 6,000 others; among 1,500 it was %d", few)
}

// Postgres counts a table when it has grown by half. Until then it takes it for as
// small as it was, and must not go through all that others refuse for each lead.
func TestALeadReadsNoMoreBeforeOthersAreCounted(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.settle(1_500)
	_, err := h.owner.Pool.Exec(h.ctx, `TRUNCATE do_not_contact`) // and nobody has counted it since
	require.NoError(t, err)
	h.refuse(3)
	few := h.rowsRead(8)
	h.refuse(500)
	require.Less(t, h.rowsRead(8), few+few/2, "rows read by 8 leads beside 500 others who refuse mail; beside 3 it was %d", few)
}

// house is a dealer with leads, in a database whose reading is counted.
type house struct {
	t      *testing.T
	ctx    context.Context
	url    string
	owner  *store.Store
	dealer uuid.UUID
	source uuid.UUID
	there  int // leads settled
	posted int
}

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, ctx: context.Background(), url: testkit.Database(t)}
	var err error
	h.owner, err = store.Open(h.ctx, h.url, store.Options{Connections: 1, Owner: true})
	require.NoError(t, err)
	t.Cleanup(h.owner.Close)
	h.dealer, err = h.owner.CreateDealer(h.ctx, store.NewDealer{Name: "De Linde", Staff: dealership.Staff(), Sources: dealership.Sources()})
	require.NoError(t, err)
	source, err := h.owner.SourceByCode(h.ctx, db.SourceByCodeParams{DealerID: h.dealer, Code: "website"})
	require.NoError(t, err)
	h.source = source.ID
	return h
}

// settle writes leads until there are so many: closed ones, each with its message
// and a customer who does not want to be called.
func (h *house) settle(leads int) {
	h.t.Helper()
	_, err := h.owner.Pool.Exec(h.ctx, `
		WITH made AS MATERIALIZED (SELECT i, gen_random_uuid() AS lead, gen_random_uuid() AS customer, gen_random_uuid() AS raw FROM generate_series($3::integer, $4::integer) i),
		customers AS (INSERT INTO customer (id, dealer_id, full_name, created_at) SELECT customer, $1, 'Customer ' || i, doorbell_now() FROM made),
		contacts AS (INSERT INTO customer_contact (dealer_id, customer_id, kind, position, written, normalised, valid)
			SELECT $1, customer, 'phone', 0, '+3161' || 1000000 + i, '+3161' || 1000000 + i, true FROM made),
		refusals AS (INSERT INTO do_not_contact (dealer_id, channel, normalised) SELECT $1, 'phone', '+3161' || 1000000 + i FROM made),
		raws AS (INSERT INTO raw_message (id, dealer_id, source_id, content_type, body, fingerprint, idempotency_key, received_at)
			SELECT raw, $1, $2, 'application/json', '', '', 'key ' || i, doorbell_now() FROM made),
		messages AS (INSERT INTO message (id, dealer_id, lead_id, key, template, channel, state, created_at)
			SELECT gen_random_uuid(), $1, lead, 'auto_response', 'thank-you', 'email', 'accepted', doorbell_now() FROM made)
		INSERT INTO lead (id, dealer_id, source_id, customer_id, external_id, content_hash, channel, request, received_at, policy_version, reason_version, phase, stage, status, close_reason, closed_at)
		SELECT lead, $1, $2, customer, 'settled-' || i, '', 'web', 'inquiry', doorbell_now(), 1, 1, 'showroom', 'dropped', 'closed', 'double', doorbell_now() FROM made`,
		h.dealer, h.source, h.there+1, leads)
	require.NoError(h.t, err)
	_, err = h.owner.Pool.Exec(h.ctx, `VACUUM ANALYZE`)
	require.NoError(h.t, err)
	h.there = leads
}

// refuse has strangers refuse mail.
func (h *house) refuse(strangers int) {
	h.t.Helper()
	_, err := h.owner.Pool.Exec(h.ctx, `INSERT INTO do_not_contact (dealer_id, channel, normalised)
		SELECT $1, 'email', 'stranger' || i || '@mail.example' FROM generate_series(1, $2::integer) i ON CONFLICT DO NOTHING`, h.dealer, strangers)
	require.NoError(h.t, err)
}

// rowsRead is how many rows are read by so many leads' first minute, from the
// message to the mails.
func (h *house) rowsRead(leads int) int {
	h.t.Helper()
	const name = "first minute"
	before := h.read(name)
	s, err := store.Open(h.ctx, h.url, store.Options{Connections: 2, Name: name, PlanOnce: true}) // as a worker does
	require.NoError(h.t, err)
	for range leads {
		h.firstMinute(s)
	}
	s.Close()
	return h.read(name) - before
}

func (h *house) firstMinute(s *store.Store) {
	h.t.Helper()
	ctx := store.ForDealer(h.ctx, h.dealer)
	h.posted++
	body := fmt.Appendf(nil, `{"external_id": "posted-%[1]d", "channel": "web", "request": "test_drive",
		"customer": {"email": "lead%[1]d@mail.example", "phone": "+3162%07[1]d"}}`, h.posted)
	draft, _, err := intake.ParseJSON(body, intake.Context{Country: "NL", Zone: time.UTC, Now: testkit.Now(h.t, s.Pool)})
	require.NoError(h.t, err)
	got, err := s.Receive(ctx, store.Post{
		Dealer: h.dealer, Source: h.source, ContentType: "application/json", Body: body, Key: fmt.Sprintf("posted %d", h.posted),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(h.t, err)
	state, err := s.StateForStart(ctx, got.Leads[0].ID)
	require.NoError(h.t, err)
	done, err := s.Step(ctx, state, process.Happening{What: process.WasReceived})
	require.NoError(h.t, err)
	require.NotEmpty(h.t, done.Deliver)
	ids := make([]uuid.UUID, len(done.Deliver))
	for i, message := range done.Deliver {
		ids[i] = uuid.MustParse(message)
	}
	rows, err := s.PeekMessages(ctx, ids)
	require.NoError(h.t, err)
	readers := make([]uuid.UUID, 0, len(rows))
	for _, row := range rows {
		if row.StaffID != nil {
			readers = append(readers, *row.StaffID)
		}
	}
	_, err = s.MessageContexts(ctx, db.MessageContextsParams{LeadID: rows[0].LeadID, Readers: readers})
	require.NoError(h.t, err)
	_, err = s.ClaimMessages(ctx, db.ClaimMessagesParams{Ids: ids, StaleS: 60})
	require.NoError(h.t, err)
	_, err = s.MessageFates(ctx, ids)
	require.NoError(h.t, err)
}

// read is how many rows were read so far by everybody. Whoever has that name has
// ended before: a session tells what it read when it ends.
func (h *house) read(name string) (rows int) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		var open int
		err := h.owner.Pool.QueryRow(h.ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`, name).Scan(&open)
		return err == nil && open == 0
	}, 10*time.Second, 10*time.Millisecond)
	_, err := h.owner.Pool.Exec(h.ctx, `SELECT pg_stat_force_next_flush()`)
	require.NoError(h.t, err)
	err = h.owner.Pool.QueryRow(h.ctx, `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables`).Scan(&rows)
	require.NoError(h.t, err)
	return rows
}

// A page of a list, in any order, reads no more rows among many leads either, and
// neither does a search.
func TestAListReadsNoMoreAmongMany(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.settle(1_500)
	h.wake()
	few := h.rowsReadByLists()
	h.settle(12_000)
	h.wake()
	many := h.rowsReadByLists()
	for list, read := range many {
		require.Less(t, read, 2*few[list]+20, "rows read for a list %s among 12,000 leads; among 1,500 it was %d", list, few[list])
	}
}

// wake has every third lead open, with a deadline that is to come.
func (h *house) wake() {
	h.t.Helper()
	_, err := h.owner.Pool.Exec(h.ctx, `
		UPDATE lead SET status = 'open', stage = 'contacting', close_reason = '', closed_at = NULL, step = 1,
			next_deadline_at = received_at + interval '1 day' + substring(external_id FROM '\d+')::integer * interval '1 s'
		WHERE status = 'closed' AND substring(external_id FROM '\d+')::integer % 3 = 0`)
	require.NoError(h.t, err)
	_, err = h.owner.Pool.Exec(h.ctx, `VACUUM ANALYZE`)
	require.NoError(h.t, err)
}

// rowsReadByLists is how many rows are read for the first two pages of each.
func (h *house) rowsReadByLists() map[string]int {
	h.t.Helper()
	const name = "lists"
	none := store.LeadList{Dealer: h.dealer, Statuses: []string{}, Stages: []string{}, Patterns: []string{}, Most: 50}
	out := map[string]int{}
	for order, change := range map[string]func(*store.LeadList){
		"by receipt":             func(*store.LeadList) {},
		"by receipt, backwards":  func(l *store.LeadList) { l.Backwards = true },
		"by deadline":            func(l *store.LeadList) { l.ByDeadline = true },
		"by deadline, backwards": func(l *store.LeadList) { l.ByDeadline, l.Backwards = true, true },
		"of what is open":        func(l *store.LeadList) { l.ByDeadline, l.Statuses = true, []string{"open", "closing"} },
		"of what is closed":      func(l *store.LeadList) { l.ByDeadline, l.Statuses = true, []string{"closed"} },
		"of who has a number":    func(l *store.LeadList) { l.Patterns = store.SearchPatterns("06 11 00 07 77") },
	} {
		before := h.read(name)
		s, err := store.Open(h.ctx, h.url, store.Options{Connections: 1, Name: name})
		require.NoError(h.t, err)
		list := none
		change(&list)
		ctx := store.ForDealer(h.ctx, h.dealer)
		err = s.Read(ctx, func(q *db.Queries) error {
			for range 2 {
				places, _, err := list.Page(ctx, q)
				if err != nil {
					return err
				}
				if len(places) > 0 {
					list.After = &places[len(places)-1]
				}
			}
			return nil
		})
		require.NoError(h.t, err)
		s.Close()
		out[order] = h.read(name) - before
	}
	return out
}
