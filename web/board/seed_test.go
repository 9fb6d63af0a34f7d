package board_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// planted is a lead that a test wrote into the database as a step would have
// left it.
type planted struct {
	process.State

	ID       uuid.UUID
	First    string
	Last     string
	Phone    string // as written, with +316 before it
	Source   string // code; "" is the website
	Owner    string // address; "" is nobody
	Make     string
	Model    string
	Stock    string
	Test     bool
	LastLive time.Time
	Told     []string // to whom it was escalated
}

// tables collects what CopyFrom writes.
type tables struct {
	customers, contacts, leads, appointments, timeline [][]any
}

// plant writes leads and returns them with their ids.
func plant(tb testing.TB, s *store.Store, dealer uuid.UUID, leads ...planted) []planted {
	tb.Helper()
	ctx := context.Background()
	staff, err := s.ListStaff(ctx, dealer)
	require.NoError(tb, err)
	sources, err := s.ListSources(ctx, dealer)
	require.NoError(tb, err)
	by := map[string]*uuid.UUID{}
	for i := range staff {
		by[staff[i].Email] = &staff[i].ID
	}
	for i := range sources {
		by[sources[i].Code] = &sources[i].ID
		by[""] = by["website"]
	}
	var t tables
	for i := range leads {
		t.add(tb, &leads[i], dealer, by)
	}
	t.write(tb, s.Pool)
	return leads
}

func (t *tables) add(tb testing.TB, l *planted, dealer uuid.UUID, by map[string]*uuid.UUID) {
	tb.Helper()
	l.ID, l.Step = store.NewID(), 7
	customer := store.NewID()
	t.customers = append(t.customers, []any{customer, dealer, l.First, l.Last})
	if l.Phone != "" {
		t.contacts = append(t.contacts, []any{dealer, customer, "phone", 0, "06" + l.Phone, "+316" + l.Phone, true})
	}
	var owner *uuid.UUID
	if l.Owner != "" {
		owner = by[l.Owner]
	}
	if l.Phase == "" {
		l.Phase = lead.BDC
	}
	if l.Status == "" {
		l.Status = lead.Open
	}
	deadlines, next := []store.Deadline{}, (*time.Time)(nil)
	for i := range l.Clocks {
		c := &l.Clocks[i]
		if !c.Kind.Visible() {
			continue
		}
		deadlines = append(deadlines, store.Deadline{Kind: c.Kind, DueAt: c.Due, Step: c.Step})
		if next == nil || c.Due.Before(*next) {
			next = &c.Due
		}
	}
	var escalation []byte
	if l.Escalation.Kind != "" {
		escalation = encoded(tb, l.Escalation)
	}
	t.leads = append(t.leads, []any{
		l.ID, dealer, *by[l.Source], customer,
		[]byte{},
		"web", "test_drive", "new", l.Make, l.Model, l.Stock, l.Test, l.ReceivedAt, 1, 1, l.Step,
		int64(12), string(l.Phase), string(l.Stage), string(l.Status), owner, moment(l.LiveDueAt), moment(l.FirstLiveAt), moment(l.FirstConversation),
		moment(l.LastLive), 2, 2, 6, next, encoded(tb, deadlines), escalation, l.Escalation.Step, moment(l.ParkedUntil), moment(l.ClosedAt),
		encoded(tb, l.State),
	})
	if a := l.Appointment; a != nil {
		t.appointments = append(t.appointments, []any{store.NewID(), dealer, l.ID, string(a.Kind), a.StartsAt, a.Minutes, a.Confirmed, 0, "set", l.ReceivedAt})
	}
	t.happened(tb, l, dealer, owner)
}

// happened writes a timeline of a dozen entries, two of them by the owner.
func (t *tables) happened(tb testing.TB, l *planted, dealer uuid.UUID, owner *uuid.UUID) {
	tb.Helper()
	for seq := range 12 {
		kind, actor, data := "reminded", "system", map[string]any{"kind": "call_attempt", "late_s": 0, "due_at": l.ReceivedAt}
		switch {
		case (seq == 4 || seq == 9) && owner != nil && !l.LastLive.IsZero():
			kind, actor = "attempt_logged", owner.String()
			data = map[string]any{"channel": "phone", "direction": "out", "outcome": "voicemail", "counted": true, "made_at": l.LastLive, "attempt_id": l.ID}
		case seq == 6 && l.Told != nil:
			kind = "escalated"
			data = map[string]any{"kind": l.Escalation.Kind, "step": l.Escalation.Step, "steps": l.Escalation.Steps, "to": l.Told}
		}
		t.timeline = append(t.timeline, []any{dealer, l.ID, int64(seq + 1), l.ReceivedAt.Add(time.Duration(seq) * time.Minute), kind, actor, encoded(tb, data)})
	}
}

