package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/doorbell-ilm/doorbell/intake"
	"github.com/doorbell-ilm/doorbell/internal/testkit"
	"github.com/doorbell-ilm/doorbell/lead"
	"github.com/doorbell-ilm/doorbell/process"
	"github.com/doorbell-ilm/doorbell/store"
	"github.com/doorbell-ilm/doorbell/store/db"
)

// keeper is a dealer in Amsterdam whose leads end when the test says so.
type keeper struct {
	*store.Store

	t      *testing.T
	ctx    context.Context
	dealer uuid.UUID
	zone   *time.Location
}

func keeps(t *testing.T) keeper {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, testkit.Database(t), store.Options{Owner: true})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	k := keeper{Store: s, t: t}
	k.zone, err = time.LoadLocation("Europe/Amsterdam")
	require.NoError(t, err)
	k.dealer, err = s.CreateDealer(ctx, store.NewDealer{Name: "De Linde", Sources: []store.NewSource{{Code: "website", Name: "Website", Party: lead.FirstParty}}})
	require.NoError(t, err)
	k.ctx = store.ForDealer(ctx, k.dealer)
	return k
}

// at sets the clock to a local time of the dealer.
func (k keeper) at(local string) {
	k.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", local, k.zone)
	require.NoError(k.t, err)
	testkit.SetClock(k.t, k.Pool, at)
}

// receives stores a lead of whoever has the address.
func (k keeper) receives(body string) uuid.UUID {
	k.t.Helper()
	source, err := k.SourceByCode(k.ctx, db.SourceByCodeParams{DealerID: k.dealer, Code: "website"})
	require.NoError(k.t, err)
	draft, _, err := intake.ParseJSON([]byte(body), intake.Context{Country: "NL", Zone: k.zone, Now: testkit.Now(k.t, k.Pool)})
	require.NoError(k.t, err)
	got, err := k.Receive(k.ctx, store.Post{
		Dealer: k.dealer, Source: source.ID, ContentType: "application/json", Body: []byte(body),
		Prospects: []store.Prospect{{Prospect: intake.Prospect{Position: 1, Draft: draft}}},
	})
	require.NoError(k.t, err)
	return got.Leads[0].ID
}

// ended stores a lead that ends at a stage at this moment.
func (k keeper) ended(email, stage string) uuid.UUID {
	k.t.Helper()
	id := k.receives(`{"customer": {"last_name": "Boer", "email": "` + email + `"}, "vehicle": {"make": "Renault", "model": "` + email + stage + `"}}`)
	_, err := k.Pool.Exec(k.ctx, `UPDATE lead SET status = 'closed', stage = $2, closed_at = doorbell_now() WHERE id = $1`, id, stage)
	require.NoError(k.t, err)
	return id
}

// tooOld counts who has outlived his time.
func (k keeper) tooOld() int {
	k.t.Helper()
	people, _, err := k.Outlived(k.ctx, k.dealer, 1000)
	require.NoError(k.t, err)
	return people
}

// A person is kept for whole months of the dealer's calendar, by how his lead
// ended. Neither a change of the clocks nor the hour matters.
func TestPeopleAreKeptByOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, stage, ended, stays, goes string }{
		{"lost: a year", "lost", "2026-01-15 23:50", "2027-01-14 23:59", "2027-01-15 00:01"},
		{"dropped: three months, over the spring's change of the clocks", "dropped", "2026-01-29 00:10", "2026-04-28 23:59", "2026-04-29 00:01"},
		{"dropped: over the autumn's", "dropped", "2026-09-25 00:10", "2026-12-24 23:59", "2026-12-25 00:01"},
		{"dropped: a day that the month has not", "dropped", "2026-11-30 12:00", "2027-02-27 23:59", "2027-02-28 00:01"},
		{"won: seven years", "won", "2026-03-29 12:00", "2033-03-28 23:59", "2033-03-29 00:01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := keeps(t)
			k.at(c.ended)
			k.ended("jan@mail.example", c.stage)
			k.at(c.stays)
			require.Zero(t, k.tooOld())
			k.at(c.goes)
			require.Equal(t, 1, k.tooOld())
		})
	}
}

