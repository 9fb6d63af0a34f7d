package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/policy"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// floor is a dealer whose people speak to customers. It is half past ten on a
// Tuesday.
type floor struct {
	t      *testing.T
	s      *Store
	dealer uuid.UUID
	source uuid.UUID
	now    time.Time
	zone   *time.Location
}

func opensFloor(t *testing.T) *floor {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, testkit.Database(t), Options{Connections: 4, Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	f := &floor{t: t, s: s, now: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)}
	testkit.SetClock(t, s.Pool, f.now)
	f.zone, err = time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	f.dealer, err = s.CreateDealer(ctx, NewDealer{Name: "De Linde", Sources: []NewSource{{Code: "website", Party: lead.FirstParty}}})
	require.NoError(t, err)
	source, err := s.SourceByCode(ctx, db.SourceByCodeParams{DealerID: f.dealer, Code: "website"})
	require.NoError(t, err)
	f.source = source.ID
	return f
}

func (f *floor) person(name string, role lead.Role) uuid.UUID {
	f.t.Helper()
	id, err := f.s.AddStaff(context.Background(), f.dealer, NewStaff{Email: name + "@demo.example", Name: name, Role: role})
	require.NoError(f.t, err)
	return id
}

// talk is a lead on which somebody reached the customer.
type talk struct {
	ago         string // how long ago; "" is ten days
	outcome     string // of the attempt; "" is reached
	stage       string // "" is conversation
	status      string // "" is open
	phase       string // "" is bdc
	process     string
	appointment string // its state
	kind        string // of the appointment; "" is showroom
	test        bool
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (f *floor) hears(who uuid.UUID, talks ...talk) []uuid.UUID {
	f.t.Helper()
	ids := make([]uuid.UUID, len(talks))
	for i, k := range talks {
		ids[i] = f.hear(who, k)
	}
	return ids
}

func (f *floor) hear(who uuid.UUID, k talk) uuid.UUID {
	f.t.Helper()
	id := NewID()
	f.exec(`INSERT INTO customer (id, dealer_id) VALUES ($1, $2)`, id, f.dealer)
	f.exec(`INSERT INTO lead (id, dealer_id, source_id, customer_id, content_hash, channel, request, test, received_at, policy_version, reason_version, phase, stage, status, process)
		VALUES ($1, $2, $3, $1, '', 'web', 'information', $4, $5, 1, 1, $6, $7, $8, nullif($9, '')::jsonb)`,
		id, f.dealer, f.source, k.test, f.now.AddDate(0, -6, 0), or(k.phase, "bdc"), or(k.stage, "conversation"), or(k.status, "open"), k.process)
	f.again(id, who, k)
	if k.appointment != "" {
		f.exec(`INSERT INTO appointment (id, dealer_id, lead_id, kind, starts_at, minutes, confirmed, sequence, state) VALUES ($1, $2, $1, $3, $4, 45, true, 0, $5)`,
			id, f.dealer, or(k.kind, "showroom"), f.now, k.appointment)
	}
	return id
}

// again is another attempt on a lead.
func (f *floor) again(id, who uuid.UUID, k talk) {
	f.t.Helper()
	ago, err := policy.ParseDuration(or(k.ago, "10d"))
	require.NoError(f.t, err)
	f.exec(`INSERT INTO attempt (id, dealer_id, lead_id, actor, channel, direction, outcome, made_at, counted) VALUES ($1, $2, $3, $4, 'phone', 'out', $5, $6, true)`,
		NewID(), f.dealer, id, who.String(), or(k.outcome, "reached"), earlier(f.now, ago, f.zone))
}

func (f *floor) exec(query string, args ...any) {
	f.t.Helper()
	_, err := f.s.Pool.Exec(context.Background(), query, args...)
	require.NoError(f.t, err)
}

// made says what somebody made of his conversations: "results of conversations".
func (f *floor) made(who uuid.UUID, e *policy.Earning) string {
	f.t.Helper()
	all, err := f.s.Earning(context.Background(), f.s.Queries, f.dealer, e, f.zone, f.now)
	require.NoError(f.t, err)
	one, there := all[who]
	if !there {
		return "not judged"
	}
	return fmt.Sprintf("%d of %d", one.Results, one.Conversations)
}

// judged has the rotation judge everybody and returns who pauses from now on.
func (f *floor) judged(e *policy.Earning) []uuid.UUID {
	f.t.Helper()
	var paused []uuid.UUID
	require.NoError(f.t, f.s.InTx(context.Background(), func(q *db.Queries) error {
		if err := q.LockRotation(context.Background(), f.dealer); err != nil {
			return err
		}
		var err error
		paused, err = f.s.judge(context.Background(), q, f.dealer, e, f.zone, f.now)
		return err
	}))
	return paused
}

func (f *floor) log(who uuid.UUID) []db.EarningEntry {
	f.t.Helper()
	rows, err := f.s.EarningEntries(context.Background(), db.EarningEntriesParams{DealerID: f.dealer, StaffID: who, Most: 100})
	require.NoError(f.t, err)
	return rows
}

// norm is: an appointment out of every four of at least four conversations in
// 90 days, each judged after a week.
func norm(result lead.Stage) *policy.Earning {
	return &policy.Earning{Result: result, Norm: 25, Sample: 4, Window: policy.Duration{Days: 90}, Judge: policy.Duration{Days: 7}}
}

const fromCallCentre = `{"measure": {"phases": ["bdc", "showroom"]}}`

func TestWhatAConversationLedTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		talk                    talk
		appointment, visit, won string
	}{
		"nothing":                         {talk{}, "0 of 1", "0 of 1", "0 of 1"},
		"nothing yet":                     {talk{ago: "6d"}, "0 of 0", "0 of 0", "0 of 0"},
		"nothing, a week ago":             {talk{ago: "7d"}, "0 of 1", "0 of 1", "0 of 1"},
		"lost at once":                    {talk{ago: "1h", status: "closed", stage: "lost"}, "0 of 1", "0 of 1", "0 of 1"},
		"sold at once":                    {talk{ago: "1h", status: "closed", stage: "won"}, "1 of 1", "1 of 1", "1 of 1"},
		"before the window":               {talk{ago: "91d", stage: "won"}, "0 of 0", "0 of 0", "0 of 0"},
		"not reached":                     {talk{outcome: "voicemail", stage: "won"}, "0 of 0", "0 of 0", "0 of 0"},
		"a test":                          {talk{test: true}, "0 of 0", "0 of 0", "0 of 0"},
		"no lead to work":                 {talk{status: "closed", stage: "dropped"}, "0 of 0", "0 of 0", "0 of 0"},
		"an appointment":                  {talk{ago: "1h", appointment: "set"}, "1 of 1", "0 of 0", "0 of 0"},
		"an appointment in the stage":     {talk{ago: "1h", stage: "appointment"}, "1 of 1", "0 of 0", "0 of 0"},
		"an appointment that was off":     {talk{appointment: "cancelled"}, "0 of 1", "0 of 1", "0 of 1"},
		"did not come":                    {talk{appointment: "no_show"}, "1 of 1", "0 of 1", "0 of 1"},
		"came":                            {talk{ago: "1h", appointment: "came"}, "1 of 1", "1 of 1", "0 of 0"},
		"came to a video call":            {talk{appointment: "came", kind: "video"}, "1 of 1", "0 of 1", "0 of 1"},
		"came once":                       {talk{process: `{"kept": {"visited_at": "2026-11-20T10:00:00Z"}}`}, "0 of 1", "1 of 1", "0 of 1"},
		"came, says the stage":            {talk{stage: "visit"}, "1 of 1", "1 of 1", "0 of 1"},
		"handed to the showroom":          {talk{phase: "showroom", process: fromCallCentre}, "1 of 1", "0 of 1", "0 of 1"},
		"a dealer without a call centre":  {talk{phase: "showroom", process: `{"measure": {"phases": ["showroom"]}}`}, "0 of 1", "0 of 1", "0 of 1"},
		"not handed to the showroom yet":  {talk{process: fromCallCentre}, "0 of 1", "0 of 1", "0 of 1"},
		"a closing waits for the manager": {talk{ago: "1h", status: "closing"}, "0 of 0", "0 of 0", "0 of 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := opensFloor(t)
			ann := f.person("ann", lead.RoleSalesperson)
			f.hear(ann, c.talk)
			require.Equal(t, c.appointment, f.made(ann, norm(lead.Appointed)), "appointment")
			require.Equal(t, c.visit, f.made(ann, norm(lead.Visit)), "visit")
			require.Equal(t, c.won, f.made(ann, norm(lead.Won)), "won")
		})
	}
}