func (t *tables) write(tb testing.TB, pool *pgxpool.Pool) {
	tb.Helper()
	ctx := context.Background()
	for _, one := range []struct {
		table   string
		columns []string
		rows    [][]any
	}{
		{"customer", []string{"id", "dealer_id", "first_name", "last_name"}, t.customers},
		{"customer_contact", []string{"dealer_id", "customer_id", "kind", "position", "written", "normalised", "valid"}, t.contacts},
		{"lead", []string{
			"id", "dealer_id", "source_id", "customer_id", "content_hash", "channel", "request", "condition", "make", "model", "stock_number", "test",
			"received_at", "policy_version", "reason_version", "step", "timeline_seq", "phase", "stage", "status", "owner_id", "live_due_at",
			"first_live_at", "first_conversation_at", "last_live_at", "attempts_made", "attempts_counted", "attempts_required", "next_deadline_at",
			"deadlines", "escalation", "escalation_step", "parked_until", "closed_at", "process",
		}, t.leads},
		{"appointment", []string{"id", "dealer_id", "lead_id", "kind", "starts_at", "minutes", "confirmed", "sequence", "state", "created_at"}, t.appointments},
		{"timeline", []string{"dealer_id", "lead_id", "seq", "at", "kind", "actor", "data"}, t.timeline},
	} {
		_, err := pool.CopyFrom(ctx, pgx.Identifier{one.table}, one.columns, pgx.CopyFromRows(one.rows))
		require.NoError(tb, err, one.table)
	}
	_, err := pool.Exec(ctx, "ANALYZE")
	require.NoError(tb, err)
}

func encoded(tb testing.TB, value any) []byte {
	tb.Helper()
	text, err := json.Marshal(value)
	require.NoError(tb, err)
	return text
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// busy are n leads as they stand in the middle of a dealer's day: new ones,
// late ones, ones that are called for days, appointments, closings that wait,
// sleepers.
func busy(n int, now time.Time) []planted {
	out := make([]planted, n)
	for i := range out {
		l := &out[i]
		l.First, l.Last = []string{"Jan", "An", "Pim", "Els", "Mohammed"}[i%5], fmt.Sprintf("%s %d", []string{"de Boer", "Bos", "Vis", "El Amrani"}[i%4], i)
		l.Phone = fmt.Sprintf("1%07d", i)
		l.Source = []string{"website", "portal"}[i%2]
		l.Owner = []string{"sam@demo.example", "tess@demo.example", "uma@demo.example"}[i%3]
		l.Make, l.Model, l.Stock = []string{"Renault", "Dacia", "Nissan"}[i%3], []string{"Captur", "Duster", "Qashqai", "Clio"}[i%4], fmt.Sprintf("R-%d", i)
		l.ReceivedAt = now.Add(-time.Duration(i%4000) * time.Minute)
		l.Phase = []lead.Phase{lead.BDC, lead.Showroom}[i%2]
		l.standsAs(i, now)
	}
	return out
}

// standsAs makes the lead one of ten sorts.
func (l *planted) standsAs(i int, now time.Time) {
	clock := func(k process.Kind, due time.Time) process.Clock {
		return process.Clock{Kind: k, Start: due.Add(-15 * time.Minute), Due: due, Next: due, At: process.AtDue, N: 1 + i%6}
	}
	soon := now.Add(time.Duration(i%5000-300) * time.Minute)
	l.Stage, l.ClockStart = lead.Contacting, l.ReceivedAt
	if i%10 > 1 {
		l.LiveDueAt, l.FirstLiveAt = l.ReceivedAt.Add(15*time.Minute), l.ReceivedAt.Add(time.Duration(5+i%30)*time.Minute)
		l.LastLive = l.ReceivedAt.Add(3 * time.Hour)
	}
	switch i % 10 {
	case 0, 1:
		due := now.Add(time.Duration(i%900) * time.Second)
		if i%10 == 1 {
			due = now.Add(-time.Duration(i%9000) * time.Second)
			l.Escalation, l.Told = process.Escalation{Kind: process.LiveResponse, Step: 2, Steps: 4, At: due}, []string{"team", "sales_manager"}
		}
		l.Stage, l.ReceivedAt, l.LiveDueAt = lead.New, due.Add(-15*time.Minute), due
		l.ClockStart = l.ReceivedAt
		l.Clocks = []process.Clock{clock(process.LiveResponse, due), clock(process.CallAttempt, l.ReceivedAt)}
	case 7:
		l.Stage, l.FirstConversation = lead.Appointed, l.ReceivedAt.Add(2*time.Hour)
		l.Appointment = &process.Appointment{ID: store.NewID().String(), Kind: lead.DriveTest, StartsAt: soon, Minutes: 60, Confirmed: true}
		l.Clocks = []process.Clock{clock(process.AppointmentOutcome, soon.Add(3*time.Hour)), clock(process.AppointmentReminder, soon.Add(-24*time.Hour))}
	case 8:
		l.Status, l.Proposal = lead.Closing, &process.Proposal{Reason: "not_reached"}
		l.Clocks = []process.Clock{clock(process.ClosingApproval, soon)}
	case 9:
		l.Stage, l.ParkedUntil = lead.Parked, now.AddDate(0, 0, 1+i%60)
		l.Clocks = []process.Clock{clock(process.FollowUp, l.ParkedUntil)}
	default:
		l.Clocks = []process.Clock{clock(process.CallAttempt, soon)}
	}
}

// placesOf are the open leads with what the database sorts them by.
func placesOf(tb testing.TB, s *store.Store, dealer uuid.UUID, now time.Time) []db.BoardNamedRow {
	tb.Helper()
	ids, err := s.Pool.Query(context.Background(), "SELECT id FROM lead WHERE dealer_id = $1 AND status <> 'closed'", dealer)
	require.NoError(tb, err)
	all, err := pgx.CollectRows(ids, pgx.RowTo[uuid.UUID])
	require.NoError(tb, err)
	rows, err := s.BoardNamed(context.Background(), db.BoardNamedParams{
		Now: now.UnixMicro(), DealerID: dealer, Ids: all, Owners: []uuid.UUID{}, Stages: []string{}, Sources: []uuid.UUID{}, Words: []string{},
	})
	require.NoError(tb, err)
	return rows
}