// Nobody goes who is a customer still: with an open lead, with something that
// lies ahead, or by a number that he shares with one who is.
func TestACustomerIsKept(t *testing.T) {
	t.Parallel()
	k := keeps(t)
	k.at("2026-01-15 10:00")
	first := k.ended("jan@mail.example", "lost")
	k.ended("piet@mail.example", "lost")
	k.at("2027-06-01 10:00")
	require.Equal(t, 2, k.tooOld())

	again := k.receives(`{"customer": {"email": "jan@mail.example"}}`)
	require.Equal(t, 1, k.tooOld(), "he has an open lead")
	_, err := k.Pool.Exec(k.ctx, `UPDATE lead SET status = 'closed', stage = 'dropped', closed_at = doorbell_now() WHERE id = $1`, again)
	require.NoError(t, err)
	require.Equal(t, 1, k.tooOld(), "it ended today")
	k.at("2027-09-02 10:00")
	require.Equal(t, 3, k.tooOld(), "a person is a customer for every lead")
	_, err = k.Pool.Exec(k.ctx, `INSERT INTO follow_up (id, dealer_id, lead_id, kind, reason, due_on, created_at) VALUES (gen_random_uuid(), $1, $2, 'contact_later', 'x', '2028-01-01', doorbell_now())`, k.dealer, first)
	require.NoError(t, err)
	require.Equal(t, 1, k.tooOld(), "he is to be called in January")

	require.ErrorIs(t, k.SetAges(k.ctx, k.dealer, store.Ages{Won: 1, Lost: 0, Dropped: 1, Test: 1, Raw: 1}), store.ErrAge)
	require.NoError(t, k.SetAges(k.ctx, k.dealer, store.Ages{Won: 84, Lost: 120, Dropped: 3, Test: 1, Raw: 3}))
	require.Zero(t, k.tooOld(), "lost ones are kept for ten years now")
}

// Whoever comes back between the look and the erasing stays, with all he had.
func TestWhoComesBackIsNotErased(t *testing.T) {
	t.Parallel()
	k := keeps(t)
	k.at("2026-01-15 10:00")
	k.ended("jan@mail.example", "lost")
	k.at("2027-06-01 10:00")
	var customer uuid.UUID
	require.NoError(t, k.Pool.QueryRow(k.ctx, `SELECT id FROM customer`).Scan(&customer))
	k.receives(`{"customer": {"email": "jan@mail.example"}}`)
	done, err := k.Erase(k.ctx, k.dealer, store.Erasing{Whom: store.Whom{Customer: customer}, Actor: process.System, Why: store.OutlivedIt})
	require.NoError(t, err)
	require.Empty(t, done.Leads)
}

// A batch after the other; stopped anywhere and begun again it erases everybody
// once, and messages of their own age are emptied, but none that waits in
// quarantine.
func TestRetentionWorksInBatches(t *testing.T) {
	t.Parallel()
	k := keeps(t)
	k.at("2026-01-15 10:00")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		k.ended(name+"@mail.example", "lost")
	}
	k.at("2027-02-01 10:00")
	batch, err := k.Expire(k.ctx, k.dealer, uuid.Nil, 2, func() {})
	require.NoError(t, err)
	require.Equal(t, 2, batch.Erased)
	require.NotNil(t, batch.Next)
	batch, err = k.Expire(k.ctx, k.dealer, uuid.Nil, 10, func() {}) // begun again
	require.NoError(t, err)
	require.Equal(t, store.Expiry{Erased: 3}, batch)
	require.Zero(t, k.tooOld())

	k.receives(`{"customer": {"email": "open@mail.example"}}`)
	source, err := k.SourceByCode(k.ctx, db.SourceByCodeParams{DealerID: k.dealer, Code: "website"})
	require.NoError(t, err)
	_, err = k.Receive(k.ctx, store.Post{Dealer: k.dealer, Source: source.ID, ContentType: "text/plain", Body: []byte("unreadable"), Unreadable: "no lead"})
	require.NoError(t, err)
	k.at("2027-04-30 23:59")
	emptied, err := k.EmptyRaw(k.ctx, k.dealer, func() {})
	require.NoError(t, err)
	require.Zero(t, emptied)
	k.at("2027-05-02 00:01")
	emptied, err = k.EmptyRaw(k.ctx, k.dealer, func() {})
	require.NoError(t, err)
	require.EqualValues(t, 1, emptied)
	again := k.receives(`{"customer": {"email": "open@mail.example"}}`)
	require.NotEqual(t, uuid.Nil, again, "a message that is only old does not keep its like away")
}