// Everybody is judged by his own conversations, and a lead counts once.
func TestWhoseConversationItWas(t *testing.T) {
	t.Parallel()
	f := opensFloor(t)
	ann, bob := f.person("ann", lead.RoleSalesperson), f.person("bob", lead.RoleBDC)
	chief, gone := f.person("chief", lead.RoleSalesManager), f.person("gone", lead.RoleSalesperson)
	l := f.hear(ann, talk{})
	f.again(l, ann, talk{ago: "1h"})
	f.again(l, bob, talk{ago: "9d"})
	f.again(l, bob, talk{ago: "1h", outcome: "no_answer"})
	f.hears(chief, talk{}, talk{})
	f.hears(gone, talk{}, talk{})
	require.NoError(t, f.s.Leave(context.Background(), f.dealer, gone))
	e := norm(lead.Appointed)
	require.Equal(t, "0 of 1", f.made(ann, e))
	require.Equal(t, "0 of 1", f.made(bob, e))
	require.Equal(t, "not judged", f.made(chief, e), "managers own leads and do not earn them")
	require.Equal(t, "not judged", f.made(gone, e))
	none, err := f.s.Earning(context.Background(), f.s.Queries, f.dealer, nil, f.zone, f.now)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestWhoMakesTooLittleOfItPauses(t *testing.T) {
	t.Parallel()
	f := opensFloor(t)
	won, lost := talk{stage: "won", status: "closed"}, talk{}
	few, just, good, off := f.person("few", lead.RoleSalesperson), f.person("just", lead.RoleBDC), f.person("good", lead.RoleSalesperson), f.person("off", lead.RoleSalesperson)
	f.hears(few, lost, lost, lost) // one too few to say anything
	f.hears(just, lost, lost, lost, lost, won)
	f.hears(good, lost, lost, lost, won) // a quarter
	f.hears(off, lost, lost, lost, lost)
	boss := f.person("boss", lead.RoleGeneralManager)
	m := Manager{ID: NewID(), Dealer: f.dealer, By: boss, Staff: off, Text: "ill for weeks", Until: f.now.Add(time.Hour)}
	require.NoError(t, f.s.Exempt(context.Background(), m))
	e := norm(lead.Won)

	require.Empty(t, f.judged(nil))
	require.Equal(t, []uuid.UUID{just}, f.judged(e))
	require.Empty(t, f.judged(e), "once")
	entries := f.log(just)
	require.Len(t, entries, 1)
	require.Equal(t, db.EarningEntry{
		ID: entries[0].ID, DealerID: f.dealer, StaffID: just, At: entries[0].At, Kind: entryPaused, Actor: "system", Conversations: 5, Results: 1, Norm: 25,
	}, entries[0])

	f.now = f.now.Add(2 * time.Hour)
	require.Equal(t, []uuid.UUID{off}, f.judged(e), "the exemption is over")
}

// An intervention ends the pause and begins a new sample: what was before
// counts no more.
func TestAnInterventionBeginsANewSample(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := opensFloor(t)
	ann, boss := f.person("ann", lead.RoleSalesperson), f.person("boss", lead.RoleSalesManager)
	ids := f.hears(ann, talk{}, talk{}, talk{}, talk{})
	e := norm(lead.Appointed)
	m := Manager{ID: NewID(), Dealer: f.dealer, By: boss, Staff: ann, Text: "sat beside her for a day"}
	require.ErrorIs(t, f.s.Intervene(ctx, m), ErrNotPaused)
	require.Equal(t, []uuid.UUID{ann}, f.judged(e))
	require.NoError(t, f.s.Intervene(ctx, m))
	require.NoError(t, f.s.Intervene(ctx, m), "the same request again does nothing")
	require.Equal(t, "0 of 0", f.made(ann, e))
	require.Empty(t, f.judged(e))

	f.now = f.now.AddDate(0, 0, 20)
	f.again(ids[0], ann, talk{ago: "8d"}) // the same customer, spoken to after it
	require.Equal(t, "0 of 1", f.made(ann, e))
	f.hears(ann, talk{ago: "8d"}, talk{ago: "8d"}, talk{ago: "8d"})
	require.Equal(t, []uuid.UUID{ann}, f.judged(e), "it did not help")
	kinds := []string{}
	for _, entry := range f.log(ann) {
		kinds = append(kinds, entry.Kind)
	}
	require.Equal(t, []string{entryPaused, entryIntervention, entryPaused}, kinds)
}

func TestAnExemptionEndsWhenTheManagerSaysSo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := opensFloor(t)
	ann, boss := f.person("ann", lead.RoleSalesperson), f.person("boss", lead.RoleSalesManager)
	f.hears(ann, talk{}, talk{}, talk{}, talk{})
	e := norm(lead.Appointed)
	require.Equal(t, []uuid.UUID{ann}, f.judged(e))
	request := func(until time.Time) Manager {
		return Manager{ID: NewID(), Dealer: f.dealer, By: boss, Staff: ann, Text: "new here", Until: until}
	}
	require.ErrorIs(t, f.s.EndExemption(ctx, request(time.Time{})), ErrNotExempted)
	require.NoError(t, f.s.Exempt(ctx, request(f.now.AddDate(0, 1, 0))))
	require.Empty(t, f.judged(e), "the pause ended, and the norm does not hold")
	require.NoError(t, f.s.EndExemption(ctx, request(time.Time{})))
	require.Equal(t, []uuid.UUID{ann}, f.judged(e))
	nobody := request(f.now.AddDate(0, 1, 0))
	nobody.Staff = boss
	require.ErrorIs(t, f.s.Exempt(ctx, nobody), ErrEarnsNone)
	nobody.Staff = uuid.New()
	require.ErrorIs(t, f.s.Exempt(ctx, nobody), ErrNotFound)
}

func TestAShareIsRoundedDown(t *testing.T) {
	t.Parallel()
	e := &policy.Earning{Norm: 33, Sample: 3}
	for _, c := range []struct {
		figures       Figures
		share         int
		judged, pause bool
	}{
		{Figures{}, 0, false, false},
		{Figures{Conversations: 2}, 0, false, false},
		{Figures{Conversations: 3, Results: 1}, 33, true, false},
		{Figures{Conversations: 100, Results: 33}, 33, true, false},
		{Figures{Conversations: 1000, Results: 329}, 32, true, true},
	} {
		share, some := c.figures.Share()
		require.Equal(t, c.share, share)
		require.Equal(t, c.figures.Conversations > 0, some)
		require.Equal(t, c.judged, c.figures.Judged(e))
		require.Equal(t, c.pause, c.figures.below(e))
	}
}
